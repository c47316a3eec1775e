"""A large order cut into slices that leave one after the other: evenly, by volume, or along an Almgren-Chriss trajectory.

The order itself then waits: its slices are sent, and never come to more than it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import UsageError
from trimtab.core.money import exact
from trimtab.core.orders import WAITING, Standing, Status
from trimtab.desk.books import Signature
from trimtab.execution.schedules import Schedule, TimeWeighted, slices


@dataclass(frozen=True, slots=True)
class Sliced:
    """The order that was cut, its slices as they stand, and the interval (from 0) in which each is to leave."""

    parent: Standing
    slices: tuple[Standing, ...]
    intervals: tuple[int, ...]


def cut(orders: OrderBook, order: Standing, schedule: Schedule, quantum: Decimal, by: Signature) -> Sliced:
    """Cut an order that waits. Raises UsageError where it does not, or is cut already; DataError for a part of another."""
    if order.status not in WAITING:
        raise UsageError(f"order {order.id[:8]} is {order.status.value}", remedy="Cut it before it leaves.")
    if orders.slices(order.id):
        raise UsageError(f"order {order.id[:8]} is cut already", remedy="See trimtab orders list.")
    found = slices(order.ticket, schedule, quantum)
    made = orders.add([replace(one.ticket, by=by.author) for one in found])
    if order.status is Status.APPROVED and not order.ticket.four_eyes:
        made = orders.approve([one.id for one in made], order.approved_by, f"slices of order {order.id}, which is approved")
    return Sliced(orders.standing(order.id), made, tuple(one.interval for one in found))


def quantum_of(order: Standing) -> Decimal:
    """The smallest unit of an order: as many decimals as its units have."""
    with exact():
        exponent = int(order.ticket.units.normalize().as_tuple().exponent)
        return Decimal(1).scaleb(min(exponent, 0))


def evenly(parts: int) -> Schedule:
    """Slices of one size. Raises UsageError for fewer than two."""
    if parts < 2:
        raise UsageError(f"{parts} is no number of slices", remedy="Give 2 or more.")
    return TimeWeighted(parts)


