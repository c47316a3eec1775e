"""A second bookkeeper, who shares no code with the ledger: integers of the smallest amounts, fractions in between.

It folds the entries that were not cancelled in the order of their effect: date, then what comes before the session, then
number. Money is counted in the smallest amount of its currency, units in parts of 10^-12.

Rules: a part of a lot takes its share of the cost, rounded half to even, and the rest stays. Money over several lots is
shared by units in the same way, the last lot takes the rest, and none takes more than there is. Units that an exchange brings
are shared so that the first k lots together have theirs, rounded.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise

from trimtab.core.entries import (
    Adjustment,
    Cancel,
    Delisting,
    Dividend,
    Entry,
    Exchange,
    Fee,
    Fill,
    Flow,
    Interest,
    Merger,
    Opening,
    ReturnOfCapital,
    SpinOff,
    Split,
    Tax,
    Variation,
)  # fmt: skip

DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
GRAIN = 12  # digits of units


@dataclass(slots=True)
class Parcel:
    """What the bookkeeper calls a lot."""

    bought: date  # its place among the others: an adjustment of its date does not move it
    arrival: int
    acquired: date
    id: str
    units: int
    cost: int
    opened: date

    def __lt__(self, other: Parcel) -> bool:
        return (self.bought, self.arrival) < (other.bought, other.arrival)


def whole(amount: Decimal, digits: int) -> int:
    """A decimal as a count of its smallest parts, which it must be."""
    count = amount.scaleb(digits)
    answer = int(count)
    if answer != count:
        raise ValueError(f"{amount} is finer than {digits} digits")
    return answer


def shared(total: int, sizes: Sequence[int]) -> list[int]:
    """A total by size: each share rounded half to even, the last takes the rest."""
    everything, rest, shares = sum(sizes), total, []
    for size in sizes[:-1]:
        share = part(total, size, everything)
        share = min(share, rest) if total >= 0 else max(share, rest)
        shares.append(share)
        rest -= share
    return [*shares, rest]


def grown(total: int, sizes: Sequence[int]) -> list[int]:
    """Units by size: the first k together have their share, rounded."""
    everything = sum(sizes)
    reached = [0, *(part(total, sofar, everything) for sofar in accumulate(sizes))]
    return [after - before for before, after in pairwise(reached)]


def youngest(parcels: list[Parcel]) -> list[Parcel]:
    """Last in, first out."""
    return parcels[::-1]


def dearest(parcels: list[Parcel]) -> list[Parcel]:
    """What cost most a unit leaves first, the oldest of equals."""
    return sorted(parcels, key=lambda one: (-Fraction(one.cost, one.units), one.bought, one.arrival))


def first(parcels: Iterable[Parcel], units: int) -> list[tuple[Parcel, int]]:
    """Units out of parcels in their order."""
    taken = []
    for parcel in parcels:
        taken.append((parcel, min(units, parcel.units)))
        units -= taken[-1][1]
        if not units:
            break
    if units:
        raise ValueError(f"{units} units are in no parcel")
    return taken


def part(total: int, size: int, everything: int) -> int:
    """`total * size / everything`, rounded half to even."""
    quotient, rest = divmod(total * size, everything)
    twice = 2 * rest - everything
    return quotient + (twice > 0 or (twice == 0 and quotient % 2 == 1))


def alive(entries: Iterable[Entry]) -> list[tuple[int, Entry]]:
    """Numbers and entries that count, in the order of their effect."""
    listed = list(enumerate(entries))
    gone = {entry.entry for _, entry in listed if isinstance(entry, Cancel)}
    kept = [(n, e) for n, e in listed if n not in gone and not isinstance(e, Cancel)]
    early = (Split, Merger, SpinOff, Opening)
    return sorted(kept, key=lambda one: (one[1].when, not isinstance(one[1], early), one[0]))


@dataclass
class Bookkeeper:
    """Positions, cash, parcels, gains and totals of one account."""

    base: str
    currencies: Sequence[str]  # of each asset
    futures: frozenset[int]
    order: Callable[[list[Parcel]], list[Parcel]] = list  # oldest first
    cash: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    units: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    parcels: dict[int, list[Parcel]] = field(default_factory=lambda: defaultdict(list))
    gains: list[tuple[int, str, int, int, int]] = field(default_factory=list)  # entry, lot, units, proceeds, cost
    totals: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))  # by category and currency
    count: int = 0

    def keep(self, entries: Iterable[Entry]) -> Bookkeeper:
        """Book everything."""
        for number, entry in alive(entries):
            BOOKED[type(entry)](self, number, entry)
        return self

    def money(self, amount: Decimal, word: str) -> int:
        """An amount in the smallest parts of its currency."""
        return whole(amount, DIGITS[word or self.base])

    def pay(self, category: str, amount: Decimal, word: str) -> int:
        """Money comes in (above zero) under a category."""
        count = self.money(amount, word)
        code = word or self.base
        self.cash[code] += count
        self.totals[category, code] += count
        return count

    def arrive(self, asset: int, id_: str, units: int, cost: int, opened: date, acquired: date) -> Parcel:
        """A parcel comes."""
        self.count += 1
        parcel = Parcel(acquired, self.count, acquired, id_, units, cost, opened)
        insort(self.parcels[asset], parcel)
        return parcel

    def leave(self, number: int, proceeds: int, taken: Sequence[tuple[Parcel, int]]) -> None:
        """Units of parcels go for money, and each parcel realises its gain."""
        for (parcel, size), money in zip(taken, shared(proceeds, [size for _, size in taken]), strict=True):
            if not 0 < size <= parcel.units:
                raise ValueError(f"entry {number} takes {size} of {parcel.units} units of lot {parcel.id}")
            cost = parcel.cost if size == parcel.units else part(parcel.cost, size, parcel.units)
            parcel.units -= size
            parcel.cost -= cost
            self.gains.append((number, parcel.id, size, money, cost))

    def sell(self, number: int, entry: Fill, net: int) -> None:
        """A sale takes those that it names, or those that come first in `order`."""
        parcels = self.parcels[entry.asset]
        if entry.lots:
            by_id = {parcel.id: parcel for parcel in parcels}
            taken = [(by_id[lot], whole(units, GRAIN)) for lot, units in entry.lots]
        else:
            taken = first(self.order(parcels), -whole(entry.units, GRAIN))
        self.leave(number, net, taken)
        self.sweep(entry.asset)

    def sweep(self, asset: int) -> None:
        """Parcels of no units are gone."""
        self.parcels[asset] = [parcel for parcel in self.parcels[asset] if parcel.units]

    def fill(self, number: int, entry: Fill) -> None:
        """A trade."""
        change, word = whole(entry.units, GRAIN), entry.currency
        self.units[entry.asset] += change
        net = self.pay("trades", entry.amount, word) + self.pay("costs", -entry.cost, word)
        if entry.asset in self.futures:
            return
        if change > 0:
            self.arrive(entry.asset, str(number), change, -net, entry.when, entry.when)
        else:
            self.sell(number, entry, net)

    def opening(self, number: int, entry: Opening) -> None:
        """Units come with their history."""
        units, cost = whole(entry.units, GRAIN), self.money(entry.cost, entry.currency)
        self.units[entry.asset] += units
        self.totals["in kind", entry.currency or self.base] += cost
        self.arrive(entry.asset, str(number), units, cost, entry.when, entry.acquired)

    def give_back(self, number: int, entry: ReturnOfCapital) -> None:
        """Cost is paid back, and what is above it is a gain."""
        money, parcels = self.pay("capital", entry.amount, entry.currency), self.parcels[entry.asset]
        if not parcels:
            self.gains.append((number, "", 0, money, 0))
            return
        for parcel, got in zip(parcels, shared(money, [one.units for one in parcels]), strict=True):
            lowered = min(parcel.cost, got)
            parcel.cost -= lowered
            if got > lowered:
                self.gains.append((number, parcel.id, 0, got, lowered))

    def split(self, number: int, entry: Split) -> None:
        """Units of each parcel grow or shrink in proportion; then a fraction is sold."""
        parcels, fraction = self.parcels[entry.asset], whole(entry.fraction, GRAIN)
        money = self.pay("fractions", entry.amount, entry.currency)
        before, change = sum(one.units for one in parcels), whole(entry.units, GRAIN)
        sizes = grown(before + change + fraction, [one.units for one in parcels])
        for parcel, size in zip(parcels, sizes, strict=True):
            parcel.units = size
        self.units[entry.asset] += change
        if fraction:
            self.leave(number, money, first(parcels, fraction))
            self.sweep(entry.asset)

    def spin_off(self, number: int, entry: SpinOff) -> None:
        """A share of each parcel's cost goes to a new parcel; then a fraction is sold."""
        parcels, fraction = list(self.parcels[entry.asset]), whole(entry.fraction, GRAIN)
        money, received = self.pay("fractions", entry.amount, entry.currency), whole(entry.received, GRAIN)
        share = Fraction(entry.share)
        self.units[entry.into] += received
        fresh = []
        for parcel, size in zip(parcels, grown(received + fraction, [one.units for one in parcels]), strict=True):
            moved = part(parcel.cost, share.numerator, share.denominator)
            parcel.cost -= moved
            fresh.append(self.arrive(entry.into, f"{number}.{parcel.id}", size, moved, entry.when, parcel.acquired))
        if fraction:
            self.leave(number, money, first(fresh, fraction))
            self.sweep(entry.into)

    def merge(self, number: int, entry: Merger) -> None:
        """Parcels go over; cash is a gain up to what they gained, and lowers their cost by the rest. For cash alone: a sale."""
        parcels, received = self.parcels.pop(entry.asset), whole(entry.received, GRAIN)
        money = self.pay("mergers", entry.amount, entry.currency)
        self.units[entry.asset] += whole(entry.units, GRAIN)
        self.units[entry.into] += received
        if not received:
            self.leave(number, money, [(one, one.units) for one in parcels])
            return
        sizes = [one.units for one in parcels]
        price, unit = self.money(entry.price, entry.currency), 10**GRAIN
        for parcel, size, got in zip(parcels, grown(received, sizes), shared(money, sizes), strict=True):
            gained = max(0, part(price, size, unit) + got - parcel.cost)
            gain = min(got, gained) if price else got
            if gain:
                self.gains.append((number, parcel.id, 0, got, got - gain))
            self.arrive(entry.into, f"{number}.{parcel.id}", size, parcel.cost - got + gain, entry.when, parcel.acquired)

    def delist(self, number: int, entry: Delisting) -> None:
        """All units go for what is paid."""
        units = whole(entry.units, GRAIN)
        self.units[entry.asset] += units
        parcels = self.parcels.pop(entry.asset)
        self.leave(number, self.pay("delistings", entry.amount, entry.currency), first(parcels, -units))

    def exchange(self, number: int, entry: Exchange) -> None:
        """One currency leaves and another comes."""
        self.pay("exchanges", -entry.paid, entry.sold)
        self.pay("exchanges", entry.received, entry.bought)
        self.pay("costs of exchanges", -entry.cost, "")

    def adjust(self, number: int, entry: Adjustment) -> None:
        """The cost and the date of a parcel are set right."""
        parcel = next(one for one in self.parcels[entry.asset] if one.id == entry.lot)
        amount = self.money(entry.amount, self.currencies[entry.asset])
        parcel.cost += amount
        self.totals["adjustments", self.currencies[entry.asset]] += amount
        parcel.acquired = date.fromordinal(parcel.acquired.toordinal() - entry.days)


BOOKED = {
    Fill: Bookkeeper.fill,
    Opening: Bookkeeper.opening,
    ReturnOfCapital: Bookkeeper.give_back,
    Split: Bookkeeper.split,
    SpinOff: Bookkeeper.spin_off,
    Merger: Bookkeeper.merge,
    Delisting: Bookkeeper.delist,
    Exchange: Bookkeeper.exchange,
    Adjustment: Bookkeeper.adjust,
    Dividend: lambda book, _, entry: book.pay("dividends " + entry.payout.value, entry.amount, entry.currency),
    Variation: lambda book, _, entry: book.pay("variation", entry.amount, entry.currency),
    Interest: lambda book, _, entry: book.pay("interest", entry.amount, entry.currency),
    Fee: lambda book, _, entry: book.pay("fees", -entry.amount, entry.currency),
    Tax: lambda book, _, entry: book.pay("taxes", -entry.amount, entry.currency),
    Flow: lambda book, _, entry: book.pay("flows", entry.amount, entry.currency),
}
