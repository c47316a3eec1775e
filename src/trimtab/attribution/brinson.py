"""Arithmetic attribution of one period to allocation, selection and interaction.

Brinson, Hood and Beebower (1986) pay every overweight with the segment's own return; Brinson and Fachler (1985) with
its return beyond the benchmark's, so that an overweight in a market that rose, but less than the rest, counts as the loss it
was. Sums over segments are the same. Example with figures: Bacon (2008), tables 5.2 and 5.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from trimtab.attribution.segments import Segments
from trimtab.core.arrays import Array


class Method(Enum):
    """What an overweight is paid with: the segment's return, or its return beyond the benchmark's."""

    BHB = "bhb"
    BRINSON_FACHLER = "brinson_fachler"


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """What each segment added to the return beyond the benchmark, a fraction of wealth at the start: each (..., A).

    Linking (`trimtab.attribution.linking`) brings several periods together.
    """

    allocation: Array
    selection: Array
    interaction: Array

    @property
    def by_segment(self) -> Array:
        """The three effects together, shape (..., A)."""
        return self.allocation + self.selection + self.interaction

    @property
    def total(self) -> Effects:
        """Each effect summed over segments, shape (...)."""
        return Effects(*(np.asarray(part.sum(-1)) for part in (self.allocation, self.selection, self.interaction)))

    @property
    def active(self) -> Array:
        """All effects of all segments: return of the portfolio less that of the benchmark, shape (...)."""
        return np.asarray(self.by_segment.sum(-1))

    @property
    def folded(self) -> Effects:
        """The same with interaction in selection, which then is w_p (R_p - R_b): who selects also meets the weight."""
        return Effects(self.allocation, self.selection + self.interaction, np.zeros_like(self.interaction))


def brinson(segments: Segments, *, method: Method = Method.BRINSON_FACHLER) -> Effects:
    """Effects of a period, or of each of many: (..., A) like `segments`. They sum to the active return.

    Allocation is (w_p - w_b)(R_b - b), without b for BHB; selection w_b (R_p - R_b); interaction
    (w_p - w_b)(R_p - R_b).
    """
    difference = segments.returns - segments.benchmark_returns
    par = segments.par[..., None] if method is Method.BRINSON_FACHLER else 0.0
    return Effects(
        allocation=segments.tilts * (segments.benchmark_returns - par),
        selection=segments.benchmark_weights * difference,
        interaction=segments.tilts * difference,
    )
