"""One turn of the desk: look, decide, trade, book. A backtest runs it over past days, live over today alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from trimtab.accounting.ledger import Ledger
from trimtab.core.arrays import Array
from trimtab.core.entries import Fill
from trimtab.core.money import ZERO, decimal_of
from trimtab.core.roles import Broker, Journal
from trimtab.core.trades import Decision, Order
from trimtab.core.values import Aims
from trimtab.desk.decide import decide
from trimtab.desk.policy import Policy
from trimtab.execution.gate import Gate


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """One account at work: the policy, its book, the gate and the broker behind it, and the journal of all of it."""

    policy: Policy
    ledger: Ledger
    gate: Gate
    broker: Broker
    journal: Journal

    def propose(self, today: Aims, prices: Array) -> Decision:
        """Look and decide: the decision of `today` on the book as it stands at `prices` (A,)."""
        decision = decide(self.policy, today, self.ledger.book(today.when, prices))
        self.journal.append("decision", today.when, decision)
        return decision

    def trade(self, decision: Decision, when: np.datetime64, prices: Array, *, reserved: Decimal = ZERO) -> tuple[Fill, ...]:
        """Trade and book: stamp the orders, fill them at `prices` (A,; NaN: no fill) and post the fills.

        `reserved` is cash that must stay.
        """
        stamped = self.gate.stamp(decision)
        quotes = quoted(stamped.orders, decision.book.prices, prices)
        power = self.ledger.cash - reserved + self._borrow(decision)
        fills = self.broker.trade(stamped, when, quotes, power)
        for fill in fills:
            self.ledger.post(fill)
        if decision.book.funded:
            self.ledger.record_turnover(decision.today.when, counted_moves(decision, fills))
        self.journal.append("fills", when, fills)
        return fills

    def _borrow(self, decision: Decision) -> Decimal:
        return decimal_of(self.gate.borrow * decision.book.nav) if self.gate.borrow else ZERO


def quoted(orders: tuple[Order, ...], references: Array, prices: Array) -> dict[int, Decimal]:
    """Exact prices by asset for `orders` at `prices` (A,); an asset whose price is unknown is left out."""
    now, before = prices.tolist(), references.tolist()
    return {
        order.asset: order.reference if now[order.asset] == before[order.asset] else decimal_of(now[order.asset])
        for order in orders
        if now[order.asset] > 0.0
    }


def counted_moves(decision: Decision, fills: tuple[Fill, ...]) -> Array:
    """One-way moves (A + 1,) of fills as fractions of net asset value, cash last, what repaired a breach left out."""
    moves = np.zeros(len(decision.book.held) + 1)
    for fill in fills:
        moves[fill.asset] = -float(fill.amount)
    moves /= decision.book.nav
    if decision.reach.base is not decision.book.held:
        moves[:-1] -= decision.reach.base - decision.book.held
    moves[-1] = moves.sum()
    return 0.5 * np.abs(moves)
