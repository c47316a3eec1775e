"""Which orders a person means: a batch (`2026-11-02/3`), an id or its first letters, an account or a household."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.core.orders import Standing, Status
from trimtab.desk.books import scope_of

_FEWEST = 4  # letters of an id


def chosen(orders: OrderBook, names: Sequence[str], statuses: Collection[Status] = ()) -> tuple[Standing, ...]:
    """The orders that all of the names mean together, each once, in the order of planning; of these statuses, if any.

    Raises UsageError where a name means none, or an id means several.
    """
    every = orders.standings()
    found: dict[str, Standing] = {}
    for name in names:
        if not name:
            raise UsageError("an empty name means no order", remedy="Name a batch, an order or an account.")
        found |= {one.id: one for one in _named(orders, every, name)}
    return tuple(one for one in every if one.id in found and (not statuses or one.status in statuses))


def _named(orders: OrderBook, every: Sequence[Standing], name: str) -> list[Standing]:
    if exactly := [one for one in every if name in (one.ticket.batch, one.id)]:
        return exactly
    try:
        scope = scope_of(orders.store, name)
    except TrimtabError:
        return _begun(every, name)
    accounts = {account.id for account in scope.places.values()}
    places = set(scope.places)
    return [one for one in every if one.ticket.account in accounts and one.ticket.booked in places]


def _begun(every: Sequence[Standing], name: str) -> list[Standing]:
    """The one order whose id begins so."""
    found = [one for one in every if len(name) >= _FEWEST and one.id.startswith(name)]
    if len(found) > 1:
        raise UsageError(f"{name} begins the ids of {len(found)} orders", remedy="Give more of its letters.")
    if not found:
        remedy = "See trimtab orders list: batches, ids and accounts stand there."
        raise UsageError(f"{name!r} is no batch, order or account", remedy=remedy)
    return found


def gathered(orders: OrderBook, found: Sequence[Standing]) -> tuple[Standing, ...]:
    """Blocks in place of their members, each once: members move with their block.

    Raises UsageError where a block holds orders besides those found: nobody moves another account's order unawares.
    """
    ids, blocks = {one.id for one in found}, {one.ticket.block for one in found if one.ticket.block}
    for name in sorted(blocks - ids):
        others = [orders.standing(member) for member, _ in orders.standing(name).ticket.parts if member not in ids]
        if others:
            accounts = ", ".join(sorted({one.ticket.account for one in others}))
            what = f"these orders are in block {name[:8]} together with orders of {accounts}"
            raise UsageError(what, remedy=f"Name the block: {name[:8]}.")
    singles = [one for one in found if not one.ticket.block]
    return (*singles, *(orders.standing(name) for name in sorted(blocks - ids)))


def one_order(orders: OrderBook, name: str, instrument: str = "") -> Standing:
    """The one order that a name means; `instrument` tells it from others of an account. Raises UsageError for several."""
    found = [one for one in chosen(orders, [name]) if not instrument or one.ticket.instrument == instrument]
    if len(found) > 1:
        waiting = [one for one in found if one.status in (Status.PLANNED, Status.HELD)]
        found = waiting if waiting or instrument else found
    what = f"{name} {instrument}".strip()
    if not found:
        raise UsageError(f"no order {what} waits", remedy="See trimtab orders list --all.")
    if len(found) > 1:
        known = ", ".join(f"{one.id[:8]} ({one.ticket.instrument})" for one in found[:8])
        remedy = f"Name one of them by its id: {known}{' and so on' if len(found) > 8 else ''}."
        raise UsageError(f"{what} has {len(found)} orders, and one is meant", remedy=remedy)
    return found[0]
