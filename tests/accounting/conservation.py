"""The laws of conservation: what must hold of any ledger, whatever was posted. A broken one raises `Broken`, with its name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from tests.accounting.bookkeeper import DIGITS, GRAIN, Bookkeeper, alive, dearest, whole, youngest
from tests.accounting.lives import FUTURES, THINGS
from tests.accounting.orders import renamed
from trimtab.accounting.history import effective
from trimtab.accounting.ledger import Ledger, replay
from trimtab.accounting.lots import Lots
from trimtab.core.entries import Adjustment, Dividend, Entry, Exchange, Fee, Fill, Flow, Interest, Opening, Tax, Variation
from trimtab.core.money import currency
from trimtab.core.taxes import Gain, Lot, LotMethod

CURRENCIES = [thing.currency for thing in THINGS]


class Broken(AssertionError):
    """A law does not hold."""


class State(NamedTuple):
    """A book in whole numbers: money in smallest amounts, units in parts of 10^-12. What is zero is left out."""

    cash: dict[str, int]
    units: dict[int, int]
    lots: dict[int, list[tuple[str, int, int, date, date]]]  # id, units, cost, acquired, opened; oldest first
    gains: list[tuple[int, str, int, int, int]]  # entry, lot, units, proceeds, cost


def named(state: State, names: Mapping[int, int]) -> State:
    """The same book under other numbers of entries."""
    lots = {asset: [(renamed(lot[0], names), *lot[1:]) for lot in held] for asset, held in state.lots.items()}
    gains = sorted((names[entry], renamed(lot, names), *rest) for entry, lot, *rest in state.gains)
    return State(state.cash, state.units, lots, gains)  # type: ignore[arg-type]


def require(holds: bool, law: str, *what: object) -> None:
    """Raise `Broken` where a law does not hold."""
    if not holds:
        raise Broken(law, *what)


ORDERS = {LotMethod.FIFO: list, LotMethod.LIFO: youngest, LotMethod.HIFO: dearest, LotMethod.LOWEST_GAIN: dearest}


def kept(entries: Sequence[Entry], base: str, method: LotMethod = LotMethod.FIFO) -> Bookkeeper:
    """The second bookkeeper's book."""
    return Bookkeeper(base, CURRENCIES, FUTURES, ORDERS[method]).keep(entries)


def expected(book: Bookkeeper) -> State:
    """What the second bookkeeper has."""
    lots = {
        asset: [(one.id, one.units, one.cost, one.acquired, one.opened) for one in held]
        for asset, held in book.parcels.items()
        if held
    }
    cash = {code: amount for code, amount in book.cash.items() if amount}
    return State(cash, {asset: units for asset, units in book.units.items() if units}, lots, sorted(book.gains))


def opened(base: str, method: LotMethod = LotMethod.FIFO) -> Ledger:
    """An empty ledger of the things of the stream."""
    lots = Lots(method, futures=FUTURES, money=currency(base))
    return Ledger(len(THINGS), lots=lots, futures=FUTURES, currency=base)


def seen(ledger: Ledger) -> State:
    """What the ledger has, in whole numbers. `Broken` where an amount is not whole: nobody can pay it."""
    try:
        return _seen(ledger)
    except (ValueError, TypeError, AttributeError, InvalidOperation) as error:
        raise Broken("amounts are whole", error) from error


def _seen(ledger: Ledger) -> State:
    lots = ledger.lots
    assert lots is not None
    purses = {ledger.currency: ledger.cash, **ledger.purses}
    cash = {code: whole(amount, DIGITS[code]) for code, amount in purses.items() if amount}
    units = {asset: whole(held, GRAIN) for asset, held in enumerate(ledger.units) if held}
    kept_ = {asset: [in_whole(lot) for lot in lots.of(asset)] for asset in lots.assets}
    return State(cash, units, kept_, sorted(gained(gain) for gain in lots.gains))


def in_whole(lot: Lot) -> tuple[str, int, int, date, date]:
    """A lot in whole numbers."""
    return lot.id, whole(lot.units, GRAIN), whole(lot.cost, DIGITS[CURRENCIES[lot.asset]]), lot.acquired, lot.opened


def gained(gain: Gain) -> tuple[int, str, int, int, int]:
    """A gain in whole numbers."""
    digits = DIGITS[CURRENCIES[gain.asset]]
    return gain.entry, gain.lot, whole(gain.units, GRAIN), whole(gain.proceeds, digits), whole(gain.cost, digits)


