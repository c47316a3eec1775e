"""Overrides: what people change of the model's trade, each with who, when, why, a size within bounds, and an expiry.

An override changes the target of a decision, never the record of what the model said. A shift adds weight to assets and
takes it from cash or others; a hold leaves assets as they are held. Both end by themselves. What overrides cost is the
difference between the account and its shadow, the model as specified, day by day and linked (METHODS 11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError, UsageError
from trimtab.core.persons import person
from trimtab.numerics.returns import returns_of

_LONGEST = 3_660  # days: ten years
_LEAST = Decimal("0.00001")  # of a shift: less moves no share, and looks like nothing on a screen


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a policy allows: one-way size of all overrides and orders by hand, as a fraction of net asset value; days of life.

    Each override counts in full, also one that takes another back: either may end first, and then the rest stands alone. A
    hold is not bounded: it trades less, as declining an order does, and nobody can be made to trade.
    """

    size: Decimal
    days: int = 90

    def __post_init__(self) -> None:
        if not 0 <= self.size <= 1:
            raise ParameterError(f"size {self.size} is not between 0 and 1", field="size", remedy="Such as 0.05.")
        if not 1 <= self.days <= _LONGEST:
            what = f"days is {self.days}, {'below 1' if self.days < 1 else f'above {_LONGEST}'}"
            raise ParameterError(what, field="days", remedy="Give calendar days, such as 90.")


@dataclass(frozen=True, slots=True)
class Override:
    """A change of one account's trades from `begins` up to and with `ends`, written down at `recorded` by a person.

    `shifts` are weights that are added to targets by asset (below zero takes away); what they do not sum to comes out of
    cash. `holds` are assets that are not traded. Raises ParameterError where it changes nothing, has no reason or author,
    ends before it begins, holds what it shifts, or was recorded without a time zone.
    """

    id: str
    account: str
    by: str
    why: str
    recorded: datetime
    begins: date
    ends: date
    shifts: Mapping[str, Decimal] = field(default_factory=dict)
    holds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "shifts", MappingProxyType(dict(self.shifts)))
        faults = (
            (not person(self.by), "by", "an override has no author", "Say who."),
            (not self.why.strip(), "why", "an override has no reason", "Say why: it will be read later."),
            (self.recorded.tzinfo is None, "recorded", "the override has no time zone", "Give an instant in UTC."),
            (self.ends < self.begins, "ends", f"it ends on {self.ends}, before it begins", f"It begins on {self.begins}."),
            (not self.holds and not any(self.shifts.values()), "shifts", "it changes nothing", "Shift an asset, or hold one."),
            (not all(map(Decimal.is_finite, self.shifts.values())), "shifts", "a shift is not a number", "Such as 0.03."),
            (bool(set(self.holds) & set(self.shifts)), "holds", "what is held cannot be shifted", "Do one or the other."),
        )
        for wrong, where, what, remedy in faults:
            if wrong:
                raise ParameterError(what, field=where, remedy=remedy)

    def lives(self, when: date) -> bool:
        """Whether it is in force on a day."""
        return self.begins <= when <= self.ends

    @property
    def size(self) -> Decimal:
        """One-way: half of what it moves, cash with it."""
        return together(self.shifts.items())


@dataclass(frozen=True, slots=True)
class DoneByHand:
    """What somebody did by hand, on which day: the weight, with its sign, that an order puts into an asset."""

    day: date
    asset: str
    weight: Decimal


