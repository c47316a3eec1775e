"""What a random account may do next, so that all that it posts is legal: what the conservation laws are tried on.

Every prefix of its entries (`events.py` makes them) is legal: a sale takes at most what is held on its date whatever is posted
later, a backdated entry or a cancellation leaves enough for all that follows it, and nothing comes before a merger or a
delisting that took all units. To know that, a life keeps for each asset the changes of its units in the order of their
effect (its chain).
"""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from trimtab.core.entries import Delisting, Entry, Fill, Merger, Opening, SpinOff, Split

START = date(2019, 1, 2)
DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
UNIT = 6  # digits of units in the stream: shares are whole, funds have three digits, what splits leave has six
ONE = 10**UNIT
FIRST = (Split, Merger, SpinOff, Opening)  # take effect before the session
Key = tuple[date, int, int]


class Thing(NamedTuple):
    """An instrument of the stream: lots of a `named` one are sold by name only, those of the others in their order."""

    currency: str
    kind: str  # share, fund or future
    named: bool = False
    price: int = 5000  # about, in the smallest amount of its currency


THINGS = (
    Thing("USD", "share"), Thing("USD", "share", price=133), Thing("USD", "fund", price=1017),
    Thing("USD", "share", named=True),
    Thing("EUR", "share"), Thing("EUR", "fund", price=99), Thing("EUR", "share", price=70001),
    Thing("JPY", "share", price=1501), Thing("JPY", "fund", price=3),
    Thing("KWD", "share", price=777), Thing("KWD", "share", price=12345), Thing("KWD", "fund", named=True),
    Thing("USD", "future"), Thing("USD", "future"), Thing("JPY", "future"), Thing("KWD", "future"),
)  # fmt: skip
FUTURES = frozenset(asset for asset, thing in enumerate(THINGS) if thing.kind == "future")
OPEN = tuple(asset for asset, thing in enumerate(THINGS) if asset not in FUTURES and not thing.named)
NAMED = tuple(asset for asset, thing in enumerate(THINGS) if thing.named)
HELD = tuple(asset for asset in range(len(THINGS)) if asset not in FUTURES)


class Step(NamedTuple):
    """One change of the units of an asset; `needs`: something must be held before and after it."""

    key: Key
    change: int
    needs: bool


def decimal(count: int, digits: int) -> Decimal:
    """A whole number of smallest parts as a decimal."""
    return Decimal(count).scaleb(-digits)


def key_of(entry: Entry, number: int) -> Key:
    """The place of an entry in the order of effect."""
    return (entry.when, 0 if isinstance(entry, FIRST) else 1, number)


