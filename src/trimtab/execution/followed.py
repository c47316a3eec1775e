"""Orders of a backtest through the state machine, a whole stamped batch at a time.

A batch is planned, approved, intended, sent and acknowledged at once, and its fills say the rest: filled, filled in part and
expired, or expired. A step is looked up in the one table (core.orders.TRANSITIONS) once for a batch and once for each way
of ending that occurs in it, not for every order: the same table, the same answer, about a microsecond an order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType

from trimtab.core.entries import Fill
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO
from trimtab.core.orders import Status, require_move
from trimtab.core.trades import Order

_FILLED, _PARTIAL, _EXPIRED = Status.FILLED, Status.PARTIAL, Status.EXPIRED
_OUT = (Status.PLANNED, Status.APPROVED, Status.INTENT, Status.SENT, Status.ACKED)
_WHOLE, _PART, _NOTHING = (_OUT[-1], _FILLED), (_OUT[-1], _PARTIAL, _EXPIRED), (_OUT[-1], _EXPIRED)  # the ways of ending


class Followed:
    """What became of each order, by its id: `statuses`, and `filled`, units with their sign. Both grow, and are read only."""

    __slots__ = ("_filled", "_statuses", "filled", "statuses")

    def __init__(self) -> None:
        self._statuses: dict[str, Status] = {}
        self._filled: dict[str, Decimal] = {}
        self.statuses: Mapping[str, Status] = MappingProxyType(self._statuses)
        self.filled: Mapping[str, Decimal] = MappingProxyType(self._filled)

    def follow(self, orders: Sequence[Order], fills: Iterable[Fill]) -> None:
        """Take a stamped batch from planning to its end by its fills, counted in the units of the orders (before any split).

        Raises InvariantError, and keeps nothing, where an id was seen before or twice, or where a fill belongs to no order of
        the batch, goes the other way, or fills more than was ordered; IllegalMove where the table knows no such way.
        """
        wanted = {name: units for name, _, units, _ in orders}
        if len(wanted) != len(orders) or not self._statuses.keys().isdisjoint(wanted):
            raise InvariantError(f"the batch of {orders[0].id} was planned before", remedy="Nothing was sent.")
        filled = _summed(fills)
        ends, ways = _ended(wanted, filled)
        if len(filled) > len(wanted):
            stray = ", ".join(sorted(filled.keys() - wanted.keys()))
            raise InvariantError(f"fills of orders that were not sent: {stray}", remedy="Stop.")
        for way in (_OUT, *ways) if ways else ():
            _require_way(orders[0].id, way)
        self._statuses.update(ends)
        self._filled.update(filled)


def _summed(fills: Iterable[Fill]) -> dict[str, Decimal]:
    """Units filled by order."""
    filled: dict[str, Decimal] = {}
    for _, _, units, _, _, _, order, _, _ in fills:
        filled[order] = filled[order] + units if order in filled else units
    return filled


def _ended(wanted: Mapping[str, Decimal], filled: dict[str, Decimal]) -> tuple[dict[str, Status], list[tuple[Status, ...]]]:
    """How each order ends, and the ways of ending that occur; `filled` gets a zero for each that has no fill."""
    ends = dict.fromkeys(wanted, _FILLED)
    if wanted == filled:
        return ends, [_WHOLE] if wanted else []
    ways: list[tuple[Status, ...]] = []
    for order, units in wanted.items():
        have = filled.setdefault(order, ZERO)
        way = _WHOLE if have == units else _PART if have else _NOTHING
        if way is _PART and (abs(have) > abs(units) or (have > 0) is not (units > 0)):
            raise InvariantError(f"order {order} of {units} has {have} filled", remedy="Stop.")
        ends[order] = way[-1]
        if way not in ways:
            ways.append(way)
    return ends, ways


def _require_way(order: str, steps: tuple[Status, ...]) -> None:
    """Raises IllegalMove where the table does not know each of the steps."""
    for at, to in pairwise(steps):
        require_move(order, at, to)
