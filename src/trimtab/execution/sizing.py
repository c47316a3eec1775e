"""From target weights to orders in units: the border from beliefs (float) to money (Decimal).

Costs are paid inside the targets: the value V after trading solves V = nav - cost(w V - held), and the target units are
w V / price, rounded down to the smallest unit so that cash is never short. Money's own rounding is set aside too. Where a
sale is too small to be placed, purchases do without what it would have brought (`paid_for`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.frictions import Box, CostModel
from trimtab.core.money import ZERO, Currency, decimal_of, exact
from trimtab.core.trades import Book, Order
from trimtab.execution.affording import afforded

_HAIR = 1e-9  # what rounding does to a weight
_LEAST = 0.01  # a smaller part of the whole could not pay for its own trades


@dataclass(frozen=True, slots=True)
class Lotting:
    """How units and money are rounded: the smallest unit as 10 ** -`digits`, the currency, and the smallest trade."""

    digits: int = 8
    currency: Currency = Currency()
    minimum: Decimal = Decimal(0)
    quantum: Decimal = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "quantum", Decimal(1).scaleb(-self.digits))


@dataclass(frozen=True, slots=True)
class Sized:
    """Orders, and the assets whose trade was below the minimum."""

    orders: tuple[Order, ...]
    below_minimum: tuple[int, ...]


def kept(target: Array, book: Book) -> Mask | None:
    """(A,) what stays to the last unit: it must not move, or nobody knows what a trade in it would cost. None: nothing.

    The others pay what costs take, without it.
    """
    if book.still is None and book.dealing is None:
        return None
    still = np.zeros(len(target), dtype=bool) if book.still is None else book.still
    if book.dealing is not None:
        still = still | ~(np.isfinite(book.dealing.adv) & (book.dealing.adv > 0.0) & np.isfinite(book.dealing.volatility))
    found = still & (np.abs(target - book.held) <= _HAIR)
    return found if found.any() else None


def value_after(target: Array, book: Book, costs: CostModel, reserve: float = 0.0) -> float:
    """The net asset value that is left when the trades to `target` (A,) have paid their costs out of it, in currency.

    What stays as it is (see `kept`) pays nothing, so that the others pay more: it is the value by which they are sized.
    """
    held = book.held * book.nav
    stays = kept(target, book)
    paying = 1.0 if stays is None else _paying(float(target[stays].sum()))
    nav = book.nav - reserve / paying
    value, step = nav, 0.0
    charge, dealing = costs.charge, book.dealing
    for _ in range(60):  # a contraction by about the cost rate; Aitken's extrapolation saves a round or two
        way = target * value - held
        if stays is not None:
            way[stays] = 0.0
        left = nav - float(np.add.reduce(charge(way, dealing))) / paying
        before, step = step, left - value
        if abs(step) <= 1e-15 * nav:
            return left
        slope = step / before if before else 0.0
        value = left + step * slope / (1.0 - slope) if abs(slope) < 0.5 else left
    return value


def _paying(stays: float) -> float:
    """The part of the whole that pays for trades where `stays` of it does not; all of it, where that leaves no part."""
    return 1.0 - stays if stays < 1.0 - _LEAST else 1.0


def size(
    target: Array, book: Book, costs: CostModel, lotting: Lotting, *, prefix: str = "", window: Box | None = None
) -> Sized:
    """Orders that bring the book to `target` (A,) at the book's prices. Ids are `prefix` and the number of the asset.

    `window` holds the weights that today's limits on trading leave: what costs take out of a target makes no order go past
    it.
    """
    reserve = float(lotting.currency.minor) * len(book.units)
    value = max(value_after(target, book, costs, reserve), 0.0)  # costs may be more than there is: nothing is owed in units
    units_of = 10.0**lotting.digits / book.prices
    sought = np.floor(target * value * units_of)
    if window is not None:
        low, high = np.minimum(window[0], target), np.maximum(window[1], target)
        sought = np.clip(sought, np.rint(low * book.nav * units_of), np.rint(high * book.nav * units_of))
    wanted = sought.tolist()
    quantum, minimum, prices = lotting.quantum, lotting.minimum, book.prices.tolist()
    stays = kept(target, book)
    orders: list[Order] = []
    small: list[int] = []
    for a, (held, price, whole) in enumerate(zip(book.units, prices, wanted, strict=True)):
        if not price > 0.0 or not (whole or held):  # nothing is ordered at a price that is not known
            continue
        if stays is not None and stays[a]:
            continue
        units = int(whole) * quantum - held
        if not units:
            continue
        reference = Decimal(repr(price))
        if minimum and abs(units * reference) < minimum:
            small.append(a)
        else:
            orders.append(Order(f"{prefix}{a}", a, units, reference))
    return Sized(tuple(orders), tuple(small))


def paid_for(sized: Sized, book: Book, costs: CostModel, lotting: Lotting, *, borrow: float = 0.0) -> Sized:
    """The orders, their purchases cut pro rata to what cash, loans and the sales among them pay for at the book's prices.

    Only trades below the minimum can make that necessary. `borrow` is the fraction of net asset value that may be borrowed.
    """
    with exact():
        buys = [order for order in sized.orders if order.units > 0]
        sales = [order for order in sized.orders if order.units < 0]
        power = book.money + decimal_of(borrow * book.nav) - lotting.currency.minor * len(sized.orders)
        power -= _spent(sales, [order.units for order in sales], costs, book)
        less = afforded([order.units for order in buys], power, lotting.quantum, lambda some: _spent(buys, some, costs, book))
    left = {order.id: units for order, units in zip(buys, less, strict=True)}
    cut = tuple(order._replace(units=left.get(order.id, order.units)) for order in sized.orders)
    return replace(sized, orders=tuple(order for order in cut if order.units))


def _spent(orders: Sequence[Order], units: Sequence[Decimal], costs: CostModel, book: Book) -> Decimal:
    """What so many units of each take out of cash at the prices of the decision, costs included; sales bring it in."""
    amounts = [(order.asset, count * order.reference) for order, count in zip(orders, units, strict=True) if count]
    return sum([amount + costs.ticket(-amount, asset, book.dealing) for asset, amount in amounts], ZERO)
