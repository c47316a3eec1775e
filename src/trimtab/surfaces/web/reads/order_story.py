"""The story of one order, as the journal tells it: planned, edited, approved, sent, filled; by whom, when and why.

Runs in a worker process, which stands in the workspace; the answer holds plain values alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trimtab.accounting.database.events import Record
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.order_events import OrderEdited, OrderFilled, OrderMoved, OrderPlanned, OrderReported
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.searching import of_place
from trimtab.core.orders import Standing, Status
from trimtab.desk.choosing import one_order
from trimtab.surfaces.cli.book_options import count
from trimtab.surfaces.cli.order_rows import document
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.serving.verbs import Served, namespace
from trimtab.surfaces.web.reads.accounts import BY, Plain

_KINDS = ("order", "order.edited", "order.moved", "order.reported", "order.filled")


def order_story(served: Served, name: str) -> Plain:
    """The order whose id begins so: as it stands, its records, executions and checks, and the orders it belongs with.

    Raises UsageError where the name means none or several.
    """
    options = namespace(served, "orders send", {}, BY)
    with order_book(options) as orders:
        one = one_order(orders, name)
        family = [other for other in orders.standings() if _kin(one, other)]
        return {
            "order": document(one),
            "history": [told for record in _records(orders, one) if (told := _told(record, one)) is not None],
            "executions": [_execution(done) for done in orders.executions(one.id)],
            "checks": list(_checks(orders, one)),
            "family": [_member(one, other) for other in family],
        }


def _kin(one: Standing, other: Standing) -> bool:
    """Whether another order is its parent, its slice, its block or a member of it."""
    mine, theirs = one.ticket, other.ticket
    return other.id in (mine.parent, mine.block) or one.id in (theirs.parent, theirs.block)


def _member(one: Standing, other: Standing) -> Plain:
    is_whole = other.id in (one.ticket.parent, one.ticket.block)
    kind = "block" if other.ticket.parts or other.ticket.block else "parent" if is_whole else "slice"
    row = {"order": other.id, "what": "member" if kind == "block" and not is_whole else kind}
    return row | {"account": other.ticket.booked, "units": f"{other.ticket.units:f}", "status": other.status.value}


def _records(orders: OrderBook, one: Standing) -> Iterator[Record]:
    """The records of orders of its account, and of blocks, oldest first."""
    return of_place(orders.store.session, one.ticket.account, _KINDS)


def _told(record: Record, one: Standing) -> Plain | None:
    """A record that concerns the order, in words; None for one of another order."""
    event, own = record.event, (one.id, one.ticket.block)
    row = {"record": int(record.number), "at": second(record.recorded), "by": record.author}
    if isinstance(event, OrderPlanned) and event.ticket.id == one.id:
        return row | {"what": "planned", "units": f"{event.ticket.units:f}", "why": event.ticket.reason}
    if isinstance(event, OrderEdited) and event.order in own:
        limit = f"limit {count(event.limit)}; " if event.limit else ""
        return row | {"what": "edited", "units": f"{event.units:f}", "why": f"{limit}{event.reason}"}
    if isinstance(event, OrderMoved) and event.order in own:
        return row | {"what": event.to.value, "by": event.by or record.author, "units": "", "why": _moved(event)}
    if isinstance(event, OrderReported) and event.order in own:
        return row | {"what": "reported", "units": f"{event.claimed:f}", "why": f"the venue calls it {event.venue_id}"}
    if isinstance(event, OrderFilled) and event.execution.order == one.id:
        done = event.execution
        return row | {"what": "fill", "units": f"{done.units:f}", "why": f"at {count(done.price)}, cost {count(done.cost)}"}
    return None


def second(recorded: str) -> str:
    """An instant of the journal to the second."""
    return f"{recorded[:19]}Z" if len(recorded) > 19 else recorded


def _moved(event: OrderMoved) -> str:
    """Why it went to another status, and where to."""
    to = f"to {event.venue}, arrival price {count(event.arrival)}" if event.to is Status.INTENT and event.venue else ""
    return "; ".join(filter(None, [to, event.why]))


def _execution(done: Any) -> Plain:
    row = {"id": done.id, "day": done.day.isoformat(), "at": done.at, "units": f"{done.units:f}"}
    return row | {"price": f"{done.price:f}", "cost": f"{done.cost:f}"}


def _checks(orders: OrderBook, one: Standing) -> Iterator[Plain]:
    """What the gate said of it, each time that it was asked: as it was proposed, and on its way out."""
    for note in notes(orders.store, "gate", one.ticket.account):
        named, batch = note.body.get("orders", ()), note.body.get("batch", "")
        if one.id not in named and not (batch and batch == one.ticket.batch):
            continue
        for rule, source, on, value, limit, outcome in note.body.get("evaluations", ()):
            if on in ("", one.id):  # what a proposal measured on one line goes by the line's place in it, not by an id
                row = {"at": second(note.recorded), "record": note.record, "rule": rule, "source": source or "no source"}
                yield row | {
                    "on": "this order" if on else "all trades",
                    "measured": value,
                    "at_most": limit,
                    "outcome": outcome,
                }
