"""What persons did to orders by hand: overrides by another name, told from the journal with who, when, why and how much.

An order that somebody adds, or makes larger than the model asked, is held to the bounds that the policy sets for overrides,
once the policy is on paper or live (hand_bounds.py). Fewer units, a hold or a rejection are always taken, and listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.order_deeds import Deed, order_deeds
from trimtab.accounting.database.order_events import OrderEdited, OrderPlanned
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.money import decimal_of, exact
from trimtab.core.orders import Status, Ticket
from trimtab.desk.blocking import REST
from trimtab.desk.cash_cut import CUT
from trimtab.desk.past_turnover import KIND
from trimtab.desk.tickets import MANUAL

_DONE = {Status.HELD: "held", Status.DECLINED: "declined"}
Values = Mapping[tuple[str, str], float]  # what an account or sleeve was worth, by its name and the batch of the decision
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
    values = {(one.place, str(one.body["batch"])): float(one.body["nav"]) for one in notes(orders.store, KIND)}
    found = _told(order_deeds(orders.store, owner or None), values)
    return tuple(one for one in found if one.place and account in (owner, one.place))


def _told(deeds: Sequence[Deed], values: Values) -> Iterator[Intervention]:
    tickets: dict[str, Ticket] = {}
    for deed in deeds:
        event = deed.event
        if isinstance(event, OrderPlanned):
            ticket = tickets[event.ticket.id] = event.ticket
            if ticket.strategy == MANUAL and not ticket.parent:
                yield _made(deed, ticket, ("added", ticket.reason, ticket.units), values)
        elif (known := tickets.get(event.order)) is None:
            continue
        elif isinstance(event, OrderEdited):
            tickets[event.order] = replace(known, units=event.units, lots=event.lots)
            if event.reason not in _SYSTEM:
                yield _made(deed, known, ("edited", event.reason, event.units - known.units), values)
        elif event.to in _DONE:
            yield _made(deed, known, (_DONE[event.to], event.why, -known.units), values)


def _made(deed: Deed, ticket: Ticket, said: tuple[str, str, Decimal], values: Values) -> Intervention:
    what, why, units = said
    at = datetime.fromisoformat(deed.recorded)
    worth = values.get((ticket.booked, ticket.batch)) or values.get((ticket.account, ticket.batch), 0.0)
    with exact():
        size = abs(units * ticket.reference) / decimal_of(worth) if worth > 0.0 else None
    return Intervention(ticket.id, ticket.booked, ticket.instrument, what, deed.author, at, why, units, size, deed.record)
