"""An order as it stood at the end of a day: what was written down, said or filled after it is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from trimtab.accounting.database.order_deeds import Deed, order_deeds
from trimtab.accounting.database.order_events import OrderMoved, OrderPlanned
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.money import ZERO, exact
from trimtab.core.orders import FINAL, Standing, Status
from trimtab.core.venues import Execution


class Told(NamedTuple):
    """An order, what happened to it, and what was filled of it."""

    standing: Standing
    deeds: tuple[Deed, ...]
    fills: tuple[Execution, ...]


def told_of(orders: OrderBook, some: Sequence[Standing], deeds: Sequence[Deed], until: date | None) -> Iterator[Told]:
    """Each of the orders with its history, by the end of a day (UTC); None: by now. One that was not there yet is left out.

    Deeds count by when they were written down, fills by their own day, as they do in the book.
    """
    for one in some:
        own = tuple(deed for deed in deeds if _order_of(deed) == one.id)
        fills = tuple(orders.executions(one.id))
        if until is None:
            yield Told(one, own, fills)
            continue
        own = _by(own, until)
        if own:
            moved = _by(order_deeds(orders.store), until, one.ticket.block) if one.ticket.block else own
            yield Told(_then(one, moved, fills := tuple(fill for fill in fills if fill.day <= until)), own, fills)


def _by(deeds: Sequence[Deed], until: date, order: str = "") -> tuple[Deed, ...]:
    """Those that were written down by a day, of one order where it is named."""
    return tuple(one for one in deeds if one.recorded[:10] <= until.isoformat() and order in ("", _order_of(one)))


def _order_of(deed: Deed) -> str:
    return deed.event.ticket.id if isinstance(deed.event, OrderPlanned) else deed.event.order


def _then(one: Standing, deeds: Sequence[Deed], fills: Sequence[Execution]) -> Standing:
    """The status, the units and what was filled, from what had happened to it, or to its block."""
    status, units, why, done = Status.PLANNED, one.ticket.units, "", ""
    for deed in deeds:
        event = deed.event
        if isinstance(event, OrderMoved):
            status, why, done = event.to, event.why, deed.recorded if event.to in FINAL else ""
        elif one.id == _order_of(deed):
            units = event.ticket.units if isinstance(event, OrderPlanned) else event.units
    with exact():
        filled = sum((fill.units for fill in fills), ZERO)
    return replace(one, ticket=replace(one.ticket, units=units), status=status, filled=filled, why=why, done_at=done)