def agree(found: State, wanted: State, law: str) -> None:
    """Two books are the same; says what differs first."""
    for name, one, two in zip(State._fields, found, wanted, strict=True):
        if one != two:
            if isinstance(one, dict):
                differs = {key: (one.get(key), two.get(key)) for key in {*one, *two} if one.get(key) != two.get(key)}
            else:
                differs = {"only here": sorted({*one} - {*two})[:3], "only there": sorted({*two} - {*one})[:3]}
            raise Broken(law, name, differs)


def lots_sum(ledger: Ledger) -> None:
    """Lots sum to units, and their costs to the cost that is kept beside them."""
    lots = ledger.lots
    assert lots is not None
    for asset, units in enumerate(ledger.units):
        if asset not in FUTURES:
            held = lots.of(asset)
            require(sum(lot.units for lot in held) == units == lots.held(asset), "lots sum to units", asset, units, held)
            require(sum(lot.cost for lot in held) == lots.cost(asset), "costs of lots sum to the cost", asset, held)
            require(all(lot.units > 0 for lot in held), "no lot is empty", asset, held)


def money_adds_up(ledger: Ledger) -> None:
    """In every currency: cash and cost are what came in from outside, what was earned, and the gains."""
    lots = ledger.lots
    assert lots is not None
    left: dict[str, Decimal] = defaultdict(Decimal)
    for code, amount in {"": ledger.cash, **ledger.purses}.items():
        left[code or ledger.currency] += amount
    for asset in lots.assets:
        left[CURRENCIES[asset]] += lots.cost(asset)
    for gain in lots.gains:
        left[CURRENCIES[gain.asset]] -= gain.amount
    for _, entry in alive(ledger.entries):
        for code, amount in from_outside(entry):
            left[code or ledger.currency] -= amount
    require(not any(left.values()), "money neither comes from nowhere nor goes there", dict(left))


def from_outside(entry: Entry) -> list[tuple[str, Decimal]]:
    """What an entry brings into the account beside the gains on lots, by currency."""
    if isinstance(entry, Exchange):
        return [(entry.sold, -entry.paid), (entry.bought, entry.received), ("", -entry.cost)]
    if isinstance(entry, Fee | Tax):
        return [(entry.currency, -entry.amount)]
    if isinstance(entry, Dividend | Interest | Flow | Variation):
        return [(entry.currency, entry.amount)]
    if isinstance(entry, Opening):
        return [(entry.currency, entry.cost)]
    if isinstance(entry, Adjustment):
        return [(CURRENCIES[entry.asset], entry.amount)]
    return [(entry.currency, -entry.cost)] if isinstance(entry, Fill) and entry.asset in FUTURES else []


def replays(ledger: Ledger) -> None:
    """The running answer is the plain fold."""
    fold = replay(ledger.entries, len(THINGS), ledger.currency)
    require(tuple(ledger.units) == fold.units and ledger.cash == fold.cash, "running positions are the plain fold", fold)
    purses = {code for code in {*ledger.purses, *fold.purses} if ledger.purses.get(code, 0) != fold.purses.get(code, 0)}
    require(not purses, "running purses are the plain fold", purses)
    lots = ledger.lots
    assert lots is not None
    plain = lots.empty()
    for number, entry in effective(ledger.entries):
        plain.post(number, entry)
    running, again = ({asset: one.of(asset) for asset in one.assets} for one in (lots, plain))
    require(running == again and lots.gains == plain.gains, "running lots are the plain fold")


def sold_out(ledger: Ledger, book: Bookkeeper) -> None:
    """Once all is sold, what was gained in a lifetime is money out less money in, in every currency."""
    require(not any(ledger.units) and ledger.lots is not None and not ledger.lots.assets, "all is sold")
    outside = ("flows", "exchanges", "in kind", "adjustments")
    earned: dict[str, int] = defaultdict(int)
    for gain in seen(ledger).gains:
        earned[CURRENCIES[asset_of(ledger.entries[gain[0]])]] += gain[3] - gain[4]
    for (category, code), amount in book.totals.items():
        if category.startswith(("dividends", "interest", "variation", "fees", "taxes", "costs of")):
            earned[code] += amount
    for _, entry in alive(ledger.entries):
        if isinstance(entry, Fill) and entry.asset in FUTURES:
            earned[entry.currency or book.base] -= book.money(entry.cost, entry.currency)
    for code in DIGITS:
        put_in = sum(amount for (category, where), amount in book.totals.items() if where == code and category in outside)
        taken_out = seen(ledger).cash.get(code, 0)
        require(earned[code] == taken_out - put_in, "a lifetime's gain is money out less money in", code)


def asset_of(entry: Entry) -> int:
    """The asset of an entry that has one."""
    return entry.asset  # type: ignore[union-attr]
