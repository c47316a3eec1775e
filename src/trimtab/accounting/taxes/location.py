"""Asset location: which account of a household holds which sleeve, so that least is lost to tax (METHODS 10).

Greedy by tax drag a unit of money, the most taxed into the sheltered accounts (Dammon, Spatt and Zhang 2004); then a
linear programme (HiGHS: Huangfu and Hall 2018), which knows what may not be held where and what moving costs. Where
`after_tax` is set, money in a deferred account counts by what is left of it: (1 - t). Then its owner's part grows untaxed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from math import fsum
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Mask, frozen, require_shape
from trimtab.core.entries import Payout
from trimtab.core.errors import InvariantError, ParameterError, UsageError
from trimtab.core.taxes import TaxRates, Term, Wrapper

_SLACK = 1e-6  # how far, as a part of all money, an answer of the solver may be off
_SHOWN = 1e-6  # parts of all money below this are not worth a word


@dataclass(frozen=True, slots=True)
class Sleeve:
    """What is to be held: `value` of it in all accounts together, in currency.

    `yields` are what it pays a year by kind, as fractions of its value, `growth` what its price gains a year, and
    `realised` the parts of that growth which turnover realises each year, by term. What is not realised is not taxed.
    """

    name: str
    value: float
    yields: Mapping[Payout, float] = field(default_factory=dict)
    growth: float = 0.0
    realised: Mapping[Term, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0.0 <= self.value < np.inf:
            raise ParameterError(f"{self.name} is worth {self.value}", field="value", remedy="Give an amount of at least 0.")
        parts = list(self.realised.values())
        if not (all(part >= 0.0 for part in parts) and sum(parts) <= 1.0 + 1e-9):
            what = f"{self.name} realises {parts} of its growth a year"
            raise ParameterError(what, field="realised", remedy="Give parts of at least 0 that add up to 1 at most.")

    def drag(self, rates: TaxRates) -> float:
        """Tax a year on one unit of money of it in a taxable account."""
        paid = {Payout.QUALIFIED: rates.qualified, Payout.ORDINARY: rates.ordinary, Payout.GAIN: rates.long}
        gained = {Term.SHORT: rates.short, Term.LONG: rates.long}
        income = fsum(part * float(paid.get(kind, 0)) for kind, part in self.yields.items())
        return income + self.growth * fsum(part * float(gained[term]) for term, part in self.realised.items())


@dataclass(frozen=True, slots=True)
class Place:
    """An account with room for `capacity`, in currency before tax; `rate` is the tax on what leaves a deferred one."""

    name: str
    capacity: float
    wrapper: Wrapper = Wrapper.TAXABLE
    rate: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.capacity < np.inf:
            what = f"{self.name} has room for {self.capacity}"
            raise ParameterError(what, field="capacity", remedy="Give an amount of at least 0.")
        if not 0.0 <= self.rate < 1.0 or (self.rate and self.wrapper is not Wrapper.DEFERRED):
            remedy = "Only a deferred account has one, a fraction below 1."
            raise ParameterError(f"{self.name} has a rate of {self.rate}", field="rate", remedy=remedy)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Currency (S, P) of each sleeve in each account, and what it costs: tax `drag` a year, and `moving` there once."""

    amounts: Array
    drag: float
    moving: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "amounts", frozen(self.amounts))


