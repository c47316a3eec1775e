"""The events of a random life: what happens to an account, each kind a function that posts what is legal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from tests.accounting.lives import DIGITS, FUTURES, HELD, NAMED, ONE, OPEN, UNIT, Life, decimal
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
    Payout,
    ReturnOfCapital,
    SpinOff,
    Split,
    Tax,
    Variation,
)  # fmt: skip


def close(life: Life) -> None:
    """Sell all that is held, on one day after all others."""
    life.today += timedelta(days=1)
    for asset, chain in enumerate(life.chains):
        units = sum(step.change for step in chain)
        rest = [(n, left) for n, (left, _) in life.left.items() if left and life.entries[n].asset == asset]  # type: ignore[union-attr]
        lots = tuple((str(number), decimal(left, UNIT)) for number, left in rest)
        if units:
            life.post(life.fill(asset, -units, life.today, lots), (asset, -units, False))
        for number, _ in rest:
            life.left[number] = [0, -1]


def grow(life: Life, count: int) -> list[Entry]:
    """Go on until there are at least `count` entries."""
    life.post(Flow(life.today, life.money(life.currency, 10**8)))
    kinds, weights = zip(*MIX, strict=True)
    while len(life.entries) < count:
        for kind in life.dice.choices(kinds, weights, k=16):
            life.today += timedelta(days=life.dice.choice((0, 0, 0, 1, 1, 2, 3)))
            kind(life)
    return life.entries


# ---- trades


def buy(life: Life) -> None:
    """A purchase, at times in several fills."""
    asset, when = life.dice.choice(HELD), life.day()
    for _ in range(life.dice.choice((1, 1, 1, 2, 3))):
        units = life.lot_size(asset)
        entry = life.fill(asset, units, when)
        if not life.bears(asset, life.key(entry), units):
            return
        if life.things[asset].named:
            life.left[len(life.entries)] = [units, units]
        life.post(entry, (asset, units, False))


def sell(life: Life) -> None:
    """A sale of some or all of what is held."""
    asset, when = life.dice.choice(OPEN), life.day()
    for _ in range(life.dice.choice((1, 1, 1, 2))):
        key = (when, 1, len(life.entries))
        held = life.held(asset, key)
        if held <= 0:
            return
        whole = ONE if held >= ONE and life.dice.random() < 0.8 else 1
        some = (held, held // 2 or 1, *[life.dice.randrange(1, held // whole + 1) * whole] * 6)
        units = life.dice.choice(some)
        if not life.bears(asset, key, -units):
            return
        life.post(life.fill(asset, -units, when), (asset, -units, False))


def sell_named(life: Life) -> None:
    """A sale of lots by their names; dated today, so that no later adjustment meets a lot that is gone."""
    asset = life.dice.choice(NAMED)
    rest = [number for number, (left, _) in life.left.items() if left and life.entries[number].asset == asset]  # type: ignore[union-attr]
    if not rest:
        return
    chosen = life.dice.sample(rest, min(len(rest), life.dice.randrange(1, 4)))
    taken = [(number, life.dice.choice((life.left[number][0], max(1, life.left[number][0] // 3)))) for number in chosen]
    total = sum(units for _, units in taken)
    for number, units in taken:
        life.left[number][0] -= units
    lots = tuple((str(number), decimal(units, UNIT)) for number, units in taken)
    life.post(life.fill(asset, -total, life.today, lots), (asset, -total, False))


def trade_future(life: Life) -> None:
    """Contracts bought or sold, or rolled: one closed and the other opened."""
    asset, when = life.dice.choice(sorted(FUTURES)), life.day()
    units = life.dice.choice((-1, 1)) * life.dice.randrange(1, 9) * ONE
    legs = [(asset, units)]
    if life.dice.random() < 0.3:
        legs.append((life.dice.choice(sorted(FUTURES)), -units))
    for which, change in legs:
        life.post(life.fill(which, change, when), (which, change, False))


def settle(life: Life) -> None:
    """Daily variation."""
    asset = life.dice.choice(sorted(FUTURES))
    life.post(Variation(life.day(), asset, life.cash(asset, 10**6, -(10**6)), life.code(asset)))


# ---- what companies do


def pay(life: Life) -> None:
    """A dividend."""
    asset = life.dice.choice(HELD)
    life.post(Dividend(life.day(), asset, life.cash(asset), life.code(asset), life.dice.choice(tuple(Payout))))


def give_back(life: Life) -> None:
    """A return of capital, at times more than the position cost."""
    asset, when = life.dice.choice(OPEN), life.day()
    key = (when, 1, len(life.entries))
    if life.bears(asset, key, 0):  # nothing need be held: it may have been sold since the record date
        most = life.dice.choice((100, 10_000, 10**6))
        life.post(ReturnOfCapital(when, asset, life.cash(asset, most), life.code(asset)), (asset, 0, False))


def split(life: Life) -> None:
    """A split or a reverse split; a fraction of a share is paid out."""
    asset, when = life.dice.choice(OPEN), life.day()
    key = (when, 0, len(life.entries))
    held = life.held(asset, key)
    up, down = life.dice.choice(((2, 1), (3, 1), (3, 2), (1, 3), (1, 10), (7, 5), (1, 7)))
    after = held * up // down
    kept = after // ONE * ONE if life.things[asset].kind == "share" else after
    if after > 10**6 * ONE or kept <= 0 or not life.bears(asset, key, kept - held):
        return
    cash = life.cash(asset, 3000) if after > kept else Decimal(0)
    change, fraction = decimal(kept - held, UNIT), decimal(after - kept, UNIT)
    life.post(Split(when, asset, change, cash, life.code(asset), fraction), (asset, kept - held, True))


def partner(life: Life, asset: int) -> int | None:
    """Another asset of the same currency, for what companies give instead of themselves."""
    code = life.things[asset].currency
    others = [one for one in OPEN if one != asset and life.things[one].currency == code]
    return life.dice.choice(others) if others else None


def spin_off(life: Life) -> None:
    """Units of another asset come with a share of the cost."""
    asset, when = life.dice.choice(OPEN), life.day()
    key, into = (when, 0, len(life.entries)), partner(life, asset)
    held = life.held(asset, key)
    after = held * life.dice.choice((1, 1, 2)) // life.dice.choice((1, 3, 4, 10))
    kept = after // ONE * ONE
    if into is None or kept <= 0 or not (life.bears(asset, key, 0) and life.bears(into, key, kept)):
        return
    cash = life.cash(asset, 3000) if after > kept else Decimal(0)
    share, fraction = decimal(life.dice.randrange(1, 9999), 4), decimal(after - kept, UNIT)
    entry = SpinOff(when, asset, into, decimal(kept, UNIT), share, cash, life.code(asset), fraction)
    life.post(entry, (asset, 0, True), (into, kept, False))


def merge(life: Life) -> None:
    """All units go for those of another asset, for cash, or for both."""
    asset, when = life.dice.choice(OPEN), life.day()
    key, into = (when, 0, len(life.entries)), partner(life, asset)
    chain = life.chains[asset]
    held = life.held(asset, key)
    if into is None or held <= 0 or chain[-1].key > key or not life.bears(asset, key, -held):
        return
    received = held * life.dice.choice((1, 3, 7)) // life.dice.choice((2, 3, 10))
    received = life.dice.choice((received, received, 0))
    if received and not life.bears(into, key, received):
        return
    cash = life.dice.choice((Decimal(0), life.cash(asset, 10**6))) if received else life.cash(asset, 10**6)
    units = (decimal(-held, UNIT), into, decimal(received, UNIT))
    price = life.cash(into, life.dice.choice((0, 2 * life.things[into].price)))
    entry = Merger(when, asset, *units, cash, life.code(asset), price)
    life.post(entry, (asset, -held, False), (into, received, False))
    life.seal(asset, key)


def delist(life: Life) -> None:
    """Trading ends, and little or nothing comes for the units."""
    asset, when = life.dice.choice(OPEN), life.day()
    key = (when, 1, len(life.entries))
    held = life.held(asset, key)
    if held > 0 and life.chains[asset][-1].key < key and life.bears(asset, key, -held):
        cash = life.dice.choice((Decimal(0), life.cash(asset)))
        life.post(Delisting(when, asset, decimal(-held, UNIT), cash, life.code(asset)), (asset, -held, False))
        life.seal(asset, key)


# ---- cash, and what comes in kind


def move_cash(life: Life) -> None:
    """Interest, a fee, a tax or a flow, in any currency."""
    code, when = life.dice.choice(tuple(DIGITS)), life.day()
    word, year = life.word(code), when.year
    kind = life.dice.randrange(4)
    signed, paid = life.money(code, 10**5, -(10**5)), life.money(code, 10**5)
    tax = Tax(when, signed, year, "", word)
    choices = (Interest(when, signed, word), Fee(when, paid, "custody", word), tax, Flow(when, signed, word))
    life.post(choices[kind])


def exchange(life: Life) -> None:
    """One currency for another."""
    sold, bought = life.dice.sample(tuple(DIGITS), 2)
    amounts = (life.word(sold), life.money(sold, 10**6, 1), life.word(bought), life.money(bought, 10**6, 1))
    life.post(Exchange(life.day(), *amounts, life.money(life.currency, 500)))


def take_over(life: Life) -> None:
    """A transfer in kind: units come with their cost and their date."""
    asset, when = life.dice.choice(HELD), life.day()
    units, key = life.lot_size(asset), (when, 0, len(life.entries))
    if not life.bears(asset, key, units):
        return
    acquired = when - timedelta(days=life.dice.randrange(0, 2000))
    if life.things[asset].named:
        life.left[len(life.entries)] = [units, units]
    cost = life.cash(asset, 10**6)
    life.post(Opening(when, asset, decimal(units, UNIT), cost, acquired, life.code(asset)), (asset, units, False))


def adjust(life: Life) -> None:
    """The cost of a lot is set right."""
    open_ = [number for number, (left, _) in life.left.items() if left]
    if open_:
        number = life.dice.choice(open_)
        asset = life.entries[number].asset  # type: ignore[union-attr]
        life.post(Adjustment(life.today, asset, str(number), life.cash(asset, 5000), life.dice.randrange(0, 90)))
        life.left[number][1] = -1  # what brought it must stay


# ---- what was wrong


def cancel(life: Life) -> None:
    """An entry never was; at times another one stands in its place."""
    number = life.dice.randrange(len(life.entries))
    entry = life.entries[number]
    if number in life.dead or isinstance(entry, Cancel) or not life.undo(number, entry):
        return
    life.dead.add(number)
    life.post(Cancel(life.today, number))
    if isinstance(entry, Fill) and life.dice.random() < 0.6 and not life.things[entry.asset].named:
        units = int(entry.units.scaleb(UNIT)) * life.dice.choice((2, 1)) // 2 or ONE
        again = life.fill(entry.asset, units, entry.when)
        if life.bears(entry.asset, life.key(again), units):
            life.post(again, (entry.asset, units, False))


MIX: tuple[tuple[Callable[[Life], None], float], ...] = (
    (buy, 20), (sell, 22), (sell_named, 4), (trade_future, 5), (settle, 6), (pay, 7), (give_back, 3), (split, 4), (spin_off, 3),
    (merge, 2), (delist, 1), (move_cash, 8), (exchange, 4), (take_over, 3), (adjust, 1), (cancel, 7),
)  # fmt: skip
