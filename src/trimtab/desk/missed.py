"""By how much the orders of a decision may miss its target: costs, whole units, and trades too small to be placed.

A decision is judged by its target; at the last hop its orders are judged by what is held after them. Between the two lie the
costs that are paid out of the target, the rounding down to units, and what is left undone below the smallest trade. A limit
that the target just keeps is not broken by these, or the orders of a policy at its limit could never leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from trimtab.core.money import ZERO, exact
from trimtab.core.orders import Standing
from trimtab.desk.cash_cut import CUT
from trimtab.desk.policy import Policy
from trimtab.desk.tickets import MANUAL
from trimtab.execution.gate import Batch


def slack_of(standings: Sequence[Standing], batch: Batch, policy: Policy) -> float:
    """As a fraction of net asset value; zero where a person wrote or edited one of the orders, or nothing is worth anything."""
    book, lotting = batch.book, policy.lotting
    if not book.nav > 0.0 or any(_by_hand(one) for one in standings):
        return 0.0
    moved = {order.asset for order in batch.orders}
    idle = sum(1 for a, price in enumerate(book.prices.tolist()) if price > 0.0 and a not in moved)
    with exact():
        rounded = sum((one.ticket.estimate + lotting.quantum * one.ticket.reference for one in standings), ZERO)
        return float((rounded + lotting.minimum * idle) / Decimal(repr(float(book.nav))))


def _by_hand(one: Standing) -> bool:
    return one.ticket.strategy == MANUAL or not one.ticket.strategy or bool(one.edited_by and one.why != CUT)
