"""Orders that people wrote or made larger, held to the bounds of their policy: when they are edited, and when they leave."""

from __future__ import annotations

from decimal import Decimal

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.orders import Standing
from trimtab.desk.grouping import name_of
from trimtab.desk.hand_bounds import ByHand, beyond, planned_units, require_bounds
from trimtab.desk.judging import Judge, names_of


def require_made_bounds(orders: OrderBook, judge: Judge, one: Standing, units: Decimal | None = None) -> None:
    """More than the model asked is an override: raises BreachError where the policy does not allow so much.

    `units` are those that the order is to have; None: those that it has.
    """
    planned, _ = planned_units(orders, one.ticket.account)[one.id]
    more = beyond(planned, one.ticket.units if units is None else units)
    if not more:
        return
    accounts, name = judge.accounts(one.ticket.policy), name_of(orders, one)
    nav = accounts.asked(name).book.nav
    by_hand = ByHand(name, one.ticket.instrument, more, one.ticket.reference, nav, names_of(accounts), one.id)
    require_bounds(orders, accounts.outlook.policy, by_hand, judge.by)
