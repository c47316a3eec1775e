"""When to roll: rules that make a roll table out of contracts, at each date from what was known by then.

Days before the expiry and a fixed business day are known years ahead. The crossing of open interest or volume is seen only
after the session, and open interest the morning after: it must hold for some sessions, and the roll follows a session later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Annotated, Any, Protocol

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError
from trimtab.core.terms import check_ranges
from trimtab.data.futures import Contract, Roll
from trimtab.data.validity import plain_day, read_day

Days = Annotated[int, Ge(0)]


class Measure(Enum):
    """What shows which contract the market has moved to."""

    OPEN_INTEREST = "open interest"
    VOLUME = "volume"


class RollRule(Protocol):
    """When to leave one contract for the next."""

    def __call__(self, near: Contract, far: Contract) -> np.datetime64:
        """The first date on which to roll. Later rows may bring it forward, but only to a date after those known before."""
        ...


@dataclass(frozen=True, slots=True)
class BeforeExpiry:
    """`days` business days (Monday to Friday) before the near contract expires."""

    days: Days = 5

    def __post_init__(self) -> None:
        check_ranges(self)

    def __call__(self, near: Contract, far: Contract) -> np.datetime64:
        """The date, known from the beginning."""
        return _business_days_before(near.expiry, self.days)


@dataclass(frozen=True, slots=True)
class FixedDay:
    """The `day`-th business day of the month that lies `months_before` the month of the near contract's expiry."""

    day: Annotated[int, Ge(1)] = 5
    months_before: Days = 1

    def __post_init__(self) -> None:
        check_ranges(self)

    def __call__(self, near: Contract, far: Contract) -> np.datetime64:
        """The date, known from the beginning."""
        month = near.expiry.astype("datetime64[M]") - self.months_before
        due: np.datetime64 = np.busday_offset(month.astype("datetime64[D]"), self.day - 1, roll="forward")
        return due


@dataclass(frozen=True, slots=True)
class Crossing:
    """`lag` sessions after the far contract led in `by` for `confirm` sessions, `latest` days before expiry at the latest."""

    by: Measure = Measure.OPEN_INTEREST
    confirm: Annotated[int, Ge(1)] = 2
    lag: Annotated[int, Ge(1)] = 1  # open interest of a session is published after it
    latest: Days = 2  # business days before the expiry

    def __post_init__(self) -> None:
        check_ranges(self)

    def __call__(self, near: Contract, far: Contract) -> np.datetime64:
        """The date that follows the confirmed crossing; the latest one while none is confirmed."""
        last = _business_days_before(near.expiry, self.latest)
        dates, mine, next_ = np.intersect1d(near.dates, far.dates, return_indices=True)
        leads = self._of(far)[next_] > self._of(near)[mine]  # unknown is no lead
        run = np.convolve(leads, np.ones(self.confirm, dtype=int))[: len(leads)] if len(leads) else np.zeros(0)
        confirmed = np.flatnonzero(run >= self.confirm)
        if len(confirmed) and confirmed[0] + self.lag < len(dates):
            return min(dates[confirmed[0] + self.lag], last)
        return last

    def _of(self, contract: Contract) -> Array:
        values = contract.open_interest if self.by is Measure.OPEN_INTEREST else contract.volume
        if values is None:
            raise DataError(f"{contract.name} has no {self.by.value}", remedy="Load it, or roll by days before expiry.")
        return values


def roll_table(contracts: Sequence[Contract], rule: RollRule, *, cost: float = 0.0) -> tuple[Roll, ...]:
    """Rolls through the contracts in order of expiry, at settlement, each at `cost` (a fraction of the amount rolled).

    A roll is made on the first date from the rule's on, and after the roll before, on which both contracts settled. Raises
    DataError where the near contract expired without such a date.
    """
    ordered = sorted(contracts, key=lambda contract: contract.expiry)
    rolls: list[Roll] = []
    for near, far in pairwise(ordered):
        shared, own, other = _settled(near, far)
        due = rule(near, far)
        ready = (shared >= due) & (shared <= near.expiry)
        if rolls:
            ready &= shared > rolls[-1].date
        at = np.flatnonzero(ready)
        if len(at) == 0:
            if len(far.dates) and far.dates[-1] > near.expiry:
                what = f"{near.name} expired on {near.expiry} before it could be rolled into {far.name}"
                raise DataError(what, remedy="Roll earlier, or load the missing settlements.")
            return tuple(rolls)
        rolls.append(Roll(shared[at[0]], near.name, far.name, float(own[at[0]]), float(other[at[0]]), cost))
    return tuple(rolls)


def rows(rolls: Iterable[Roll]) -> tuple[dict[str, Any], ...]:
    """One plain row a roll, for a table."""
    return tuple(
        {
            "date": plain_day(roll.date),
            "old": roll.old,
            "new": roll.new,
            "price_old": roll.price_old,
            "price_new": roll.price_new,
            "cost": roll.cost,
        }
        for roll in rolls
    )


def from_rows(table: Iterable[Mapping[str, Any]]) -> tuple[Roll, ...]:
    """What `rows` gave."""
    return tuple(Roll(**{**row, "date": read_day(row["date"])}) for row in table)


def _settled(near: Contract, far: Contract) -> tuple[Dates, Array, Array]:
    """Dates (N,) on which both settled, and both settlements (N,)."""
    shared, own, other = np.intersect1d(near.dates, far.dates, return_indices=True)
    both = np.isfinite(near.settle[own]) & np.isfinite(far.settle[other])
    return shared[both], near.settle[own][both], far.settle[other][both]


def _business_days_before(expiry: np.datetime64, days: int) -> np.datetime64:
    return np.busday_offset(expiry.astype("datetime64[D]"), -days, roll="backward")
