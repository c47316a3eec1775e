"""Results before and after fees: net, gross of fees, and gross of what funds take inside their prices.

A fee is added back in the period in which it was charged, as the Global Investment Performance Standards (CFA Institute
2020) have it: gross-of-fees returns are reduced by transaction costs alone, net-of-fees returns by the adviser's fee too.
With V the net asset value after fees F of a period, gross is (V_t + F_t) / V_{t-1} - 1, and over any span
`prod(1 + gross) = prod(1 + net) * prod((V_t + F_t) / V_t)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, frozen, require_shape
from trimtab.core.entries import Entry, Fee
from trimtab.core.errors import DataError

ADDED_BACK = ("adviser", "data")  # what a fee says that a manager without it would not have; holding costs stay in


@dataclass(frozen=True, slots=True, eq=False)
class FeeReturns:
    """Simple returns (T - 1,) between T valuations: net of fees, gross of them, and gross of fund expenses as well.

    `fees` and `expenses` are what was added back, as parts of the value at the beginning of each period. `expenses` is zero
    and `before_expenses` is `gross` where nothing is known of them.
    """

    net: Array
    gross: Array
    before_expenses: Array
    fees: Array
    expenses: Array

    def __post_init__(self) -> None:
        for name in ("net", "gross", "before_expenses", "fees", "expenses"):
            values = getattr(self, name)
            require_shape(name, values, self.net.shape)
            object.__setattr__(self, name, frozen(np.asarray(values)))


def charged(dates: Dates, entries: Iterable[Entry], *, why: tuple[str, ...] = ADDED_BACK, currency: str = "") -> Array:
    """(T - 1,) fees in currency by period: after one of the `dates` (T,), up to the next one.

    What was charged on the first date belongs to the first period, for value there is what came in before anything was
    charged. What lies outside is left out. Raises DataError for a fee in another currency than the base, `currency`.
    """
    paid = np.zeros(max(len(dates) - 1, 0))
    for entry in entries:
        if not isinstance(entry, Fee) or entry.why not in why:
            continue
        if entry.currency not in ("", currency):
            what = f"the fee of {entry.when} is in {entry.currency}"
            raise DataError(what, remedy="Convert it to the base currency of the account first.")
        when = np.datetime64(entry.when, "D")
        row = int(np.searchsorted(dates, when))  # the first date not before it
        if len(paid) and dates[0] <= when <= dates[-1]:
            paid[max(row, 1) - 1] += float(entry.amount)
    return paid


def fee_returns(wealth: Array, fees: Array, taken: Array | None = None) -> FeeReturns:
    """Returns from net asset value `wealth` (T,) after fees, and `fees` (T - 1,) in currency by period (see `charged`).

    `taken` (T - 1,) is what funds took in each period as a part of the value at its beginning (see `taken_by_funds`). NaN
    where a value is unknown or the one at the beginning is not above zero. Raises InvariantError for wrong shapes.
    """
    require_shape("fees", fees, (max(len(wealth) - 1, 0),))
    before = np.where(wealth[:-1] > 0.0, wealth[:-1], np.nan)
    net, part = wealth[1:] / before - 1.0, fees / before
    inside = np.zeros(len(fees)) if taken is None else taken
    return FeeReturns(net, net + part, net + part + inside, part, inside)


def taken_by_funds(weights: Array, rates: Array, years: Array) -> Array:
    """(T - 1,) expenses between T valuations as parts of net asset value: weights (T, A) at the beginning, rates (A,) a year.

    `years` (T,) is the time of each valuation; simple. NaN where a weight is. Who is short of a fund earns its expenses.
    """
    return np.asarray((weights[:-1] * rates).sum(axis=1) * np.diff(years))
