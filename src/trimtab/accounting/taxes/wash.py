"""Wash sales across a household: a loss does not count where the same thing is bought around the sale (26 U.S.C. 1091).

Purchases from `window` days before the sale to as many after it are replacements, in any account of the household.
Earlier losses are met first, by purchases in order of acquisition, unit for unit, and a unit is a replacement once (Treas.
Reg. 1.1091-1). The loss goes into the cost of the replacement, whose holding period begins earlier by that of what was
sold (1.1091-2, section 1223(3)); in an account that is not taxed it is lost for good (Rev. Rul. 2008-5). Units that
came with those that are sold are no replacement (Rev. Rul. 56-602), nor are units that have left the account again.

Worked out as entries are folded: a purchase looks back at losses that still wait, a loss at purchases not used up.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from trimtab.accounting.lots import Lots
from trimtab.core.errors import DataError, InvariantError
from trimtab.core.money import ZERO, currency, exact
from trimtab.core.taxes import Gain, Lot, Wrapper

_FINEST = Decimal("1e-12")  # units of a loss that waits, after a split

Told = Callable[[Lots, Gain, Decimal], None]  # of a loss that was disallowed: where, which, and how much


@dataclass(frozen=True, slots=True)
class _Member:
    lots: Lots
    taxed: bool
    currency: str


@dataclass(slots=True)
class _Loss:
    """A loss of which `units` and `amount` (above zero) have met no replacement yet."""

    member: _Member
    index: int
    gain: Gain
    units: Decimal
    amount: Decimal


@dataclass(slots=True)
class _Purchase:
    """Units that can still be a replacement: what is left in the lot `id`. What is used up leaves it as a lot of its own."""

    member: _Member
    asset: int
    id: str
    on: date


class WashSales:
    """Watches the lots of all accounts of a household, which must be folded together in order of time.

    `group_of` says what an asset is substantially identical to; `told` hears of each amount that is disallowed. `rate`
    gives units of one common currency for a code on a date, where a thing is held in two currencies.
    """

    __slots__ = ("_losses", "_members", "_purchases", "_splits", "group_of", "rate", "told", "window")

    def __init__(
        self,
        window: int = 30,
        group_of: Callable[[int], str] = str,
        *,
        told: Told | None = None,
        rate: Callable[[str, date], Decimal] | None = None,
    ) -> None:
        self.window, self.group_of, self.told, self.rate = timedelta(days=window), group_of, told, rate
        self._members: dict[int, _Member] = {}
        self._losses: dict[str, OrderedDict[tuple[int, int], _Loss]] = {}  # oldest sale first
        self._purchases: dict[str, OrderedDict[tuple[int, str], _Purchase]] = {}  # oldest first
        self._splits: set[tuple[int, date]] = set()

    def join(self, lots: Lots, wrapper: Wrapper = Wrapper.TAXABLE, code: str = "USD") -> None:
        """Take in the lots of one more account, before its first entry; `code` is its own currency."""
        self._members[id(lots)] = _Member(lots, wrapper is Wrapper.TAXABLE, code)

    def in_sight(self, group: str, on: date) -> bool:
        """Whether something of a group was bought within the window before a date, and met no loss wholly yet."""
        purchases = self._purchases.get(group)
        if not purchases:
            return False
        return next(reversed(purchases.values())).on + self.window >= on

    def copy(self, groups: Collection[str], lots: Mapping[int, Lots]) -> WashSales:
        """The same of some groups, to go on differently and untold; `lots` are copies of the members', by the id of these."""
        other = WashSales(self.window.days, self.group_of, rate=self.rate)
        made = other._members = {id(lots[key]): replace(one, lots=lots[key]) for key, one in self._members.items()}
        other._splits = self._splits.copy()
        for group in groups:
            other._losses[group] = OrderedDict(
                ((id(lots[key]), index), replace(one, member=made[id(lots[key])]))
                for (key, index), one in self._losses.get(group, {}).items()
            )
            other._purchases[group] = OrderedDict(
                ((id(lots[key]), lot), replace(one, member=made[id(lots[key])]))
                for (key, lot), one in self._purchases.get(group, {}).items()
            )
        return other

    def acquired(self, lots: Lots, lot: Lot) -> None:
        """A purchase: losses that wait take it as their replacement, the earliest first; what they leave waits for losses."""
        group = self.group_of(lot.asset)
        bought = _Purchase(self._member(lots), lot.asset, lot.id, lot.opened)
        waiting = self._losses.get(group) or OrderedDict()
        left = lot.units
        while waiting and left:
            loss = next(iter(waiting.values()))
            if loss.gain.sold + self.window >= lot.opened:
                left -= self._meet(loss, bought, left)
                if loss.units:
                    return
            waiting.popitem(last=False)
        if left:
            self._purchases.setdefault(group, OrderedDict())[id(lots), lot.id] = bought

    def realised(self, lots: Lots, index: int) -> None:
        """A gain or a loss: a loss takes earlier purchases as its replacement, what it lacks waits for later ones."""
        gain = lots.gains[index]
        if gain.proceeds >= gain.cost:
            return
        member = self._member(lots)
        if not member.taxed:
            return
        group = self.group_of(gain.asset)
        with exact():
            loss = _Loss(member, index, gain, gain.units, -gain.amount)
        purchases = self._purchases.get(group) or OrderedDict()
        while purchases and next(iter(purchases.values())).on + self.window < gain.sold:
            purchases.popitem(last=False)
        gone = []
        for key, bought in purchases.items():
            if not loss.units:
                break
            if not (bought.member is member and _root(bought.id) == _root(gain.lot)) and self._use(loss, bought, group):
                gone.append(key)
        for key in gone:
            del purchases[key]
        if loss.units:
            self._losses.setdefault(group, OrderedDict())[id(lots), index] = loss

    def split(self, asset: int, on: date, ratio: Decimal) -> None:
        """A split makes `ratio` units of one: losses that wait are counted in the units of today. Told twice, it is once."""
        if (asset, on) in self._splits:
            return
        self._splits.add((asset, on))
        with exact():
            for loss in self._losses.get(self.group_of(asset), {}).values():
                if loss.gain.asset == asset:
                    loss.units = max((loss.units * ratio).quantize(_FINEST), _FINEST)

    def _member(self, lots: Lots) -> _Member:
        try:
            return self._members[id(lots)]
        except KeyError:
            raise InvariantError("lots that never joined the household", remedy="Join them before their first entry.") from None

    def _use(self, loss: _Loss, bought: _Purchase, group: str) -> bool:
        """Meet a loss with what is left of a purchase; whether nothing is left of it then, as where it was sold before."""
        held = self._held(bought, group)
        return held is None or self._meet(loss, bought, held.units) == held.units

    def _held(self, bought: _Purchase, group: str) -> Lot | None:
        """What is left of a purchase in its account, also where it was exchanged for something of the same group."""
        lots = bought.member.lots
        pile = lots.pile(bought.asset)
        held = pile.lots.get(bought.id) if pile is not None else None
        if held is not None:
            return held
        whole = _root(bought.id)
        for asset in lots.assets:
            if asset != bought.asset and self.group_of(asset) == group:
                for lot in lots.of(asset):
                    if lot.id.rpartition(".")[2] == whole:
                        bought.asset, bought.id = asset, lot.id
                        return lot
        return None

    def _meet(self, loss: _Loss, bought: _Purchase, available: Decimal) -> Decimal:
        """Move the loss on as many units as there are on both sides into the purchase; how many they are."""
        gain, lots = loss.gain, loss.member.lots
        with exact():
            units = min(loss.units, available)
            whole = units == loss.units
            amount = loss.amount if whole else lots.minor(gain.currency).round(loss.amount * units / loss.units)
            loss.units -= units
            loss.amount -= amount
            days = (gain.sold - gain.acquired).days
            added, earlier = (self._converted(amount, loss, bought), days) if bought.member.taxed else (ZERO, 0)
            bought.member.lots.adjust(bought.asset, bought.id, units, added, earlier)
            lots.disallow(loss.index, amount)
        if self.told is not None:
            self.told(lots, gain, amount)
        return units

    def _converted(self, amount: Decimal, loss: _Loss, bought: _Purchase) -> Decimal:
        """A loss in the currency of its replacement, at the rates of the day of the sale."""
        pile = bought.member.lots.pile(bought.asset)
        held = pile.lots[bought.id].currency if pile is not None else ""
        source, target = loss.gain.currency or loss.member.currency, held or bought.member.currency
        if source == target:
            return amount
        if self.rate is None:
            what = f"a loss in {source} has a replacement in {target}"
            raise DataError(what, remedy=f"Give the rate of {source} and {target} on {loss.gain.sold}.")
        on = loss.gain.sold
        return currency(target).round(amount * self.rate(source, on) / self.rate(target, on))


def _root(lot: str) -> str:
    """The number of the entry that brought a lot first, whatever it was exchanged for and split into since."""
    return lot.rpartition(".")[2].partition("~")[0]
