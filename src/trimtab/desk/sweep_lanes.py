"""Variants of plain policies in lanes: one table of goals for all schedules where no memory matters, else one for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from trimtab.construction.blend import sleeves_of
from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.errors import TrimtabError
from trimtab.core.schedule import TradeAt
from trimtab.core.terms import CLOSE
from trimtab.desk.plain_lanes import fence, ground, rate, timetable
from trimtab.desk.policy import Policy
from trimtab.desk.sweep_pass import NO_DATE, NO_DECISION, Pass
from trimtab.desk.swept_aims import Dates, Foresight, Table
from trimtab.desk.variants import Aspect
from trimtab.numerics.lanes import Lanes
from trimtab.numerics.lanes_running import Engine, chosen, run


def run_lanes(made: Pass, policy: Policy, mine: Index, engine: Engine) -> Index:
    """Run variants `mine` (places of the pass) of a plain policy; returns those whose goals or prices have gaps."""
    mine, left = _without_sleeves(made, mine)
    dates, knowledge = made.groups[Aspect.DATES][mine], made.groups[Aspect.KNOWLEDGE][mine]
    every = {s: Dates.of(made.on(policy, s), made.market) for s in np.unique(dates).tolist()}
    schedules = {s: when for s, when in every.items() if len(when.decided)}
    made.fail(mine[~np.isin(dates, list(schedules))], NO_DECISION)
    if not schedules:
        return left
    foresight = _foresight(made, policy, mine, schedules)
    engine = chosen(engine, float(len(mine)) * len(made.market.sessions))
    entry, rest = _Entry(made, policy, engine.value), [left]
    for s, when in schedules.items():
        here = np.flatnonzero(dates == s)
        rest += [entry.enter(mine[here], knowledge[here], table, when) for table in foresight.tables(s)]
    for (_, trade), (table, lanes) in entry.lanes.items():
        paths = ground(policy, made.market, trade)
        run(paths, fence(policy), table.stacked(), lanes, made.trails, engine=engine)
    return np.concatenate(rest)


def _without_sleeves(made: Pass, mine: Index) -> tuple[Index, Index]:
    """Those whose weights are not a blend, and those whose are."""
    knowledge = made.groups[Aspect.KNOWLEDGE][mine]
    allocators = {k: made.policies[Aspect.KNOWLEDGE, k].allocator for k in np.unique(knowledge).tolist()}
    blends = np.isin(knowledge, [k for k, allocator in allocators.items() if tuple(sleeves_of(allocator))])
    return mine[~blends], mine[blends]


def _foresight(made: Pass, policy: Policy, mine: Index, schedules: Mapping[int, Dates]) -> Foresight:
    """What all of `mine` know, each knowledge asked once where it can be."""
    foresight = made.foresight(policy, schedules)
    dates, knowledge = made.groups[Aspect.DATES][mine], made.groups[Aspect.KNOWLEDGE][mine]
    for k in np.unique(knowledge).tolist():
        knowing = made.policies[Aspect.KNOWLEDGE, k]
        if knowing.reacher != policy.reacher:
            knowing = replace(knowing, reacher=policy.reacher)
        try:
            foresight.ask(k, knowing, _asked(dates, knowledge == k, schedules))
        except TrimtabError as error:
            made.fail(mine[knowledge == k], error.what)
    return foresight


def _asked(dates: Index, mine: Mask, schedules: Mapping[int, Dates]) -> Iterator[int]:
    """The schedules of some variants: looked up only where they are asked one by one."""
    yield from (s for s in np.unique(dates[mine]).tolist() if s in schedules)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A table: when each knowledge is ready for a first decision and its goals are known (K, R), and its place."""

    ready: Mask
    goals: Mask
    complete: bool
    place: Index  # by the number of the knowledge, -1 for one that stands elsewhere

    @classmethod
    def of(cls, table: Table, most: int) -> _Known:
        """What a table holds of knowledges up to number `most`."""
        place = np.full(most + 1, -1, dtype=np.intp)
        place[list(table.places)] = list(table.places.values())
        ready = np.stack(table.ready)
        goals = np.stack([np.isfinite(goal @ np.ones(goal.shape[1])) for goal in table.goals])
        return cls(ready, goals, bool(ready.all() and goals.all()), place)


@dataclass(slots=True, eq=False)
class _Entry:
    """Lets the variants of one schedule and table at a time into lanes."""

    made: Pass
    policy: Policy
    engine: str
    lanes: dict[tuple[int, TradeAt], tuple[Table, list[Lanes]]] = field(default_factory=dict)
    _known: dict[int, _Known] = field(default_factory=dict)
    _last_gap: int | None = None

    def enter(self, mine: Index, knowledge: Index, table: Table, when: Dates) -> Index:
        """Variants with their knowledge. Returns those that cannot run in a lane."""
        if id(table) not in self._known:
            self._known[id(table)] = _Known.of(table, int(self.made.groups[Aspect.KNOWLEDGE].max()))
        known = self._known[id(table)]
        whose = known.place[knowledge]
        own, whose = mine[whose >= 0], whose[whose >= 0]
        at = np.searchsorted(table.rows, when.decided)
        first, begins, gaps = _begins(known, at, when.started(self.made.market))
        whole: Mask = np.asarray(begins & ~gaps & (when.decided[first] > self._unpriced()))
        self.made.fail(own[~begins[whose]], NO_DATE)
        runs = whole[whose]
        ours, places = own[runs], whose[runs]
        self.made.note(ours, when.decided[first[places]], self.engine)
        if len(ours):
            times = timetable(self.policy, self.made.market, when, at)
            lanes = Lanes(times, ours, places, first[places], np.full(len(ours), rate(self.policy)))
            self.lanes.setdefault((id(table), when.policy.schedule.trade), (table, []))[1].append(lanes)
        return own[~runs & begins[whose]]

    def _unpriced(self) -> int:
        """The last session on which a price is unknown; -1 for none."""
        if self._last_gap is None:
            closes: Array = self.made.market.fields[CLOSE]
            unknown = np.flatnonzero(~np.isfinite(np.add.reduce(closes, axis=1)))
            self._last_gap = int(unknown[-1]) if len(unknown) else -1
        return self._last_gap


def _begins(known: _Known, at: Index, started: Mask) -> tuple[Index, Mask, Mask]:
    """(K,) the first decision of each knowledge on rows `at` (n,) of a table, whether it has one, and gaps after it."""
    if known.complete:
        count = len(known.ready)
        return np.full(count, started.argmax()), np.full(count, started.any()), np.zeros(count, dtype=bool)
    may = known.ready[:, at] & started
    first = may.argmax(axis=1)
    gaps = ~known.goals[:, at] & (np.arange(len(at)) >= first[:, np.newaxis])
    return first, np.asarray(may.any(axis=1)), np.asarray(gaps.any(axis=1))
