"""Orders of many accounts gathered into blocks; what sleeves of one account would buy from each other is crossed inside it.

A cross goes to no market. Its two fills are booked at the average price of the block, or of the order, in the same
instrument once that is done with; where nothing of it was sent, at a price that a person gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from trimtab.accounting.database.coding import plain, rebuilt
from trimtab.accounting.database.events import EntryPosted, Event, Note
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import UsageError
from trimtab.core.money import ZERO, currency
from trimtab.core.orders import FINAL, Standing, Status, Ticket
from trimtab.desk.books import Signature
from trimtab.execution.netting import Cross, Crossing, Netted, blocks, cross_fills

KIND = "cross"


@dataclass(frozen=True, slots=True)
class Blocked:
    """What was gathered: the blocks as they stand, and how much was crossed and dropped."""

    netted: Netted
    blocks: tuple[Standing, ...]


def gather(
    orders: OrderBook,
    found: Sequence[Standing],
    by: Signature,
    *,
    crossing: Crossing = Crossing.ACCOUNT,
    minimum: Decimal = ZERO,
) -> Blocked:
    """Net and gather planned orders. What is crossed wholly is cancelled, in part edited; what is too small is cancelled.

    Raises UsageError where none of them is PLANNED.
    """
    free = [one.ticket for one in found if one.status is Status.PLANNED and not (one.ticket.block or one.ticket.parts)]
    if not free:
        raise UsageError("there is nothing planned to gather", remedy="Gather before approving: trimtab orders list.")
    households = {account.id: account.household for account in orders.store.accounts()}
    netted = blocks(free, crossing, households=households, minimum=minimum)
    _settle(orders, free, netted, by)
    made = orders.add(netted.blocks) if netted.blocks else ()
    return Blocked(netted, made)


def _settle(orders: OrderBook, free: Sequence[Ticket], netted: Netted, by: Signature) -> None:
    """Write the crosses down, and take what is crossed or too small off the orders."""
    if netted.crosses:
        made = [Note(KIND, _cross_note(one), key=f"cross:{one.id}") for one in netted.crosses]
        orders.store.append(made, recorded=by.at, author=by.author)
    left = {one.id: one.units for one in (*netted.members, *netted.singles, *netted.dropped)}
    gone = [one.id for one in free if one.id not in left]
    if gone:
        orders.cancel_waiting(gone, "crossed inside the account")
    if netted.dropped:
        orders.cancel_waiting([one.id for one in netted.dropped], "too small to be sent")
    for ticket in free:
        if ticket.id in left and left[ticket.id] != ticket.units:
            orders.edit(ticket.id, units=left[ticket.id], reason="the rest is crossed inside the account")


def _cross_note(one: Cross) -> dict[str, Any]:
    return {"id": one.id, "units": f"{one.units:f}", "seller": plain(one.seller), "buyer": plain(one.buyer)}


def crosses(orders: OrderBook) -> tuple[tuple[Cross, bool], ...]:
    """Every cross, and whether it is booked."""
    found = [_cross(one.body) for one in notes(orders.store, KIND)]
    done = orders.store.keyed([f"crossed:{one.id}:sale" for one in found]) if found else {}
    return tuple((one, f"crossed:{one.id}:sale" in done) for one in found)


def _cross(body: Mapping[str, Any]) -> Cross:
    seller, buyer = (rebuilt(Ticket, body[side]) for side in ("seller", "buyer"))
    return Cross(body["id"], seller, buyer, Decimal(body["units"]))


def book_crosses(
    orders: OrderBook, by: Signature, day: date, prices: Mapping[str, Decimal] | None = None
) -> tuple[tuple[Cross, Decimal], ...]:
    """Book the crosses whose price is known by now, and say at which; `prices` by instrument are those that a person gives."""
    numbers = {one.id: number for number, one in enumerate(orders.store.instruments())}
    booked: list[tuple[Cross, Decimal]] = []
    events: list[Event] = []
    for one, done in crosses(orders):
        price = None if done else _price(orders, one, prices or {})
        if price is None:
            continue
        sale, purchase = cross_fills(one, price, day, numbers[one.seller.instrument], currency(one.seller.currency))
        events += [
            EntryPosted(one.seller.booked, sale, f"crossed:{one.id}:sale"),
            EntryPosted(one.buyer.booked, purchase, f"crossed:{one.id}:purchase"),
        ]
        booked.append((one, price))
    if events:
        orders.store.append(events, recorded=by.at, author=by.author)
    return tuple(booked)


def _price(orders: OrderBook, one: Cross, prices: Mapping[str, Decimal]) -> Decimal | None:
    """The average price of what was sent of the same instrument in the same batch, once all of it is done with."""
    name = one.seller.instrument
    if name in prices:
        return prices[name]
    same = [s for s in orders.standings() if s.ticket.instrument == name and s.ticket.batch == one.seller.batch]
    sent = [s for s in same if not s.ticket.block and s.sent_at]
    if not sent or any(s.status not in FINAL for s in sent):
        return None
    units, spent = sum((abs(s.filled) for s in sent), ZERO), sum((abs(s.spent) for s in sent), ZERO)
    return (spent / units).quantize(Decimal("1e-8")) if units else None
