"""What happened to the orders of an account, and to its entries, as the journal tells it: each with the number of its record.

The tables say how things stand; whoever has to show evidence asks here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from trimtab.accounting.database import schema
from trimtab.accounting.database.events import EntryPosted, Record
from trimtab.accounting.database.order_events import OrderEdited, OrderFilled, OrderPlanned
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Entry

_ORDERS = ("order", "order.edited", "order.filled")
Happening = OrderPlanned | OrderEdited | OrderFilled


class Happened(NamedTuple):
    """An order that was planned, edited or filled: number of the record, instant (UTC, as text), who, and what."""

    record: int
    recorded: str
    author: str
    event: Happening


class Posted(NamedTuple):
    """An entry: number of the record, instant (UTC, as text), who booked it, and the entry."""

    record: int
    recorded: str
    author: str
    entry: Entry


def order_history(book: BookStore, account: str) -> tuple[Happened, ...]:
    """Orders of an account that were planned, edited or filled, oldest first; what a block does stands with the block."""
    found = []
    for one in _records(book, account, _ORDERS):
        event = one.event
        if isinstance(event, OrderPlanned | OrderEdited | OrderFilled):
            found.append(Happened(one.number, one.recorded, one.author, event))
    return tuple(found)


def postings(book: BookStore, place: str) -> tuple[Posted, ...]:
    """The entries of a place in the order of posting; the place of one in the answer is its number."""
    found = []
    for one in _records(book, place, ("entry",)):
        event = one.event
        if isinstance(event, EntryPosted):
            found.append(Posted(one.number, one.recorded, one.author, event.entry))
    return tuple(found)


def _records(book: BookStore, place: str, kinds: tuple[str, ...]) -> Iterator[Record]:
    marks = ", ".join("?" * len(kinds))
    sql = f"SELECT {schema.JOURNAL.names} FROM journal WHERE place = ? AND kind IN ({marks}) ORDER BY number"
    return map(Record._make, book.session.execute(sql, (place, *kinds)))
