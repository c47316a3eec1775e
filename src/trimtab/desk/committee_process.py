"""Whether the process was kept in a quarter: adherence with each violation and its evidence, and data that failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.calendar import plain_date
from trimtab.data.market import Market
from trimtab.desk.adhering import adherence_of
from trimtab.desk.incidents import Incident, incidents_of
from trimtab.desk.policy import Policy
from trimtab.desk.review_calendar import DueReview, reviews_due
from trimtab.governance.adherence import Adherence, Duty


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
