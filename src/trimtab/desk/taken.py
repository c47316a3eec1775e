"""What trading, holding, fees, funds and taxes took from a backtest, period by period, and its return before all of it.

Each amount counts in the period in which it fell, as a part of the value at its beginning, so that with V the net asset
value and c all that was taken, `gross_t = (V_t + c_t) / V_{t-1} - 1` and gross less the parts is net, exactly. A tax
counts when it is owed, not when it is paid. What funds take stands inside their prices, so it is added to both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np

from trimtab.accounting.gross import taken_by_funds
from trimtab.core.arrays import Array, Dates, frozen
from trimtab.core.entries import Fee
from trimtab.desk.result import Result
from trimtab.desk.tax_review import taxes_paid

TRADING, HOLDING, ADVISER, DATA, EXPENSES, TAX = "trading", "holding", "adviser", "data", "fund expenses", "tax"


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Between T valuations `dates`: returns before everything (T - 1,), and each part that was taken of them, by name.

    Above zero takes money. `per_year` is how many returns make a year.
    """

    dates: Dates
    gross: Array
    parts: Mapping[str, Array]
    per_year: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "gross", frozen(self.gross))
        object.__setattr__(self, "parts", MappingProxyType({name: frozen(part) for name, part in self.parts.items()}))

    @property
    def net(self) -> Array:
        """(T - 1,) what is left; what funds took was never in it."""
        return np.asarray(self.gross - sum(self.parts.values(), np.zeros(len(self.gross))))

    def rate(self, name: str) -> float:
        """The mean of a part, a year; 0 for one that nothing was taken by."""
        part = self.parts.get(name)
        return float(part.mean()) * self.per_year if part is not None and len(part) else 0.0

    @property
    def drag(self) -> float:
        """All parts together, a year, but for what funds take."""
        return sum(self.rate(name) for name in self.parts if name != EXPENSES)


def taken(result: Result) -> Taken:
    """What was taken from `result`. Parts in which nothing was taken are left out."""
    dates, before = result.dates, result.wealth[:-1]
    found = {TRADING: _by_period(dates, ((fill.when, float(fill.cost)) for fill in result.fills))}
    fees = [entry for entry in result.entries if isinstance(entry, Fee)]
    for why in dict.fromkeys(fee.why for fee in fees):
        found[why] = _by_period(dates, ((fee.when, float(fee.amount)) for fee in fees if fee.why == why))
    if result.taxes is not None:
        found[TAX] = taxes_paid(result)[1:] + np.diff(result.taxes.owed_at(dates))
    parts = {name: amount / before for name, amount in found.items()}
    expenses = _expenses(result)
    parts |= {EXPENSES: expenses} if expenses is not None else {}
    gross = np.asarray(result.returns + sum(parts.values(), np.zeros(len(before))))
    return Taken(dates, gross, {name: part for name, part in parts.items() if part.any()}, result.periods_per_year)


def _expenses(result: Result) -> Array | None:
    """(T - 1,) what funds took inside their prices, nothing where a weight is unknown; None where the policy does not say."""
    rates = [np.asarray(rates) for fee in result.policy.fees if (rates := getattr(fee, "rates", None)) is not None]
    if not rates:
        return None
    years = (result.dates - result.dates[0]) / np.timedelta64(1, "D") / 365.25
    return np.nan_to_num(taken_by_funds(result.weights, np.sum(rates, axis=0), np.asarray(years)))


def _by_period(dates: Dates, amounts: Iterable[tuple[date, float]]) -> Array:
    """(T - 1,) sums by the period in which each falls; what falls on the first date belongs to the first period."""
    sums = np.zeros(len(dates) - 1)
    rows = [(np.datetime64(when, "D"), amount) for when, amount in amounts]
    if rows and len(sums):
        days, money = np.array([when for when, _ in rows]), np.array([amount for _, amount in rows])
        np.add.at(sums, np.clip(np.searchsorted(dates, days), 1, len(sums)) - 1, money)
    return sums
