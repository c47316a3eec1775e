"""What a portfolio traded over a window: turnover and cost of each decision, and both per year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, Mask
from trimtab.desk.result import Result


@dataclass(frozen=True, slots=True, eq=False)
class Trades:
    """F decisions of a window of `years`: fill dates (F,), one-way turnover (F,), costs in currency and as a fraction of
    net asset value (F,), NaN where nobody knows them, and whether the account was funded before (F,): first funding is no
    turnover. `fills` trades were made in all.
    """

    dates: Dates
    one_way: Array
    costs: Array
    drag: Array
    funded: Mask
    years: float
    fills: int = 0

    @property
    def costed(self) -> bool:
        """Whether costs are known."""
        return bool(np.isfinite(self.costs).all())

    @property
    def moved(self) -> Mask:
        """(F,): decisions that traded, first funding left out."""
        return self.funded & (self.one_way > 0.0)

    @property
    def turnover_per_year(self) -> float:
        """One-way, first funding left out."""
        return float(self.one_way[self.funded].sum() / self.years)

    @property
    def cost_per_year(self) -> float:
        """Fraction of net asset value, first funding included."""
        return float(self.drag.sum() / self.years)


def trades(result: Result, first: np.datetime64, last: np.datetime64) -> Trades:
    """The decisions of `result` that were filled from `first` to `last`."""
    dates, one_way = result.turnover
    nav = np.array([decision.book.nav for decision in result.decisions])
    funded = np.array([decision.book.funded for decision in result.decisions], dtype=bool)
    costs = result.costs
    here = (dates >= first) & (dates <= last)
    years = max(float((last - first) / np.timedelta64(1, "D")) / 365.25, 1e-9)
    return Trades(dates[here], one_way[here], costs[here], (costs / nav)[here], funded[here], years, len(result.fills))
