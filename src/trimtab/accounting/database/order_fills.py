"""What a venue's report changes: events of the order, entries of the ledger, and what halts an account.

Fills of a block are kept on the block. When it is done they are allotted to its members, units by largest remainder (see
core/allotment.py), all at the average price; amounts and costs so that their sums are those of the block to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import chain

from trimtab.accounting.database import schema
from trimtab.accounting.database.columns import select
from trimtab.accounting.database.events import EntryPosted, Event
from trimtab.accounting.database.order_checks import accounts_of
from trimtab.accounting.database.order_events import OrderFilled, OrderMoved, OrderReported, execution_key
from trimtab.accounting.database.order_rows import Kept, booked_elsewhere, executions_of, these
from trimtab.accounting.database.session import Session
from trimtab.accounting.database.trading import setting
from trimtab.core.allotment import allocations, finest
from trimtab.core.entries import Fee, Fill
from trimtab.core.errors import DataError
from trimtab.core.households import Contract
from trimtab.core.money import ZERO, currency, exact, text_of
from trimtab.core.orders import FINAL, Cause, Standing, Status, Ticket, TradingState
from trimtab.core.settling import Settlement, settle
from trimtab.core.venues import Execution, Report

_PRICE = Decimal("1E-8")  # to which an average price is rounded


def moved(session: Session, kept: Kept, steps: Sequence[Status], why: str = "") -> list[Event]:
    """The events that take an order along steps: UNKNOWN halts its accounts."""
    ticket = kept.ticket
    last = len(steps) - 1
    events: list[Event] = [OrderMoved(ticket.account, ticket.id, to, why if n == last else "") for n, to in enumerate(steps)]
    if Status.UNKNOWN in steps:
        words = f"nobody knows whether order {ticket.id} has arrived"
        events += setting(session, accounts_of(session, ticket), TradingState.HALTED, Cause.UNKNOWN, words)
    return events


def ended(session: Session, kept: Kept, to: Status, why: str = "") -> list[Event]:
    """The events that move an order by hand; a block that ends thereby is allotted."""
    events = moved(session, kept, (to,), why)
    if kept.ticket.parts and to in FINAL:
        with exact():
            events += _allotment(session, kept.standing, executions_of(session, kept.ticket.id), kept.standing.venue)
    return events


def reported(session: Session, kept: Kept, report: Report, venue: str) -> tuple[list[Event], Settlement, tuple[str, ...]]:
    """The events of a report, what it comes to, and what cannot be, in sentences. Raises DataError for another venue's order.

    A contradiction halts the accounts of the order for a person; a count that its executions do not come to halts them
    until a clean reconciliation.
    """
    before, ticket = kept.standing, kept.ticket
    if before.venue not in ("", venue):
        what = f"order {ticket.id} went to {before.venue}, and {venue} reports it"
        raise DataError(what, where=session.where, remedy=f"Nothing was booked. Report it as {before.venue}.")
    known = executions_of(session, ticket.id)
    own, elsewhere = _own(session, report, venue)
    with exact():
        found = settle(before, {one.id: one for one in known}, own)
        events: list[Event] = list(chain.from_iterable(_booked(session, before, found.booked, venue)))
        after = found.standing
        if (after.claimed, after.venue_id) != (max((before.claimed, after.filled), key=abs), before.venue_id):
            events.append(OrderReported(ticket.account, ticket.id, after.venue_id, after.claimed))
        steps = () if ticket.block else found.steps  # a member stands where its block stands
        events += moved(session, kept, steps, report.why)
        if ticket.parts and after.status in FINAL:
            events += _allotment(session, after, (*(() if before.status in FINAL else known), *found.booked), venue)
        odd = (*elsewhere, *_of_member(ticket, found), *found.contradictions)
        differs = f"order {ticket.id}: {venue} counts {text_of(after.claimed)} filled, its executions come to "
        missing = (f"{differs}{text_of(after.filled)}, a difference of {text_of(found.missing)}",) if found.missing else ()
        events += _halts(session, ticket, {Cause.CONTRADICTION: odd, Cause.DIFFERENCE: missing})
    return events, found, odd


def _of_member(ticket: Ticket, found: Settlement) -> tuple[str, ...]:
    """A member of a block was never sent: nothing can be reported of it."""
    told = ticket.block and (found.booked or found.steps)
    return (f"order {ticket.id} is in block {ticket.block} and was never sent, and is reported",) if told else ()


def _own(session: Session, report: Report, venue: str) -> tuple[Report, tuple[str, ...]]:
    """The report without executions that are booked for another order, and sentences about those."""
    taken = booked_elsewhere(session, venue, report.order, [one.id for one in report.executions])
    odd = tuple(f"execution {one} is reported of order {report.order}, and is booked for {taken[one]}" for one in sorted(taken))
    return report._replace(executions=tuple(one for one in report.executions if one.id not in taken)), odd


def _halts(session: Session, ticket: Ticket, causes: dict[Cause, tuple[str, ...]]) -> list[Event]:
    events: list[Event] = []
    for cause, sentences in causes.items():
        if sentences:
            accounts = accounts_of(session, ticket)
            events += setting(session, accounts, TradingState.HALTED, cause, "; ".join(sentences))
    return events


def _booked(session: Session, standing: Standing, fresh: Sequence[Execution], venue: str) -> Iterable[list[Event]]:
    """Each execution on its order, and in the ledger unless it is a block's."""
    filled, ticket = standing.filled, standing.ticket
    for one in fresh:
        event = OrderFilled(ticket.account, venue, one, execution_key(venue, one.id))
        if ticket.parts:
            yield [event]
            continue
        amount, number = _amount(session, ticket, one)
        yield [_entry(session, ticket, one, (number, amount, filled)), event]
        filled += one.units