@dataclass(frozen=True, slots=True, eq=False)
class Location:
    """The question: S sleeves, P accounts, and the rates of tax.

    `barred` are pairs (sleeve, account) that must not be. `held` (S, P) is what is there today, in currency, and `moving`
    (S, P) what it costs to take a unit of money of it out, tax on its gain included; it counts against the drag of
    `years`. Values of sleeves are after tax where `after_tax` is set, in currency as it stands where not.
    """

    sleeves: tuple[Sleeve, ...]
    places: tuple[Place, ...]
    rates: TaxRates
    after_tax: bool = True
    barred: frozenset[tuple[str, str]] = frozenset()
    held: Array | None = None
    moving: Array | None = None
    years: float = 1.0

    def __post_init__(self) -> None:
        if not self.sleeves or not self.places:
            raise ParameterError("nothing is to be located", remedy="Give at least one sleeve and one account.")
        for what, names in (("sleeve", self._sleeve_names), ("account", self._place_names)):
            if len(set(names)) < len(names):
                raise ParameterError(f"two {what}s have one name", remedy="Give each a name of its own.")
        for sleeve, place in sorted(self.barred):
            if sleeve not in self._sleeve_names or place not in self._place_names:
                raise ParameterError(f"{sleeve} in {place} cannot be barred", field="barred", remedy="Use known names.")
        for name in ("held", "moving"):
            if getattr(self, name) is not None:
                require_shape(name, getattr(self, name), (len(self.sleeves), len(self.places)))
        if (self.moving is not None and self.held is None) or not self.years > 0.0:
            raise ParameterError("moving costs without what is held, or no years", remedy="Give `held`, and years above 0.")
        if self.values.sum() > float(self.room.sum()) * (1.0 + 1e-9) + 1e-9:
            what = f"{self.values.sum():,.2f} is to be held where there is room for {self.room.sum():,.2f}"
            raise ParameterError(what, remedy="Want less, or add up the accounts anew.")

    @property
    def _sleeve_names(self) -> list[str]:
        return [sleeve.name for sleeve in self.sleeves]

    @property
    def _place_names(self) -> list[str]:
        return [place.name for place in self.places]

    @property
    def values(self) -> Array:
        """(S,) what is wanted of each sleeve."""
        return np.array([sleeve.value for sleeve in self.sleeves], dtype=float)

    @property
    def worth(self) -> Array:
        """(P,) what a unit of money in each account counts."""
        return np.array([1.0 - place.rate if self.after_tax else 1.0 for place in self.places])

    @property
    def room(self) -> Array:
        """(P,) room of each account in what it counts."""
        return np.array([place.capacity for place in self.places]) * self.worth

    @property
    def drags(self) -> Array:
        """(S, P) tax a year on a unit of money of each sleeve in each account."""
        return np.outer([sleeve.drag(self.rates) for sleeve in self.sleeves], self._taxable)

    @property
    def _taxable(self) -> Mask:
        return np.array([place.wrapper is Wrapper.TAXABLE for place in self.places], dtype=bool)

    @property
    def allowed(self) -> Mask:
        """(S, P) True where a sleeve may be."""
        return np.array([[(s, p) not in self.barred for p in self._place_names] for s in self._sleeve_names], dtype=bool)

    def plan(self, amounts: Array) -> Plan:
        """What `amounts` (S, P) in currency cost."""
        moved = 0.0
        if self.held is not None and self.moving is not None:
            moved = float((np.maximum(self.held - amounts, 0.0) * self.moving).sum())
        return Plan(amounts, float((amounts * self.drags).sum()), moved)

    def cost(self, plan: Plan) -> float:
        """What is to be least: tax over `years`, and what moving there costs."""
        return plan.drag * self.years + plan.moving

    def pro_rata(self) -> Plan:
        """The same mix in every account: what to compare with. It asks neither what is barred nor what is held."""
        room = self.room
        share = room / room.sum() if room.sum() > 0.0 else room
        return self.plan(np.outer(self.values, share) / self.worth)

    def greedy(self) -> Plan:
        """The most taxed first, where it is least taxed; ties into taxable accounts: shelter is for those that need it.

        Best where nothing is barred and moving is free.

        Raises UsageError where something barred leaves no room for the last ones.
        """
        drags, room = self.drags, self.room
        counted = np.zeros(drags.shape)
        for s in np.argsort(-np.abs(drags).max(axis=1), kind="stable"):
            left = self.values[s]
            for p in np.lexsort((~self._taxable, drags[s])):
                if self.allowed[s, p]:
                    counted[s, p] = min(left, room[p])
                    left -= counted[s, p]
                    room[p] -= counted[s, p]
            if left > _SLACK * max(self.values.sum(), 1.0):
                what = f"one sleeve after the other, no room is left for {left:,.2f} of {self.sleeves[s].name}"
                raise UsageError(what, remedy="Solve the linear programme instead, or bar less.")
        return self.plan(counted / self.worth)

    def best(self) -> Plan:
        """The linear programme: least cost of all.

        Raises UsageError where scipy is missing or nothing fits, InvariantError where the answer of the solver does not.
        """
        scale = float(self.values.sum()) or 1.0
        amounts = self._solved(scale)
        sums, filled = (amounts * self.worth).sum(axis=1) - self.values, (amounts * self.worth).sum(axis=0) - self.room
        off = max(np.abs(sums).max(), filled.max(), -amounts.min(), amounts[~self.allowed].max(initial=0.0))
        if not off <= _SLACK * scale:
            raise InvariantError(f"the answer of the solver is off by {off:,.6f}")
        return self.plan(np.maximum(amounts, 0.0))

    def _solved(self, scale: float) -> Array:
        """Amounts (S, P): x at least zero, and what is taken out, m >= held - x, where that costs something."""
        s, p = len(self.sleeves), len(self.places)
        costs, rows, limits = (self.drags * self.years).ravel(), np.tile(np.eye(p), s) * self.worth[:, np.newaxis], self.room
        sums = np.kron(np.eye(s), self.worth)
        bounds = [(0.0, None if free else 0.0) for free in self.allowed.ravel()]
        if self.held is not None and self.moving is not None:
            unit = np.eye(s * p)
            costs = np.concatenate([costs, self.moving.ravel()])
            rows = np.block([[rows, np.zeros((p, s * p))], [-unit, -unit]])
            limits = np.concatenate([limits, -self.held.ravel()])
            sums, bounds = np.hstack([sums, np.zeros((s, s * p))]), bounds + [(0.0, None)] * (s * p)
        answer = _linprog()(costs, rows, limits / scale, sums, self.values / scale, bounds, method="highs")
        if answer.status == 2:
            raise UsageError("no way to hold it all keeps what is barred", remedy="Bar less.")
        if answer.status != 0:
            raise InvariantError(f"the solver found no answer to where assets belong: {answer.message}")
        return np.asarray(answer.x[: s * p], dtype=float).reshape(s, p) * scale

    def words(self, plan: Plan, *, than: Plan | None = None) -> tuple[str, ...]:
        """Which sleeve goes where, and what that saves a year against `than`, by default the same mix everywhere."""
        total = max(float(plan.amounts.sum()), 1e-300)
        lines = []
        for sleeve, row in zip(self.sleeves, plan.amounts, strict=True):
            parts = [f"{x:,.2f} in {at.name}" for x, at in zip(row, self.places, strict=True) if x > _SHOWN * total]
            lines.append(f"{sleeve.name}: {', '.join(parts) or 'nothing'}")
        other = self.pro_rata() if than is None else than
        against = "the same mix in every account" if than is None else "the other plan"
        lines.append(f"tax of {plan.drag:,.2f} a year, {other.drag - plan.drag:,.2f} less than {against}")
        if plan.moving:
            lines.append(f"moving there costs {plan.moving:,.2f} once")
        return tuple(lines)


def _linprog() -> Any:
    """The solver. Raises UsageError, with the command that brings it, where it is missing."""
    try:
        return import_module("scipy.optimize").linprog
    except ImportError as error:
        what = "where assets belong is the answer of a linear programme, which needs scipy"
        raise UsageError(what, remedy="Run: pip install 'trimtab[solver]'. The greedy way needs nothing.") from error
