"""Values and flows of an account, and returns that are linked over its periods.

A value is taken at the close of its date. A flow is money that the owner puts in (above zero) or takes out, dated like the
bank does; whether it is at work from the start of that day or from its end is the convention `Timing`. A flow on the first
date is inside the first value and counts no more. Returns are linked as in the Global Investment Performance Standards (CFA
Institute 2020), and as there, nothing under a year is put on a yearly basis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Mask, frozen
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.definitions import Reason
from trimtab.numerics.returns import finite, over

DAYS = 365.0  # in a year, as in Excel's XIRR
ROUNDING = 1e-13  # money below this part of what went in and out is what subtraction leaves of nothing


class Timing(Enum):
    """From when on a flow is at work on its day."""

    END = "end of day"  # it earns from the next day on
    START = "start of day"  # it earns on its own day as well


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """Values (..., T) at the close of `dates` (T,), and flows (..., F) on `flow_dates` (F,), in one currency.

    NaN is unknown, and so is what is infinite. Raises DataError where `dates` do not rise or a flow lies outside them,
    ParameterError where lengths differ.
    """

    values: Array
    dates: Dates
    flows: Array
    flow_dates: Dates
    timing: Timing = Timing.END

    def __post_init__(self) -> None:
        for name in ("values", "flows"):
            object.__setattr__(self, name, frozen(finite(np.asarray(getattr(self, name), dtype=float))))
        for name in ("dates", "flow_dates"):
            object.__setattr__(self, name, frozen(np.asarray(getattr(self, name), dtype="datetime64[D]")))
        for one, dated in (("values", "dates"), ("flows", "flow_dates")):
            many, days = getattr(self, one).shape[-1], len(getattr(self, dated))
            if many != days:
                raise ParameterError(f"{many} {one} stand against {days} {dated}", remedy="Give each its date.")
        _require_order(self.dates, self.flow_dates)

    @property
    def days(self) -> int:
        """Days from the first value to the last."""
        return int((self.dates[-1] - self.dates[0]).astype(int)) if len(self.dates) else 0

    @property
    def period(self) -> Index:
        """Number (F,) of the period between two values that each flow belongs to; -1 where it is inside the first value."""
        return np.searchsorted(self.dates, self.flow_dates) - 1

    def by_period(self, amounts: Array) -> Array:
        """Sums (..., T - 1) of amounts (..., F), one per flow, over the periods."""
        sums = np.zeros((*amounts.shape[:-1], max(len(self.dates) - 1, 0)))
        inside = self.period >= 0
        np.add.at(np.moveaxis(sums, -1, 0), self.period[inside], np.moveaxis(amounts, -1, 0)[inside])
        return sums

    def at(self, rows: Index) -> Statement:
        """The same statement with the values of `rows` alone, which hold the first."""
        return replace(self, values=self.values[..., rows], dates=self.dates[rows])


def _require_order(dates: Dates, flow_dates: Dates) -> None:
    """Stop where dates do not rise or a flow is not within them."""
    if np.isnat(dates).any() or (np.diff(dates) <= np.timedelta64(0, "D")).any():
        raise DataError("the dates of the values do not rise", remedy="Sort them and drop duplicates.")
    outside = np.isnat(flow_dates) if len(dates) else np.ones(len(flow_dates), dtype=bool)
    if len(dates):
        outside = outside | (flow_dates < dates[0]) | (flow_dates > dates[-1])
    if outside.any():
        what = f"the flow of {flow_dates[outside][0]} lies outside the dates of the values"
        raise DataError(what, remedy="Give the value before the first flow and the one after the last.")


@dataclass(frozen=True, slots=True, eq=False)
class Linked:
    """Returns (..., T - 1) of periods: `gain` over `capital`, both in money; NaN where they have no answer.

    A period in which nothing was invested and nothing gained is `idle`: it has no return, and linking passes over it.
    """

    gain: Array
    capital: Array

    @property
    def idle(self) -> Mask:
        """Periods (..., T - 1) in which nothing was at work."""
        return np.asarray((self.gain == 0.0) & (self.capital == 0.0))

    @property
    def returns(self) -> Array:
        """Gain over capital; NaN where there was no capital (zero, or less was left than was taken out)."""
        return over(self.gain, np.where(self.capital > 0.0, self.capital, np.nan))

    @property
    def total(self) -> Array:
        """The returns compounded, shape (...); NaN where one is missing or below -100 %, or all periods are idle."""
        factors = np.where(self.idle, 1.0, 1.0 + self.returns)
        factors = np.where(factors < 0.0, np.nan, factors)
        with np.errstate(over="ignore"):
            grown = finite(factors.prod(-1) - 1.0)
        return np.where(self.idle.all(-1), np.nan, grown)

    def why_not(self) -> Reason | None:
        """Why the total of one series is NaN; None where it is a number."""
        if np.isfinite(self.total):
            return None
        if not self.gain.shape[-1]:
            return Reason.EMPTY
        if not (np.isfinite(self.gain) & np.isfinite(self.capital)).all():
            return Reason.UNKNOWN_FLOW
        if self.idle.all() or (~self.idle & (self.capital <= 0.0)).any():
            return Reason.NO_CAPITAL
        return Reason.RUIN if (self.returns < -1.0).any() else Reason.TOO_LARGE


def linked(statement: Statement, at_work: Array) -> Linked:
    """What each period gained, on the value at its beginning and `at_work` (..., T - 1), the flows as far as they earned."""
    before, after = statement.values[..., :-1], statement.values[..., 1:]
    net, moved = statement.by_period(statement.flows), statement.by_period(np.abs(statement.flows))
    least = ROUNDING * (np.abs(before) + np.abs(after) + moved)
    return Linked(_clean(after - before - net, least), _clean(before + at_work, least))


def _clean(money: Array, least: Array) -> Array:
    """Zero where no more than rounding is left."""
    return np.where(np.abs(money) <= least, 0.0, money)


def annualised(growth: Array | float, days: int) -> Array:
    """A return over `days` as one a year of 365 days, geometric, shape of `growth`. NaN for less than a year, or ruin."""
    factor = 1.0 + np.asarray(growth, dtype=float)
    if days < DAYS:
        return np.full(factor.shape, np.nan)
    return np.where(factor < 0.0, np.nan, np.abs(factor) ** (DAYS / days) - 1.0)
