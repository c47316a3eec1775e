"""One turn of the desk: look, decide, trade, book. A backtest runs it over past days, live over today alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from trimtab.accounting.ledger import Ledger
from trimtab.construction.standing import stand
from trimtab.core.arrays import Array
from trimtab.core.calendar import plain_date
from trimtab.core.entries import Fill
from trimtab.core.money import ZERO, decimal_of
from trimtab.core.roles import Broker, Journal
from trimtab.core.trades import Book, Decision, Order
from trimtab.core.values import Today
from trimtab.desk.decide import decide
from trimtab.desk.policy import Policy
from trimtab.desk.taxing import Taxing, set_aside
from trimtab.execution.followed import Followed
from trimtab.execution.gate import Gate

Left = tuple[Decimal, Decimal]  # what is held of an asset, and how much less that brings than its order would have


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """One account at work: the policy, its book, the gate and the broker behind it, and the journal of all of it."""

    policy: Policy
    ledger: Ledger
    gate: Gate
    broker: Broker
    journal: Journal
    orders: Followed = field(default_factory=Followed)  # every order on its way through the machine
    taxing: Taxing | None = None  # None: nothing is taxed

    def propose(self, today: Today, prices: Array) -> Decision:
        """Look and decide: the decision of `today` on the book as it stands at `prices` (A,), tax that is owed set aside."""
        book = self.ledger.book(today.when, prices)
        if self.taxing is not None:
            book = set_aside(book, self.taxing.owed(self.ledger, plain_date(today.when)), self.policy.rules)
            if self.policy.taxed:
                book = replace(book, selling=self.taxing.selling(book))
        decision = decide(self.policy, today, book)
        if self.taxing is not None and self.policy.taxed:
            self.taxing.keep(decision.book, self.policy.rules)
        self.journal.append("decision", today.when, decision)
        return decision

    @property
    def owed(self) -> Decimal:
        """Tax that is owed: cash that no trade may spend."""
        return ZERO if self.taxing is None else self.taxing.due

    def trade(
        self,
        decision: Decision,
        when: np.datetime64,
        prices: Array,
        *,
        reserved: Decimal = ZERO,
        splits: Array | None = None,
    ) -> tuple[Fill, ...]:
        """Trade and book: stamp the orders, fill them at `prices` (A,; NaN: no fill) and post the fills.

        `reserved` is cash that must stay. `splits` (A,) are those between the decision and the fill: an order counts
        units before them, a fill units after them.
        """
        stamped = self.gate.stamp(decision, self._base(decision.book))
        quotes = quoted(stamped.orders, decision.book.prices, prices if splits is None else prices * splits)
        left = {} if splits is None else self._left(stamped.orders, splits, prices, quotes)
        power = self.ledger.cash - reserved + self._borrow(decision) - sum((less for _, less in left.values()), ZERO)
        fills = filled = self.broker.trade(stamped, when, quotes, power)
        self.orders.follow(stamped.orders, fills)
        if splits is not None:
            fills = tuple(after_split(fill, splits, prices, left.get(fill.asset)) for fill in fills)
            fills = tuple(fill for fill in fills if fill.units)
        if self.taxing is not None:
            fills = tuple(map(self.taxing.around, fills))
        before = self.ledger.counts
        self.ledger.fill(fills)
        if decision.book.funded:
            change = self.ledger.counts - before
            self.ledger.record_turnover(decision.today.when, counted_moves(decision, change, prices, filled))
        if self.taxing is not None:
            self.taxing.owed(self.ledger, plain_date(when))  # from here on it is no wealth of the owner's
        self.journal.append("fills", when, fills)
        return fills

    def _base(self, book: Book) -> Array:
        """What is held after repair, worked out afresh for the gate; limits on trading start from it."""
        rules = self.policy.rules
        return stand(book, rules).base if rules.budgets or rules.windows else book.held

    def _left(self, asked: Sequence[Order], splits: Array, prices: Array, quotes: Mapping[int, Decimal]) -> dict[int, Left]:
        """By asset, where its order sells more than splits (A,) since the decision have left: they rounded off, and paid cash.

        `prices` (A,) are those after the splits, `quotes` by asset those of a unit of the order.
        """
        found, rounded = {}, self.policy.currency.round
        for _, asset, units, _ in asked:
            held = self.ledger.units[asset]
            if units < 0 and asset in quotes and splits[asset] != 1.0 and -units * decimal_of(splits[asset]) > held:
                found[asset] = held, rounded(-units * quotes[asset]) - rounded(held * decimal_of(prices[asset]))
        return found

    def _borrow(self, decision: Decision) -> Decimal:
        return decimal_of(self.gate.borrow * decision.book.nav) if self.gate.borrow else ZERO


def quoted(orders: tuple[Order, ...], references: Array, prices: Array) -> dict[int, Decimal]:
    """Exact prices by asset for `orders` at `prices` (A,); an asset whose price is unknown is left out."""
    now, before = prices.tolist(), references.tolist()
    return {
        asset: reference if now[asset] == before[asset] else decimal_of(now[asset])
        for _, asset, _, reference in orders
        if now[asset] > 0.0
    }


def after_split(fill: Fill, splits: Array, prices: Array, left: Left | None = None) -> Fill:
    """A fill of units from before splits, in units after them, at `prices` (A,): the same amount, but for what is `left`."""
    ratio = float(splits[fill.asset])
    if ratio == 1.0:
        return fill
    units, amount = fill.units * decimal_of(ratio), fill.amount
    if left is not None:
        units, amount = -left[0], amount - left[1]
    return fill._replace(units=units, price=decimal_of(prices[fill.asset]), amount=amount)


def counted_moves(decision: Decision, units: Array, prices: Array, filled: Sequence[Fill]) -> Array:
    """Half the change of weights (A + 1,) by trading `units` (A,) at `prices` (A,), cash last.

    What repaired a breach is left out, as far as the orders of the decision were `filled`.
    """
    moves = np.empty(len(units) + 1)
    traded = np.multiply(units, prices, out=moves[:-1])
    total = np.add.reduce(traded)
    if total != total:  # what was not traded may have no price
        traded[units == 0.0] = 0.0
        total = np.add.reduce(traded)
    moves[-1] = total
    moves *= 0.5 / decision.book.nav
    if decision.reach.base is not decision.book.held:
        mended = 0.5 * (decision.reach.base - decision.book.held) * _shares(decision, filled)
        moves[:-1] -= mended
        moves[-1] -= np.add.reduce(mended)
    return moves


def _shares(decision: Decision, filled: Sequence[Fill]) -> Array:
    """(A,) the part of its order that each asset got; none where nothing was ordered."""
    got, shares = {fill.asset: fill.units for fill in filled}, np.zeros(len(decision.book.held))
    for order in decision.orders:
        shares[order.asset] = float(got.get(order.asset, ZERO) / order.units)
    return shares
