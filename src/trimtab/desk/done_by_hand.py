"""What people did to an account's orders by hand: orders they wrote, and what orders were made larger than the model asked.

Each is a part of what the account was worth at its decision. It counts from the last day on which somebody touched the order:
wrote it, made it larger, approved it, sent it. Of an order that is over, what was filled counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.order_deeds import order_deeds
from trimtab.accounting.database.order_events import OrderPlanned
from trimtab.accounting.database.order_rows import Kept, orders_of
from trimtab.accounting.database.runs import run_at
from trimtab.accounting.database.store import BookStore
from trimtab.core.money import ZERO, decimal_of, exact
from trimtab.core.orders import MANUAL, Standing, Status, Ticket
from trimtab.desk.grouping import decided_for
from trimtab.desk.past_turnover import KIND as DECISION
from trimtab.governance.overrides import DoneByHand

Worths = Mapping[tuple[str, str], Decimal]  # what an account or sleeve was worth, by its name and the batch of the decision

_GONE = (Status.DECLINED, Status.CANCELLED, Status.REJECTED, Status.EXPIRED, Status.NEVER_ARRIVED)


def done_by_hand(book: BookStore, place: str, besides: str = "") -> tuple[DoneByHand, ...]:
    """What was done by hand in a sleeve, or in an account with its sleeves, in the order of planning, without `besides`.

    What was decided for the account counts there, wherever it is booked. An order counts as the whole account where nobody
    ever noted what that was worth.
    """
    account = place.partition("/")[0]
    planned, touched = _told(book, account)
    worths = worths_in(book)
    last = next((worth for (of, _), worth in reversed(list(worths.items())) if of == place), ZERO)
    found = []
    for kept in orders_of(book.session, account):
        one, ticket = kept.standing, kept.ticket
        if ticket.parent or one.id == besides or not _counts(book, kept, place):
            continue
        if amount := amount_beyond(one, planned.get(one.id, ticket.units)):
            worth = max(worths.get((place, ticket.batch), ZERO), ZERO) or last or worth_of(ticket, worths)
            with exact():
                weight = amount / worth if worth else amount / abs(amount)
            found.append(DoneByHand(touched[one.id], ticket.instrument, weight))
    return tuple(found)


def _counts(book: BookStore, kept: Kept, place: str) -> bool:
    """Whether an order was decided for a place: for an account all of its orders, and those of its sleeves."""
    ticket = kept.ticket
    return place == ticket.account or place == decided_for(ticket, run_at(book.session, kept.run) if ticket.place else None)


def planned_units(book: BookStore, account: str) -> Mapping[str, Decimal]:
    """What the model asked for, by order of an account; of an order by hand nothing."""
    return _told(book, account)[0]


def _told(book: BookStore, account: str) -> tuple[dict[str, Decimal], dict[str, date]]:
    """By order: what the model asked for, and the last day on which somebody touched it."""
    planned, touched = {}, {}
    for deed in order_deeds(book, account):
        event, day = deed.event, date.fromisoformat(deed.recorded[:10])
        if isinstance(event, OrderPlanned):
            ticket = event.ticket
            planned[ticket.id] = ZERO if ticket.strategy == MANUAL and not ticket.parent else ticket.units
            touched[ticket.id] = day
        else:
            touched[event.order] = day
    return planned, touched


def beyond(planned: Decimal, units: Decimal) -> Decimal:
    """What an order asks for beyond what was planned, with its sign; zero where it only takes back."""
    if planned * units < 0:
        return units
    return units - planned if abs(units) > abs(planned) else ZERO


def amount_beyond(one: Standing, planned: Decimal) -> Decimal:
    """Money with its sign beyond what was planned; of an order that is over, what was filled of it."""
    with exact():
        return beyond(planned, one.filled if one.status in _GONE else one.ticket.units) * one.ticket.reference


def worths_in(book: BookStore) -> Worths:
    """What accounts and sleeves were worth at their decisions, oldest first."""
    return {(one.place, str(one.body["batch"])): decimal_of(one.body["nav"]) for one in notes(book, DECISION)}


def worth_of(ticket: Ticket, worths: Worths) -> Decimal:
    """What the place of an order, or else its account, was worth at its decision; zero where nobody noted it."""
    found = worths.get((ticket.booked, ticket.batch)) or worths.get((ticket.account, ticket.batch), ZERO)
    return max(found, ZERO)
