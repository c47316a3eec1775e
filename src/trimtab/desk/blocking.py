"""Planned orders gathered into blocks before they are approved, and what the sleeves of one account trade with each other.

A cross goes to no market. Its two fills are booked at the average price of the block, or of the order, in the same
instrument once that is done with; where nothing of it was sent, at a price that a person gives. It is void, and never
booked, where the orders that it was gathered with were declined or cancelled before they left, or their run was superseded.

What is crossed in an account that is taxed would realise gains and losses of lots where in law nothing was sold. So taxable
accounts are never crossed: their sleeves go to the market, in blocks. Only accounts are whose trades nobody taxes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from trimtab.accounting.database.coding import plain, rebuilt
from trimtab.accounting.database.events import EntryPosted, Event, Note
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.entries import Fill
from trimtab.core.errors import UsageError
from trimtab.core.households import Contract
from trimtab.core.money import ZERO, currency, exact, text_of
from trimtab.core.orders import FINAL, Standing, Status, Ticket
from trimtab.core.taxes import Wrapper
from trimtab.desk.books import Signature
from trimtab.desk.slicing import whole
from trimtab.execution.netting import Cross, Crossing, Netted, blocks, cross_fills

KIND = "cross"
CROSSED, REST, TOO_SMALL = "crossed inside the account", "the rest is crossed inside the account", "too small to be sent"
_UNSENT = frozenset({Status.DECLINED, Status.CANCELLED})
_PRICE = Decimal("1e-8")


@dataclass(frozen=True, slots=True)
class Blocked:
    """What was gathered: the blocks as they stand, how much was crossed and dropped, and which accounts are not crossed."""

    netted: Netted
    blocks: tuple[Standing, ...]
    uncrossed: tuple[str, ...] = ()  # accounts that are taxed, whose sales and purchases of one instrument all go out


def gather(
    orders: OrderBook,
    found: Sequence[Standing],
    *,
    crossing: Crossing = Crossing.ACCOUNT,
    minimum: Decimal = ZERO,
) -> Blocked:
    """Net and gather planned orders, all in one transaction.

    What is crossed wholly is cancelled, in part edited; what is too small is cancelled. Raises UsageError where none of them
    is PLANNED.
    """
    ready = [one for one in whole(orders, found) if one.status is Status.PLANNED]
    free = [one.ticket for one in ready if not (one.ticket.block or one.ticket.parts or one.ticket.parent)]
    if not free:
        raise UsageError("there is nothing planned to gather", remedy="Gather before approving: trimtab orders list.")
    every = orders.store.accounts()
    households = {account.id: account.household for account in every}
    taxed = {account.id for account in every if account.wrapper is Wrapper.TAXABLE}
    netted = blocks(free, crossing, households=households, apart=taxed, minimum=minimum)
    return Blocked(netted, _regrouped(orders, free, netted), _uncrossed(free, crossing, taxed))


def _regrouped(orders: OrderBook, free: Sequence[Ticket], netted: Netted) -> tuple[Standing, ...]:
    """Write the crosses down, take what is crossed or too small off the orders, and plan the blocks."""
    sent = {one.id: one.units for one in (*netted.members, *netted.singles)}
    small = {one.id for one in netted.dropped}
    cancels = {one.id: TOO_SMALL if one.id in small else CROSSED for one in free if one.id not in sent}
    edits = {one.id: (sent[one.id], REST) for one in free if sent.get(one.id, one.units) != one.units}
    told = [Note(KIND, _cross_note(one), one.seller.account, f"cross:{one.id}") for one in netted.crosses]
    return orders.regroup(cancels, edits, netted.blocks, told)


def _uncrossed(free: Sequence[Ticket], crossing: Crossing, taxed: Collection[str]) -> tuple[str, ...]:
    """The taxed accounts that sell and buy the same, and would be crossed if they were not."""
    sides: dict[tuple[str, str], set[bool]] = defaultdict(set)
    for one in free if crossing is not Crossing.NONE else ():
        sides[one.account, one.instrument].add(one.units > 0)
    return tuple(sorted({account for (account, _), found in sides.items() if len(found) > 1 and account in taxed}))


def _cross_note(one: Cross) -> dict[str, Any]:
    return {"id": one.id, "units": text_of(one.units), "seller": plain(one.seller), "buyer": plain(one.buyer)}


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
    """Book the crosses whose price is known by now, and say at which; `prices` by instrument are those that a person gives.

    One that is void is passed over, whatever prices are given.
    """
    listed = {one.id: (number, one.contract is Contract.FUTURE) for number, one in enumerate(orders.store.instruments())}
    booked: list[tuple[Cross, Decimal]] = []
    events: list[Event] = []
    for one, done in crosses(orders):
        price = None if done else _price(orders, one, prices or {})
        if price is None:
            continue
        number, future = listed[one.seller.instrument]
        sale, purchase = cross_fills(one, price, day, number, currency(one.seller.currency), future=future)
        events += [
            EntryPosted(one.seller.booked, sale, f"crossed:{one.id}:sale"),
            EntryPosted(one.buyer.booked, purchase, f"crossed:{one.id}:purchase"),
        ]
        booked.append((one, price))
    if events:
        orders.store.append(events, recorded=by.at, author=by.author)
    return tuple(booked)


def crossed(orders: OrderBook) -> tuple[Standing, ...]:
    """Both sides of every cross that is booked, as orders that were filled at its price.

    A side counts as a slice where its order still has all of its units, which was crossed wholly and cancelled.
    """
    found = [one for one, done in crosses(orders) if done]
    prices: dict[str, Decimal] = {}
    for place in sorted({one.seller.booked for one in found}):
        entries, keyed = dict(orders.store.entries(place)), orders.store.imported(place)
        fills = ((one.id, entries[keyed[key]]) for one in found if (key := f"crossed:{one.id}:sale") in keyed)
        prices |= {name: fill.price for name, fill in fills if isinstance(fill, Fill)}
    sides = ((one.id, side) for one in found for side in (one.seller, one.buyer))
    return tuple(_filled(side, prices[name], whole=_crossed(orders.standing(side.id))) for name, side in sides)


def _filled(side: Ticket, price: Decimal, *, whole: bool) -> Standing:
    ticket = replace(side, parent=side.id) if whole else side
    with exact():
        return Standing(ticket, Status.FILLED, side.units, side.units * price)


def _price(orders: OrderBook, one: Cross, prices: Mapping[str, Decimal]) -> Decimal | None:
    """The price given, or the average of what was sent of the instrument with it, once all of that is done with."""
    name = one.seller.instrument
    with_it = [s for s in orders.standings() if s.ticket.batch == one.seller.batch and not _crossed(s)]
    if _void(orders, one, with_it):
        return None
    if name in prices:
        return prices[name]
    sent = [s for s in with_it if s.ticket.instrument == name and not s.ticket.block and s.sent_at]
    if any(s.status not in FINAL for s in sent):
        return None
    with exact():
        units, spent = sum((abs(s.filled) for s in sent), ZERO), sum((abs(s.spent) for s in sent), ZERO)
        return (spent / units).quantize(_PRICE) if units else None


def _void(orders: OrderBook, one: Cross, with_it: Sequence[Standing]) -> bool:
    """Whether a side's run was superseded, or all that the batch was to trade besides was declined or cancelled unsent.

    Of the same instrument, if there is any; else of the same accounts.
    """
    runs = [orders.run_of(side.id) for side in (one.seller, one.buyer)]
    if any(run is not None and run.superseded is not None for run in runs):
        return True
    accounts = {one.seller.account, one.buyer.account}
    beside = [s for s in with_it if s.ticket.account in accounts]
    beside = [s for s in beside if s.ticket.instrument == one.seller.instrument] or beside
    return bool(beside) and all(s.status in _UNSENT and not s.sent_at for s in beside)


def _crossed(standing: Standing) -> bool:
    """Whether an order is gone because it was crossed wholly, or was too small: nobody declined it."""
    return standing.status is Status.CANCELLED and standing.why in (CROSSED, TOO_SMALL)
