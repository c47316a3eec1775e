"""The set of portfolios that limits allow: a box, cash bounds, floors and caps on groups of assets, and bounds on risk.

Groups that do not overlap have a closed form (see `numerics.projection`); where they do, a solver is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array, Mask, frozen


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """floor <= sum of the members' weights <= cap; `members` is a mask (A,)."""

    members: Mask
    floor: float = -np.inf
    cap: float = np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """{w : low <= w <= high, low_cash <= 1 - sum(w) <= high_cash, group floors and caps}; low and high are (A,)."""

    low: Array
    high: Array
    low_cash: float = -np.inf
    high_cash: float = np.inf
    groups: tuple[Group, ...] = ()
    capped: bool = field(init=False)  # any upper bound at all
    disjoint: bool = field(init=False)  # no asset is in two groups

    @staticmethod
    def everything(count: int) -> Region:
        """No limits at all on `count` assets."""
        return Region(np.full(count, -np.inf), np.full(count, np.inf))

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", frozen(self.low))
        object.__setattr__(self, "high", frozen(self.high))
        object.__setattr__(self, "capped", bool((self.high < np.inf).any()))
        covered = np.zeros(len(self.low), dtype=int)
        for group in self.groups:
            covered += group.members
        object.__setattr__(self, "disjoint", not bool((covered > 1).any()))

    def __and__(self, other: Region) -> Region:
        """What both allow. Groups on the same members merge."""
        return Region(
            np.maximum(self.low, other.low),
            np.minimum(self.high, other.high),
            max(self.low_cash, other.low_cash),
            min(self.high_cash, other.high_cash),
            _merged((*self.groups, *other.groups)),
        )

    def contains(self, weights: Array, *, tolerance: float = 1e-12) -> Mask:
        """Whether weights (..., A) lie in the region, cash being what is left of 1. Shape (...)."""
        every = np.logical_and.reduce
        inside = every(weights >= self.low - tolerance, -1)
        cash = 1.0 - np.add.reduce(weights, -1)
        inside &= (cash >= self.low_cash - tolerance) & (cash <= self.high_cash + tolerance)
        if self.capped:
            inside &= every(weights <= self.high + tolerance, -1)
        for group in self.groups:
            total = weights[..., group.members].sum(-1)
            inside &= (total >= group.floor - tolerance) & (total <= group.cap + tolerance)
        return np.asarray(inside)

    def widened(self, low: Array, high: Array) -> Region:
        """The region with each limit loosened by exactly what holdings confined to `low` and `high` (A,) force on it.

        Nothing is sold short: what is not confined can be as little as nothing.
        """
        least = np.maximum(low, 0.0)
        groups = tuple(
            Group(g.members, min(g.floor, float(high[g.members].sum())), max(g.cap, float(least[g.members].sum())))
            for g in self.groups
        )
        return Region(
            np.minimum(self.low, high),
            np.maximum(self.high, low),
            min(self.low_cash, float(1.0 - least.sum())),
            max(self.high_cash, float(1.0 - high.sum())),
            groups,
        )

    def forced(self, low: Array, high: Array) -> float:
        """By how much holdings confined to `low` and `high` (A,) leave the region at the least, whatever else is done."""
        least = np.maximum(low, 0.0)
        ends = [
            float(np.max(self.low - high, initial=0.0)),
            float(np.max(low - self.high, initial=0.0)),
            self.low_cash - float(1.0 - least.sum()),
            float(1.0 - high.sum()) - self.high_cash,
        ]
        for group in self.groups:
            ends += [group.floor - float(high[group.members].sum()), float(least[group.members].sum()) - group.cap]
        return max(ends)

    @property
    def feasible(self) -> bool:
        """Whether any portfolio lies in the region: a closed form, where groups are disjoint.

        Of groups that overlap each is asked alone: False is certain, True is for a solver to confirm.
        """
        if (self.low > self.high + 1e-12).any() or self.low_cash > self.high_cash + 1e-12:
            return False
        if not self.disjoint:
            alone = (Region(self.low, self.high, self.low_cash, self.high_cash, (group,)) for group in self.groups)
            return all(region.feasible for region in alone)
        least, most = self.low_cash, self.high_cash
        rest = np.ones(len(self.low), dtype=bool)
        for group in self.groups:
            floor = max(group.floor, self.low[group.members].sum())
            cap = min(group.cap, self.high[group.members].sum())
            if floor > cap + 1e-12:
                return False
            least, most = least + floor, most + cap
            rest &= ~group.members
        least, most = least + self.low[rest].sum(), most + self.high[rest].sum()
        return bool(least <= 1.0 + 1e-12 and most >= 1.0 - 1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class RiskBound:
    """sqrt(d' covariance d) <= most with d = members * (w - centre): active risk per year, of all assets or of a group.

    `centre` is (A,), `members` a mask (A,). The covariance is that of the day.
    """

    centre: Array
    members: Mask
    most: float

    def risk(self, weights: Array, covariance: Array) -> Array:
        """Risk per year (...) of weights (..., A) under covariances (..., A, A); NaN where the covariance is unknown."""
        active = np.where(self.members, weights - self.centre, 0.0)
        known = np.where(self.members[:, np.newaxis] & self.members, covariance, 0.0)  # of assets that are not meant: nothing
        variance = np.einsum("...i,...ij,...j->...", active, known, active)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def _merged(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """One group for each distinct set of members, with the tighter floor and cap."""
    found: dict[bytes, Group] = {}
    for group in groups:
        key = group.members.tobytes()
        known = found.get(key, group)
        found[key] = Group(group.members, max(known.floor, group.floor), min(known.cap, group.cap))
    return tuple(found.values())
