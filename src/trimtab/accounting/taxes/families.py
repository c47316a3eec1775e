"""Pools of assets whose costs have to do with each other: what is settled, and what a purchase may still change.

Entries come in the order of the fold. What is sold stays open until purchases have met all of it or its 30 days are over;
the answer until then is worked out on a copy of the pools, as if nothing more were bought.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from trimtab.accounting.taxes.identification import AFTER, Action, Came, Day, Holding, Item, Splitting
from trimtab.core.entries import Adjustment, Delisting, Fill, Merger, Opening, ReturnOfCapital, SpinOff, Split
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, Currency, currency
from trimtab.core.taxes import Gain

Pooled = Fill | Opening | ReturnOfCapital | Split | Merger | SpinOff | Delisting | Adjustment


@dataclass(slots=True)
class Answer:
    """Pools and gains as if nothing were posted any more."""

    holdings: dict[int, Holding]
    gains: list[Gain]


@dataclass(slots=True)
class Family:
    """Assets whose costs have to do with each other (mergers, spin-offs), most often one.

    `items` wait to be settled; what came of those before them is in `holdings` and `done`.
    """

    holdings: dict[int, Holding]
    items: list[Item] = field(default_factory=list)
    today: dict[int, Day] = field(default_factory=dict)
    done: list[Gain] = field(default_factory=list)
    _answer: Answer | None = None

    def settle(self, day: date) -> None:
        """Settle, from the front, what nothing posted on or after `day` can change."""
        count = 0
        for item in self.items:
            later = self.items[count + 1 :]
            if not item.closed(day, later):
                break
            self.done += item.settle(self.holdings, later)
            count += 1
        if count:
            del self.items[:count]
            self._answer = None

    def collect(self, before: date) -> list[Gain]:
        """The settled gains on sales before a date, each once."""
        count = bisect_left(self.done, before, key=lambda gain: gain.sold)
        done = self.done[:count]
        del self.done[:count]
        return done

    def put(self, item: Item) -> None:
        """One more thing happened."""
        self.items.append(item)
        self._answer = None

    def touch(self) -> None:
        """The last item changed."""
        self._answer = None

    @property
    def answer(self) -> Answer:
        """Pools and gains of what is not settled, worked out on a copy."""
        if self._answer is None:
            holdings = {asset: holding.twin() for asset, holding in self.holdings.items()}
            items = [item.twin() for item in self.items]
            gains: list[Gain] = []
            for k, item in enumerate(items):
                gains += item.settle(holdings, items[k + 1 :])
            self._answer = Answer(holdings, gains)
        return self._answer

    def join(self, other: Family) -> None:
        """Take over the assets of another."""
        self.holdings.update(other.holdings)
        self.today.update(other.today)
        self.items += other.items  # until now they had nothing to do with each other
        self.done = sorted(self.done + other.done, key=lambda gain: gain.sold)
        self._answer = None


class Fold:
    """Entries in their order: what is held, and the families of assets."""

    __slots__ = ("_base", "day", "families", "held")

    def __init__(self, base: Currency) -> None:
        self._base = base
        self.day = date.min + AFTER
        self.held: dict[int, Decimal] = {}
        self.families: dict[int, Family] = {}

    def post(self, number: int, entry: Pooled) -> None:
        """Book an entry that comes after all others."""
        if not isinstance(entry, Adjustment) and (isinstance(entry, Fill | Opening) or entry.amount):
            self._same(entry, entry.asset, entry.currency)
        if isinstance(entry, Fill):
            self._fill(number, entry)
        elif isinstance(entry, Delisting) or (isinstance(entry, Merger) and not entry.received):
            self._move(entry, entry.asset, entry.units)
            self._sell(number, entry, -entry.units, entry.amount)
        elif isinstance(entry, Split):
            self._split(number, entry)
        elif isinstance(entry, Merger | SpinOff):
            self._exchange(number, entry)
        elif isinstance(entry, Opening):
            self._move(entry, entry.asset, entry.units)
            self._act(number, entry, Came(entry.units, entry.cost, entry.acquired))
        elif isinstance(entry, ReturnOfCapital | Adjustment):
            if not self.held.get(entry.asset):
                what = f"nothing is held of asset {entry.asset} on {entry.when} whose cost could change"
                raise InvariantError(what, remedy="Post what was bought first.")
            self._act(number, entry, entry)
        self.day = entry.when

    def _fill(self, number: int, entry: Fill) -> None:
        self._move(entry, entry.asset, entry.units)
        if entry.units < 0:
            self._sell(number, entry, -entry.units, entry.amount - entry.cost)
        elif entry.units > 0:
            day = self._day(entry)
            day.bought.units += entry.units
            day.bought.cost += entry.cost - entry.amount
            day.buy = number if day.buy < 0 else day.buy

    def _sell(self, number: int, entry: Fill | Delisting | Merger, units: Decimal, proceeds: Decimal) -> None:
        if units:
            day = self._day(entry)
            day.sold.units += units
            day.sold.cost += proceeds
            day.sell = number if day.sell < 0 else day.sell

    def _split(self, number: int, entry: Split) -> None:
        before = self.held.get(entry.asset, ZERO)
        if not before and (entry.units or entry.fraction):
            what = (
                f"a split of asset {entry.asset} on {entry.when} brings {entry.units + entry.fraction} units, and none is held"
            )
            raise InvariantError(what, remedy="Post what was bought first.")
        after = self._move(entry, entry.asset, entry.units) + entry.fraction
        said = (number, before, after, entry.fraction, entry.amount)
        if before:
            self._family(entry.asset).put(Splitting(entry.when, entry.asset, *said))

    def _exchange(self, number: int, entry: Merger | SpinOff) -> None:
        family = self._family(entry.asset, entry.currency)
        self._same(entry, entry.into, family.holdings[entry.asset].currency)
        other = self._family(entry.into)
        if other is not family:
            family.join(other)
            for asset in other.holdings:
                self.families[asset] = family
        if isinstance(entry, Merger):
            self._move(entry, entry.asset, entry.units)
        self._move(entry, entry.into, entry.received)
        self._act(number, entry, entry)

    def _act(self, number: int, entry: Pooled, what: Merger | SpinOff | ReturnOfCapital | Adjustment | Came) -> None:
        self._family(entry.asset).put(Action(entry.when, entry.asset, number, what))

    def _move(self, entry: Pooled, asset: int, units: Decimal) -> Decimal:
        held = self.held.get(asset, ZERO) + units
        if held < 0:
            what = f"{-units} units of asset {asset} leave on {entry.when}, of which {held - units} are held"
            raise InvariantError(what, remedy="A pool knows no short sales: post what was bought first.")
        self.held[asset] = held
        return held

    def _day(self, entry: Fill | Delisting | Merger) -> Day:
        family = self._family(entry.asset)
        day = family.today.get(entry.asset)
        if day is None or day.when != entry.when:
            day = family.today[entry.asset] = Day(entry.when, entry.asset)
            family.put(day)
        family.touch()
        return day

    def _family(self, number: int, code: str = "") -> Family:
        """The family of an asset; a new one is kept in `code`."""
        family = self.families.get(number)
        if family is None:
            rounding = currency(code) if code and code != self._base.code else self._base
            family = self.families[number] = Family({number: Holding(number, rounding, code)})
        return family

    def _same(self, entry: Pooled, number: int, code: str) -> None:
        """Raise InvariantError where money in `code` meets a pool in another currency."""
        own = self._family(number, code).holdings[number].currency
        if (code or self._base.code) != (own or self._base.code):
            what = f"asset {number} has amounts in two currencies, on {entry.when} in {code or self._base.code}"
            raise InvariantError(what, remedy="Post them in one: a pool is in the currency of the tax.")
