"""What persons did to orders by hand: overrides by another name, told from the journal with who, when, why and how much.

An order that somebody adds, or makes larger than the model asked, is held to the bounds that the policy sets for overrides,
once the policy is on paper or live (hand_bounds.py). Fewer units, a hold or a rejection are always taken, and listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from trimtab.accounting.database.order_deeds import Deed, order_deeds
from trimtab.accounting.database.order_events import OrderEdited, OrderPlanned
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.money import exact
from trimtab.core.orders import MANUAL, Status, Ticket
from trimtab.desk.blocking import REST
from trimtab.desk.cash_cut import CUT
from trimtab.desk.done_by_hand import Worths, worth_of, worths_in

_DONE = {Status.HELD: "held", Status.DECLINED: "declined"}
_SYSTEM = (CUT, REST)  # edits that no person made


@dataclass(frozen=True, slots=True)
class Intervention:
    """What somebody did to an order: added, edited, held or declined it, with who, when and why.

    `units` with their sign are what it changed of what was to be traded, `size` is that at the price of the decision, as a
    fraction of the account's value then; None where nobody noted the value. `record` is the number in the journal.
    """

    order: str
    place: str  # account or sleeve
    instrument: str
    what: str
    by: str
    recorded: datetime
    why: str
    units: Decimal
    size: Decimal | None
    record: int


def interventions_of(orders: OrderBook, account: str = "") -> tuple[Intervention, ...]:
    """Orders that persons added, edited, put aside or declined in an account or sleeve (empty: in any), oldest first."""
    owner = account.partition("/")[0]
    found = _told(order_deeds(orders.store, owner or None), worths_in(orders.store))
    return tuple(one for one in found if one.place and account in (owner, one.place))


def _told(deeds: Sequence[Deed], worths: Worths) -> Iterator[Intervention]:
    tickets: dict[str, Ticket] = {}
    for deed in deeds:
        event = deed.event
        if isinstance(event, OrderPlanned):
            ticket = tickets[event.ticket.id] = event.ticket
            if ticket.strategy == MANUAL and not ticket.parent:
                yield _made(deed, ticket, ("added", ticket.reason, ticket.units), worths)
        elif (known := tickets.get(event.order)) is None:
            continue
        elif isinstance(event, OrderEdited):
            tickets[event.order] = replace(known, units=event.units, lots=event.lots)
            if event.reason not in _SYSTEM:
                yield _made(deed, known, ("edited", event.reason, event.units - known.units), worths)
        elif event.to in _DONE:
            yield _made(deed, known, (_DONE[event.to], event.why, -known.units), worths)


def _made(deed: Deed, ticket: Ticket, said: tuple[str, str, Decimal], worths: Worths) -> Intervention:
    what, why, units = said
    at = datetime.fromisoformat(deed.recorded)
    worth = worth_of(ticket, worths)
    with exact():
        size = abs(units * ticket.reference) / worth if worth else None
    return Intervention(ticket.id, ticket.booked, ticket.instrument, what, deed.author, at, why, units, size, deed.record)
