"""Books with three accounts to plan orders in, on either database, and short ways to write orders down."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from tests.accounting.database.books import DAY, NOW, WHO
from tests.accounting.database.servers import Server
from trimtab.accounting.database.events import AccountOpened, Event, InstrumentListed, RunKey, SleeveOpened
from trimtab.accounting.database.orders import OrderBook, Planned
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify
from trimtab.core.households import Account, Contract, Instrument
from trimtab.core.orders import Status, Ticket, client_id
from trimtab.core.venues import Execution, Report

PLACES: list[Event] = [
    *(AccountOpened(Account(name, "Mueller")) for name in ("A", "B", "C")),
    AccountOpened(Account("E", "Mueller", currency="EUR")),
    SleeveOpened("A", "core"),
    InstrumentListed(Instrument("VTI")),
    InstrumentListed(Instrument("BND")),
    InstrumentListed(Instrument("ESH6", Contract.FUTURE, multiplier=Decimal(50))),
]
KEY = RunKey("A", DAY, "ab" * 32)
MINUTE = np.timedelta64(60, "s")
SCHEMAS = itertools.count()


class Ticking:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.instant = NOW

    def now(self) -> np.datetime64:
        return self.instant


@contextmanager
def order_book(where: str, folder: Path, server: Any) -> Iterator[OrderBook]:
    """Orders in a new book: `memory`, `file` or `server`. At the end the tables are what a replay of the journal makes."""
    with _created(where, folder, server) as book:
        book.append(PLACES, recorded=NOW, author=WHO)
        yield OrderBook(book, Ticking(), WHO)
        assert verify(book.session).findings == ()


def _created(where: str, folder: Path, server: Any) -> BookStore:
    if where == "memory":
        session = SqliteSession.in_memory()
        with session.building():
            BookStore(session).begin(recorded=NOW, author=WHO)
        return BookStore(session)
    if where == "file":
        return BookStore.create(folder / "orders.db", recorded=NOW, author=WHO)
    assert isinstance(server, Server)
    return BookStore.create(server.address(f"orders{next(SCHEMAS)}"), recorded=NOW, author=WHO)


def ticket(units: object, account: str = "A", **more: Any) -> Ticket:
    """An order of VTI at 100, without an id."""
    return replace(
        Ticket("", account, "VTI", Decimal(str(units)), Decimal(100), as_of=DAY, policy=KEY.policy, by="ann"), **more
    )


def planned(orders: OrderBook, *tickets: Ticket, key: RunKey | None = None, day: date = DAY) -> Planned:
    """The tickets as a run of the first one's account; their ids are made of the key."""
    key = key or RunKey(tickets[0].account, day, KEY.policy)

    def made(generation: int) -> list[Ticket]:
        run = f"{key.account}|{key.as_of}|{key.policy}|{generation}"
        return [replace(one, id=client_id(run, line), as_of=key.as_of) for line, one in enumerate(tickets)]

    return orders.plan(key, made, claimant="test")


def approved(orders: OrderBook, *tickets: Ticket, day: date = DAY) -> tuple[str, ...]:
    """The ids of the same, planned and approved."""
    ids = tuple(one.id for one in planned(orders, *tickets, day=day).standings)
    orders.approve(ids, "bob", "agreed")
    return ids


def sent(orders: OrderBook, one: Ticket, day: date = DAY) -> str:
    """The id of an order that has left for the paper venue."""
    (order,) = approved(orders, one, day=day)
    orders.intend(order, "paper", Decimal(101))
    orders.move(order, Status.SENT)
    return order


def execution(order: str, name: str, units: object, price: object = 100, cost: object = 0) -> Execution:
    """A fill as a venue reports it."""
    numbers = (Decimal(str(number)) for number in (units, price, cost))
    return Execution(name, order, *numbers, DAY, "2026-01-05T21:00:05Z")


def report(order: str, status: Status, *fills: Execution, filled: object = None, **more: Any) -> Report:
    """A report whose own count is that of its executions, unless it is given."""
    count = sum((one.units for one in fills), Decimal(0)) if filled is None else Decimal(str(filled))
    return Report(order, status, filled=count, executions=fills, **more)
