"""Filling the orders of several accounts: sales first, and purchases cut pro rata where money does not reach.

It does what the simulated broker, the ledger and the record of turnover do (`execution.simulated`, `desk.cycle`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.frictions import CostModel
from trimtab.core.values import Dealing
from trimtab.desk.twin_holdings import Holdings, Who
from trimtab.desk.twin_sizing import afforded


@dataclass(frozen=True, slots=True, eq=False)
class Ticketed:
    """What the decisions of N accounts ordered (N, A), in the smallest parts of units; None: nothing.

    `nav` (N,) is that of the decision; `repair` (N, A) the weights that a repair moves, None where nothing was repaired;
    `blocked` (N,) are those whose orders the gate did not let through.
    """

    who: Who
    orders: Array | None
    nav: Array
    funded: bool
    repair: Array | None = None
    dealing: Dealing | None = None
    blocked: Mask | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Quotes:
    """Prices (A,) of a session, NaN where nothing is filled, and what has become of one unit since the decision (A,)."""

    when: np.datetime64
    prices: Array
    splits: Array | None = None

    @property
    def of_orders(self) -> Array:
        """Prices (A,) of the units that were ordered."""
        return self.prices if self.splits is None else self.prices * self.splits


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """Signed amounts (N, A) in currency, above zero where a sale brings money, costs (N,), and fills (N,)."""

    amounts: Array
    costs: Array
    count: Index


def fill(book: Holdings, costs: CostModel, ticketed: Ticketed, quotes: Quotes, power: Array) -> Filled | None:
    """Fill and book the orders. `power` (N,) is the cash to spend. None: nothing was ordered."""
    orders, prices, who = ticketed.orders, quotes.of_orders, ticketed.who
    if orders is None:
        return None
    per = prices / book.scale
    if not np.minimum.reduce(prices) > 0.0:
        known = prices > 0.0
        orders, per = np.where(known, orders, 0.0), np.where(known, per, 0.0)
    if quotes.splits is None:
        orders, amounts, charges = _paid(orders, per, power, costs, ticketed.dealing)
        units = orders
    else:
        held = book.quanta[who]
        gone = _gone(orders, held, quotes.splits)
        less = gone * per / quotes.splits
        orders, amounts, charges = _paid(orders, per, power - np.add.reduce(less, -1), costs, ticketed.dealing)
        off = (orders < 0.0) & (gone > 0.0)
        units, amounts = np.where(off, -held, orders * quotes.splits), amounts - np.where(off, less, 0.0)
    book.cash[who] += np.add.reduce(amounts - charges, -1)
    book.quanta[who] += units
    done = units != 0.0
    book.funded[who] |= np.logical_or.reduce(done, -1)
    book.remember(quotes.when, who, units)
    if book.moves is not None and ticketed.funded:
        book.moves.rows[book.moves.count - 1, who] = _moved(amounts, orders, ticketed)
    return Filled(amounts, np.add.reduce(charges, -1), np.add.reduce(done, -1, dtype=np.intp))


def _gone(orders: Array, held: Array, splits: Array) -> Array:
    """What orders (N, A) sell beyond what splits have left of it: they rounded off, and paid cash for it."""
    return np.where((orders < 0.0) & (splits != 1.0), np.maximum(-orders * splits - held, 0.0), 0.0)


def _paid(orders: Array, per: Array, power: Array, costs: CostModel, dealing: Dealing | None) -> tuple[Array, Array, Array]:
    """Orders (N, A) as they are filled, their amounts and what they cost: no sale that costs more than it brings."""
    amounts = orders * -per
    charges = costs.charge(amounts, dealing)
    brings = amounts - charges
    idle = (orders < 0.0) & (brings < 0.0)
    if np.count_nonzero(idle):
        orders, amounts, charges, brings = (np.where(idle, 0.0, one) for one in (orders, amounts, charges, brings))
    short = power + np.add.reduce(brings, -1) < 0.0
    if not np.count_nonzero(short):
        return orders, amounts, charges
    buys = orders > 0.0
    left = power + np.add.reduce(np.where(buys, 0.0, brings), -1)
    orders = orders.copy()
    cut = afforded(np.where(buys, orders, 0.0)[short], left[short], per, costs, dealing)
    orders[short] = np.where(buys[short], cut, orders[short])
    amounts = orders * -per
    return orders, amounts, costs.charge(amounts, dealing)


def _moved(amounts: Array, orders: Array, ticketed: Ticketed) -> Array:
    """Half the change of weights (N, A + 1), cash last; what repaired a breach is left out, as far as it was filled."""
    half = (-0.5 / ticketed.nav)[:, np.newaxis]
    moves = np.concatenate((amounts, np.add.reduce(amounts, -1)[:, np.newaxis]), axis=-1) * half
    if ticketed.repair is None or ticketed.orders is None:
        return moves
    asked = ticketed.orders
    shares = np.divide(orders, asked, out=np.zeros(asked.shape), where=asked != 0.0)
    mended = 0.5 * ticketed.repair * shares
    moves[:, :-1] -= mended
    moves[:, -1] -= np.add.reduce(mended, -1)
    return moves
