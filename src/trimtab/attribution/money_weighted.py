"""Money-weighted return: the rate a year that the owner's own money earned, as Excel's XIRR computes it.

The rate r solves `sum F_i (1 + r)^(-days_i / 365) = 0` (internal rate of return; actual/365). Flows that change their sign
more than once can have several rates, or none (Lorie and Savage 1955, "Three Problems in Rationing Capital"): all of them
between -99.99 % and 100,000,000 % are found, see `numerics.present_value`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.attribution.flows import DAYS, ROUNDING, Statement, Timing
from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.definitions import Reason
from trimtab.numerics.present_value import zero_rates

LOWEST, HIGHEST = -0.9999, 1e6  # rates a year that are looked for
EDGE = 1e-12  # more on either side, in logarithms: a rate at the very end is found in spite of rounding


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate a year, as a fraction: `value` is the nearest to zero of all `rates` that solve the flows, which rise.

    NaN where there is none; `reason` says why.
    """

    value: float
    rates: tuple[float, ...] = ()
    reason: Reason | None = None

    @property
    def several(self) -> bool:
        """Whether more than one rate solves the flows: then no single one says what was earned."""
        return len(self.rates) > 1

    @property
    def words(self) -> str:
        """What has to be said beside the figure; empty: nothing."""
        if self.reason:
            return f"no money-weighted return: {self.reason.value}"
        if not self.several:
            return ""
        listed = ", ".join(f"{100.0 * rate:,.2f} %" for rate in self.rates)
        return f"{len(self.rates)} rates solve these flows ({listed}); the nearest to zero is shown"

    def over(self, days: int) -> float:
        """The rate as a return over `days`: what to state for less than a year."""
        return float((1.0 + self.value) ** (days / DAYS) - 1.0)


def xirr(amounts: Array, dates: Dates) -> Rate:
    """The rate of amounts (F,) on `dates` (F,), in any order: below zero is paid in, above zero received.

    Raises ParameterError where the lengths differ, DataError where a date is unknown.
    """
    amounts, dates = np.asarray(amounts, dtype=float), np.asarray(dates, dtype="datetime64[D]")
    if amounts.shape != dates.shape or amounts.ndim != 1:
        raise ParameterError(f"{amounts.shape} amounts stand against {dates.shape} dates", remedy="Give each its date.")
    if np.isnat(dates).any():
        raise DataError("a flow has no date", remedy="Date it, or leave it out.")
    if not np.isfinite(amounts).all():
        return Rate(float("nan"), reason=Reason.UNKNOWN_FLOW)
    daily, days = _by_day(amounts, dates)
    if not (daily > 0.0).any() or not (daily < 0.0).any():
        return Rate(float("nan"), reason=Reason.ONE_SIGN if len(daily) else Reason.EMPTY)
    low, high = np.log1p(LOWEST) - EDGE, np.log1p(HIGHEST) + EDGE
    found = zero_rates(daily, days / DAYS, low, high)
    if not len(found):
        return Rate(float("nan"), reason=_why_none(daily, days / DAYS, low, high))
    rates = tuple(float(rate) for rate in np.expm1(found))
    return Rate(rates[int(np.abs(found).argmin())], rates)


def _by_day(amounts: Array, dates: Dates) -> tuple[Array, Array]:
    """Sums of each day, and its number counted from the first; days on which nothing is left drop out."""
    days, place = np.unique(dates, return_inverse=True)
    sums, moved = np.zeros(len(days)), np.zeros(len(days))
    np.add.at(sums, place, amounts)
    np.add.at(moved, place, np.abs(amounts))
    kept = np.abs(sums) > ROUNDING * moved
    number: Array = (days - days[:1]).astype(np.float64)[kept]
    return sums[kept], number - number[:1]


def _why_none(amounts: Array, years: Array, low: float, high: float) -> Reason:
    """Whether the rate is only out of range: the first flow rules at the highest rates, the last at the lowest."""
    at_low = np.sign(amounts @ np.exp(low * (years[-1] - years)))
    at_high = np.sign(amounts @ np.exp(-high * years))
    beyond = at_low != np.sign(amounts[-1]) or at_high != np.sign(amounts[0])
    return Reason.EXTREME if beyond else Reason.NO_RATE


def money_weighted(statement: Statement) -> Rate:
    """The rate of one account, values (T,) and flows (F,), of which the first and last value and all flows count.

    Where everything was lost and nothing ever taken out it is -100 %. A flow at the start of its day is one at the end of
    the day before. Raises ParameterError for more than one account.
    """
    if statement.values.ndim != 1 or statement.flows.ndim != 1:
        raise ParameterError(f"values of shape {statement.values.shape} are many accounts", remedy="Ask one at a time.")
    if len(statement.dates) < 2:
        return Rate(float("nan"), reason=Reason.EMPTY)
    kept = statement.period >= 0
    earlier = np.timedelta64(1 if statement.timing is Timing.START else 0, "D")
    amounts = np.concatenate([-statement.values[:1], -statement.flows[kept], statement.values[-1:]])
    dates = np.concatenate([statement.dates[:1], statement.flow_dates[kept] - earlier, statement.dates[-1:]])
    if statement.values[-1] == 0.0 and (amounts <= 0.0).all() and (amounts < 0.0).any():
        return Rate(-1.0, (-1.0,))
    return xirr(amounts, dates)
