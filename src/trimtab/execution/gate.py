"""The gate: every order passes it, whoever made it, and a broker accepts nothing that it has not stamped.

First rules: limits re-checked in plain numpy, cash, known inputs, and orders that belong to the decision. Soft rules
(severity `warn`) report; hard rules stop the whole batch. Every evaluation can be journalled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import BreachError, DataError, InvariantError
from trimtab.core.frictions import LimitKind
from trimtab.core.money import ZERO, decimal_of
from trimtab.core.rules import Breach, Rules, Severity
from trimtab.core.trades import Book, Decision, Order
from trimtab.core.values import Dealing

_SEAL = object()
_HAIR = 1e-9  # what rounding does to a weight
_CENT = Decimal("0.01")  # what rounding of money may cost


@dataclass(frozen=True, slots=True)
class Stamped:
    """Orders that passed the gate. Only `Gate.stamp` can make one."""

    orders: tuple[Order, ...]
    warnings: tuple[Breach, ...] = ()
    dealing: Dealing | None = None  # what was known of the markets, for what trading costs
    seal: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise InvariantError("these orders did not pass the gate", remedy="Send orders through Gate.stamp.")


def book_from(base: Array, book: Book) -> Book:
    """The book with `base` (A,), what is held after repair: a repair is exempt from turnover budgets."""
    return book if base is book.held else replace(book, base=base)


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """Stamps the orders of a decision, or raises and says which rule stands in the way.

    `borrow` is the fraction of net asset value that may be borrowed.
    """

    rules: Rules
    borrow: float = 0.0

    def stamp(self, decision: Decision, base: Array) -> Stamped:
        """The orders of `decision`, stamped; `base` (A,) is what is held after repair, worked out by the desk afresh.

        Raises BreachError (a blocking rule), DataError (inputs from the future), InvariantError (bad orders).
        """
        self._check_knowledge(decision)
        self._check_target(decision)
        self._check_orders(decision)
        breaches = self.rules.breaches(decision.target, book_from(base, decision.book))
        for breach in breaches:
            tilt = breach.rule.limit.kind is LimitKind.TILT and LimitKind.TILT.value in decision.relaxed
            if breach.rule.severity is Severity.BLOCK and breach.curable and not tilt:
                name = breach.rule.id or breach.rule.limit.words
                raise BreachError(f"{name} would be broken by {breach.amount:.4%}", remedy="No order was sent.")
        return Stamped(decision.orders, breaches, decision.book.dealing, _SEAL)

    @staticmethod
    def _check_knowledge(decision: Decision) -> None:
        cutoff = decision.today.cutoff
        if not decision.known <= cutoff:  # NaT too: what nobody dated is not known
            raise DataError(f"an input became known at {decision.known}, after the cut-off {cutoff}", remedy="Stop.")

    def _check_target(self, decision: Decision) -> None:
        """A number for every asset, none below zero, and no more borrowed than a rule allows, or than already is."""
        invested = float(np.add.reduce(decision.target))
        if not math.isfinite(invested):  # a sum is finite only where every weight is
            raise InvariantError(f"the target of {decision.today.when} is not a number", remedy="Nothing was sent.")
        rounding = _HAIR + float(_CENT) / decision.book.nav  # money that is short by a cent is no loan
        most = max(1.0 + self.borrow, float(np.add.reduce(decision.book.held)))
        if invested > most + rounding or float(np.minimum.reduce(decision.target)) < -_HAIR:
            what = f"the target of {decision.today.when} sells short or borrows more than the rules allow"
            raise InvariantError(what, remedy="Nothing was sent.")

    def _check_orders(self, decision: Decision) -> None:
        """Each asset at most once, no more sold than held, and bought out of the money that is there."""
        orders = decision.orders
        if len({asset for _, asset, _, _ in orders}) < len(orders):
            raise InvariantError("two orders for the same asset in one batch", remedy="Nothing was sent.")
        held, need = decision.book.units, ZERO
        for _, asset, units, reference in orders:
            need += units * reference
            if units < 0 and units + held[asset] < 0:
                raise InvariantError("an order sells more than is held", remedy="Nothing was sent.")
        power = decision.book.money
        if self.borrow:
            power += decimal_of(self.borrow * decision.book.nav)
        if need > max(power, ZERO) + _CENT:
            raise BreachError(f"the orders cost {need:.2f}, the account has {power:.2f}", remedy="Nothing was sent.")
