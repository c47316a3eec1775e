"""Which lots a sale takes, and how what belongs to several of them is parted.

The lots of one asset are a pile: oldest first, by purchase. An exchange of shares keeps the date of purchase; a holding
period that an adjustment moves earlier does not change the order. FIFO, LIFO and specific identification are those of US
Treas. Reg. 1.1012-1(c), average cost that of 1.1012-1(e): one cost a unit, and units leave oldest first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from heapq import heapify, heappop, heappush
from itertools import accumulate, islice, takewhile
from typing import NamedTuple, Protocol

from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, Currency
from trimtab.core.taxes import Lot

_FINEST = -12  # decimal places of the units of a lot after an exchange, where the total has no more


class LeastTax(Protocol):
    """Who knows which lots are sold with the least tax."""

    def __call__(self, lots: Sequence[Lot], price: Decimal, when: date) -> Sequence[Lot]:
        """The lots in the order in which they should be sold at `price` on `when`."""
        ...


class Taken(NamedTuple):
    """Units of one lot that a sale takes."""

    lot: Lot
    units: Decimal


class Rank(NamedTuple):
    """The place of a lot among those of its asset: when it was bought, and the order in which lots came into the book."""

    bought: date
    arrival: int


Dearness = Callable[[Lot], Decimal]  # what a unit of a lot cost, to compare lots by


def oldest(lots: Iterable[Lot], wanted: Decimal) -> list[Taken]:
    """`wanted` units out of `lots` in the order given; they are there."""
    taken: list[Taken] = []
    for lot in lots:
        units = lot.units
        if units >= wanted:
            taken.append(Taken(lot, wanted))
            return taken
        taken.append(Taken(lot, units))
        wanted -= units
    raise InvariantError(f"{wanted} units are in no lot", remedy="An order of lots must name each of them once.")


def apportion(amount: Decimal, weights: Sequence[Decimal], money: Currency) -> list[Decimal]:
    """Parts of `amount` pro rata to `weights`, rounded; the last takes the rest, and none more than there is."""
    total = sum(weights, ZERO)
    parts, rest = [], amount
    for weight in weights[:-1]:
        part = money.round(amount * weight / total)
        if abs(part) > abs(rest):  # many parts below half of the smallest amount were rounded up
            part = rest
        parts.append(part)
        rest -= part
    parts.append(rest)
    return parts


def rescaled(units: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """`units` pro rata, so that they sum to `total` exactly."""
    before = sum(units, ZERO)
    finest = Decimal(1).scaleb(min(_FINEST, _places(total)))
    reached = [_neat(total * sofar / before, finest) for sofar in accumulate(units)]
    reached[-1] = total
    return [after - sofar for sofar, after in zip([ZERO, *reached], reached, strict=False)]


def carried(lots: Sequence[Lot]) -> list[Lot]:
    """`lots` without those of no units: an exchange rounded them away, and what they cost goes to a neighbour."""
    held: list[Lot] = []
    spare = ZERO
    for lot in lots:
        if lot.units:
            held.append(lot._replace(cost=lot.cost + spare))
            spare = ZERO
        else:
            spare += lot.cost
    if spare:
        held[-1] = held[-1]._replace(cost=held[-1].cost + spare)
    return held


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _neat(number: Decimal, finest: Decimal) -> Decimal:
    """Rounded where it has more digits than anybody wants."""
    return number.quantize(finest) if _places(number) < _places(finest) else number


class Pile:
    """The lots of one asset: what they are, in which order they came, and what they hold and cost together."""

    __slots__ = ("_dear", "_heap", "_last", "_parts", "_ranks", "cost", "lots", "money", "pooled", "units")

    def __init__(self, money: Currency, *, pooled: bool = False, dear: Dearness | None = None) -> None:
        self.money, self.pooled = money, pooled
        self.units, self.cost = ZERO, ZERO
        self.lots: OrderedDict[str, Lot] = OrderedDict()  # oldest first; where costs are pooled, their cost waits for `level`
        self._ranks: dict[str, Rank] = {}
        self._last = Rank(date.min, -1)
        self._parts: dict[str, int] = {}  # how often a lot was split, by the id that it came with
        self._dear = dear
        self._heap: list[tuple[Decimal, Rank, Lot]] = []  # dearest first; a lot that changed since stands in it no longer

    def copy(self) -> Pile:
        """The same lots, to go on differently."""
        other = Pile(self.money, pooled=self.pooled, dear=self._dear)
        other.units, other.cost, other._last = self.units, self.cost, self._last
        other.lots, other._ranks, other._parts = self.lots.copy(), self._ranks.copy(), self._parts.copy()
        other._heap = self._heap.copy()
        return other

    def clear(self) -> None:
        """All lots go; the ids of their parts are not given again."""
        self.lots.clear()
        self._ranks.clear()
        self._heap.clear()
        self.units, self.cost, self._last = ZERO, ZERO, Rank(date.min, -1)

    def rank(self, lot: Lot) -> Rank:
        """Its place."""
        return self._ranks[lot.id]

    def add(self, lot: Lot, rank: Rank) -> None:
        """One lot more."""
        self.lots[lot.id], self._ranks[lot.id] = lot, rank
        self.units += lot.units
        self.cost += lot.cost
        if rank >= self._last:
            self._last = rank
        else:
            self.lots.move_to_end(lot.id)
            later = list(takewhile(lambda other: self._ranks[other] > rank, islice(reversed(self.lots), 1, None)))
            for other in reversed(later):  # parts of a lot seldom have many behind them: no sorting of all
                self.lots.move_to_end(other)
        if "~" in lot.id:
            root, _, part = lot.id.partition("~")
            self._parts[root] = max(self._parts.get(root, 0), int(part))
        if self._dear is not None:
            self._push(lot, rank)

    def change(self, lot: Lot, before: Lot) -> None:
        """`lot` stands in the place of what it was `before`."""
        self.lots[lot.id] = lot
        self.units += lot.units - before.units
        self.cost += lot.cost - before.cost
        self._push(lot, self._ranks[lot.id])

    def relieve(self, lot: Lot, units: Decimal) -> Decimal:
        """Take `units` out of a lot, and say what they cost: a rounded share, or all that is left."""
        lot_id, _, _, _, held, cost, _ = lot
        whole = units == held
        if self.pooled:
            share = self.cost if units == self.units else self.money.round(self.cost * units / self.units)
        else:
            share = cost if whole else self.money.round(cost * units / held)
        if whole:
            del self.lots[lot_id], self._ranks[lot_id]
        else:
            left = Lot(lot_id, lot.asset, lot.opened, lot.acquired, held - units, cost - share, lot.currency)
            self.lots[lot_id] = left
            if self._dear is not None:
                self._push(left, self._ranks[lot_id])
        self.units -= units
        self.cost -= share
        return share

    def split(self, lot: Lot, units: Decimal) -> Lot:
        """Part `units` off a lot, with their share of its cost, as a lot with an id of its own."""
        root = lot.id.partition("~")[0]
        part = self._parts.get(root, 0) + 1
        share = self.money.round(lot.cost * units / lot.units)
        rank = self._ranks[lot.id]
        self.change(lot._replace(units=lot.units - units, cost=lot.cost - share), lot)
        parted = lot._replace(id=f"{root}~{part}", units=units, cost=share)
        self.add(parted, rank)
        return parted

    def level(self) -> tuple[Lot, ...]:
        """All lots, oldest first; where costs are pooled, each at the average."""
        if self.pooled and self.lots:
            lots = tuple(self.lots.values())
            costs = apportion(self.cost, [lot.units for lot in lots], self.money)
            for lot, cost in zip(lots, costs, strict=True):
                self.lots[lot.id] = lot._replace(cost=cost)
        return tuple(self.lots.values())

    def dearest(self, wanted: Decimal) -> list[Taken]:
        """`wanted` units of the lots that cost most a unit, the oldest of equals first. They must be relieved at once."""
        taken: list[Taken] = []
        heap, lots = self._heap, self.lots
        while wanted:
            lot = heap[0][2]
            if lots.get(lot.id) is not lot:
                heappop(heap)
                continue
            units = lot.units
            if units > wanted:
                taken.append(Taken(lot, wanted))
                return taken
            taken.append(Taken(lot, units))
            wanted -= units
            heappop(heap)
        return taken

    def _push(self, lot: Lot, rank: Rank) -> None:
        dear = self._dear
        if dear is None:
            return
        heappush(self._heap, (-dear(lot), rank, lot))
        if len(self._heap) > 2 * len(self.lots) + 64:  # most of it is what lots once were
            self._heap = [(-dear(held), self._ranks[held.id], held) for held in self.lots.values()]
            heapify(self._heap)
