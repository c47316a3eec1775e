"""Orders, executions and trading states within one transaction: the table of transitions is kept here, for a replay too.

A journal with a step that the table does not know is refused. Members move with their block and only so, but for their
approval; once the block has left they stand where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from trimtab.accounting.database import schema
from trimtab.accounting.database.columns import insert, select
from trimtab.accounting.database.order_events import (
    BatchOpened,
    LiveArmed,
    OrderEdited,
    OrderFilled,
    OrderMoved,
    OrderPlanned,
    OrderReported,
    TradingSet,
)
from trimtab.accounting.database.order_rows import Kept, order_of, row_of, stands, these
from trimtab.accounting.database.session import Session
from trimtab.core.errors import DataError
from trimtab.core.money import ZERO, currency
from trimtab.core.orders import FINAL, WAITING, IllegalMove, Standing, Status, Ticket, limited, require_move, resized

EDITABLE = frozenset({Status.PLANNED, Status.HELD})


class Stamp(NamedTuple):
    """The record of an event: its number, its instant (UTC, seconds) and its author."""

    number: int
    at: str
    by: str

    @classmethod
    def of(cls, number: int, recorded: str, author: str) -> Stamp:
        """Out of the columns of a record."""
        return cls(number, f"{recorded[:19]}Z", author)


class OrderTables:
    """The order tables within one transaction; `account` gives account and currency of a place, or refuses it."""

    __slots__ = ("_account", "_dirty", "_executions", "_instruments", "_kept", "_runs", "_session")

    def __init__(self, session: Session, account: Callable[[str], tuple[str, str]]) -> None:
        self._session, self._account = session, account
        self._kept: dict[str, Kept] = {}
        self._dirty: set[str] = set()
        self._executions: list[tuple[Any, ...]] = []
        self._instruments: dict[str, tuple[int, str]] = {}  # number and currency
        self._runs: dict[int, str] = {}  # claimed with what is collected: their accounts

    def fetch(self, orders: Iterable[str]) -> None:
        """Read orders that events are about, many at once."""
        missing = [one for one in dict.fromkeys(orders) if one not in self._kept]
        if len(missing) > 1:
            self._kept |= these(self._session, missing)

    def flush(self) -> None:
        """Write what was collected: orders first, to which executions refer."""
        rows = [row_of(kept, self._instrument(kept.ticket)) for one, kept in self._kept.items() if one in self._dirty]
        insert(self._session, schema.ORDERS, rows, replacing=True)
        insert(self._session, schema.EXECUTIONS, self._executions)
        self._kept.clear()
        self._dirty.clear()
        self._executions.clear()

    def _refused(self, what: str, remedy: str = "Nothing was written. Check the order.") -> DataError:
        return DataError(what, where=self._session.where, remedy=remedy)

    def _order(self, one: str) -> Kept:
        if one not in self._kept:
            self._kept[one] = order_of(self._session, one)
        return self._kept[one]

    def _own(self, order: str, account: str) -> Kept:
        """The order, which is the account's."""
        kept = self._order(order)
        if kept.ticket.account != account:
            raise self._refused(f"order {order} is not of {account or 'a block'}")
        return kept

    def _put(self, kept: Kept) -> None:
        self._kept[kept.standing.id] = kept
        self._dirty.add(kept.standing.id)

    def _change(self, kept: Kept, stamp: Stamp, **news: Any) -> None:
        standing = replace(kept.standing, edition=kept.standing.edition + 1, **news)
        self._put(kept._replace(standing=standing, record=stamp.number))

    def _instrument(self, ticket: Ticket) -> int:
        """The number of its instrument."""
        if ticket.instrument not in self._instruments:
            found = select(self._session, schema.INSTRUMENTS, {"id": ticket.instrument})
            if not found:
                raise self._refused(f"there is no instrument {ticket.instrument!r}", "List it first.")
            self._instruments[ticket.instrument] = (found[0][0], found[0][3])
        number, code = self._instruments[ticket.instrument]
        if ticket.currency != code:
            raise self._refused(f"order {ticket.id} is in {ticket.currency}, and {ticket.instrument} trades in {code}")
        return number

    def plan(self, stamp: Stamp, event: OrderPlanned) -> None:
        """A new order."""
        ticket = event.ticket
        if not ticket.id or ticket.id in self._kept or stands(self._session, ticket.id):
            raise self._refused(f"there is an order {ticket.id!r} already", "Each order has an id of its own.")
        self._instrument(ticket)
        currency(ticket.currency)
        self._require_place(ticket)
        self._require_amounts(ticket)
        run = self._slice(ticket) if ticket.parent else self._run(event)
        self._put(Kept(Standing(ticket, planned_at=stamp.at), run, stamp.number, stamp.number))
        if ticket.parts:
            self._join(ticket, stamp)

    def _require_place(self, ticket: Ticket) -> None:
        if bool(ticket.parts) == bool(ticket.account) or (ticket.parts and (ticket.place or ticket.parent or ticket.block)):
            raise self._refused(f"order {ticket.id} has an account or, as a block, members: one of the two")
        if ticket.account and self._account(ticket.booked)[0] != ticket.account:
            raise self._refused(f"order {ticket.id} of {ticket.account} is booked in {ticket.place}")

    def _require_amounts(self, ticket: Ticket) -> None:
        amounts = (ticket.units, ticket.reference, ticket.limit, ticket.estimate, ticket.tax)
        if not all(amount.is_finite() for amount in amounts) or not ticket.units or ticket.reference < 0 or ticket.limit < 0:
            raise self._refused(f"order {ticket.id} has units of {ticket.units} at {ticket.reference}")
        if ticket.lots and sum((units for _, units in ticket.lots), ZERO) != -ticket.units:
            raise self._refused(f"the lots of order {ticket.id} do not come to the {-ticket.units} that it sells")

    def claim(self, number: int, account: str) -> None:
        """A run was claimed, for orders of this account."""
        self._runs[number] = account

    def _run(self, event: OrderPlanned) -> int | None:
        """The run of an order, which is the account's."""
        if event.run is not None and self._runs.get(event.run) != event.ticket.account:
            raise self._refused(f"order {event.ticket.id} is not of the run of record {event.run}")
        return event.run

    def _slice(self, ticket: Ticket) -> int | None:
        """The run of a slice's parent, with which it goes."""
        parent = self._order(ticket.parent).ticket
        same = (parent.account, parent.place, parent.instrument) == (ticket.account, ticket.place, ticket.instrument)
        if not same or parent.units * ticket.units < 0 or parent.parent:
            raise self._refused(f"order {ticket.id} is no slice of {parent.id}")
        return self._order(ticket.parent).run

    def _join(self, block: Ticket, stamp: Stamp) -> None:
        """The members of a new block; from now on they move with it."""
        self.fetch(one for one, _ in block.parts)
        if sum((units for _, units in block.parts), ZERO) != block.units or len(dict(block.parts)) < len(block.parts):
            raise self._refused(f"the parts of block {block.id} do not come to it")
        for one, units in block.parts:
            kept = self._order(one)
            ticket = kept.ticket
            alike = (ticket.instrument, ticket.units, ticket.block) in {(block.instrument, units, b) for b in ("", block.id)}
            if not alike or ticket.parts or kept.standing.status not in WAITING or units * block.units < 0:
                raise self._refused(f"order {one} cannot go with block {block.id}", "It stands alone, or in another block.")
            self._change(kept, stamp, ticket=replace(ticket, block=block.id))

    def edit(self, stamp: Stamp, event: OrderEdited) -> None:
        """Other units (the estimate follows), limit or lots, by the author of the record; of what is approved fewer alone."""
        kept = self._own(event.order, event.account)
        standing, ticket = kept.standing, kept.ticket
        less = standing.status is Status.APPROVED and abs(event.units) < abs(ticket.units) and event.limit == ticket.limit
        if not (standing.status in EDITABLE or less) or ticket.block or ticket.parts:
            what = f"order {ticket.id} is {standing.status.value}{' in a block' if ticket.block else ''}, and is not edited"
            raise IllegalMove(what, remedy="Cancel it and plan another one.")
        if not event.units * ticket.units > 0:
            raise self._refused(f"order {ticket.id} of {ticket.units} cannot become one of {event.units}")
        after = replace(resized(limited(ticket, event.limit), event.units), lots=event.lots)
        self._require_amounts(after)
        editors = tuple(dict.fromkeys((*kept.editors, stamp.by)))
        self._change(kept._replace(editors=editors), stamp, ticket=after, edited_by=stamp.by, why=event.reason)

    def move(self, stamp: Stamp, event: OrderMoved) -> None:
        """A step of the machine; a block takes its members along."""
        kept = self._own(event.order, event.account)
        if kept.ticket.block and event.to is not Status.APPROVED:
            what = f"order {event.order} is in block {kept.ticket.block}, and moves with it"
            raise IllegalMove(what, remedy="Move the block.")
        self._step(kept, stamp, event)
        for one, _ in kept.ticket.parts:
            member = self._order(one)
            if member.standing.status is not event.to:
                self._step(member, stamp, event)

    def _step(self, kept: Kept, stamp: Stamp, event: OrderMoved) -> None:
        standing, to = kept.standing, event.to
        require_move(standing.id, standing.status, to)
        news: dict[str, Any] = {"status": to, "why": event.why}
        if to is Status.INTENT:
            news |= {"venue": event.venue, "arrival": event.arrival, "sent_at": stamp.at}
        elif to is Status.APPROVED:
            news["approved_by"] = event.by
        elif to is Status.CANCELLED and standing.status is Status.INTENT:
            news["sent_at"] = ""  # proved unsent
        if to in FINAL:
            news["done_at"] = stamp.at
        self._change(kept, stamp, **news)

    def report(self, stamp: Stamp, event: OrderReported) -> None:
        """What a venue said besides."""
        kept = self._own(event.order, event.account)
        self._change(kept, stamp, venue_id=event.venue_id, claimed=event.claimed)

    def fill(self, stamp: Stamp, event: OrderFilled) -> None:
        """An execution is counted, whatever the status."""
        one = event.execution
        kept = self._own(one.order, event.account)
        standing = kept.standing
        filled = standing.filled + one.units
        self._change(
            kept,
            stamp,
            filled=filled,
            spent=standing.spent + one.units * one.price,
            cost=standing.cost + one.cost,
            claimed=max((standing.claimed, filled), key=abs),
        )
        row = (event.venue, one.id, one.order, one.units, one.price, one.cost, one.day.isoformat(), one.at, stamp.number)
        self._executions.append(row)

    def trade(self, stamp: Stamp, event: TradingSet) -> None:
        """What an account may send."""
        self._account(event.account)
        row = (event.account, event.cause.value, event.state.value, event.why, stamp.number)
        insert(self._session, schema.TRADING, [row], replacing=True)

    def arm(self, stamp: Stamp, event: LiveArmed) -> None:
        """Live trading until an instant."""
        self._account(event.account)
        insert(self._session, schema.ARMED, [(event.account, event.venue, event.until, stamp.number)], replacing=True)

    def open(self, stamp: Stamp, event: BatchOpened) -> None:
        """The next batch of a day."""
        day = event.as_of.isoformat()
        if event.number != next_batch(self._session, day):
            raise self._refused(f"{event.label!r} is not the next batch of {day}")
        insert(self._session, schema.BATCHES, [(day, event.number, event.label, stamp.number)])


def next_batch(session: Session, day: str) -> int:
    """The number that the next batch of a day gets."""
    ((number,),) = session.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM batches WHERE as_of = ?", (day,))
    return int(number)


ORDERLY: dict[type, Callable[[OrderTables, Stamp, Any], None]] = {
    OrderPlanned: OrderTables.plan,
    OrderEdited: OrderTables.edit,
    OrderMoved: OrderTables.move,
    OrderReported: OrderTables.report,
    OrderFilled: OrderTables.fill,
    TradingSet: OrderTables.trade,
    LiveArmed: OrderTables.arm,
    BatchOpened: OrderTables.open,
}
