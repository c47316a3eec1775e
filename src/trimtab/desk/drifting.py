"""What an account holds against what its policy calls for: per line held - target, and drift, half the sum of what differs.

The policy decides on the real book: what is held, at the market's last prices, with lots where taxes are asked for. Its
assets are found in the book by their id, then by their series. What is held outside the policy, futures and cash in other
currencies are listed and not counted: the weights are of what the policy manages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from trimtab.accounting.database.store import BookStore
from trimtab.accounting.taxes.none import NoTax
from trimtab.core.arrays import Array
from trimtab.core.calendar import plain_date
from trimtab.core.errors import UsageError
from trimtab.core.households import Contract
from trimtab.core.money import ZERO
from trimtab.core.rules import Breach, Severity, one_way
from trimtab.core.trades import Decision
from trimtab.data.market import Market
from trimtab.desk.books import Scope
from trimtab.desk.decide import decide
from trimtab.desk.folding import Folded
from trimtab.desk.holdings import folded_scope
from trimtab.desk.outlook import outlook
from trimtab.desk.policy import Policy
from trimtab.desk.real_book import held_of, matched, real_book
from trimtab.execution.gate import book_from


@dataclass(frozen=True, slots=True)
class Outside:
    """Something held that the policy does not manage: units of an instrument, or cash in a currency."""

    name: str
    units: Decimal
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """The decision of a policy on a real book, and what stands in its way."""

    policy: Policy
    account: str
    as_of: np.datetime64
    decision: Decision
    outside: tuple[Outside, ...]
    breaches: tuple[Breach, ...]  # of rules, by what is held
    stale: tuple[str, ...]

    @property
    def lines(self) -> Array:
        """(A,) held - target."""
        return np.asarray(self.decision.book.held - self.decision.target)

    @property
    def total(self) -> float:
        """Half the sum of what differs, cash with it."""
        return float(one_way(self.lines))

    @property
    def exit_code(self) -> int:
        """3 where what is held breaks a blocking rule, else 4 where data are stale or nothing can be decided, else 0."""
        if any(breach.rule.severity is Severity.BLOCK for breach in self.breaches):
            return 3
        return 4 if self.stale or self.decision.refused else 0


def drift(policy: Policy, market: Market, book: BookStore, scope: Scope, as_of: np.datetime64 | None = None) -> Drift:
    """Held against target on the last session up to `as_of` (by default the last one known). Nothing is written.

    Raises UsageError where the account holds nothing that the policy manages, or is kept in another currency than it.
    """
    account = scope.one
    if account is None or account.currency != policy.horizon.capital.currency:
        what = f"{scope.name} is kept in {scope.currency}, the policy in {policy.horizon.capital.currency}"
        raise UsageError(what, remedy="Write the policy in the currency of the account.")
    said = outlook(policy, market, as_of)
    regime = policy.tax.regime if policy.tax is not None else NoTax()
    found = folded_scope(book, scope, regime, until=plain_date(said.as_of))
    numbers = matched(policy.universe, found.instruments)
    held = real_book(policy, found, scope, numbers, (said.as_of, said.prices))
    decision = decide(policy, said.today, held)
    breaches = policy.rules.breaches(held.held, book_from(held.held, held))
    return Drift(policy, scope.name, said.as_of, decision, outside(found, scope, numbers), breaches, said.stale)


def outside(found: Folded, scope: Scope, numbers: Sequence[int | None]) -> tuple[Outside, ...]:
    """What is held and not managed by the policy."""
    rows = []
    for asset in sorted({asset for place in scope.places for asset in found.assets(place)} - set(numbers)):
        one = found.instruments[asset]
        why = "a future: exposure is no weight" if one.contract is Contract.FUTURE else "not in the policy"
        rows.append(Outside(one.id, held_of(found, scope, asset), why))
    purses: dict[str, Decimal] = {}
    for place in scope.places:
        for code, amount in found.positions[place].purses.items():
            purses[code] = purses.get(code, ZERO) + amount
    return (*rows, *(Outside(code, amount, "cash in another currency") for code, amount in sorted(purses.items()) if amount))