def allow(new: Override, standing: Sequence[Override], bounds: Bounds | None, by_hand: Sequence[DoneByHand] = ()) -> None:
    """Raise UsageError where an override may not be written down: none are allowed, too large with others, too small, too long.

    `by_hand` is what was done by hand in its account.
    """
    if bounds is None:
        remedy = "Write overrides: {size: 0.05} into the policy, as a change that others approve."
        raise UsageError("the policy allows no overrides", remedy=remedy)
    if (new.ends - new.begins).days > bounds.days:
        longest = new.begins + timedelta(days=bounds.days)
        raise UsageError(f"it lives longer than {bounds.days} days", remedy=f"End it by {longest}, and renew it with a reason.")
    if small := [name for name, shift in new.shifts.items() if 0 < abs(shift) < _LEAST]:
        raise UsageError(f"the shift of {small[0]} is below {_LEAST:.3%}", remedy="Shift more, or leave it out.")
    beside = [one for one in standing if one.account == new.account and one.begins <= new.ends and new.begins <= one.ends]
    if found := excess([new, *beside], by_hand, bounds, (new.begins, new.ends)):
        own = f", {found.by_hand:.2%} of it by hand," if found.by_hand else ","
        what = f"overrides of {found.size:.2%} on {found.day}{own} above the {bounds.size:.2%} that the policy allows"
        raise UsageError(what, remedy="Make it smaller, or end another one first.")


class Excess(NamedTuple):
    """A day on which people change more than is allowed: one-way size of all, and of what was done by hand."""

    day: date
    size: Decimal
    by_hand: Decimal


def excess(
    overrides: Sequence[Override], by_hand: Sequence[DoneByHand], bounds: Bounds, days: tuple[date, date]
) -> Excess | None:
    """The first of `days` (first, last) on which people change more than is allowed; None where they never do.

    On the first day, and on each on which an override begins: every override that lives counts in full (see `Bounds`), and
    what was done by hand in the days before, as many as an override may live, adds up or takes each other back.
    """
    first, last = days
    for day in sorted({first, *(one.begins for one in overrides if first < one.begins <= last)}):
        since = day - timedelta(days=bounds.days)
        by_orders = together((one.asset, one.weight) for one in by_hand if one.day >= since)
        size = sum((one.size for one in overrides if one.lives(day)), by_orders)
        if size > bounds.size:
            return Excess(day, size, by_orders)
    return None


def together(shifts: Iterable[tuple[str, Decimal]]) -> Decimal:
    """One-way size of weights put into assets at once: those of one asset add up, or take each other back; cash is the rest."""
    sums: dict[str, Decimal] = {}
    for asset, shift in shifts:
        sums[asset] = sums.get(asset, Decimal(0)) + shift
    moves = [*sums.values(), -sum(sums.values(), Decimal(0))]
    return sum(map(abs, moves), Decimal(0)) / 2


def overridden(target: Array, held: Array, names: Sequence[str], living: Sequence[Override]) -> Array:
    """(A,) the target with all `living` overrides on it; assets that are held keep what they have, whatever is shifted.

    `target` and `held` (A,) are weights by `names`. A shift never takes more than there is. Raises UsageError for a name
    that is no asset.
    """
    place = {name: number for number, name in enumerate(names)}
    made = np.array(target, dtype=float)
    for one in living:
        if unknown := [name for name in (*one.shifts, *one.holds) if name not in place]:
            raise UsageError(
                f"override {one.id}: {unknown[0]} is no asset of the policy", remedy=f"Assets: {', '.join(names)}."
            )
        for name, shift in one.shifts.items():
            made[place[name]] += float(shift)
    made = np.where(np.minimum(target, 0.0) > made, np.minimum(target, 0.0), made)
    for one in living:
        for name in one.holds:
            made[place[name]] = held[place[name]]
    return made


@dataclass(frozen=True, slots=True, eq=False)
class OverrideCost:
    """What overrides cost: wealth of the account and of its shadow (T,) at the same instants, flows taken out of both.

    `daily` (T - 1,) is the return of the account less that of the shadow, `linked` the difference of what one unit of
    money became in each. Above zero: overrides helped.
    """

    account: Array
    shadow: Array

    def __post_init__(self) -> None:
        if self.account.shape != self.shadow.shape or self.account.ndim != 1:
            raise ParameterError(f"{self.account.shape} values of the account stand against {self.shadow.shape} of the shadow")

    @property
    def daily(self) -> Array:
        """Difference of returns."""
        return np.asarray(returns_of(self.account) - returns_of(self.shadow))

    @property
    def linked(self) -> float:
        """Difference over the whole period."""
        return float(self.account[-1] / self.account[0] - self.shadow[-1] / self.shadow[0])
