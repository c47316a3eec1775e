"""What corporate actions do to lots: splits, mergers, spin-offs, and capital that is given back.

An exchange of shares keeps the cost and the date of purchase of each lot (US Internal Revenue Code sections 305, 354, 355,
358); cash beside them is gain as far as the lot has gained (section 356), and cash for a fraction is a sale of it.
Capital given back lowers the cost and is a gain beyond it (section 301(c)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from trimtab.accounting.matching import Pile, Taken, apportion, carried, oldest, rescaled
from trimtab.core.entries import Merger, ReturnOfCapital, SpinOff, Split
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, Currency
from trimtab.core.taxes import Gain, Lot


class Holder(Protocol):
    """What an action needs of the lots of an account (`accounting.lots.Lots`)."""

    gains: list[Gain]

    def pile(self, asset: int) -> Pile | None:
        """The lots of an asset; None where there never were any."""
        ...

    def bring(self, lot: Lot, bought: date) -> None:
        """One lot more, bought on `bought`."""
        ...

    def drop(self, asset: int) -> None:
        """All lots of an asset go without a gain."""
        ...

    def sell(self, number: int, when: date, taken: Sequence[Taken], proceeds: Decimal, code: str) -> None:
        """Units leave for money."""
        ...

    def minor(self, code: str) -> Currency:
        """The currency of a code."""
        ...

    def same(self, code: str, taken: Iterable[Taken]) -> None:
        """Raise InvariantError where a lot has another currency."""
        ...


def _all(lots: Holder, asset: int) -> list[Lot]:
    """All lots of an asset, oldest first, with the cost that each has."""
    pile = lots.pile(asset)
    return list(pile.level()) if pile is not None else []


def _whole(held: Iterable[Lot]) -> list[Taken]:
    return [Taken(lot, lot.units) for lot in held]


def _sum(held: Iterable[Lot]) -> Decimal:
    return sum((lot.units for lot in held), ZERO)


def _bought(lots: Holder, asset: int, held: Sequence[Lot]) -> list[date]:
    pile = lots.pile(asset)
    return [pile.rank(lot).bought for lot in held] if pile is not None else []


def _bring(lots: Holder, held: Sequence[Lot], bought: Mapping[str, date]) -> None:
    for lot in carried(held):
        lots.bring(lot, bought[lot.id])


def _change(lots: Holder, lot: Lot, cost: Decimal) -> None:
    pile = lots.pile(lot.asset)
    if pile is not None:
        pile.change(lot._replace(cost=cost), lot)


def _cash(lots: Holder, number: int, when: date, lot: Lot, proceeds: Decimal, cost: Decimal) -> None:
    """Cash for a lot of which no unit leaves."""
    lots.gains.append(Gain(lot.asset, lot.id, lot.acquired, when, ZERO, proceeds, cost, number, lot.currency))


def split(lots: Holder, number: int, entry: Split) -> None:
    """More or fewer units of the same cost; what could not be held is sold, from the oldest lot."""
    held, asset = _all(lots, entry.asset), entry.asset
    total = _sum(held) + entry.units + entry.fraction
    if not held or total < entry.fraction or entry.fraction < 0:
        raise InvariantError(f"a split of asset {asset} changes {_sum(held)} units by {entry.units}")
    if entry.amount:
        lots.same(entry.currency, _whole(held))
    if not total:  # all of it was paid out
        lots.sell(number, entry.when, _whole(held), entry.amount, entry.currency)
        return
    bought = dict(zip((lot.id for lot in held), _bought(lots, asset, held), strict=True))
    scaled = rescaled([lot.units for lot in held], total)
    lots.drop(asset)
    _bring(lots, [lot._replace(units=units) for lot, units in zip(held, scaled, strict=True)], bought)
    if entry.fraction:
        lots.sell(number, entry.when, oldest(_all(lots, asset), entry.fraction), entry.amount, entry.currency)
    elif entry.amount:  # nobody said what it was paid for
        _cash(lots, number, entry.when, held[0], entry.amount, ZERO)


def merger(lots: Holder, number: int, entry: Merger) -> None:
    """Every lot goes over, with its cost and its date; cash beside the units is gain up to what the lot gained."""
    held = _all(lots, entry.asset)
    if _sum(held) != -entry.units or entry.received < 0:
        raise InvariantError(f"a merger takes {-entry.units} units of asset {entry.asset}, {_sum(held)} are held")
    if not held:
        return
    if entry.amount:
        lots.same(entry.currency, _whole(held))
    if not entry.received:
        lots.sell(number, entry.when, _whole(held), entry.amount, entry.currency)
        return
    bought = _bought(lots, entry.asset, held)
    units = rescaled([lot.units for lot in held], entry.received)
    boots = apportion(entry.amount, [lot.units for lot in held], lots.minor(entry.currency))
    lots.drop(entry.asset)
    came, since = [], {}
    for lot, day, count, boot in zip(held, bought, units, boots, strict=True):
        gain = _boot_gain(lots.minor(lot.currency), lot.cost, boot, count * entry.price if entry.price else None)
        if gain:
            _cash(lots, number, entry.when, lot, boot, boot - gain)
        name = f"{number}.{lot.id}"
        came.append(Lot(name, entry.into, entry.when, lot.acquired, count, lot.cost - boot + gain, lot.currency))
        since[name] = day
    _bring(lots, came, since)


def _boot_gain(money: Currency, cost: Decimal, boot: Decimal, value: Decimal | None) -> Decimal:
    """The part of the cash that is gain: up to what the lot gained, and never a loss; all of it where no value is known."""
    return boot if value is None else min(boot, max(ZERO, money.round(value) + boot - cost))


def spin_off(lots: Holder, number: int, entry: SpinOff) -> None:
    """A share of the cost of each lot goes to a lot of what came; a fraction of that is sold, from the oldest of them."""
    held = _all(lots, entry.asset)
    came = entry.received + entry.fraction
    if not held or not came > 0 or not 0 <= entry.share <= 1 or entry.fraction < 0 or entry.received < 0:
        what = f"a spin-off brings {came} units for {_sum(held)} of asset {entry.asset}, with {entry.share} of their cost"
        raise InvariantError(what, remedy="It needs a position, units or a fraction, and a share from 0 to 1.")
    if entry.amount:
        lots.same(entry.currency, _whole(held))
    bought, units = _bought(lots, entry.asset, held), rescaled([lot.units for lot in held], came)
    made, since = [], {}
    for lot, day, count in zip(held, bought, units, strict=True):
        cost = lots.minor(lot.currency).round(lot.cost * entry.share)
        _change(lots, lot, lot.cost - cost)
        name = f"{number}.{lot.id}"
        made.append(Lot(name, entry.into, entry.when, lot.acquired, count, cost, lot.currency))
        since[name] = day
    _bring(lots, made, since)
    if entry.fraction:
        fresh = [lot for lot in _all(lots, entry.into) if lot.id in since]
        lots.sell(number, entry.when, oldest(fresh, entry.fraction), entry.amount, entry.currency)
    elif entry.amount:
        _cash(lots, number, entry.when, held[0], entry.amount, ZERO)


def return_of_capital(lots: Holder, number: int, entry: ReturnOfCapital) -> None:
    """Cash lowers the cost of every lot pro rata to its units; beyond the cost it is a gain."""
    held = _all(lots, entry.asset)
    if not held:  # sold since the record date: nothing is left that it could give back
        gain = Gain(entry.asset, "", entry.when, entry.when, ZERO, entry.amount, ZERO, number, entry.currency)
        lots.gains.append(gain)
        return
    lots.same(entry.currency, _whole(held))
    parts = apportion(entry.amount, [lot.units for lot in held], lots.minor(entry.currency))
    for lot, part in zip(held, parts, strict=True):
        cost = max(min(part, lot.cost), ZERO) if part > 0 else part
        if part > cost:
            _cash(lots, number, entry.when, lot, part, cost)
        _change(lots, lot, lot.cost - cost)


ACTIONS: Mapping[type, Callable[[Any, int, Any], None]] = {
    Split: split,
    Merger: merger,
    SpinOff: spin_off,
    ReturnOfCapital: return_of_capital,
}
