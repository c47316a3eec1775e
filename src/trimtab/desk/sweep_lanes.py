"""Variants of plain policies in lanes: one table of goals for all schedules where no memory matters, else one for each."""

from __future__ import annotations

from collections.abc import Mapping
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
    foresight = Foresight(made.market, schedules)
    dates, knowledge = made.groups[Aspect.DATES][mine], made.groups[Aspect.KNOWLEDGE][mine]
    for k in np.unique(knowledge).tolist():
        knowing = made.policies[Aspect.KNOWLEDGE, k]
        if knowing.reacher != policy.reacher:
            knowing = replace(knowing, reacher=policy.reacher)
        asked = [s for s in np.unique(dates[knowledge == k]).tolist() if s in schedules]
        try:
            foresight.ask(k, knowing, asked)
        except TrimtabError as error:
            made.fail(mine[knowledge == k], error.what)
    return foresight


@dataclass(slots=True, eq=False)
class _Entry:
    """Lets the variants of one schedule and table at a time into lanes."""

    made: Pass
    policy: Policy
    engine: str
    lanes: dict[tuple[int, TradeAt], tuple[Table, list[Lanes]]] = field(default_factory=dict)
    _gaps: dict[int, tuple[Mask, Mask, bool]] = field(default_factory=dict)
    _last_gap: int | None = None

    def enter(self, mine: Index, knowledge: Index, table: Table, when: Dates) -> Index:
        """Variants with their knowledge. Returns those that cannot run in a lane."""
        own, whose = _placed(table.places, mine, knowledge)
        at = np.searchsorted(table.rows, when.decided)
        first, begins, gaps = self._begins(table, at, when.started(self.made.market))
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

    def _begins(self, table: Table, at: Index, started: Mask) -> tuple[Index, Mask, Mask]:
        """(K,) the first decision of each knowledge on rows `at` (n,) of a table, whether it has one, and gaps after it."""
        if id(table) not in self._gaps:
            known = [np.isfinite(goal @ np.ones(goal.shape[1])) for goal in table.goals]
            ready = np.stack(table.ready)
            self._gaps[id(table)] = ready, np.stack(known), bool(ready.all() and np.all(known))
        ready, goals, complete = self._gaps[id(table)]
        if complete:
            count = len(table.goals)
            return np.full(count, started.argmax()), np.full(count, started.any()), np.zeros(count, dtype=bool)
        may = ready[:, at] & started
        first = may.argmax(axis=1)
        gaps = ~goals[:, at] & (np.arange(len(at)) >= first[:, np.newaxis])
        return first, np.asarray(may.any(axis=1)), np.asarray(gaps.any(axis=1))

    def _unpriced(self) -> int:
        """The last session on which a price is unknown; -1 for none."""
        if self._last_gap is None:
            closes: Array = self.made.market.fields[CLOSE]
            unknown = np.flatnonzero(~np.isfinite(np.add.reduce(closes, axis=1)))
            self._last_gap = int(unknown[-1]) if len(unknown) else -1
        return self._last_gap


def _placed(places: Mapping[int, int], mine: Index, knowledge: Index) -> tuple[Index, Index]:
    """Those of the variants whose knowledge stands in a table, and its place there."""
    distinct, which = np.unique(knowledge, return_inverse=True)
    found = np.array([places.get(k, -1) for k in distinct.tolist()], dtype=np.intp)[which]
    return mine[found >= 0], found[found >= 0]
