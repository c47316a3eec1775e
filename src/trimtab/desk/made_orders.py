"""Orders that people wrote or made larger, held to the bounds of their policy: when they are edited, and when they leave."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.refusals import Busy
from trimtab.core.orders import Standing
from trimtab.desk.done_by_hand import beyond, planned_units
from trimtab.desk.grouping import name_of
from trimtab.desk.hand_bounds import ByHand, require_bounds
from trimtab.desk.judging import Judge


def made_bounds(orders: OrderBook, judge: Judge, one: Standing, units: Decimal | None = None) -> Callable[[], None]:
    """More than the model asked is an override: what raises BreachError where the policy does not allow so much.

    It asks the book anew each time, and no price, so that it can be asked in the transaction that writes. `units` are those
    that the order is to have, and fewer than it has are always taken; None: those that it has.
    """
    ticket = one.ticket
    more = beyond(planned_units(orders.store, ticket.account)[one.id], ticket.units if units is None else units)
    if not more:
        return lambda: None
    if units is not None and not beyond(ticket.units, units):
        return partial(_require_fewer, orders, one.id, units)
    accounts, name = judge.accounts(ticket.policy), name_of(orders, one)
    by_hand = ByHand(name, ticket.instrument, more, ticket.reference, accounts.asked(name).book.nav, one.id)
    return partial(require_bounds, orders.store, accounts.outlook.policy, by_hand, judge.by)


def _require_fewer(orders: OrderBook, name: str, units: Decimal) -> None:
    """Raises Busy where an order has fewer units by now than it is to have: somebody else has changed it meanwhile."""
    if beyond(orders.standing(name).ticket.units, units):
        what = f"somebody else has changed order {name} since it was looked at"
        raise Busy(what, where=orders.store.session.where, remedy="Nothing was written. Look again, then repeat it.")
