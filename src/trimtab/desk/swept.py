"""What became of the variants of a sweep: a row of figures each, and their wealth at the ends of months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, Index
from trimtab.numerics.returns import over

FIGURES = (
    "end_value", "cagr", "volatility", "sharpe", "max_drawdown", "skew", "kurtosis",
    "turnover_per_year", "cost_per_year", "costs",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Swept:
    """Variants `numbers` (V,) of a grid, in its order.

    `figures` (V,) by `FIGURES`, as a backtest states them: after costs, per year where their names do not say otherwise;
    `skew` and `kurtosis` (not in excess of 3) are those of returns over bills a session. `first` (V,) is the row of the first
    decision, `periods` (V,) the number of returns. `months` (V, M) is wealth at the last sessions of the months `dates`
    (M,), NaN before the first decision. `failed` says why a variant has no figures; `engines` (V,) what worked it out.
    """

    numbers: Index
    figures: Mapping[str, Array]
    first: Index
    periods: Index
    months: Array
    dates: Dates
    engines: tuple[str, ...]
    failed: Mapping[int, str]
    wealth: Array  # (V, T) at every session, NaN where there is none; (V, 0) where it was not asked for

    @property
    def returns(self) -> Array:
        """Simple returns (M - 1, V) a month, NaN before the first decision."""
        return np.asarray(self.months[:, 1:] / self.months[:, :-1] - 1.0).T


def figures(tallies: Array, periods: Index, span: Array, per_year: float, capital: Array) -> dict[str, Array]:
    """`FIGURES` (V,) from tallies (V, 11) of so many returns (V,) over `span` years (V,), `capital` (V,) at the beginning."""
    end, first, second, third, fourth, gain, gain_squares, deepest, turnover, cost, drag = tallies.T
    count = np.maximum(periods, 1).astype(float)
    mean, rest = first / count, np.maximum(count - 1.0, 1.0)
    varied = second / count - mean**2
    sd = np.sqrt(np.maximum(second - count * mean**2, 0.0) / rest)
    whole = np.sqrt(np.maximum(gain_squares - gain**2 / count, 0.0) / rest)
    cubes = third / count - 3.0 * mean * second / count + 2.0 * mean**3
    fourths = fourth / count - 4.0 * mean * third / count + 6.0 * mean**2 * second / count - 3.0 * mean**4
    moves = varied > 1e-24
    still = np.where(moves, varied, np.nan)
    years = np.maximum(span, 1e-9)
    found = {
        "end_value": end,
        "cagr": (end / capital) ** (per_year / count) - 1.0,
        "volatility": np.where(periods > 1, whole * np.sqrt(per_year), np.nan),
        "sharpe": over(mean * np.sqrt(per_year), np.where(moves, sd, np.nan)),
        "max_drawdown": deepest - 1.0,
        "skew": cubes / still**1.5,
        "kurtosis": fourths / still**2,
        "turnover_per_year": turnover / years,
        "cost_per_year": drag / years,
        "costs": cost,
    }
    return {name: np.where(periods > 0, found[name], np.nan) for name in FIGURES}
