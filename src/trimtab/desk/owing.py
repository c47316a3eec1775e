"""Tax that an account owes and has not paid: its part of what its household owes, of this tax year and of the one before.

A household is one taxpayer: losses of one account are set against gains of another, what is free of tax is free once. So the
tax is that of all of them together, less what was paid, and each account bears the part that its own gains and income would
be taxed by themselves; where nothing would be, in proportion to what they brought. The account of a household by itself
sets aside what a backtest does (desk/taxing.py), but for years before the last: the tax of those is taken to be paid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_UP, Decimal

from trimtab.accounting.history import effective
from trimtab.core.entries import Entry, Tax
from trimtab.core.money import ZERO, exact
from trimtab.core.taxes import Assessment, Carried, TaxYear
from trimtab.desk.books import Scope
from trimtab.desk.folding import Folded

_CENT = Decimal("0.01")


def owed_of(found: Folded, scope: Scope, entries: Mapping[str, Sequence[Entry]], on: date) -> Decimal:
    """What the places of a scope owe on a date, in the currency of the household; `entries` are those of the household."""
    year = found.regime.year(on)
    groups = _groups(found, scope)
    with exact():
        return sum((_owed(found, groups, entries, one, on) for one in (year - 1, year)), ZERO)


def _groups(found: Folded, scope: Scope) -> list[list[str]]:
    """The taxed places of the scope, and then those of every other account, or of every other place beside a sleeve."""
    whole = all(place in scope.places for place, one in scope.family.items() if one is scope.one)
    groups: dict[str, list[str]] = {}
    for place in found.tallies:
        name = "" if place in scope.places else scope.family[place].id if whole else place
        groups.setdefault(name, []).append(place)
    return [groups.pop("", []), *groups.values()]


def _owed(
    found: Folded, groups: Sequence[Sequence[str]], entries: Mapping[str, Sequence[Entry]], year: int, on: date
) -> Decimal:
    """What the first group owes of a year: its part, less what it paid, and no more than its part of what is unpaid in all."""
    due = _assessed(found, [place for own in groups for place in own], year).tax
    paid = [sum((_paid(entries[place], year, on) for place in own), ZERO) for own in groups]
    unpaid = due - sum(paid, ZERO)
    if not unpaid > 0:
        return ZERO
    weights = [max(_assessed(found, own, year).tax, ZERO) for own in groups]
    if not any(weights):
        weights = [max(_brought(_year(found, own, year)), ZERO) for own in groups]
    whole = sum(weights, ZERO)
    if not whole:  # nothing of this year in any of them: it is owed of what was carried, by all alike
        weights, whole = [Decimal(1)] * len(groups), Decimal(len(groups))
    left = [max(due * weight / whole - one, ZERO) for weight, one in zip(weights, paid, strict=True)]
    return (unpaid * left[0] / sum(left, ZERO)).quantize(_CENT, ROUND_UP) if len(groups) > 1 else unpaid


def _assessed(found: Folded, places: Sequence[str], year: int) -> Assessment:
    """The tax of a year on what these places brought, with the losses that they carry into it."""
    if len(places) == 1:
        return found.tallies[places[0]].assessment(year)
    first = min((one for place in places for one in found.tallies[place].years), default=year)
    carried = Carried()
    for one in range(min(first, year), year):
        carried = found.regime.assess(_year(found, places, one), carried).carried
    return found.regime.assess(_year(found, places, year), carried)


def _year(found: Folded, places: Sequence[str], year: int) -> TaxYear:
    return sum((found.tallies[place].year(year) for place in places), TaxYear(year))


def _brought(year: TaxYear) -> Decimal:
    """All that a year brought in money."""
    return sum((value for value in (year.short, year.long, year.ordinary, year.qualified)), ZERO)


def _paid(entries: Sequence[Entry], year: int, until: date) -> Decimal:
    """What was paid of the tax of a year by a date; what was cancelled never was."""
    if not any(type(one) is Tax for one in entries):
        return ZERO
    taxes = [one for _, one in effective(entries) if isinstance(one, Tax)]
    return sum((one.amount for one in taxes if one.year == year and one.when <= until), ZERO)
