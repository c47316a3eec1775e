"""The section 104 pool of the United Kingdom: one book of cost for an account, with the interface of lots.

Sales are matched as `identification` says (TCGA 1992 s.104 to s.106A), so a purchase up to 30 days after a sale changes its
gain: `gains` is the right answer for what has been posted. Cost is shared in whole pence, and the sums are exact.

Amounts must be in one currency an asset. A person has one pool in all taxable accounts: post them into one book. A split
is known where something was held; a sale of all units before it meets purchases after it unit for unit.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from decimal import Decimal

from trimtab.accounting.taxes.families import Fold, Pooled
from trimtab.accounting.taxes.identification import AFTER, POOL
from trimtab.core.entries import Cancel, Entry, Merger, Opening, SpinOff, Split
from trimtab.core.money import ZERO, Currency, exact
from trimtab.core.taxes import Gain, Lot

_POUNDS = Currency("GBP")
_FIRST = (Split, Merger, SpinOff, Opening)

Place = tuple[int, int, int]  # in the order of the fold: day, rank, number


class Pools:
    """The pools of one account, or of one person. Amounts without a currency are in `money`; `futures` have no cost.

    Entries may come in any order: one that belongs before another already posted is put in its place, and a cancelled one
    taken out. One that cannot be is refused by InvariantError before anything changes.
    """

    __slots__ = ("_answer", "_entries", "_final", "_fold", "_last", "futures", "money")

    def __init__(self, money: Currency = _POUNDS, *, futures: Iterable[int] = ()) -> None:
        self.futures, self.money = frozenset(futures), money
        self._entries: list[tuple[Place, Pooled]] = []
        self._last: Place = (0, 0, -1)
        self._fold = Fold(money)
        self._final: list[Gain] = []  # nothing that may come changes them
        self._answer: list[Gain] | None = []

    def empty(self) -> Pools:
        """Pools of the same kind before their first entry."""
        return Pools(self.money, futures=self.futures)

    def post(self, number: int, entry: Entry) -> None:
        """Book the entry of this number. Refused: more leaves than is held; an asset has two currencies."""
        if isinstance(entry, Cancel):
            self._again([row for row in self._entries if row[0][2] != entry.entry])
            return
        if not isinstance(entry, Pooled) or entry.asset in self.futures:
            return
        place: Place = (entry.when.toordinal(), 0 if isinstance(entry, _FIRST) else 1, number)
        if place < self._last:
            rows = list(self._entries)
            insort(rows, (place, entry), key=lambda row: row[0])
            self._again(rows)
            return
        with exact():
            self._fold.post(number, entry)
        self._entries.append((place, entry))
        self._last, self._answer = place, None

    def _again(self, rows: list[tuple[Place, Pooled]]) -> None:
        """All from the beginning; where it cannot be, nothing is changed."""
        fold = Fold(self.money)
        with exact():
            for place, entry in rows:
                fold.post(place[2], entry)
        self._entries, self._fold, self._final, self._answer = rows, fold, [], None
        self._last = rows[-1][0] if rows else (0, 0, -1)

    @property
    def assets(self) -> tuple[int, ...]:
        """Numbers of the assets that are held."""
        return tuple(sorted(asset for asset, units in self._fold.held.items() if units))

    def held(self, asset: int) -> Decimal:
        """Units in the pool of an asset."""
        return self._fold.held.get(asset, ZERO)

    def of(self, asset: int) -> tuple[Lot, ...]:
        """What is held of an asset: one lot, the pool, as if nothing were bought any more. Nothing held: none."""
        if not self.held(asset):
            return ()
        with exact():
            family = self._fold.families[asset]
            family.settle(self._fold.day)
            holding = family.answer.holdings[asset]
        since = holding.since
        return (Lot(POOL, asset, since, since, holding.pool.units, holding.pool.cost, holding.currency),)

    def cost(self, asset: int) -> Decimal:
        """What is held of an asset cost."""
        return sum((lot.cost for lot in self.of(asset)), ZERO)

    @property
    def gains(self) -> list[Gain]:
        """All gains so far, by date of sale; `lot` is the number of the purchase that a sale met, or `pool`."""
        if self._answer is None:
            families = {id(family): family for family in self._fold.families.values()}.values()
            with exact():
                for family in families:
                    family.settle(self._fold.day)
                horizon = self._fold.day - AFTER
                self._final += _sorted([gain for family in families for gain in family.collect(horizon)])
                recent = _sorted([gain for family in families for gain in (*family.done, *family.answer.gains)])
            self._answer = self._final + recent
        return self._answer

    @property
    def final(self) -> int:
        """How many of `gains`, from the first, no later entry in order can change: their 30 days are over."""
        return len(self._final) if self.gains else 0


def _sorted(gains: list[Gain]) -> list[Gain]:
    return sorted(gains, key=lambda gain: (gain.sold, gain.entry))  # stable: the matches of one sale stay in order
