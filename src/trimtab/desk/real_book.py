"""An account of the book as decisions see it, in the numbers of a policy: its assets are found in the book by their id,
then by their series. Tax that is owed is set aside, past turnover is that of the orders that were filled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from trimtab.accounting.ledger import Ledger
from trimtab.accounting.taxes.none import NoTax
from trimtab.accounting.taxes.selling import SaleTax
from trimtab.core.arrays import Array
from trimtab.core.calendar import plain_date
from trimtab.core.entries import Flow, Opening
from trimtab.core.errors import InvariantError, UsageError
from trimtab.core.households import Contract, Instrument
from trimtab.core.money import ZERO, exact
from trimtab.core.taxes import Lot, Wrapper
from trimtab.core.trades import Book, Purchases
from trimtab.core.values import Asset
from trimtab.desk.books import Scope
from trimtab.desk.folding import Folded
from trimtab.desk.policy import Policy


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
    policy: Policy,
    found: Folded,
    scope: Scope,
    numbers: Sequence[int | None],
    at: tuple[np.datetime64, Array],
    *,
    cash: Decimal = ZERO,
) -> Book:
    """The account as decisions see it, in the numbers of the policy, at prices (A,) on a date, with `cash` more than it has."""
    when, prices = at
    units = [held_of(found, scope, number) for number in numbers]
    cash += sum((found.positions[place].cash for place in scope.places), ZERO)
    if not any(units) and not cash:
        raise UsageError(f"{scope.name} holds nothing that {policy.name} manages", remedy="Import what it holds first.")
    book, on = _valued(policy, units, cash, at), plain_date(when)
    lots = [lots_of(found, scope, number) for number in numbers]
    if policy.remembers:
        book = replace(book, bought=_bought(lots))
    if policy.taxed and policy.tax is not None and scope.one is not None:
        regime = policy.tax.regime if scope.one.wrapper is Wrapper.TAXABLE else NoTax()
        book = replace(book, selling=SaleTax(regime, scope.one.lots)(lots, prices, book.nav, on))
    return book


def _valued(policy: Policy, units: Sequence[Decimal], cash: Decimal, at: tuple[np.datetime64, Array]) -> Book:
    """Units and cash at prices. Raises UsageError where something held has none."""
    when, prices = at
    ledger, on = Ledger(len(units)), plain_date(when)
    with exact():
        ledger.extend([Flow(on, cash), *(Opening(on, a, count, ZERO, on) for a, count in enumerate(units) if count)])
    ledger.funded = any(units)
    try:
        return ledger.book(when, prices)
    except InvariantError as error:
        unpriced = [a.id for a, count, price in zip(policy.universe, units, prices, strict=True) if count and not price > 0]
        what = f"no price of {', '.join(unpriced)} is known on {on}" if unpriced else error.what
        raise UsageError(what, remedy="Give data that reach to it, or an earlier --as-of.") from error


def held_of(found: Folded, scope: Scope, number: int | None) -> Decimal:
    """Units of an instrument in all places of a scope; None where the book knows no such instrument."""
    return ZERO if number is None else sum((found.held(place, number) for place in scope.places), ZERO)


def lots_of(found: Folded, scope: Scope, number: int | None) -> list[Lot]:
    """Its lots in all places, oldest first."""
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
