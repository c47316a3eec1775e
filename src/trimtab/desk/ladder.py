"""The shadow of an account: the model as specified, run beside it, and what each override and all the rest made of it.

The way from the model to the account is a ladder. Step 0 is the model alone, step k the model with the first k overrides
on what it trades, in the order in which they were written down, and the last rung is what the account really did. Each day
an override's part is the return of its step less that of the step before; what is left between the last step and the
account is all that was done otherwise: late trades, other prices, orders that were edited, declined or added. Above zero
helped. Flows are taken out of all alike, so that parts add up to account less model: day by day, linked, and in money.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

import numpy as np

from trimtab.core.arrays import Array, Dates, frozen, require_shape
from trimtab.core.errors import UsageError
from trimtab.core.money import ZERO, Currency, decimal_of, exact
from trimtab.desk.policy import Policy
from trimtab.governance.overrides import Override, OverrideCost


@dataclass(frozen=True, slots=True, eq=False)
class Brought:
    """What one rung of the ladder brought: each day, linked over all of them, and in money; above zero helped."""

    name: str
    daily: Array
    linked: float
    money: Decimal


@dataclass(frozen=True, eq=False)
class Shadow:
    """T sessions `dates` of an account by `name`, and the K overrides that the steps (K + 1, T) have on, step 0 without any.

    `account` (T,) and `steps` are what one unit of money became, 1 at first. `begin` (T - 1,) is what the account was worth
    at the beginning of each day, flows in: amounts of money are returns of that. `blocked` says what the gate stopped of
    the model with all overrides.
    """

    name: str
    policy: Policy
    overrides: tuple[Override, ...]
    dates: Dates
    account: Array
    steps: Array
    begin: Array
    blocked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.dates)
        require_shape("wealth of the account", self.account, (count,))
        require_shape("wealth of the steps", self.steps, (len(self.overrides) + 1, count))
        require_shape("values at the beginnings", self.begin, (count - 1,))
        for name in ("dates", "account", "steps", "begin"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def currency(self) -> Currency:
        """That of the account."""
        return self.policy.currency

    @property
    def model(self) -> Array:
        """(T,) what one unit became by the model as specified."""
        return np.asarray(self.steps[0])

    @property
    def overridden(self) -> Array:
        """(T,) what one unit became by the model with all overrides."""
        return np.asarray(self.steps[-1])

    @cached_property
    def total(self) -> Brought:
        """Account less model."""
        return self._brought("account less model", self.account, self.model)

    @cached_property
    def costs(self) -> tuple[Brought, ...]:
        """(K) what each override brought, in the order of `overrides`."""
        pairs = zip(self.overrides, self.steps[1:], self.steps[:-1], strict=True)
        return tuple(self._brought(one.id, step, before) for one, step, before in pairs)

    @cached_property
    def together(self) -> Brought:
        """What all overrides brought: their parts add up to it."""
        whole = self._brought("overrides", self.overridden, self.model)
        return replace(whole, money=sum((one.money for one in self.costs), ZERO))

    @cached_property
    def rest(self) -> Brought:
        """What was done otherwise: timing, prices, and orders that were edited, declined or added."""
        found = self._brought("the rest", self.account, self.overridden)
        return replace(found, money=self.total.money - self.together.money)

    def cost_of(self, override: str) -> Brought | None:
        """What one override brought by its id; None where it did not live in these days."""
        return next((one for one in self.costs if one.name == override), None)

    def since(self, first: date, last: date) -> Shadow:
        """The same from the last session up to `first` to the last one up to `last`, everything 1 again at its beginning.

        Raises UsageError for days that hold no two sessions of it.
        """
        begin, end = np.searchsorted(self.dates, np.array([first, last], dtype="datetime64[D]"), side="right") - 1
        rows = slice(max(int(begin), 0), int(end) + 1)
        if end <= max(begin, 0):
            span = f"It runs from {self.dates[0]} to {self.dates[-1]}."
            raise UsageError(f"the shadow of {self.name} has no day between {first} and {last}", remedy=span)
        account, steps = self.account[rows], self.steps[:, rows]
        begins = self.begin[rows.start : rows.stop - 1]
        cut = (self.dates[rows], account / account[0], steps / steps[:, :1], begins)
        return Shadow(self.name, self.policy, self.overrides, *cut, self.blocked, self.notes)

    def _brought(self, name: str, one: Array, other: Array) -> Brought:
        found = OverrideCost(one, other)
        with exact():
            amount = self.currency.round(decimal_of(float((found.daily * self.begin).sum())))
        return Brought(name, frozen(found.daily), found.linked, amount)
