"""The lots of one account: what came when and at which cost, what left, and the gain that it brought.

A fold over the entries in the order in which they took effect (`history.py` finds it). Costs of a purchase are part of
what the lot cost, costs of a sale lower its proceeds. What leaves a lot takes its share of the cost, rounded to the
smallest amount of the currency; the rest stays, so that sums are exact. Entries that change neither lots nor gains pass by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol

from trimtab.accounting.corporate_actions import ACTIONS
from trimtab.accounting.matching import LeastTax as LeastTax
from trimtab.accounting.matching import Pile, Rank, Taken, apportion, oldest
from trimtab.core.entries import Adjustment, Cancel, Delisting, Entry, Fill, Opening, Split
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.money import ZERO, Currency, currency
from trimtab.core.taxes import Gain, Lot, LotMethod

Rates = Callable[[str, date], Decimal]  # base currency a unit of a currency on a date


class Watcher(Protocol):
    """Who wants to know what comes and goes, to adjust lots and disallow losses as the law does."""

    def acquired(self, lots: Lots, lot: Lot) -> None:
        """A purchase made `lot`; exchanges, splits, spin-offs and openings are none."""
        ...

    def realised(self, lots: Lots, index: int) -> None:
        """A sale for money brought `lots.gains[index]`; all that it took has left the lots already."""
        ...

    def split(self, asset: int, on: date, ratio: Decimal) -> None:
        """A split is about to make `ratio` units of one; told once for each account that holds any."""
        ...


class Lots:
    """The lots and the gains of one account.

    Sales where nobody names the lots go by `method`; MIN_TAX asks `least`. `money` is the base currency, `futures` the
    numbers of assets that have no lots, `rates` what LOWEST_GAIN converts costs by (none: one currency). Entries must come
    in order. An entry that cannot be is refused by InvariantError before anything changes. Amounts are exact within
    `core.money.exact()`.
    """

    __slots__ = ("_arrivals", "_piles", "_rates", "futures", "gains", "least", "method", "money", "watcher")

    def __init__(
        self,
        method: LotMethod = LotMethod.FIFO,
        *,
        least: LeastTax | None = None,
        watcher: Watcher | None = None,
        futures: Iterable[int] = (),
        money: Currency = Currency(),
        rates: Rates | None = None,
    ) -> None:
        if method is LotMethod.MIN_TAX and least is None:
            raise ParameterError("MIN_TAX does not know any tax", field="least", remedy="Hand in a LeastTax.")
        self.method, self.least, self.watcher = method, least, watcher
        self.futures, self.money = frozenset(futures), money
        self.gains: list[Gain] = []
        self._rates = rates
        self._piles: dict[int, Pile] = {}
        self._arrivals = 0

    def empty(self) -> Lots:
        """Lots of the same kind before their first entry."""
        kind: dict[str, Any] = {"futures": self.futures, "money": self.money, "rates": self._rates}
        return Lots(self.method, least=self.least, watcher=self.watcher, **kind)

    def copy(self, gains: bool = True) -> Lots:
        """The same lots, to go on differently; without what they gained where nobody needs it."""
        other = self.empty()
        other._piles = {asset: pile.copy() for asset, pile in self._piles.items()}
        other._arrivals = self._arrivals
        other.gains = self.gains.copy() if gains else []
        return other

    def become(self, other: Lots) -> None:
        """Hold what `other` holds, and nothing else; `other` is used up."""
        self._piles, self._arrivals, self.gains = other._piles, other._arrivals, other.gains

    def post(self, number: int, entry: Entry) -> None:
        """Fold in the entry of this number."""
        kind = type(entry)
        fold = _FOLDS.get(kind)
        if fold is not None:
            if entry.asset not in self.futures:  # type: ignore[union-attr]
                fold(self, number, entry)
        elif kind is Cancel:
            raise InvariantError("lots are made from entries that stand", remedy="Use a Ledger, or history.effective.")

    def of(self, asset: int) -> tuple[Lot, ...]:
        """The lots of an asset, oldest first."""
        pile = self._piles.get(asset)
        return pile.level() if pile is not None else ()

    @property
    def assets(self) -> tuple[int, ...]:
        """Numbers of the assets that have lots, rising."""
        return tuple(sorted(asset for asset, pile in self._piles.items() if pile.lots))

    def cost(self, asset: int) -> Decimal:
        """What all lots of an asset cost."""
        pile = self._piles.get(asset)
        return pile.cost if pile is not None else ZERO

    def held(self, asset: int) -> Decimal:
        """Units in all lots of an asset."""
        pile = self._piles.get(asset)
        return pile.units if pile is not None else ZERO

    def choose(
        self, asset: int, units: Decimal, price: Decimal, when: date, lots: Sequence[tuple[str, Decimal]] = ()
    ) -> list[Taken]:
        """What a sale of `units` (above zero) at `price` would take, in that order. Changes nothing."""
        pile = self._holding(asset, units)
        if lots:
            return _named(pile, asset, units, lots)
        method = self.method
        if method is LotMethod.LIFO:
            return oldest(reversed(pile.lots.values()), units)
        if method is LotMethod.MIN_TAX and self.least is not None:
            return oldest(self.least(pile.level(), price, when), units)
        if method in _BY_COST:
            return oldest(sorted(pile.lots.values(), key=lambda lot: (-self._dear(lot), pile.rank(lot))), units)
        return oldest(pile.level(), units)

    def adjust(self, asset: int, lot_id: str, units: Decimal, amount: Decimal, days: int) -> str:
        """Add `amount` to the cost of `units` of a lot and begin their holding period `days` earlier.

        Where the lot has more units they are split off first, under an id of their own (`17~1`). Returns the id of what
        was adjusted.
        """
        pile = self._piles.get(asset)
        lot = pile.lots.get(lot_id) if pile is not None else None
        if pile is None or lot is None or not ZERO < units <= lot.units:
            held = lot.units if lot is not None else "nothing"
            raise InvariantError(f"{units} units of lot {lot_id} of asset {asset} are adjusted, which has {held}")
        if units < lot.units:
            lot = pile.split(lot, units)
        pile.change(lot._replace(cost=lot.cost + amount, acquired=lot.acquired - timedelta(days=days)), lot)
        return lot.id

    def disallow(self, index: int, amount: Decimal) -> None:
        """Disallow `amount` more of the loss `gains[index]`."""
        gain = self.gains[index]
        self.gains[index] = gain._replace(disallowed=gain.disallowed + amount)

    # What entries are made of.

    def bring(self, lot: Lot, bought: date) -> None:
        """One lot more, bought on `bought`: its place among the others."""
        self._pile(lot).add(lot, Rank(bought, self._arrivals))
        self._arrivals += 1

    def pile(self, asset: int) -> Pile | None:
        """The lots of an asset; None where there never were any."""
        return self._piles.get(asset)

    def drop(self, asset: int) -> None:
        """All lots of an asset go, without a gain: they were exchanged."""
        self._piles[asset].clear()

    def sell(self, number: int, when: date, taken: Sequence[Taken], proceeds: Decimal, code: str) -> None:
        """Units leave lots of one asset for money."""
        pile = self._piles[taken[0].lot.asset]
        first = len(self.gains)
        shares = [proceeds] if len(taken) == 1 else apportion(proceeds, [part.units for part in taken], self.minor(code))
        for (lot, units), share in zip(taken, shares, strict=True):
            cost = pile.relieve(lot, units)
            self.gains.append(Gain(lot.asset, lot.id, lot.acquired, when, units, share, cost, number, lot.currency))
        if self.watcher is not None:
            for index in range(first, len(self.gains)):
                self.watcher.realised(self, index)

    def minor(self, code: str) -> Currency:
        """The currency of a code; the base currency for its own and for none."""
        return self.money if code in ("", self.money.code) else currency(code)

    def same(self, code: str, lots: Iterable[Taken]) -> None:
        """Raise InvariantError where a lot has another currency: its gain would be in neither."""
        for lot, _ in lots:
            if lot.currency != code and self.minor(lot.currency).code != self.minor(code).code:
                what = f"lot {lot.id} of asset {lot.asset} is in {self.minor(lot.currency).code}"
                raise InvariantError(f"{what}, the entry in {self.minor(code).code}", remedy="Convert its amounts first.")

    def _pile(self, lot: Lot) -> Pile:
        pile = self._piles.get(lot.asset)
        if pile is None:
            pooled, dear = self.method is LotMethod.AVERAGE, self._dear if self.method in _BY_COST else None
            pile = self._piles[lot.asset] = Pile(self.minor(lot.currency), pooled=pooled, dear=dear)
        elif not pile.lots:
            pile.money = self.minor(lot.currency)
        return pile

    def _dear(self, lot: Lot) -> Decimal:
        """What a unit cost; in the base currency on the day it was bought, where gains are compared in it."""
        each = lot.cost / lot.units
        if self._rates is None or self.method is not LotMethod.LOWEST_GAIN or self.minor(lot.currency) is self.money:
            return each
        return each * self._rates(lot.currency, lot.acquired)

    def _holding(self, asset: int, units: Decimal) -> Pile:
        pile = self._piles.get(asset)
        if pile is None or pile.units < units:
            held = ZERO if pile is None else pile.units
            raise InvariantError(f"{units} units of asset {asset} are sold, {held} are held")
        return pile

    def _fill(self, number: int, fill: Fill) -> None:
        if fill.amount and (fill.amount > 0) == (fill.units > 0) and fill.price > 0:
            what = f"{fill.units} units of asset {fill.asset} at {fill.price} move {fill.amount} the same way"
            raise InvariantError(what, remedy="A purchase takes money, a sale brings some.")
        if fill.units > 0:
            lot = Lot(str(number), fill.asset, fill.when, fill.when, fill.units, fill.cost - fill.amount, fill.currency)
            self.bring(lot, fill.when)
            if self.watcher is not None:
                self.watcher.acquired(self, lot)
        elif fill.units < 0:
            taken = self._matched(fill, -fill.units)
            self.same(fill.currency, taken)
            self.sell(number, fill.when, taken, fill.amount - fill.cost, fill.currency)
        elif fill.amount or fill.cost:
            raise InvariantError(f"a fill of asset {fill.asset} moves money and no units", remedy="Post a fee instead.")

    def _matched(self, fill: Fill, units: Decimal) -> list[Taken]:
        """As `choose`, without looking at every lot."""
        if fill.lots or self.method is LotMethod.MIN_TAX:
            return self.choose(fill.asset, units, fill.price, fill.when, fill.lots)
        pile = self._holding(fill.asset, units)
        if self.method in _BY_COST:
            return pile.dearest(units)
        lots = pile.lots.values()
        return oldest(reversed(lots) if self.method is LotMethod.LIFO else lots, units)

    def _opening(self, number: int, entry: Opening) -> None:
        if not entry.units > 0:
            raise InvariantError(
                f"{entry.units} units of asset {entry.asset} are taken over", remedy="Only what is held has lots."
            )
        lot = Lot(str(number), entry.asset, entry.when, entry.acquired, entry.units, entry.cost, entry.currency)
        self.bring(lot, entry.acquired)

    def _delisting(self, number: int, entry: Delisting) -> None:
        if not entry.units:
            return
        pile = self._holding(entry.asset, -entry.units)
        taken = oldest(pile.level(), -entry.units)
        self.same(entry.currency, taken)
        self.sell(number, entry.when, taken, entry.amount, entry.currency)

    def _split(self, number: int, entry: Split) -> None:
        held = self.held(entry.asset)
        if self.watcher is not None and held:
            self.watcher.split(entry.asset, entry.when, (held + entry.units + entry.fraction) / held)
        ACTIONS[Split](self, number, entry)

    def _adjustment(self, _: int, entry: Adjustment) -> None:
        pile = self._piles.get(entry.asset)
        lot = pile.lots.get(entry.lot) if pile is not None else None
        if lot is None:
            raise InvariantError(f"asset {entry.asset} has no lot {entry.lot} on {entry.when}")
        self.adjust(entry.asset, lot.id, lot.units, entry.amount, entry.days)


_BY_COST = (LotMethod.HIFO, LotMethod.LOWEST_GAIN)
_FOLDS: Mapping[type, Callable[[Lots, int, Any], None]] = {
    **ACTIONS,
    Fill: Lots._fill,
    Opening: Lots._opening,
    Delisting: Lots._delisting,
    Adjustment: Lots._adjustment,
    Split: Lots._split,
}


def _named(pile: Pile, asset: int, units: Decimal, lots: Sequence[tuple[str, Decimal]]) -> list[Taken]:
    """The lots that a sale names; they are there, have the units, and add up."""
    taken = []
    for lot_id, part in lots:
        lot = pile.lots.get(lot_id)
        if lot is None:
            raise InvariantError(f"asset {asset} has no lot {lot_id}", remedy=f"It has {', '.join(pile.lots)}.")
        if not ZERO < part <= lot.units:
            raise InvariantError(f"{part} units of lot {lot_id} of asset {asset} are sold, {lot.units} are held")
        taken.append(Taken(lot, part))
    if len({lot_id for lot_id, _ in lots}) < len(lots):
        raise InvariantError(f"a sale of asset {asset} names a lot twice", remedy="Name each lot once, with all its units.")
    if sum((part for _, part in lots), ZERO) != units:
        what = f"the lots named for a sale of asset {asset} have {sum((part for _, part in lots), ZERO)} units"
        raise InvariantError(f"{what}, {units} are sold")
    return taken