@dataclass
class Life:
    """One account whose base currency is `currency`; events post to `entries`."""

    seed: int
    currency: str = "USD"
    things: tuple[Thing, ...] = THINGS
    entries: list[Entry] = field(default_factory=list)
    dead: set[int] = field(default_factory=set)  # numbers that were cancelled

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.today = START
        self.chains: list[list[Step]] = [[] for _ in self.things]
        self.seals: list[Key] = [(date.min, 0, 0)] * len(self.things)  # nothing may change before it
        self.left: dict[int, list[int]] = {}  # units left of lots that are sold by name, and units bought, by number

    # ---- what may be

    def held(self, asset: int, key: Key) -> int:
        """Units of an asset just before `key`."""
        return sum(step.change for step in self.chains[asset] if step.key < key)

    def bears(self, asset: int, key: Key, change: int) -> bool:
        """Whether all that comes after `key` stays legal when `change` units come there."""
        if self.things[asset].kind == "future":
            return True
        if key < self.seals[asset]:
            return False
        if change >= 0:
            return True
        units = 0
        for step in self.chains[asset]:
            before, units = units, units + step.change
            if step.key > key and (before + change < step.needs or units + change < step.needs):
                return False
        return units + change >= 0

    def key(self, entry: Entry) -> Key:
        """The key that an entry posted now would have."""
        return key_of(entry, len(self.entries))

    def post(self, entry: Entry, *steps: tuple[int, int, bool]) -> None:
        """Append an entry and what it does to the units of assets."""
        key = self.key(entry)
        for asset, change, needs in steps:
            insort(self.chains[asset], Step(key, change, needs))
        self.entries.append(entry)

    def seal(self, asset: int, key: Key) -> None:
        """From now on nothing of the asset may change before `key`."""
        self.seals[asset] = max(self.seals[asset], key)

    # ---- numbers

    def day(self) -> date:
        """Mostly today; else a day of the past, for a backdated entry."""
        if self.dice.random() < 0.12:
            return max(START, self.today - timedelta(days=self.dice.randrange(1, 200)))
        return self.today

    def code(self, asset: int) -> str:
        """The currency of an asset as entries write it: empty for the base currency."""
        return self.word(self.things[asset].currency)

    def word(self, code: str) -> str:
        """A currency as entries write it."""
        return "" if code == self.currency else code

    def money(self, code: str, most: int, least: int = 0) -> Decimal:
        """An amount of up to `most` smallest parts of a currency."""
        return decimal(self.dice.randrange(least, most + 1), DIGITS[code])

    def cash(self, asset: int, most: int = 100_000, least: int = 0) -> Decimal:
        """An amount in the currency of an asset."""
        return self.money(self.things[asset].currency, most, least)

    def lot_size(self, asset: int) -> int:
        """Units to buy: whole shares, fractions of a fund."""
        whole = self.things[asset].kind != "fund"
        return self.dice.randrange(1, 400) * ONE if whole else self.dice.randrange(1, 400_000) * (ONE // 1000)

    def fill(self, asset: int, units: int, when: date, lots: tuple[tuple[str, Decimal], ...] = ()) -> Fill:
        """A trade at about the price of the asset; one of a future moves no cash but its cost."""
        thing = self.things[asset]
        price = max(1, thing.price * self.dice.randrange(50, 200) // 100)
        paid = 0 if thing.kind == "future" else round(-units * price / ONE)
        cost = self.dice.choice((0, 1, self.dice.randrange(0, 2000)))
        digits = DIGITS[thing.currency]
        amounts = (decimal(price, digits), decimal(paid, digits), decimal(cost, digits))
        return Fill(when, asset, decimal(units, UNIT), *amounts, f"o{len(self.entries)}", self.code(asset), lots)

    # ---- taking back

    def undo(self, number: int, entry: Entry) -> bool:
        """Take an entry out of the chains, where all that follows bears it."""
        key = key_of(entry, number)
        found = [(asset, chain) for asset, chain in enumerate(self.chains) if any_at(chain, key)]
        steps = [(chain, chain[bisect_left(chain, (key,))]) for _, chain in found]
        final = isinstance(entry, Merger | Delisting)
        for (asset, chain), (_, step) in zip(found, steps, strict=True):
            ends = final and step.change < 0
            if (ends and chain[-1] is not step) or (ends and self.seals[asset] > key):
                return False
            if not ends and not self.bears(asset, key, -step.change) and not self.things[asset].named:
                return False
        if not self.undo_named(number, entry):
            return False
        for chain, step in steps:
            chain.remove(step)
        return True

    def undo_named(self, number: int, entry: Entry) -> bool:
        """Lots that are sold by name: an untouched lot goes, a sale gives back what it took."""
        if number in self.left:
            left, bought = self.left[number]
            if left != bought:
                return False
            del self.left[number]
        elif isinstance(entry, Fill) and entry.lots:
            for lot, units in entry.lots:
                self.left[int(lot)][0] += int(units.scaleb(UNIT))
        return True


def any_at(chain: list[Step], key: Key) -> bool:
    """Whether a chain has a step at this key."""
    place = bisect_left(chain, (key,))
    return place < len(chain) and chain[place].key == key
