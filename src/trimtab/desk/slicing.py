"""A large order cut into slices that leave one after the other: evenly, by volume, or along an Almgren-Chriss trajectory.

The order itself then waits and is never sent: its slices are, and never come to more than it. When all of them are done
with, it is closed: cancelled, with what they have filled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import UsageError
from trimtab.core.money import ZERO, exact, text_of
from trimtab.core.orders import FINAL, WAITING, Standing, Status
from trimtab.desk.books import Signature
from trimtab.execution.schedules import Schedule, TimeWeighted, slices


@dataclass(frozen=True, slots=True)
class Sliced:
    """The order that was cut, its slices as they stand, and the interval (from 0) in which each is to leave."""

    parent: Standing
    slices: tuple[Standing, ...]
    intervals: tuple[int, ...]


def cut(orders: OrderBook, order: Standing, schedule: Schedule, quantum: Decimal, by: Signature) -> Sliced:
    """Cut an order that waits, and that says how its slices stand.

    Raises UsageError where it does not wait, is cut already, is a block or the part of one, or comes to a single slice.
    """
    if order.status not in WAITING:
        raise UsageError(f"order {order.id[:8]} is {order.status.value}", remedy="Cut it before it leaves.")
    if orders.slices(order.id):
        raise UsageError(f"order {order.id[:8]} is cut already", remedy="See trimtab orders list.")
    if order.ticket.parts or order.ticket.block or order.ticket.parent:
        what = "a block" if order.ticket.parts else "in a block" if order.ticket.block else "a slice itself"
        raise UsageError(f"order {order.id[:8]} is {what}, and is not cut", remedy="Cut an order that goes by itself.")
    found = slices(order.ticket, schedule, quantum)
    if len(found) < 2:
        remedy = "Give fewer slices, or send it whole."
        raise UsageError(f"{text_of(order.ticket.units)} units of order {order.id[:8]} come to a single slice", remedy=remedy)
    made = orders.add([replace(one.ticket, by=by.author) for one in found])
    if order.status is Status.APPROVED and not order.ticket.four_eyes:
        made = orders.approve([one.id for one in made], order.approved_by, f"slices of order {order.id}, which is approved")
    return Sliced(orders.standing(order.id), made, tuple(one.interval for one in found))


def whole(orders: OrderBook, standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """Those that are not cut: what is cut is not sent itself."""
    cut_ones = {one.ticket.parent for one in orders.standings() if one.ticket.parent}
    return tuple(one for one in standings if one.id not in cut_ones)


def with_slices(orders: OrderBook, standings: Sequence[Standing]) -> tuple[Standing, ...]:
    """These orders, and the slices of those that are cut, each once."""
    named = {one.id for one in standings}
    return (*standings, *(one for one in orders.standings() if one.ticket.parent in named and one.id not in named))


def with_parents(orders: OrderBook, standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """These orders, and those that some of them are slices of, each once."""
    found = {one.id: one for one in standings}
    parents = dict.fromkeys(one.ticket.parent for one in found.values() if one.ticket.parent)
    return (*found.values(), *(orders.standing(name) for name in parents if name not in found))


def close_cut(orders: OrderBook) -> tuple[Standing, ...]:
    """Close every order whose slices are all done with: cancelled, and why says what they filled."""
    slices_of: dict[str, list[Standing]] = {}
    for one in orders.standings():
        if one.ticket.parent:
            slices_of.setdefault(one.ticket.parent, []).append(one)
    closed: list[Standing] = []
    for parent, own in slices_of.items():
        standing = orders.standing(parent)
        if standing.status in WAITING and all(one.status in FINAL for one in own):
            closed += orders.cancel_waiting([parent], _closing_words(standing, own))
    return tuple(closed)


def _closing_words(parent: Standing, own: Sequence[Standing]) -> str:
    with exact():
        filled, spent = sum((one.filled for one in own), ZERO), sum((one.spent for one in own), ZERO)
    price = f" at {text_of(round(spent / filled, 6))}" if filled else ""
    return f"its {len(own)} slices filled {text_of(abs(filled))} of {text_of(abs(parent.ticket.units))} units{price}"


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
