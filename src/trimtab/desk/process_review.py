"""The review of the process: was it kept to, what was wrong with the data, what is open. Nothing of what it earned.

A quarter says nothing about a policy; it says whether people and machines did what was committed to. So no return, no
benchmark and no rank stands here, and none can be put in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.calendar import plain_date
from trimtab.desk.adhering import Loader, adherence_of
from trimtab.desk.incidents import Incident, incidents_of
from trimtab.desk.prepare import load_market
from trimtab.desk.review_calendar import DueReview, reviews_due
from trimtab.desk.review_periods import Kind, Reviewed, reviewed
from trimtab.governance.adherence import Adherence


@dataclass(frozen=True, slots=True)
class ProcessReview:
    """An account's process in the time that is reviewed, and what stands on its calendar."""

    about: Reviewed
    adherence: Adherence
    incidents: tuple[Incident, ...]
    calendar: tuple[DueReview, ...]

    @property
    def place(self) -> str:
        """The account, or ACCOUNT/SLEEVE."""
        return self.about.stretch.place

    @property
    def requests(self) -> tuple[DueReview, ...]:
        """Requests to change the policy that are open."""
        return tuple(one for one in self.calendar if one.kind is Kind.CHANGE)


def process_review(
    orders: OrderBook, place: str, now: np.datetime64, *, kind: Kind = Kind.QUARTER, load: Loader = load_market
) -> ProcessReview:
    """The review of an account (or sleeve) that is due at `now` (UTC), or the time since the last one."""
    today = plain_date(now.astype("datetime64[D]"))
    about = reviewed(orders.store, place, today, kind)
    found = adherence_of(orders, place, about.first, about.last, now=now, load=load)
    return ProcessReview(
        about, found, incidents_of(orders.store, place, (about.first, about.last)), reviews_due(orders.store, place, today)
    )