def _amount(session: Session, ticket: Ticket, one: Execution) -> tuple[Decimal, int]:
    """The cash of an execution, to the smallest amount of its currency, and the number of its instrument."""
    number, future = _instrument(session, ticket)
    return (ZERO if future else currency(ticket.currency).round(-one.units * one.price)), number


def _instrument(session: Session, ticket: Ticket) -> tuple[int, bool]:
    """Its number, and whether it is a future: a fill of one moves no cash but its cost."""
    ((number, _, contract, *_),) = select(session, schema.INSTRUMENTS, {"id": ticket.instrument})
    return number, Contract(contract) is Contract.FUTURE


def _entry(session: Session, ticket: Ticket, one: Execution, parts: tuple[int, Decimal, Decimal]) -> EntryPosted:
    number, amount, filled = parts
    ((_, _, _, base, *_),) = select(session, schema.ACCOUNTS, {"id": ticket.account})
    code = "" if ticket.currency == base else ticket.currency
    cost = currency(ticket.currency).round(one.cost)
    if not one.units:  # a commission that came after its fill (core.settling.LATE)
        return EntryPosted(ticket.booked, Fee(one.day, cost, f"commission of order {ticket.id}", code))
    lots = lots_after(ticket, filled, one.units)
    fill = Fill(one.day, number, one.units, one.price, amount, cost, ticket.id, code, lots)
    return EntryPosted(ticket.booked, fill)


def lots_after(ticket: Ticket, filled: Decimal, units: Decimal) -> tuple[tuple[str, Decimal], ...]:
    """The lots that a partial fill takes: those of the ticket in their order, after what earlier fills took.

    None, so that the account's own method chooses, where more is filled than the lots hold.
    """
    past, wanted, taken = -filled, -units, []
    for lot, held in ticket.lots:
        skipped = min(past, held)
        past -= skipped
        part = min(held - skipped, wanted)
        if part > 0:
            taken.append((lot, part))
            wanted -= part
    return tuple(taken) if not wanted else ()


def _allotment(session: Session, block: Standing, executions: Sequence[Execution], venue: str) -> list[Event]:
    """What a block's executions come to for each of its members, on the day of the last of them."""
    ticket = block.ticket
    if not executions:
        return []
    found = these(session, [one for one, _ in ticket.parts])
    members = [found[one].ticket for one, _ in ticket.parts]
    quantum = finest([*(one.units for one in members), *(one.units for one in executions)])
    number, future = _instrument(session, ticket)
    events: list[Event] = []
    for got in allocations(ticket, members, executions, quantum, currency(ticket.currency)):
        if got.units or got.amount or got.cost:
            kept = found[got.order]
            name = f"{got.order}:{len(executions_of(session, got.order))}"
            price = got.price.quantize(_PRICE, ROUND_HALF_EVEN)
            part = Execution(name, got.order, got.units, price, got.cost, executions[-1].day, executions[-1].at)
            cash = ZERO if future else got.amount
            entry = _entry(session, kept.ticket, part, (number, cash, kept.standing.filled))
            events += [entry, OrderFilled(kept.ticket.account, venue, part, execution_key(venue, name))]
    return events
