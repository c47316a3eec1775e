"""What an account holds against what its policy calls for: per line held - target, and drift, half the sum of what differs.

The policy decides on the real book: what is held, at the market's last prices, with lots where taxes are asked for. Its
assets are found in the book by their id, then by their series. What is held outside the policy, futures and cash in other
currencies are listed and not counted: the weights are of what the policy manages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from trimtab.accounting.database.store import BookStore
from trimtab.accounting.ledger import Ledger
from trimtab.accounting.taxes.none import NoTax
from trimtab.accounting.taxes.selling import SaleTax
from trimtab.core.arrays import Array
from trimtab.core.calendar import day, plain_date
from trimtab.core.entries import Flow, Opening
from trimtab.core.errors import InvariantError, UsageError
from trimtab.core.households import Contract, Instrument
from trimtab.core.money import ZERO, exact
from trimtab.core.rules import Breach, Severity, one_way
from trimtab.core.taxes import Lot
from trimtab.core.terms import CLOSE
from trimtab.core.trades import Book, Decision, Purchases
from trimtab.core.values import Asset
from trimtab.data.market import Market, last_known
from trimtab.desk.backtest import without_ended
from trimtab.desk.books import Scope
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims, decide
from trimtab.desk.folding import Folded
from trimtab.desk.holdings import folded_scope
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import until
from trimtab.desk.propose import stale
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
    when = day(as_of if as_of is not None else market.sessions[-1])
    seen = until(market, when)
    view = decision_view(policy, seen, today=True)
    knowledge = aims(policy, view)
    today = knowledge.row(len(knowledge.days.dates) - 1)
    regime = policy.tax.regime if policy.tax is not None else NoTax()
    found = folded_scope(book, scope, regime, until=plain_date(when))
    numbers = matched(policy.universe, found.instruments)
    closes, _ = last_known(seen.fields[CLOSE], seen.splits)
    held = real_book(policy, found, scope, numbers, (when, without_ended(closes, seen)[-1]))
    decision = decide(policy, today, held)
    breaches = policy.rules.breaches(held.held, book_from(held.held, held))
    return Drift(policy, scope.name, when, decision, outside(found, scope, numbers), breaches, stale(policy, seen, when))


def matched(universe: Sequence[Asset], instruments: Sequence[Instrument]) -> tuple[int | None, ...]:
    """The number in the book of each asset of a policy: by its id, then by its series, then without regard to capitals."""
    spot = {one.id: number for number, one in enumerate(instruments) if one.contract is not Contract.FUTURE}
    folded = {name.casefold(): number for name, number in reversed(spot.items())}
    found: list[int | None] = []
    for asset in universe:
        names = (asset.id, asset.series)
        number = next((spot[name] for name in names if name in spot), None)
        if number is None:
            number = next((folded[name.casefold()] for name in names if name.casefold() in folded), None)
        found.append(number if number not in found else None)
    return tuple(found)


def real_book(
    policy: Policy, found: Folded, scope: Scope, numbers: Sequence[int | None], at: tuple[np.datetime64, Array]
) -> Book:
    """The account as decisions see it, in the numbers of the policy, at prices (A,) on a date."""
    when, prices = at
    units = [_held(found, scope, number) for number in numbers]
    cash = sum((found.positions[place].cash for place in scope.places), ZERO)
    if not any(units) and not cash:
        raise UsageError(f"{scope.name} holds nothing that {policy.name} manages", remedy="Import what it holds first.")
    ledger = Ledger(len(numbers))
    on = plain_date(when)
    with exact():
        ledger.extend([Flow(on, cash), *(Opening(on, a, count, ZERO, on) for a, count in enumerate(units) if count)])
    ledger.funded = any(units)
    try:
        book = ledger.book(when, prices)
    except InvariantError as error:
        unpriced = [a.id for a, count, price in zip(policy.universe, units, prices, strict=True) if count and not price > 0]
        what = f"no price of {', '.join(unpriced)} is known on {on}" if unpriced else error.what
        raise UsageError(what, remedy="Give data that reach to it, or an earlier --as-of.") from error
    lots = [_lots(found, scope, number) for number in numbers]
    if policy.remembers:
        book = replace(book, bought=_bought(lots))
    if policy.taxed and policy.tax is not None and scope.one is not None:
        book = replace(book, selling=SaleTax(policy.tax.regime, scope.one.lots)(lots, prices, book.nav, on))
    return book


def _held(found: Folded, scope: Scope, number: int | None) -> Decimal:
    return ZERO if number is None else sum((found.held(place, number) for place in scope.places), ZERO)


def _lots(found: Folded, scope: Scope, number: int | None) -> list[Lot]:
    if number is None:
        return []
    lots = [lot for place in scope.places for lot in found.of(place, number)]
    return sorted(lots, key=lambda lot: lot.acquired)


def _bought(lots: Sequence[Sequence[Lot]]) -> Purchases:
    """What is still held, by the day on which it came."""
    rows = [(a, lot) for a, own in enumerate(lots) for lot in own]
    units = np.zeros((len(rows), len(lots)))
    for row, (a, lot) in enumerate(rows):
        units[row, a] = float(lot.units)
    return Purchases(np.array([lot.opened for _, lot in rows], dtype="datetime64[D]"), units)


def outside(found: Folded, scope: Scope, numbers: Sequence[int | None]) -> tuple[Outside, ...]:
    """What is held and not managed by the policy."""
    rows = []
    for asset in sorted({asset for place in scope.places for asset in found.assets(place)} - set(numbers)):
        one = found.instruments[asset]
        why = "a future: exposure is no weight" if one.contract is Contract.FUTURE else "not in the policy"
        rows.append(Outside(one.id, _held(found, scope, asset), why))
    purses: dict[str, Decimal] = {}
    for place in scope.places:
        for code, amount in found.positions[place].purses.items():
            purses[code] = purses.get(code, ZERO) + amount
    return (*rows, *(Outside(code, amount, "cash in another currency") for code, amount in sorted(purses.items()) if amount))
