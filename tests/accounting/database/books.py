"""Books to test with: one account with a sleeve, three instruments, an entry of every kind, and an order that is filled."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np

from trimtab.accounting.database.events import (
    AccountOpened,
    EntryPosted,
    Event,
    InstrumentListed,
    Note,
    RunKey,
    SleeveOpened,
)
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import (
    Adjustment,
    Cancel,
    Delisting,
    Dividend,
    Entry,
    Exchange,
    Fee,
    Fill,
    Flow,
    Interest,
    Merger,
    Opening,
    Payout,
    ReturnOfCapital,
    SpinOff,
    Split,
    Tax,
    Variation,
)
from trimtab.core.households import Account, Contract, Instrument
from trimtab.core.orders import Cause, OrderKind, Status, Ticket, client_id
from trimtab.core.taxes import LotMethod, Wrapper
from trimtab.core.venues import Execution, Report

NOW = np.datetime64("2026-01-05T21:00:00.000001")
WHO = "ann"
DAY = date(2026, 1, 5)
KEY = RunKey("A07", DAY, "ab" * 32)

PLACES: list[Event] = [
    AccountOpened(Account("A07", "Mueller", lots=LotMethod.HIFO, name="Ruhestand – Übertrag")),
    AccountOpened(Account("B1", "Mueller", Wrapper.EXEMPT, "EUR")),
    SleeveOpened("A07", "core"),
    InstrumentListed(Instrument("VTI", isin="US9229087690", alike="us-total")),
    InstrumentListed(Instrument("ITOT", alike="us-total")),
    InstrumentListed(Instrument("ESH6", Contract.FUTURE, multiplier=Decimal(50))),
]
ENTRIES: list[Entry] = [
    Flow(DAY, Decimal("100000.00")),
    Fill(DAY, 0, Decimal("10.5"), Decimal("250.10"), Decimal("-2626.05"), Decimal("1.00"), "o-1"),
    Opening(DAY, 1, Decimal(100), Decimal(9000), date(2020, 2, 29)),
    Dividend(DAY, 0, Decimal("12.30"), payout=Payout.ORDINARY),
    ReturnOfCapital(DAY, 1, Decimal("5.00")),
    Split(DAY, 1, Decimal("99.5"), Decimal("22.50"), fraction=Decimal("0.5")),
    SpinOff(DAY, 1, 0, Decimal(3), Decimal("0.125"), Decimal("1.11"), fraction=Decimal("0.25")),
    Merger(DAY, 1, Decimal("-199.5"), 0, Decimal(50), Decimal("33.33")),
    Fill(DAY, 2, Decimal(2), Decimal("5000.25"), Decimal(0), Decimal("4.50"), "o-2"),
    Variation(DAY, 2, Decimal("-125.00")),
    Exchange(DAY, "", Decimal(1000), "EUR", Decimal("910.11"), Decimal("0.50")),
    Fill(DAY, 0, Decimal(-5), Decimal(251), Decimal(1255), Decimal(1), "o-3", lots=(("1", Decimal(5)),)),
    Interest(DAY, Decimal("0.07"), "EUR"),
    Fee(DAY, Decimal(25), "adviser"),
    Tax(DAY, Decimal(10), 2025, "federal"),
    Adjustment(DAY, 0, "1", Decimal("2.50"), 31),
    Fee(DAY, Decimal(99), "mistake"),
    Cancel(DAY, 16),
    Delisting(DAY, 2, Decimal(-2), Decimal("0.01")),
]
# Cash by hand: 100000 - 2626.05 - 1 + 12.30 + 5 + 22.50 + 1.11 + 33.33 - 4.50 - 125 - 1000 - 0.50 + 1255 - 1 - 25 - 10 + 0.01
# (the fee of 99 and its cancellation are nothing) = 97536.20; euros: 910.11 + 0.07 = 910.18.
CASH = {"USD": Decimal("97536.20"), "EUR": Decimal("910.18")}
# Instrument 0: 10.5 + 3 + 50 - 5 = 58.5; 1: 100 + 99.5 - 199.5 = 0; 2: 2 - 2 = 0.
UNITS = {0: Decimal("58.5")}


def posted(place: str = "A07") -> list[Event]:
    return [EntryPosted(place, entry, key=f"{place}:{n}") for n, entry in enumerate(ENTRIES)]


class At:
    """A clock that stands."""

    def __init__(self, instant: np.datetime64 = NOW) -> None:
        self.instant = instant

    def now(self) -> np.datetime64:
        return self.instant


def ordered(book: BookStore) -> OrderBook:
    """Two orders of a run in euros' account B1: one is filled in part, one waits; the account is halted and armed."""
    orders, key = OrderBook(book, At(), WHO), RunKey("B1", DAY, "cd" * 32)

    def tickets(generation: int) -> list[Ticket]:
        first = Ticket("", "B1", "VTI", Decimal(10), Decimal("250.10"), kind=OrderKind.LIMIT, limit=Decimal(251))
        both = (first, replace(first, units=Decimal("-2.5"), instrument="ITOT", lots=(("3", Decimal("2.5")),)))
        label, sha = orders_label, key.policy
        return [
            replace(one, id=client_id(f"B1|{generation}", line), batch=label, as_of=DAY, policy=sha)
            for line, one in enumerate(both)
        ]

    orders_label = orders.new_batch(DAY)
    one, other = orders.plan(key, tickets, claimant="host-1").standings
    orders.approve([one.id], "bob", "agreed")
    orders.edit(other.id, units=Decimal(-2), reason="half of it waits")
    orders.intend(one.id, "paper", Decimal("250.20"))
    part = Execution("e-1", one.id, Decimal(4), Decimal("250.3"), Decimal("0.35"), DAY, "2026-01-05T21:00:02Z")
    orders.record(Report(one.id, Status.PARTIAL, "v-1", Decimal(4), (part,)), "paper")
    orders.halt("B1", Cause.DIFFERENCE, "4 units")
    orders.arm("B1", "live", NOW + np.timedelta64(1, "h"))
    return orders


def filled(book: BookStore) -> BookStore:
    """The whole story: places, entries one by one and at once, orders, runs, a note."""
    book.append(PLACES, recorded=NOW, author=WHO)
    for event in posted():
        book.append([event], recorded=NOW, author=WHO)
    book.append(posted("A07/core"), recorded=NOW + np.timedelta64(1, "h"), author="bob")
    ordered(book)
    run = book.claim(KEY, recorded=NOW, author=WHO, claimant="host-1").run
    book.supersede(run, "prices were restated", recorded=NOW, author=WHO)
    book.claim(KEY, recorded=NOW, author=WHO, claimant="host-2")
    book.append([Note("decision", {"weights": [0.1, 1e-300], "why": "Ω\u2028"}, "A07")], recorded=NOW, author=WHO)
    return book
