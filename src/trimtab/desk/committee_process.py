"""Whether the process was kept in a quarter: adherence with each violation and its evidence, and data that failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from trimtab.accounting.database.notes import Noted, notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.calendar import plain_date
from trimtab.data.market import Market
from trimtab.desk.adhering import adherence_of
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import INCIDENT
from trimtab.desk.review_calendar import DueReview, reviews_due
from trimtab.governance.adherence import Adherence, Duty


@dataclass(frozen=True, slots=True)
class Incident:
    """Data that were missing, stale or wrong when they were needed, and where the journal says so."""

    what: str
    series: str
    month: str
    when: date
    record: int
    account: str


@dataclass(frozen=True, slots=True)
class Process:
    """Adherence of an account, incidents in the data, and what its calendar says of the reviews to come."""

    adherence: Adherence
    incidents: tuple[Incident, ...]
    calendar: tuple[DueReview, ...]

    @property
    def on_time(self) -> tuple[int, int]:
        """Decisions that were made in time, and how many were due."""
        due = self.adherence.due[Duty.SIGNALS]
        return due - self.adherence.broken(Duty.SIGNALS), due


def process_of(
    orders: OrderBook, account: str, window: tuple[date, date], now: np.datetime64, load: Callable[[Policy], Market]
) -> Process:
    """Of one account, from the first to the last day of a window, as it stands `now` (UTC)."""
    found = adherence_of(orders, account, *window, now=now, load=load)
    due = reviews_due(orders.store, account, plain_date(now.astype("datetime64[D]")))
    return Process(found, incidents_of(orders.store, account, window), due)


def incidents_of(book: BookStore, account: str, window: tuple[date, date]) -> tuple[Incident, ...]:
    """The incidents of an account, and of all accounts at once, that were written down in a window."""
    first, last = window
    found = [_incident(one) for one in notes(book, INCIDENT) if one.place in ("", account)]
    return tuple(one for one in found if first <= one.when <= last)


def _incident(one: Noted) -> Incident:
    body = one.body
    what, series, month = (str(body.get(key) or "") for key in ("what", "series", "month"))
    return Incident(what, series, month, date.fromisoformat(one.recorded[:10]), one.record, one.place)
