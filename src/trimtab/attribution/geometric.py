"""Geometric attribution: factors of wealth relative to the benchmark, which compound over time (Bacon 2008, chapter 5).

The geometric excess return is (1 + r) / (1 + b) - 1. With the semi-notional return b_S, the portfolio's weights at the
benchmark's returns, allocation takes the benchmark to b_S and selection takes b_S to the portfolio, so that
(1 + A)(1 + S) = (1 + r) / (1 + b) in each period and over any number of them: no linking, no residual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.attribution.segments import Segments
from trimtab.core.arrays import Array
from trimtab.numerics.returns import over, total_return


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Allocation and selection of all segments together, each (...)."""

    allocation: Array
    selection: Array

    @property
    def active(self) -> Array:
        """(1 + allocation)(1 + selection) - 1, the geometric excess return, shape (...)."""
        return self.allocation + self.selection + self.allocation * self.selection


@dataclass(frozen=True, slots=True, eq=False)
class GeometricEffects:
    """What each segment added, as a fraction of the benchmark's wealth or of the semi-notional fund's: each (..., A)."""

    allocation: Array
    selection: Array

    @property
    def total(self) -> Factors:
        """Each effect summed over segments: these compound, with each other and over time."""
        return Factors(np.asarray(self.allocation.sum(-1)), np.asarray(self.selection.sum(-1)))


def geometric(segments: Segments) -> GeometricEffects:
    """Effects of a period, or of each of many: (..., A) like `segments`.

    A = (w_p - w_b)((1 + R_b) / (1 + b) - 1); S = w_p ((1 + R_p) / (1 + R_b) - 1)(1 + R_b) / (1 + b_S), where 1 + R_b
    cancels: a segment may lose everything. NaN where the benchmark (for S: the semi-notional fund) lost 100 % or more,
    since nothing is left to compare with.
    """
    beyond = segments.benchmark_returns - segments.par[..., None]
    return GeometricEffects(
        allocation=over(segments.tilts * beyond, _wealth(segments.benchmark_return)),
        selection=over(
            segments.weights * (segments.returns - segments.benchmark_returns), _wealth(segments.semi_notional_return)
        ),
    )


def compounded(factors: Factors) -> Factors:
    """Factors (..., T) of T periods as those of the whole time, (...). NaN for no periods, and below -100 %.

    Effects of a segment do not compound to their total: link arithmetic effects to follow a segment.
    """
    return Factors(total_return(factors.allocation), total_return(factors.selection))


def _wealth(returns: Array) -> Array:
    """What 1 grew to, (..., 1); NaN where nothing is left."""
    return np.where(returns > -1.0, 1.0 + returns, np.nan)[..., None]
