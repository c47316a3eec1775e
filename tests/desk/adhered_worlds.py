"""A desk whose process is kept to the letter, and every way of not keeping it: each is one call that writes the journal.

Policy `law` of tests/desk/worlds.py decides on month ends of 2001 and trades on the next open. Account P1 follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.desk.worlds import market, policy
from trimtab.accounting.database.events import EntryPosted, InstrumentListed, Note, RunKey
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Entry, Flow
from trimtab.core.households import Account, Instrument
from trimtab.core.orders import MANUAL, Standing, Status, Ticket, client_id
from trimtab.core.venues import Execution, Report
from trimtab.data.market import Market
from trimtab.desk.adhering import adherence_of
from trimtab.desk.books import Signature, open_account
from trimtab.desk.due import LOOKED
from trimtab.desk.policy import Policy
from trimtab.desk.proposing import keep_policies
from trimtab.governance.adherence import Adherence

BEGUN = date(2001, 1, 10)
ENDS = tuple(date.fromisoformat(one) for one in ("2001-01-31", "2001-02-28", "2001-03-30", "2001-04-30", "2001-05-31"))
EVENING, MORNING, NIGHT = "T22:30:00", "T12:00:00", "T23:00:00"  # UTC; New York closes at 21:00 in winter, 20:00 in summer
NAV = 100_000.0
RULE = {"limit": {"use": "max_weight", "at_most": 0.45}, "id": "IPS-1", "source": "section 4.1"}


@cache
def governed(size: str = "") -> Policy:
    """The policy: with `size` it lets people override so much of net asset value."""
    more: dict[str, Any] = {"overrides": {"size": float(size)}} if size else {}
    return policy(rules=[RULE], **more)


@cache
def world(size: str = "") -> Market:
    """Its market: weekdays from 2 January 2001 on, more than a year of them."""
    return market(governed(size), 3)


@dataclass
class Clock:
    """A clock that is set by hand."""

    at: np.datetime64

    def now(self) -> np.datetime64:
        return self.at


def at(day: date, time: str = EVENING) -> np.datetime64:
    return np.datetime64(f"{day.isoformat()}{time}", "s")


def session(day: date, count: int = 1) -> date:
    """The weekday so many after a day: the sessions of this market."""
    found: date = np.busday_offset(np.datetime64(day), count, roll="backward").item()
    return found


@dataclass
class Desk:
    """The book, and what is done in it. `units` by instrument are what each decision asks for, at a price of 100."""

    orders: OrderBook
    clock: Clock
    size: str = ""
    units: Mapping[str, int] = field(default_factory=lambda: {"B": -20, "A": 30})
    count: int = 0

    @property
    def book(self) -> BookStore:
        return self.orders.store

    @property
    def policy(self) -> Policy:
        return governed(self.size)

    def note(self, kind: str, body: Mapping[str, Any], when: np.datetime64, place: str = "P1", by: str = "anna") -> int:
        return self.book.append([Note(kind, body, place)], recorded=when, author=by)[0]

    def look(self, when: date, *, made: np.datetime64 | None = None, place: str = "P1") -> None:
        """A decision that came to nothing."""
        body = {"policy": self.policy.sha256, "when": when.isoformat()}
        self.note(LOOKED, body, at(when) if made is None else made, place)

    def decide(self, when: date, *, made: np.datetime64 | None = None, outcome: str = "pass") -> list[Standing]:
        """A decision in time with its orders, planned; `outcome` is what the gate says of the policy's rule."""
        self.clock.at = at(when) if made is None else made
        label = self.orders.new_batch(when)
        told = {"batch": label, "policy": self.policy.sha256, "when": when.isoformat(), "nav": NAV, "funded": True}
        rows = [["held", "always", "", "0", "0", "pass"], ["IPS-1", "section 4.1", "", "0.020000", "0", outcome]]
        notes = [Note("decision", told, "P1"), Note("gate", {"batch": label, "evaluations": rows}, "P1")]
        key = RunKey("P1", when, self.policy.sha256)
        done = self.orders.plan(key, lambda _: self._tickets(when, label), claimant="test", notes=notes)
        return list(done.standings)

    def _tickets(self, when: date, label: str) -> list[Ticket]:
        bare = {"account": "P1", "reference": Decimal(100), "batch": label, "as_of": when, "policy": self.policy.sha256}
        names = enumerate(self.units.items())
        return [
            Ticket(client_id(label, k), instrument=name, units=Decimal(units), strategy="law", by="anna", **bare)  # type: ignore[arg-type]
            for k, (name, units) in names
        ]

    def by_hand(self, day: date, instrument: str, units: int) -> Standing:
        """An order that a person writes."""
        self.clock.at = at(day, MORNING)
        label = self.orders.new_batch(day)
        ticket = Ticket(
            client_id(label, MANUAL), "P1", instrument, Decimal(units), Decimal(100), batch=label, as_of=day,
            policy=self.policy.sha256, strategy=MANUAL, by="ben", reason="it looks cheap",
        )  # fmt: skip
        return self.orders.add([ticket])[0]

    def send(self, found: Sequence[Standing], day: date) -> None:
        self.clock.at = at(day, MORNING)
        for one in found:
            self.orders.approve([one.id], "ben", "")
            self.orders.intend(one.id, "paper", Decimal(100))
            self.orders.move(one.id, Status.SENT)

    def fill(self, one: Standing, day: date, units: int | None = None) -> None:
        """So many units (all) at 100; what is left is still open."""
        self.clock.at = at(day, NIGHT)
        before = self.orders.standing(one.id)
        count = before.left if units is None else Decimal(units)
        self.count += 1
        made = Execution(f"x{self.count}", one.id, count, Decimal(100), Decimal(0), day, f"{day}T15:00:00Z")
        whole = count == before.left
        status = Status.FILLED if whole else Status.PARTIAL
        known = self.orders.executions(one.id)
        self.orders.record(Report(one.id, status, filled=before.filled + count, executions=(*known, made)), "paper")

    def end(self, one: Standing, status: Status, why: str, day: date) -> None:
        """What the broker makes of an order."""
        self.clock.at = at(day, NIGHT)
        self.orders.record(Report(one.id, status, filled=self.orders.standing(one.id).filled, why=why), "paper")

    def month(self, when: date) -> None:
        """A month as it should be: decided in the evening, sent in the morning, filled on that day."""
        found = self.decide(when)
        self.send(found, session(when))
        for one in found:
            self.fill(one, session(when))

    def enter(self, *entries: Entry, on: date) -> int:
        """Entries that somebody imports."""
        return self.book.append([EntryPosted("P1", one) for one in entries], recorded=at(on, NIGHT), author="carl")[0]

    def review(self, due: date, on: date, kind: str = "quarter") -> int:
        body = {"kind": kind, "due": due.isoformat(), "score": "100", "said": "", "attended": ["anna", "ben"]}
        return self.note("review", body, at(on, MORNING))

    def kept(self, first: date, last: date, now: np.datetime64 | None = None) -> Adherence:
        return adherence_of(self.orders, "P1", first, last, now=now, load=lambda _: world(self.size))


Fault = Callable[[Desk], None]


@contextmanager
def desk(folder: Path, size: str = "", *, funded: bool = True) -> Iterator[Desk]:
    """A book with account P1, which follows the policy since 10 January 2001, and has 100,000 since where it is funded."""
    clock = Clock(at(BEGUN))
    folder.mkdir(parents=True, exist_ok=True)
    with BookStore.create(folder / "book.db", recorded=clock.at, author="anna") as book:
        by = Signature("anna", clock.at)
        open_account(book, Account("P1", "Paper"), by)
        made = Desk(OrderBook(book, clock, "anna"), clock, size)
        keep_policies(book, {made.policy.sha256: made.policy}, by)
        book.append([InstrumentListed(Instrument(name)) for name in ("A", "B", "C")], recorded=by.at, author="anna")
        body = {"policy": "law.yaml", "sha256": made.policy.sha256, "name": "law"}
        made.note("follows", body, by.at)
        if funded:
            made.enter(Flow(BEGUN, Decimal(100_000)), on=BEGUN)
        yield made


def later(day: date, days: int) -> date:
    return day + timedelta(days=days)
