"""What persons did to the orders of an account, as the journal tells it: written, edited, put aside, declined."""

from __future__ import annotations

from typing import NamedTuple

from trimtab.accounting.database import schema
from trimtab.accounting.database.events import Record
from trimtab.accounting.database.order_events import OrderEdited, OrderMoved, OrderPlanned
from trimtab.accounting.database.store import BookStore

_KINDS: tuple[str, ...] = ("order", "order.edited", "order.moved")


class Deed(NamedTuple):
    """Number of the record, instant (UTC, as text), who, and what happened to an order."""

    record: int
    recorded: str
    author: str
    event: OrderPlanned | OrderEdited | OrderMoved


def order_deeds(book: BookStore, account: str | None = None) -> tuple[Deed, ...]:
    """All that happened to the orders of an account (None: of any) but what venues said, oldest first."""
    marks = ", ".join("?" * len(_KINDS))
    sql, values = f"SELECT {schema.JOURNAL.names} FROM journal WHERE kind IN ({marks})", _KINDS
    if account is not None:
        sql, values = f"{sql} AND place = ?", (*_KINDS, account)
    found = []
    for one in map(Record._make, book.session.execute(f"{sql} ORDER BY number", values)):
        event = one.event
        if isinstance(event, OrderPlanned | OrderEdited | OrderMoved):
            found.append(Deed(one.number, one.recorded, one.author, event))
    return tuple(found)
