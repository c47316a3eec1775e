"""Adherence and reviews in Python: the score of the process, its calendar, and reviews that are held; pandas out."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.calendar import plain_date
from trimtab.core.errors import UsageError
from trimtab.data.market import Market
from trimtab.desk.adhering import adherence_of
from trimtab.desk.books import Signature, book_address
from trimtab.desk.following_history import held_places, stretches
from trimtab.desk.full_cycle import full_cycle
from trimtab.desk.live import clock_of
from trimtab.desk.policy import Policy
from trimtab.desk.practice import loader_of, own_book
from trimtab.desk.process_review import process_review
from trimtab.desk.review_calendar import Minutes, hold_review, reviews_due
from trimtab.desk.review_periods import Kind, reviewed
from trimtab.governance.adherence import Adherence
from trimtab.surfaces.adherence import calendar_rows, duty_rows, review_document, violation_rows
from trimtab.surfaces.cycles import cycle_document

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Adhered:
    """The score of a process. There is no field of what it earned, and there will be none."""

    found: Adherence

    @property
    def score(self) -> Fraction:
        """Out of 100, exactly."""
        return self.found.score

    @property
    def duties(self) -> pd.DataFrame:
        """By duty: its words, how often it was due and kept, and its points of how many (`weight`)."""
        import pandas as pd

        return pd.DataFrame(duty_rows(self.found)).set_index("duty")

    @property
    def violations(self) -> pd.DataFrame:
        """Each with the day, the duty, the occasion, what happened, and where the journal shows it; oldest first."""
        import pandas as pd

        columns = ["when", "duty", "occasion", "what", "evidence"]
        return pd.DataFrame(violation_rows(self.found.violations), columns=columns)


@dataclass(frozen=True, slots=True)
class Reviews:
    """The process of the accounts of a book: `Reviews("book.db", by="anna").adherence("A07").score`.

    Every call opens and closes the book (see `Book`). `workspace` holds what was expected and validated, `data` is a folder
    of prices in place of the data of the policies.
    """

    book: str | Path = ""
    by: str = ""
    workspace: str | Path = "."
    data: str | Path | None = None

    def adherence(self, account: str = "", first: str | date | None = None, last: str | date | None = None) -> Adhered:
        """The score of an account, a sleeve or a household (empty: all), by default of all the time up to today.

        Raises UsageError where it never followed a policy.
        """
        now = self._signature().at
        with self._opened() as orders:
            end = _day(last, "last") or _today(now)
            begun = [stretches(orders.store, place)[0].begins for place in held_places(orders.store, account)]
            begin = _day(first, "first") or min(begun, default=end)
            return Adhered(adherence_of(orders, account, begin, end, now=now, load=self._load))

    def calendar(self, account: str = "") -> pd.DataFrame:
        """What is due when, and what to do then: reviews, the end of a watch on paper, overrides, changes."""
        import pandas as pd

        with self._opened() as orders:
            found = reviews_due(orders.store, account, _today(self._signature().at))
        return pd.DataFrame(calendar_rows(found), columns=["on", "kind", "of", "what", "do"])

    def quarter(self, account: str) -> dict[str, Any]:
        """The review of the process of one account as plain values, as `trimtab review --json` has them."""
        with self._opened() as orders:
            place = _one(orders, account)
            return review_document(process_review(orders, place, self._signature().at, load=self._load))

    def cycle(self, account: str) -> dict[str, Any]:
        """The full-cycle review of one account. Raises ApprovalRequired, with the date, while parameters are closed."""
        with self._opened() as orders:
            place, today = _one(orders, account), _today(self._signature().at)
            return cycle_document(full_cycle(orders.store, Path(self.workspace), place, today, load=self._load))

    def hold(self, account: str, *, attended: Sequence[str], said: str = "", kind: str = "quarter") -> int:
        """Write down that the review that is due was held (`kind`: quarter or cycle); returns the record of the journal.

        Raises UsageError where none is due, nobody attended, or nothing is said of a score below 100.
        """
        by, which = self._signature(), _kind(kind)
        with self._opened() as orders:
            place = _one(orders, account)
            about = reviewed(orders.store, place, by.day, which)
            found = adherence_of(orders, place, about.first, about.last, now=by.at, load=self._load)
            return hold_review(orders.store, about, which, found.score, Minutes(tuple(attended), said), by)

    def _load(self, policy: Policy) -> Market:
        return loader_of(self.workspace, self.data)(policy)

    @contextmanager
    def _opened(self) -> Iterator[OrderBook]:
        place = book_address(str(self.book), Path(self.workspace), os.environ)
        with own_book(self.workspace, place) as book:
            yield OrderBook(book, clock_of(self.workspace), self._signature().author)

    def _signature(self) -> Signature:
        return Signature(self.by or getpass.getuser(), clock_of(self.workspace).now())


def _one(orders: OrderBook, account: str) -> str:
    """The one account (or sleeve) that a name covers. Raises UsageError for several, or for none that follows a policy."""
    found = held_places(orders.store, account)
    if len(found) != 1:
        known = ", ".join(held_places(orders.store)) or "none yet"
        what = f"{account or 'the book'} is {len(found)} accounts that follow a policy, and one is asked for"
        raise UsageError(what, remedy=f"There are: {known}.")
    return found[0]


def _kind(text: str) -> Kind:
    if text not in (Kind.QUARTER.value, Kind.CYCLE.value):
        raise UsageError(f"there is no review of the kind {text!r}", remedy="Write quarter or cycle.")
    return Kind(text)


def _today(now: np.datetime64) -> date:
    return plain_date(now.astype("datetime64[D]"))


def _day(given: str | date | None, name: str) -> date | None:
    try:
        return date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise UsageError(f"{name} {given!r} is not a date", remedy="Write it as 2018-11-30.") from None
