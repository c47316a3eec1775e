"""Goals of the variants of a sweep: each distinct knowledge is worked out once, on all decision dates of all schedules.

A component is pointwise but for its memory, so the answer on a date does not depend on which other dates are asked, unless
a memory matters: a tie that keeps the side before, a dwell time, a change that is spread. `Memory` listens; where it
matters, or sleeves drift on paper, a schedule is asked by itself, as a backtest does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from trimtab.construction.blend import sleeves_of
from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.calendar import day
from trimtab.data.market import Market
from trimtab.desk.asking import matters, walk
from trimtab.desk.backtest import knows
from trimtab.desk.dates import decision_rows, fill_rows, view_at
from trimtab.desk.decide import aims
from trimtab.desk.policy import Policy
from trimtab.desk.swift_view import SwiftView

_ROWS = 64
_SURE = 3  # knowledges in a row whose memory mattered, after which the others are not asked on all dates first


@dataclass(slots=True)
class Memory:
    """Runs memories along the dates, and notes whether any of them mattered."""

    mattered: bool = False

    def __call__(self, component: Any, rows: Array) -> Array:
        """See `asking.walk`."""
        if not matters(component, rows):
            return rows
        self.mattered = True
        return walk(component, rows)


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """The decisions of one schedule: rows decided at and filled at (n,), and from which date on it trades."""

    policy: Policy
    decided: Index
    filled: Index

    @classmethod
    def of(cls, policy: Policy, market: Market) -> Dates:
        """Those of a policy."""
        rows = decision_rows(policy, market)
        return cls(policy, rows, fill_rows(policy, market, rows))

    def started(self, market: Market) -> Mask:
        """(n,) which decisions lie on the first day of trading, or after it."""
        start, days = self.policy.horizon.start, market.sessions[self.decided]
        return np.asarray(days >= day(start) if start else np.ones(len(days), dtype=bool))


@dataclass(slots=True, eq=False)
class Table:
    """Goals (R, A) of several knowledges on the same R decision dates, and on which of them a first decision may be taken."""

    rows: Index  # (R,) sessions
    places: dict[int, int] = field(default_factory=dict)  # the number of each knowledge, and its place
    goals: list[Array] = field(default_factory=list)
    ready: list[Mask] = field(default_factory=list)
    _stacked: Array | None = None

    def add(self, k: int, goal: Array, ready: Mask) -> None:
        """One knowledge more."""
        self.places[k], self._stacked = len(self.goals), None
        self.goals.append(goal)
        self.ready.append(ready)

    def stacked(self) -> Array:
        """(W, R, A) the goals of all; in memory those of one date lie together."""
        if self._stacked is not None:
            return self._stacked
        out = np.empty((*self.goals[0].shape, len(self.goals)))
        for begin in range(0, len(out), _ROWS):  # by so many dates that they stay in the cache
            np.stack([goal[begin : begin + _ROWS] for goal in self.goals], axis=-1, out=out[begin : begin + _ROWS])
        self._stacked = out.transpose(2, 0, 1)
        return self._stacked


@dataclass(slots=True, eq=False)
class Foresight:
    """What each of several knowledges says: on all dates at once where no memory matters, else on each schedule by itself.

    It is asked once: variants that differ in what they pay, or in how they trade, read the same.
    """

    market: Market
    dates: Mapping[int, Dates]
    together: Table = field(init=False)
    alone: dict[int, Table] = field(init=False)
    _alike: bool = field(init=False)  # whether all schedules know the same on one date
    _views: dict[int | None, SwiftView] = field(default_factory=dict)  # of each schedule; of every date of any of them: None
    _alone: int = 0  # knowledges in a row whose memory mattered

    def __post_init__(self) -> None:
        self.together = Table(self._all_rows())
        self._alike = len({dates.policy.schedule.cut_off for dates in self.dates.values()}) == 1
        self.alone = {s: Table(dates.decided) for s, dates in self.dates.items()}

    def _all_rows(self) -> Index:
        """Decision dates of all schedules, from the first on which one may trade: without memory, earlier ones do nothing."""
        asked = np.zeros(len(self.market.sessions), dtype=bool)
        for dates in self.dates.values():
            began = dates.started(self.market)
            asked[dates.decided[began if began.any() else slice(None)]] = True
        return np.flatnonzero(asked)

    def ask(self, k: int, policy: Policy, schedules: Iterable[int]) -> None:
        """Ask the knowledge of `policy`, which is number `k`, on some of the schedules."""
        if k in self.together.places:
            return
        missing = [s for s in schedules if k not in self.alone[s].places]
        if missing and self._alike and self._alone < _SURE and not tuple(sleeves_of(policy.allocator)):
            own, memory = _scheduled(policy, next(iter(self.dates.values())).policy), Memory()
            view = self._view(None, own, self.together.rows)
            found = aims(own, view, along=memory)
            if not memory.mattered:
                self._alone = 0
                self.together.add(k, found.goal, knows(own, view, found))
                return
            self._alone += 1
        for s in missing:
            own = _scheduled(policy, self.dates[s].policy)
            view = self._view(s, own, self.dates[s].decided)
            found = aims(own, view)
            self.alone[s].add(k, found.goal, knows(own, view, found))

    def _view(self, s: int | None, policy: Policy, rows: Index) -> SwiftView:
        """The view from some rows: one for all that ask there, so that signals are shared."""
        if s not in self._views:
            self._views[s] = SwiftView.like(view_at(policy, self.market, rows))
        return self._views[s]

    def tables(self, s: int) -> Iterator[Table]:
        """Where the knowledge stands that schedule `s` reads."""
        return (table for table in (self.together, self.alone[s]) if table.goals)


def _scheduled(policy: Policy, other: Policy) -> Policy:
    """The knowledge of one policy on the dates of another."""
    if policy.schedule == other.schedule and policy.horizon == other.horizon:
        return policy
    return replace(policy, schedule=other.schedule, horizon=other.horizon)
