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
        found |= {one.id: one for one in _named(orders, every, name)}
    return tuple(one for one in every if one.id in found and (not statuses or one.status in statuses))


def _named(orders: OrderBook, every: Sequence[Standing], name: str) -> list[Standing]:
    if by_batch := [one for one in every if name and one.ticket.batch == name]:
        return by_batch
    by_id = [one for one in every if len(name) >= _FEWEST and one.id.startswith(name)]
    if len(by_id) > 1 and name not in {one.id for one in by_id}:
        raise UsageError(f"{name} begins the ids of {len(by_id)} orders", remedy="Give more of its letters.")
    if by_id:
        return [one for one in by_id if one.id == name] or by_id
    try:
        scope = scope_of(orders.store, name)
    except TrimtabError:
        remedy = "See trimtab orders list: batches, ids and accounts stand there."
        raise UsageError(f"{name!r} is no batch, order or account", remedy=remedy) from None
    accounts = {account.id for account in scope.places.values()}
    places = set(scope.places)
    return [one for one in every if one.ticket.account in accounts and one.ticket.booked in places]


def one_order(orders: OrderBook, name: str, instrument: str = "") -> Standing:
    """The one order that a name means; `instrument` tells it from others of an account. Raises UsageError for several."""
    found = [one for one in chosen(orders, [name]) if not instrument or one.ticket.instrument == instrument]
    waiting = [one for one in found if one.status in (Status.PLANNED, Status.HELD)]
    found = waiting if len(found) > 1 and instrument else found
    if len(found) != 1:
        known = ", ".join(f"{one.id[:8]} ({one.ticket.instrument})" for one in found[:8])
        remedy = f"There are: {known}." if found else "See trimtab orders list."
        raise UsageError(f"{name} {instrument}".strip() + f" means {len(found)} orders", remedy=remedy)
    return found[0]
