"""Which purchases a sale is matched with in the United Kingdom, and what is left of the pool (TCGA 1992 s.104 to s.106A).

First with purchases of the same day, then with purchases of the 30 days after it, the earliest first, then with the pool at
average cost; earlier sales before later ones. All purchases of one day are one, and so are all sales (s.105).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from trimtab.core.entries import Adjustment, Merger, ReturnOfCapital, SpinOff
from trimtab.core.money import ZERO, Currency
from trimtab.core.taxes import Gain

AFTER = timedelta(days=30)
POOL = "pool"  # the id of the one lot that there is
_UNIT = Decimal("0.00000001")  # to which units are rounded where a split lies between a sale and the purchase after it


@dataclass(slots=True)
class Share:
    """Units and what they cost; parts of them leave at average cost, and what is left always adds up."""

    units: Decimal = ZERO
    cost: Decimal = ZERO

    def take(self, units: Decimal, rounding: Currency) -> Decimal:
        """What `units` of it cost; they are gone."""
        cost = self.cost if units == self.units else rounding.round(self.cost * units / self.units)
        self.units -= units
        self.cost -= cost
        return cost


@dataclass(slots=True)
class Holding:
    """The pool of one asset. `since` is when the first of it came; `ahead` are sales that later purchases will meet.

    Those purchases come behind a split: each entry counts its units before it, and behind each split on the way.
    """

    asset: int
    rounding: Currency
    currency: str = ""
    pool: Share = field(default_factory=Share)
    since: date = date.max
    ahead: tuple[tuple[Decimal, ...], ...] = ()

    def twin(self) -> Holding:
        """The same, to try something with."""
        pool = Share(self.pool.units, self.pool.cost)
        return Holding(self.asset, self.rounding, self.currency, pool, self.since, self.ahead)

    def add(self, units: Decimal, cost: Decimal, since: date) -> None:
        """Units come into the pool."""
        self.since = min(self.since, since) if self.pool.units else since
        self.pool.units += units
        self.pool.cost += cost

    def gain(self, when: date, entry: int, units: Decimal, money: tuple[Decimal, Decimal]) -> Gain:
        """Units that left the pool for `money`: proceeds and cost."""
        return Gain(self.asset, POOL, self.since, when, units, *money, entry, self.currency)

    def lower(self, amount: Decimal, when: date, entry: int) -> tuple[Gain, ...]:
        """Money that lowers the cost; what is above it is a gain (s.122)."""
        used = min(amount, self.pool.cost)
        self.pool.cost -= used
        return (self.gain(when, entry, ZERO, (amount - used, ZERO)),) if amount > used else ()

    def sell(self, units: Decimal, proceeds: Decimal, when: date, entry: int) -> Gain:
        """A sale that is matched with the pool alone."""
        return self.gain(when, entry, units, (proceeds, self.pool.take(units, self.rounding)))


@dataclass(slots=True)
class Day:
    """All that was bought and sold of one asset on one day; each is one. `buy` and `sell` are the first entries."""

    when: date
    asset: int
    bought: Share = field(default_factory=Share)
    sold: Share = field(default_factory=Share)  # units, and what they brought
    buy: int = -1
    sell: int = -1

    def twin(self) -> Day:
        """The same, to try something with."""
        bought, sold = Share(self.bought.units, self.bought.cost), Share(self.sold.units, self.sold.cost)
        return Day(self.when, self.asset, bought, sold, self.buy, self.sell)

    def settle(self, holdings: dict[int, Holding], later: Sequence[Item]) -> Iterator[Gain]:
        """Match what was sold: with this day, with the 30 days after it, with the pool; the surplus goes into the pool."""
        holding, bought, sold = holdings[self.asset], self.bought, self.sold
        if sold.units and bought.units:
            yield self._matched(min(sold.units, bought.units), self, holding)
        if sold.units:
            yield from self._after(later, holding)
        if sold.units:
            units = sold.units
            proceeds = sold.take(units, holding.rounding)
            yield holding.sell(units, proceeds, self.when, self.sell)
        if bought.units:
            holding.add(bought.units, bought.cost, self.when)

    def closed(self, day: date, later: Sequence[Item]) -> bool:
        """No purchase on or after `day` can change what was sold here: all of it is met, or the 30 days are over."""
        left = self.sold.units - self.bought.units
        if left <= 0 or day > self.when + AFTER:
            return day > self.when
        for item in later:
            if item.asset != self.asset:
                continue
            if not isinstance(item, Day) or item.when >= day:
                return False
            left -= max(item.bought.units - item.sold.units, ZERO)
            if left <= 0:
                return True
        return False

    def _matched(self, units: Decimal, other: Day, holding: Holding, theirs: Decimal | None = None) -> Gain:
        """`units` of the sale met a purchase, which counts them as `theirs` where a split lies between."""
        cost = other.bought.take(units if theirs is None else theirs, holding.rounding)
        proceeds = self.sold.take(units, holding.rounding)
        lot = str(other.buy)
        return Gain(self.asset, lot, other.when, self.when, units, proceeds, cost, self.sell, holding.currency)

    def _after(self, later: Sequence[Item], holding: Holding) -> Iterator[Gain]:
        """Meet the purchases of the 30 days after, less what their own day sold, the earliest first."""
        last = self.when + AFTER
        splits: list[Splitting] = []
        for item in later:
            if item.when > last or not self.sold.units:
                return
            if item.asset != self.asset:
                continue
            if isinstance(item, Splitting):
                splits.append(item)
            elif isinstance(item, Day):
                free = item.bought.units - item.sold.units
                if free > 0:
                    path = _path(self.sold.units, free, splits)
                    if path[0] and path[-1]:
                        holding.ahead += (path,) if splits else ()
                        yield self._matched(path[0], item, holding, path[-1])
            elif isinstance(item.entry, Merger) and item.entry.asset == self.asset:
                return  # what is bought of it afterwards is another thing


@dataclass(frozen=True, slots=True)
class Splitting:
    """An exchange of units: `before` became `after`, of which `fraction` was paid out as `amount`."""

    when: date
    asset: int
    number: int
    before: Decimal
    after: Decimal
    fraction: Decimal
    amount: Decimal

    def twin(self) -> Splitting:
        """The same: it never changes."""
        return self

    def closed(self, day: date, later: Sequence[Item]) -> bool:
        """Nothing that comes changes it."""
        return True

    def settle(self, holdings: dict[int, Holding], later: Sequence[Item]) -> Iterator[Gain]:
        """The pool counts anew; the fraction leaves it."""
        holding = holdings[self.asset]
        holding.ahead = tuple(path[1:] for path in holding.ahead if len(path) > 1)
        holding.pool.units = self.after + sum((path[0] for path in holding.ahead), ZERO)
        if self.fraction or self.amount:
            yield holding.sell(self.fraction, self.amount, self.when, self.number)


@dataclass(frozen=True, slots=True)
class Action:
    """Something that changes pools and is no trade: an entry, as it was posted."""

    when: date
    asset: int
    number: int
    entry: Merger | SpinOff | ReturnOfCapital | Adjustment | Came

    def twin(self) -> Action:
        """The same: it never changes."""
        return self

    def closed(self, day: date, later: Sequence[Item]) -> bool:
        """Nothing that comes changes it."""
        return True

    def settle(self, holdings: dict[int, Holding], later: Sequence[Item]) -> Iterator[Gain]:
        """Change the pools."""
        entry, holding = self.entry, holdings[self.asset]
        if isinstance(entry, Came):
            holding.add(entry.units, entry.cost, entry.acquired)
        elif isinstance(entry, Adjustment):
            holding.pool.cost += entry.amount
        elif isinstance(entry, ReturnOfCapital):
            yield from holding.lower(entry.amount, self.when, self.number)
        elif isinstance(entry, Merger):
            yield from self._merge(entry, holding, holdings[entry.into])
        else:
            yield from self._spin(entry, holding, holdings[entry.into])

    def _merge(self, entry: Merger, holding: Holding, into: Holding) -> Iterator[Gain]:
        """The cost goes over (s.135); cash beside the units lowers it first, as where it is small (s.122)."""
        yield from holding.lower(entry.amount, self.when, self.number)
        into.add(entry.received, holding.pool.take(-entry.units, holding.rounding), holding.since)

    def _spin(self, entry: SpinOff, holding: Holding, into: Holding) -> Iterator[Gain]:
        """A share of the cost goes over (s.136); the fraction leaves what came."""
        cost = holding.rounding.round(holding.pool.cost * entry.share)
        holding.pool.cost -= cost
        into.add(entry.received + entry.fraction, cost, holding.since)
        if entry.fraction or entry.amount:
            yield into.sell(entry.fraction, entry.amount, self.when, self.number)


@dataclass(frozen=True, slots=True)
class Came:
    """Units that came with their history: they are in the pool, and no sale meets them otherwise."""

    units: Decimal
    cost: Decimal
    acquired: date


Item = Day | Splitting | Action


def _path(sold: Decimal, free: Decimal, splits: Sequence[Splitting]) -> tuple[Decimal, ...]:
    """How many of the units sold meet the units that are free behind the splits, counted on each stretch of the way."""
    path = [sold]
    for split in splits:
        path.append((path[-1] * split.after / split.before).quantize(_UNIT))
    if path[-1] <= free:
        return tuple(path)
    path = [free]
    for split in reversed(splits):
        path.append((path[-1] * split.before / split.after).quantize(_UNIT))
    return (min(path[-1], sold), *path[-2::-1])
