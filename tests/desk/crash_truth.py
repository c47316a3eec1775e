"""What must hold after any crash, held against the venue's truth. Each sentence that does not is a fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from tests.desk.crash_program import CASH, NAMES, START, Job
from tests.execution.faulty_venue import FaultyVenue
from trimtab.accounting.database.opening import connected
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify
from trimtab.core.entries import Fill
from trimtab.core.money import exact, text_of
from trimtab.core.orders import FINAL, WAITING, Cause, Standing, Status, TradingState
from trimtab.core.venues import Execution

ZERO = Decimal(0)
_UNBORN = WAITING | {Status.NEVER_ARRIVED}
_KNOWN = frozenset({Status.ACKED, Status.PARTIAL, Status.FILLED, Status.REJECTED, Status.EXPIRED})


class Verdict(NamedTuple):
    """What is wrong with the book of a job, and whether its account ended halted."""

    faults: list[str]
    halted: bool


def judged(job: Job, venue: FaultyVenue, *, whole: bool = True) -> Verdict:
    """Everything that is wrong; `whole` verifies the journal too."""
    with BookStore.open(job.address) if whole else BookStore(connected(job.address)) as store, exact():
        orders = OrderBook(store, venue.clock, "check")
        found = [*_doubled(venue), *_planned(orders, job)]
        for one in orders.standings(job.account):
            found += [f"{one.id[:8]} ({one.status.value}): {what}" for what in _order(orders, venue, one)]
        found += _ledger(orders, job)
        found += [str(one) for one in verify(store.session).findings] if whole else []
        return Verdict(found, orders.state(job.account) is TradingState.HALTED)


def _doubled(venue: FaultyVenue) -> Iterator[str]:
    sheets = Counter(sheet.ticket.id for sheet in venue.sheets)
    for order, count in (venue.arrived | sheets).items():
        if count > 1:
            yield f"{order[:8]} arrived {count} times"


def _planned(orders: OrderBook, job: Job) -> Iterator[str]:
    wanted = {one.id: one.units for one in job.tickets(0)}
    if {one.id: one.ticket.units for one in orders.standings(job.account)} != wanted:
        yield "the orders of the batch are not in the book, each once"


def _order(orders: OrderBook, venue: FaultyVenue, one: Standing) -> Iterator[str]:
    """One order: final, or in doubt with its account halted; and what the book says of it is what the venue knows."""
    halted = orders.state(one.ticket.account) is TradingState.HALTED
    if one.status not in FINAL and not (halted and one.status in WAITING | {Status.UNKNOWN}):
        yield "it is stuck"
    arrived = one.id in venue.arrived
    if arrived and one.status in _UNBORN:
        yield "the venue has it"
    if not arrived and (one.status in _KNOWN or one.filled or one.venue_id):
        yield "the venue knows nothing of it"
    done = [fill for sheet in venue.sheets if sheet.ticket.id == one.id for fill in sheet.executions]
    booked = orders.executions(one.id)
    if Counter(booked) - Counter(done):
        yield "an execution is booked that was not, or twice"
    if missing := sum((fill.units for fill in (Counter(done) - Counter(booked)).elements()), ZERO):
        yield from _missing(orders, venue, one, missing)
    if Counter(_fills(orders, one)) != Counter((fill.units, fill.price) for fill in booked):
        yield "the ledger has not each of its executions once"
    if one.filled != sum((fill.units for fill in booked), ZERO):
        yield "its count is not that of its executions"


def _missing(orders: OrderBook, venue: FaultyVenue, one: Standing, missing: Decimal) -> Iterator[str]:
    """Fills that are not in the book: the line is dead and the order in doubt, or the account is halted with the difference."""
    if venue.down and one.status is Status.UNKNOWN:
        return
    why = [held.why for held in orders.restraints(one.ticket.account) if held.cause is Cause.DIFFERENCE]
    if not (why and one.id in why[0] and why[0].partition(one.id)[2].partition(";")[0].endswith(f" {text_of(missing)}")):
        yield f"fills of {missing} are lost: {why}"


def _fills(orders: OrderBook, one: Standing) -> list[tuple[Decimal, Decimal]]:
    entries = [entry for _, entry in orders.store.entries(one.ticket.account)]
    return [(entry.units, entry.price) for entry in entries if isinstance(entry, Fill) and entry.order == one.id]


def _ledger(orders: OrderBook, job: Job) -> Iterator[str]:
    """Units and cash are those of the start and of every execution in the book."""
    units, cash = dict(START), CASH
    for one in orders.standings(job.account):
        for fill in orders.executions(one.id):
            units[one.ticket.instrument] += fill.units
            cash -= _paid(fill)
    names = [one.id for one in orders.store.instruments()]
    held = {names[number]: count for number, count in orders.store.holdings(job.account).items()}
    if {name: held.get(name, ZERO) for name in NAMES} != units:
        yield f"the ledger holds {held}, not {units}"
    if orders.store.purses(job.account)["USD"] != cash:
        yield f"the ledger has {orders.store.purses(job.account)['USD']}, not {cash}"


def _paid(fill: Execution) -> Decimal:
    return fill.units * fill.price + fill.cost
