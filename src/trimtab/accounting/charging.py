"""When fees fall due: the last session of each calendar period, for how much of a year, and on which value.

A date stands on the axis of periods at its number of whole periods and the part by days of the one it lies in. What a
charge is for runs from where the last one ended, so all of them together are for the time from the opening of the account
to the end of the last period charged, exactly, whatever sessions are missing between. Money comes in at the close of the
opening, so that day is not charged, and in arrears nothing is charged on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction as Ratio
from typing import NamedTuple

import numpy as np

from trimtab.accounting.ledger import Ledger
from trimtab.core.arrays import Array, Dates
from trimtab.core.calendar import steps_per_year
from trimtab.core.frictions import Billing, Charges
from trimtab.core.money import decimal_of
from trimtab.core.terms import DAY, MONTH, PER_YEAR


class Instalment(NamedTuple):
    """`fee` is charged for `years`; `since` is the row of its last charge, or that on which the account was opened."""

    fee: Charges
    years: Ratio
    since: int


def following(sessions: Dates) -> np.datetime64:
    """The date of the next session where no calendar knows it: the next weekday, or the month (quarter, year) after.

    The next day where sessions lie on weekends too.
    """
    last, f = sessions[-1].astype("datetime64[D]"), steps_per_year(sessions)
    if f <= PER_YEAR[MONTH]:
        return (last.astype("datetime64[M]") + PER_YEAR[MONTH] // f).astype("datetime64[D]")  # type: ignore[no-any-return]
    if f > PER_YEAR[DAY]:
        return last + 1  # type: ignore[no-any-return]
    after: np.datetime64 = np.busday_offset(last, 1, roll="backward")  # after a weekend: Monday
    return after


def instalments(
    fees: Sequence[Charges], sessions: Dates, opened: int, *, after: np.datetime64 | None = None
) -> dict[int, list[Instalment]]:
    """What is charged on which rows of `sessions` (T,) for an account that was opened at the close of row `opened`.

    `after` is the date of the session that follows the last one: whether a last period has ended depends on it, and not on
    where the data end. None: see `following`.
    """
    found: dict[int, list[Instalment]] = {}
    dates = np.append(sessions[opened:].astype("datetime64[D]"), following(sessions) if after is None else after)
    for fee in fees:
        for row, instalment in _of(fee, dates, opened):
            found.setdefault(row, []).append(instalment)
    return found


def _of(fee: Charges, dates: Dates, opened: int) -> list[tuple[int, Instalment]]:
    """The instalments of one fee; `dates` begin with the opening and end with the session after the last."""
    count = fee.every.count
    number = dates.astype("datetime64[M]").astype(np.int64) // count
    ends = np.flatnonzero(number[1:] != number[:-1])
    ahead = 1 if fee.billed is Billing.ADVANCE else 0
    upto = {int(row): int(number[row]) + 1 + ahead for row in ends if row or ahead}  # periods paid for by then
    if ahead:
        upto = {0: int(number[0]) + 1, **upto}  # the rest of the first period is paid at the opening
    paid, since, found = _place(dates[0], int(number[0]), count), opened, []
    for row, through in upto.items():
        if through > paid:
            found.append((opened + row, Instalment(fee, (through - paid) * Ratio(count, 12), since)))
            paid, since = Ratio(through), opened + row
    return found


def _place(date: np.datetime64, number: int, count: int) -> Ratio:
    """The close of a date on the axis of periods: at the end of the last day of period 7 it is 8."""
    first, last = (np.datetime64(months * count, "M").astype("datetime64[D]") for months in (number, number + 1))
    days = int((date - first).astype(np.int64)) + 1
    return number + Ratio(days, int((last - first).astype(np.int64)))


def worth(ledger: Ledger, closes: Array) -> Decimal:
    """Net asset value in the base currency at `closes` (A,), exactly; futures are worth nothing beyond what they paid.

    Raises InvariantError where something held has no price.
    """
    prices, futures = closes.tolist(), ledger.futures
    held = [n * decimal_of(prices[a]) for a, n in enumerate(ledger.units) if n and a not in futures]
    return sum(held, ledger.cash)
