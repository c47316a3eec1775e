"""Planned orders gathered into blocks before they are approved, and what approved orders of one account's sleeves cross.

What could be crossed stays out of the blocks until it is approved: a cross is a trade, and both of its orders are signed for.
A cross goes to no market. Its two fills are booked (crossing.py) at the average price of the order in the same instrument
once that is done with; where nothing of it was sent, at a price that a person gives. It is void, and never booked, where
the orders that it was gathered with were cancelled before they left, or their run was superseded. What people wrote, or made
larger than the model asked, is not crossed: the bounds of overrides count what was filled of it.

What is crossed in an account that is taxed would realise gains and losses of lots where in law nothing was sold. So taxable
accounts are never crossed: their sleeves go to the market, in blocks. Only accounts are whose trades nobody taxes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from trimtab.accounting.database.coding import plain, rebuilt
from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.entries import Fill
from trimtab.core.errors import UsageError
from trimtab.core.money import ZERO, exact, text_of
from trimtab.core.orders import FINAL, Standing, Status, Ticket
from trimtab.core.taxes import Wrapper
from trimtab.desk.done_by_hand import beyond, planned_units
from trimtab.desk.paper_income import PAPER
from trimtab.desk.slicing import whole
from trimtab.execution.netting import Cross, Crossing, Netted, blocks
from trimtab.governance.promotion import Stage

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
    unsigned: tuple[Cross, ...] = ()  # what could be crossed once it is approved


def gather(
    orders: OrderBook,
    found: Sequence[Standing],
    *,
    crossing: Crossing = Crossing.ACCOUNT,
    minimum: Decimal = ZERO,
) -> Blocked:
    """Gather planned orders into blocks and cross approved ones, all in one transaction.

    What is crossed wholly is cancelled, in part edited; what is too small is cancelled. What could be crossed, and is not
    approved, is left as it is. Raises UsageError where none of them is PLANNED, and nothing that is APPROVED is crossed.
    """
    ready = [one for one in whole(orders, found) if not (one.ticket.block or one.ticket.parts or one.ticket.parent)]
    planned = [one.ticket for one in ready if one.status is Status.PLANNED]
    signed = [one.ticket for one in ready if one.status is Status.APPROVED]
    every = orders.store.accounts()
    households = {account.id: account.household for account in every}
    taxed = {account.id for account in every if account.wrapper is Wrapper.TAXABLE}
    net = partial(blocks, crossing=crossing, households=households, apart=taxed)
    own = _by_model(orders, [*planned, *signed])
    inside = net([one for one in signed if one.id in own], minimum=minimum)
    if not planned and not inside.crosses:
        raise UsageError("there is nothing planned to gather", remedy="Gather before approving: trimtab orders list.")
    ids = {one.id for one in planned}
    left = [one for one in (*planned, *signed) if one.id in own - _sides(inside.crosses)]
    later = tuple(one for one in net(left).crosses if {one.seller.id, one.buyer.id} & ids)
    apart = [one for one in planned if one.id in _sides(later)]
    out = blocks([one for one in planned if one not in apart], Crossing.NONE, minimum=minimum)
    netted = _netted(inside, replace(out, singles=(*out.singles, *apart)))
    made = _regrouped(orders, signed, inside, out)
    return Blocked(netted, made, _uncrossed([*planned, *signed], crossing, taxed), later)


def _by_model(orders: OrderBook, tickets: Sequence[Ticket]) -> set[str]:
    """The ids of orders that ask for no more than the model did: what people wrote or made larger counts by its fills."""
    asked = {name: units for of in {one.account for one in tickets} for name, units in planned_units(orders.store, of).items()}
    return {one.id for one in tickets if not beyond(asked[one.id], one.units)}


def _sides(found: Sequence[Cross]) -> set[str]:
    """The ids of the orders that are crossed."""
    return {side.id for one in found for side in (one.seller, one.buyer)}


def _netted(inside: Netted, out: Netted) -> Netted:
    """What became of all: of what is approved only what is crossed is touched, and its rest goes by itself."""
    touched = _sides(inside.crosses)
    singles = tuple(replace(one, block="") for one in (*inside.members, *inside.singles) if one.id in touched)
    small = [one for one in inside.dropped if one.id in touched]
    return replace(out, singles=(*out.singles, *singles), crosses=inside.crosses, dropped=(*out.dropped, *small))


def _regrouped(orders: OrderBook, signed: Sequence[Ticket], inside: Netted, out: Netted) -> tuple[Standing, ...]:
    """Write the crosses down, take what is crossed or too small off the orders, and plan the blocks."""
    touched = [one for one in signed if one.id in _sides(inside.crosses)]
    sent = {one.id: one.units for one in (*inside.members, *inside.singles)}
    small = {one.id for one in inside.dropped}
    cancels = {one.id: TOO_SMALL if one.id in small else CROSSED for one in touched if one.id not in sent}
    cancels |= {one.id: TOO_SMALL for one in out.dropped}
    edits = {one.id: (sent[one.id], REST) for one in touched if sent.get(one.id, one.units) != one.units}
    told = [Note(KIND, _cross_note(one), one.seller.account, f"cross:{one.id}") for one in inside.crosses]
    return orders.regroup(cancels, edits, out.blocks, told)


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


def stage_of(orders: OrderBook, one: Cross) -> Stage:
    """How far a policy must be for its cross: as far as for what was sent with it, live unless all of that was on paper."""
    venues = {s.venue for s in orders.standings() if s.ticket.batch == one.seller.batch and s.sent_at}
    return Stage.PAPER if venues == {PAPER} else Stage.LIVE


def price_of(orders: OrderBook, one: Cross, prices: Mapping[str, Decimal]) -> Decimal | None:
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
