"""Where the sleeves of a household belong: from a file, or from what its accounts hold, to a plan and what it saves.

A file says for each sleeve what it is worth, pays and gains, and for each account how much room it has. For a household
the values and the room come from its book, and the file adds what the book does not know: yields, growth, turnover.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from trimtab.accounting.taxes.location import Location, Place, Plan, Sleeve
from trimtab.core.arrays import Array
from trimtab.core.entries import Payout
from trimtab.core.errors import DataError, ParameterError, PolicyError, UsageError
from trimtab.core.taxes import TaxRegime, Term, Wrapper
from trimtab.desk.books import Scope
from trimtab.desk.config import Builder
from trimtab.desk.folding import Folded
from trimtab.desk.holdings import stated
from trimtab.desk.quoting import Quotes
from trimtab.desk.yaml12 import Path, parse, read_text

_KEYS = ("sleeves", "accounts", "barred", "after_tax")
_SLEEVE = ("value", "yields", "growth", "realised")
_PLACE = ("room", "wrapper", "rate")
CASH = "cash"


@dataclass(frozen=True, slots=True)
class Named:
    """A plan by name, and what it saves a year against the same mix in every account."""

    name: str
    plan: Plan
    saves: float


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """The question and its answers, the best last; `missing` says why there are fewer."""

    location: Location
    plans: tuple[Named, ...]
    missing: tuple[str, ...] = ()

    @property
    def best(self) -> Named:
        """The plan that costs least."""
        return self.plans[-1]


def located(location: Location) -> Located:
    """The same mix everywhere, one sleeve after the other, and the linear programme (where scipy is installed)."""
    rata = location.pro_rata()
    plans, missing = [Named("pro rata", rata, 0.0)], []
    for name, ask in (("greedy", location.greedy), ("linear programme", location.best)):
        try:
            plan = ask()
        except UsageError as error:
            missing.append(f"{name}: {error}")
        else:
            plans.append(Named(name, plan, rata.drag - plan.drag))
    return Located(location, tuple(plans), tuple(missing))


def location_in(file: str, regime: TaxRegime, when: date) -> Location:
    """The question that a YAML file asks. Raises PolicyError with file:line:col."""
    document = parse(read_text(file, "the sleeves"), file)
    said = _Said(Builder(document))
    values = said.all()
    sleeves = tuple(said.sleeve(name, part) for name, part in said.part(values, "sleeves").items())
    places = tuple(said.place(name, part) for name, part in said.part(values, "accounts").items())
    return _question(said, values, (sleeves, places), regime, when)


def location_of(found: Folded, scope: Scope, when: date, quotes: Quotes, regime: TaxRegime, file: str = "") -> Location:
    """The question that the accounts of a household ask: what they hold today, each with the room that it fills.

    `file` says what the instruments yield, gain and realise. Raises DataError where something has no price.
    """
    document = parse(read_text(file, "the sleeves"), file) if file else parse("{}", "no file")
    said = _Said(Builder(document))
    values = said.all()
    told = said.part(values, "sleeves")
    accounts = {account.id: account for account in scope.places.values()}
    names, amounts = _amounts(found, scope, when, quotes)
    known = said.part(values, "accounts")
    filled = [{"room": float(amounts[:, p].sum()), "wrapper": one.wrapper.value} for p, one in enumerate(accounts.values())]
    places = tuple(said.place(name, own | (known.get(name) or {})) for name, own in zip(accounts, filled, strict=True))
    counted = np.array([1.0 - place.rate if values.get("after_tax", True) else 1.0 for place in places])
    sleeves = tuple(
        said.sleeve(name, {**(told.get(name) or {}), "value": float(amounts[s] @ counted)}) for s, name in enumerate(names)
    )
    return _question(said, values, (sleeves, places), regime, when)


def _amounts(found: Folded, scope: Scope, when: date, quotes: Quotes) -> tuple[list[str], Array]:
    """The instruments that a household holds, cash with them, and (S, P) what each account holds of them."""
    accounts = {account.id: account for account in scope.places.values()}
    if len({account.currency for account in accounts.values()}) > 1:
        remedy = "Locate the accounts of one currency at a time, or write a file."
        raise UsageError(f"the accounts of {scope.name} are in several currencies", remedy=remedy)
    sums: list[dict[str, float]] = []
    for name in accounts:
        own = Scope(name, {place: one for place, one in scope.places.items() if one.id == name}, scope.family)
        held = stated(found, own, when, quotes)
        if held.nav is None:
            raise DataError(f"{name} cannot be valued: {'; '.join(held.missing)}", remedy="Give prices: --data DIR.")
        worth = {line.instrument: float(line.worth or 0) for line in held.lines}
        sums.append(worth | {CASH: float(sum(purse.worth or 0 for purse in held.cash))})
    names = sorted({name for one in sums for name, value in one.items() if value > 0.0})
    if not names:
        raise UsageError(f"{scope.name} holds nothing to locate", remedy="Import what it holds first.")
    return names, np.array([[max(one.get(name, 0.0), 0.0) for one in sums] for name in names])


def _question(
    said: _Said, values: Mapping[str, Any], made: tuple[tuple[Sleeve, ...], tuple[Place, ...]], regime: TaxRegime, when: date
) -> Location:
    barred = frozenset((str(sleeve), str(place)) for sleeve, places in said.part(values, "barred").items() for place in places)
    try:
        return Location(*made, regime.rates(when), after_tax=bool(values.get("after_tax", True)), barred=barred)
    except ParameterError as error:
        raise said.fault((), error) from None


@dataclass(frozen=True, slots=True)
class _Said:
    """What the file says, each fault with its place."""

    build: Builder

    def all(self) -> Mapping[str, Any]:
        """The whole file."""
        values = self.build.mapping(self.build.document.values, ())
        self.build.keys(values, _KEYS, ())
        return values

    def part(self, values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        """One part of it, as a mapping."""
        return self.build.mapping(values.get(name), (name,))

    def sleeve(self, name: str, value: Any) -> Sleeve:
        """One sleeve."""
        path: Path = ("sleeves", name)
        entries = self._entries(path, value, _SLEEVE)
        yields, realised = (self._parts(entries, key, kind, path) for key, kind in (("yields", Payout), ("realised", Term)))
        worth, growth = (self._number(entries, key, path) for key in ("value", "growth"))
        try:
            return Sleeve(name, worth, yields, growth, realised)
        except ParameterError as error:
            raise self.fault(path, error) from None

    def place(self, name: str, value: Any) -> Place:
        """One account."""
        path: Path = ("accounts", name)
        entries = self._entries(path, value, _PLACE)
        wrapper = self.build.validated(Wrapper, entries.get("wrapper", "taxable"), (*path, "wrapper"))
        room, rate = (self._number(entries, key, path) for key in ("room", "rate"))
        try:
            return Place(name, room, wrapper, rate)
        except ParameterError as error:
            raise self.fault(path, error) from None

    def fault(self, path: Path, error: ParameterError) -> PolicyError:
        """An error of a part, with its place in the file."""
        return self.build.fault((*path, error.field) if error.field else path, error.what, error.remedy)

    def _entries(self, path: Path, value: Any, known: tuple[str, ...]) -> Mapping[str, Any]:
        entries = self.build.mapping(value, path)
        self.build.keys(entries, known, path)
        return entries

    def _parts(self, entries: Mapping[str, Any], key: str, kind: Any, path: Path) -> dict[Any, float]:
        """A mapping of words to numbers."""
        parts = self.build.mapping(entries.get(key), (*path, key))
        return {self.build.validated(kind, word, (*path, key, word)): self._number(parts, word, (*path, key)) for word in parts}

    def _number(self, entries: Mapping[str, Any], name: str, path: Path) -> float:
        value = entries.get(name, 0.0)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.build.fault((*path, name), f"{name} is {value!r}, no number", "Write a plain number.")
        return float(value)
