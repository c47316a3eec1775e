"""Runs with all their orders, each in the one transaction that claims the key: a repeat answers with what stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from trimtab.accounting.database.events import Event, Note, RunKey, RunSuperseded
from trimtab.accounting.database.order_events import OrderEdited, OrderMoved, OrderPlanned
from trimtab.accounting.database.order_fills import lots_after
from trimtab.accounting.database.order_projection import Stamp
from trimtab.accounting.database.order_rows import Kept, run_orders, these
from trimtab.accounting.database.reading import last_record
from trimtab.accounting.database.runs import Run, claim_of
from trimtab.accounting.database.session import Session
from trimtab.core.errors import DataError
from trimtab.core.money import ZERO, exact
from trimtab.core.orders import WAITING, WORKING, IllegalMove, Standing, Status, Ticket


class Plan(NamedTuple):
    """A run to be claimed: `tickets` are made for its generation, out of which their ids are (core.orders.client_id).

    They are made inside the transaction, perhaps twice, and so without a side effect.
    """

    key: RunKey
    tickets: Callable[[int], Sequence[Ticket]]
    notes: Sequence[Note] = ()


class Planned(NamedTuple):
    """The run of a key, whether this call made it, and how its orders stand, in the order of planning."""

    run: Run
    new: bool
    standings: tuple[Standing, ...]


class _Drafted(NamedTuple):
    """What a plan comes to: the run, and its events; none where it stands already."""

    run: Run
    events: tuple[Event, ...]


Book = Callable[[Sequence[Event]], tuple[int, ...]]


def plan(session: Session, plans: Sequence[Plan], claimant: str, book: Book) -> tuple[Planned, ...]:
    """Inside a writing transaction: claim the runs and book their orders; `book` books events and answers with records."""
    keys = [one.key for one in plans]
    if len(set(keys)) < len(keys):
        raise DataError("the same run stands twice in the plan", remedy="Plan each account once.")
    drafts: list[_Drafted] = []
    number = last_record(session).number + 1
    for one in plans:
        drafts.append(_drafted(session, one, claimant, number))
        number += len(drafts[-1].events)
    book([event for draft in drafts for event in draft.events])
    require_blocks(session, [event.ticket for draft in drafts for event in draft.events if isinstance(event, OrderPlanned)])
    return tuple(Planned(draft.run, bool(draft.events), _standings(session, draft)) for draft in drafts)


def _drafted(session: Session, one: Plan, claimant: str, record: int) -> _Drafted:
    """What a plan comes to, where its claim is to be this record."""
    run, event = claim_of(session, one.key, claimant)
    if event is None:
        return _Drafted(run, ())
    tickets = one.tickets(run.generation)
    for ticket in tickets:
        if (ticket.account, ticket.as_of) != (one.key.account.partition("/")[0], one.key.as_of):
            raise DataError(f"order {ticket.id} is not of the run of {one.key.account} on {one.key.as_of}", remedy="Stop.")
    planned = (OrderPlanned(ticket, record) for ticket in tickets)
    return _Drafted(run._replace(record=record), (event, *planned, *one.notes))


def add(session: Session, tickets: Sequence[Ticket], book: Book, before: Sequence[Event] = ()) -> tuple[Standing, ...]:
    """Inside a writing transaction: book blocks, slices and orders of no run, after events that come with them."""
    book([*before, *(OrderPlanned(ticket) for ticket in tickets)])
    require_blocks(session, tickets)
    found = these(session, [ticket.id for ticket in tickets])
    return tuple(found[ticket.id].standing for ticket in tickets)


def require_blocks(session: Session, tickets: Iterable[Ticket]) -> None:
    """Raises DataError where an order names a block that is not there, or that knows nothing of it: nothing would send it."""
    named = {ticket.id: ticket.block for ticket in tickets if ticket.block}
    blocks = these(session, sorted(set(named.values())))
    for order, block in named.items():
        if block not in blocks or order not in dict(blocks[block].ticket.parts):
            raise DataError(f"order {order} names block {block!r}, which has no part of it", remedy="Plan the block with it.")


def edited(ticket: Ticket, units: Decimal | None, limit: Decimal | None, reason: str) -> OrderEdited:
    """The event that changes an order: fewer units take the first of its lots, more leave these to the account's method."""
    some = ticket.units if units is None else units
    with exact():
        lots = lots_after(ticket, ZERO, some)
    return OrderEdited(ticket.account, ticket.id, some, ticket.limit if limit is None else limit, reason, lots)


def superseding(session: Session, run: Run, reason: str) -> list[Event]:
    """The events that cancel the waiting orders of a run and supersede it. Raises IllegalMove where one of them works."""
    kept = run_orders(session, run.record)
    for one in kept:
        if one.standing.status in WORKING:
            what = f"order {one.standing.id} of the run of {run.key.account} on {run.key.as_of} is {one.standing.status.value}"
            raise IllegalMove(what, remedy="Wait for it, or cancel it at the venue: trimtab orders cancel.")
    return [*cancelling(kept, reason), RunSuperseded(run.key, run.generation, reason)]


def cancelling(kept: Iterable[Kept], reason: str) -> list[OrderMoved]:
    """The events that cancel orders as far as they wait; blocks take their members along, if those are not named besides."""
    waiting = [one for one in kept if one.standing.status in WAITING]
    along = {member for one in waiting for member, _ in one.ticket.parts}
    moves = [one.ticket for one in waiting if one.standing.id not in along]
    return [OrderMoved(ticket.account, ticket.id, Status.CANCELLED, reason) for ticket in moves]


def _standings(session: Session, draft: _Drafted) -> tuple[Standing, ...]:
    """How the orders of a run stand: those that were just planned as they were written down, others as they are read."""
    if not draft.events:
        return tuple(one.standing for one in run_orders(session, draft.run.record))
    ((recorded,),) = session.execute("SELECT recorded FROM journal WHERE number = ?", (draft.run.record,))
    at = Stamp.of(draft.run.record, recorded, "").at
    return tuple(Standing(event.ticket, planned_at=at) for event in draft.events if isinstance(event, OrderPlanned))
