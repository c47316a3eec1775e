"""Cost creep: do trades come to cost more than was assumed, and more from year to year?

What was realised, such as the implementation shortfall of Perold (1988), is laid beside what the cost model assumed, by
quarter of the calendar, in basis points of the value traded and of the average net asset value of the quarter. The trend is
the slope of the realised basis points of traded value on time (ordinary least squares, each quarter counts once) and its
t-statistic. Costs creep where the slope is above zero with a t-statistic of at least 2, over at least eight quarters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, Mask, frozen
from trimtab.core.calendar import quarter
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.terms import TIE
from trimtab.numerics.regression import least_squares
from trimtab.numerics.returns import over

BPS = 1e4
ENOUGH = 8  # quarters below which the t-statistic of a slope says little
SURE = 2.0  # t-statistic: about one in twenty by chance alone, on one side one in forty


@dataclass(frozen=True, slots=True, eq=False)
class TradeCosts:
    """Trades (N,): dates, value traded (at least 0), cost realised and cost assumed, in one currency; above zero takes money.

    Raises ParameterError where lengths differ, DataError for an unknown date or a value that is unknown or below zero.
    """

    dates: Dates
    traded: Array
    realised: Array
    assumed: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "dates", frozen(np.asarray(self.dates, dtype="datetime64[D]")))
        for name in ("traded", "realised", "assumed"):
            values = np.asarray(getattr(self, name), dtype=float)
            object.__setattr__(self, name, frozen(values))
            if values.shape != self.dates.shape:
                raise ParameterError(f"{values.shape} of {name} stand against {self.dates.shape} dates", field=name)
        if np.isnat(self.dates).any() or not (np.isfinite(self.traded) & (self.traded >= 0.0)).all():
            raise DataError("a trade has no date, or no value of at least 0", remedy="Leave it out or mend it.")

    @property
    def known(self) -> Mask:
        """Trades (N,) of which both costs are known."""
        return np.isfinite(self.realised) & np.isfinite(self.assumed)


@dataclass(frozen=True, slots=True)
class QuarterCosts:
    """One quarter, `2026 Q1`: trades whose costs are known, in money; `unknown` others are left out of every sum."""

    quarter: str
    trades: int
    unknown: int
    traded: float
    realised: float
    assumed: float
    net_assets: float  # average over the quarter; NaN where it is not known

    @property
    def realised_bps(self) -> float:
        """Realised cost in basis points of traded value."""
        return _bps(self.realised, self.traded)

    @property
    def assumed_bps(self) -> float:
        """Assumed cost in basis points of traded value."""
        return _bps(self.assumed, self.traded)

    @property
    def realised_of_assets(self) -> float:
        """Realised cost in basis points of net asset value, not put on a year."""
        return _bps(self.realised, self.net_assets)

    @property
    def assumed_of_assets(self) -> float:
        """Assumed cost in basis points of net asset value, not put on a year."""
        return _bps(self.assumed, self.net_assets)

    @property
    def ratio(self) -> float:
        """Realised over assumed cost; NaN where nothing was assumed."""
        return _bps(self.realised, self.assumed) / BPS


@dataclass(frozen=True, slots=True)
class CostCreep:
    """Quarters, oldest first; `slope` is in basis points of traded value a year, `t` its t-statistic (NaN: none)."""

    quarters: tuple[QuarterCosts, ...]
    slope: float
    t: float

    @property
    def ratio(self) -> float:
        """Realised over assumed cost of all quarters together; NaN where nothing was assumed."""
        return _bps(*(sum(getattr(row, name) for row in self.quarters) for name in ("realised", "assumed"))) / BPS

    @property
    def creeps(self) -> bool:
        """Whether costs rise by more than chance, over quarters enough to say so."""
        return self._judged >= ENOUGH and self.t >= SURE

    @property
    def sentence(self) -> str:
        """What it comes to, in one sentence."""
        if not self._judged:
            return "There were no trades whose costs are known."
        ratio = f"{self.ratio:.2f} times what was assumed" if np.isfinite(self.ratio) else "against none assumed"
        overall = f"all together they were {ratio}"
        if left_out := sum(row.unknown for row in self.quarters):
            overall += f"; {left_out} trade{'s' if left_out != 1 else ''} of unknown cost left out"
        if self._judged < ENOUGH:
            return f"Whether costs creep is not known from {_count(self._judged)}; {overall}."
        if not np.isfinite(self.t):
            return f"Costs do not creep: they were the same in {_count(self._judged)}; {overall}."
        trend = f"{self.slope:+.1f} bps of traded value a year (t {self.t:.1f}) over {_count(self._judged)}"
        head = "Costs creep" if self.creeps else "Costs fall" if self.t <= -SURE else "Costs do not creep"
        return f"{head}: {trend}; {overall}."

    @property
    def _judged(self) -> int:
        """Quarters in which something was traded."""
        return sum(row.traded > 0.0 for row in self.quarters)


def cost_creep(costs: TradeCosts, net_assets: Array, valued: Dates) -> CostCreep:
    """Costs by quarter from the first trade's to the last's, and their trend.

    `net_assets` (V,) are net asset values on the dates `valued` (V,); a quarter takes the mean of its own. A quarter without
    trades has its row, and does not count in the trend.
    """
    net_assets, valued = np.asarray(net_assets, dtype=float), np.asarray(valued, dtype="datetime64[D]")
    if net_assets.shape != valued.shape:
        raise ParameterError(f"{net_assets.shape} net asset values stand against {valued.shape} dates", field="net_assets")
    number = quarter(costs.dates)
    every = range(int(number.min()), int(number.max()) + 1) if len(number) else range(0)
    own = quarter(valued)
    rows = tuple(_row(costs, number == one, one, net_assets[own == one]) for one in every)
    return CostCreep(rows, *_trend(rows))


def _row(costs: TradeCosts, inside: Mask, number: int, net_assets: Array) -> QuarterCosts:
    """The row of one quarter, counted from 1970 Q1."""
    chosen = inside & costs.known
    traded, realised, assumed = (float(values[chosen].sum()) for values in (costs.traded, costs.realised, costs.assumed))
    average = float(net_assets.mean()) if len(net_assets) else float("nan")
    name = f"{1970 + number // 4} Q{number % 4 + 1}"
    unknown = int((inside & ~costs.known).sum())
    return QuarterCosts(name, int(chosen.sum()), unknown, traded, realised, assumed, average)


def _trend(rows: tuple[QuarterCosts, ...]) -> tuple[float, float]:
    """Slope a year of realised basis points, and its t-statistic; both NaN for fewer than three quarters with trades."""
    place, cost = np.array([[k / 4.0, row.realised_bps] for k, row in enumerate(rows) if row.traded > 0.0]).reshape(-1, 2).T
    if len(cost) < 3:
        return float("nan"), float("nan")
    largest = float(np.abs(cost).max())
    if np.ptp(cost) <= TIE * largest:
        return 0.0, float("nan")
    fit = least_squares(cost[:, None] / largest, place[:, None])
    return largest * float(fit.slopes[0, 0]), float(fit.t[0, 0])


def _bps(cost: float, of: float) -> float:
    """Basis points; NaN of what is unknown or not above zero, and where they are too many to state."""
    return float(over(BPS * cost, of)) if of > 0.0 else float("nan")


def _count(quarters: int) -> str:
    """A number of quarters in words."""
    return f"{quarters} quarter{'s' if quarters != 1 else ''} with trades"
