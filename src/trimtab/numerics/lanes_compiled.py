"""Lanes compiled (numba, the extra `fast`): see `lanes`. Up to 128 go side by side, so that a processor works on several.

This module imports numba: `lanes_running` imports it where numba is installed, and not before it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Index, frozen
from trimtab.numerics.compiling import inlined
from trimtab.numerics.lanes import Fence, Ground, Lanes, Trails
from trimtab.numerics.lanes_bundle import (
    CASH,
    COSTS,
    DEEP,
    EIGHT,
    FOUR,
    HIGH,
    LAST,
    OVER,
    RATE,
    ROWS,
    STRIDE,
    TURNOVER,
    WHOLE,
    WIDTH,
    compiled,
)
from trimtab.numerics.lanes_days import days
from trimtab.numerics.lanes_fence import ROOM, bounds
from trimtab.numerics.lanes_trading import decided, traded

# What is imported above is compiled in, and what numba keeps is renewed when THIS file changes: change both together.
_END, _EXCESS, _GAIN, _DEEPEST, _TURNOVER, _COST, _DRAG = 0, 1, 5, 7, 8, 9, 10


def run(ground: Ground, fence: Fence, goals: Array, groups: Sequence[Lanes], trails: Trails) -> None:
    """Fill `trails` with the way of every lane; `goals` (W, R, A) is the table that they read."""
    mark = np.full(len(ground.closes), -1, dtype=np.intp)
    mark[trails.marked] = np.arange(len(trails.marked))
    prices = (_in_fours(ground.closes), _in_fours(ground.fills))
    market = (*_still(*prices, ground.bank, ground.riskfree, mark), bool(ground.riskfree.any()), float(ground.capital))
    found, limits = (trails.tallies, trails.marks, trails.wealth), bounds(fence)
    table = _still(goals.transpose(1, 2, 0))[0]  # (R, A, W): what the lanes of a bundle read on one date lies together
    for parts in bundles(groups):
        space = _space(ground, fence, trails, np.concatenate([part.lanes.rate[part.whole] for part in parts]))
        _walk(market, _dates(parts), limits, (table, *_people(parts)), found, space)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some lanes on one timetable that begin together, by place; `whole` fills them up to whole vectors.

    The rest is worked out twice, and kept once.
    """

    lanes: Lanes
    some: Index
    whole: Index

    @property
    def first(self) -> int:
        """Number of the first decision."""
        return int(self.lanes.first[self.some[0]])

    @property
    def begin(self) -> int:
        """Row of the first decision."""
        return int(self.lanes.timetable.decided[self.first])


def bundles(groups: Sequence[Lanes]) -> list[list[Part]]:
    """All lanes, at most 128 in a bundle: those that begin together are not torn apart more than that asks for."""
    parts = sorted((part for lanes in groups for part in _alike(lanes)), key=lambda part: part.begin)
    made, room = list[list[Part]](), 0
    for part in parts:
        count = len(part.whole)
        if not made or count > room:
            made.append([])
            room = WIDTH
        made[-1].append(part)
        room -= count
    return made


def _alike(lanes: Lanes) -> list[Part]:
    """Lanes of one timetable by their first decision, about as many in each part."""
    order = np.argsort(lanes.first, kind="stable")
    edges = np.flatnonzero(np.diff(lanes.first[order])) + 1
    alike = [group for group in np.split(order, edges) if len(group)]
    parts = [some for group in alike for some in np.array_split(group, -(-len(group) // WIDTH))]
    return [Part(lanes, some, np.resize(some, -(-len(some) // EIGHT) * EIGHT)) for some in parts]


def _dates(parts: Sequence[Part]) -> tuple[Array, ...]:
    """Timetables one after the other: rows decided at and filled at, rows of goals, and periods of budgets (B, n)."""
    times = [part.lanes.timetable for part in parts]
    of = [np.concatenate([getattr(one, what) for one in times]) for what in ("decided", "filled", "goals")]
    return _still(*of, np.concatenate([one.periods for one in times], axis=1))


def _people(parts: Sequence[Part]) -> tuple[Array, ...]:
    """Whose goals each lane reads, the number of each lane (-1 of what fills up), and of the parts where they stand (P, 5).

    That is the first lane and the one after the last, the next decision, the one after the last, and the row they begin at.
    """
    whose = np.concatenate([part.lanes.whose[part.whole] for part in parts])
    numbers = np.full(len(whose), -1, dtype=np.intp)
    where, lane, date = np.empty((len(parts), 5), dtype=np.intp), 0, 0
    for part, row in zip(parts, where, strict=True):
        dates, size = len(part.lanes.timetable.decided), len(part.whole)
        numbers[lane : lane + len(part.some)] = part.lanes.numbers[part.some]
        row[:] = lane, lane + size, date + part.first, date + dates, part.begin
        lane, date = lane + size, date + dates
    return (*_still(whose, numbers), where)


def _still(*arrays: Any) -> tuple[Any, ...]:
    """Arrays of one kind, whoever hands them in: numba compiles anew for each kind that it meets, and that takes long."""
    return tuple(frozen(np.ascontiguousarray(array)) for array in arrays)


def _in_fours(prices: Array) -> Array:
    """Prices (T, A) with assets that nobody holds, up to a whole number of fours."""
    more = -prices.shape[1] % FOUR
    return np.concatenate((prices, np.ones((len(prices), more))), axis=1) if more else prices


def _space(ground: Ground, fence: Fence, trails: Trails, rate: Array) -> tuple[Array, ...]:
    """What lanes hold and what is counted of them, by asset, of budgets, at marks and at sessions.

    It is made here, since numba takes a second to compile what makes arrays.
    """
    state = np.zeros((ROWS, STRIDE))
    state[RATE, : len(rate)] = rate
    state[LAST], state[HIGH], state[DEEP] = ground.capital, ground.capital, 1.0  # those that have not begun divide by them
    state[CASH] = ground.capital / ground.bank[0]
    assets = ground.closes.shape[1]
    by_asset = np.zeros((5, assets + -assets % FOUR, STRIDE))
    marks = np.full((trails.marks.shape[1], STRIDE), np.nan)
    daily = np.full((trails.wealth.shape[1], STRIDE), ground.capital)
    return state, by_asset, np.zeros((len(fence.budgets), STRIDE)), marks, daily, np.empty((ROOM, 2 * assets + 2))


@compiled
def _walk(market, dates, limits, wanted, found, space):  # type: ignore[no-untyped-def]
    """One bundle of lanes from the first decision to the last session: each part decides and trades on its own dates."""
    closes, _, bank, riskfree, mark, excess, _ = market
    _, whose, numbers, parts = wanted
    state, by_asset, _, marks, daily, _ = space
    lane = (by_asset[0], state, marks, daily, len(whose))
    shown, then, never = parts[0, 4], 0, len(closes)
    waiting = parts[:, 4] * 0  # 0: not begun, 1: a decision is next, 2: a fill is next
    while then < never:
        then = never
        for p in range(len(parts)):
            then = min(then, _due(parts[p], waiting[p], dates, never))
        days((closes, bank, riskfree, mark, excess), shown + 1, min(then, never - 1), lane)
        shown = max(shown, then)
        for p in range(len(parts) if then < never else 0):
            if _due(parts[p], waiting[p], dates, never) <= then:
                _act(market, dates, limits, wanted, space, (p, waiting, then))
    _kept(state, marks, daily, excess, found, numbers)


@inlined
def _act(market, dates, limits, wanted, space, doing):  # type: ignore[no-untyped-def]
    """What a part decides or trades after session `then`."""
    closes, fills, bank, _, _, _, capital = market
    taken, filled, at, periods = dates
    goals, whose, _, parts = wanted
    state, by_asset, used, marks, daily, room = space
    p, waiting, then = doing
    n, order = parts[p, 2], (by_asset[1], by_asset[2], by_asset[3], by_asset[4], room)
    lanes = (np.uintp(parts[p, 0]), np.uintp(parts[p, 1]))  # never below 0: no index is checked for it
    row, trade, never = taken[n], filled[n], len(closes)
    if waiting[p] == 0:
        _begun(lanes, capital, bank[row], state, marks, daily)
        waiting[p] = 1
    if waiting[p] == 1 and _due(parts[p], 1, dates, never) <= then:
        for b in range(len(used)):  # budgets are whole again where a period begins
            if row == parts[p, 4] or periods[b, n] != periods[b, n - 1]:
                used[b, lanes[0] : lanes[1]] = 0.0
        decided((closes[row], bank[row], goals[at[n]], whose), lanes, (by_asset[0], state), order, limits, used)
        waiting[p] = 2
    if waiting[p] == 2 and trade - 1 <= then:
        traded(fills[trade], bank[trade], lanes, (by_asset[0], state), order, used)
        parts[p, 2], waiting[p] = n + 1, 1


@inlined
def _due(part, waiting, dates, never):  # type: ignore[no-untyped-def]
    """The session after which a part does something next."""
    taken, filled, n, due = dates[0], dates[1], part[2], never
    if waiting == 0:
        due = part[4]
    elif n < part[3] and filled[n] < never:
        due = filled[n] - 1 if waiting == 2 else min(taken[n], filled[n] - 1)
    return due


@compiled
def _begun(lanes, capital, bank, state, marks, daily):  # type: ignore[no-untyped-def]
    """Some lanes begin, with the capital in cash: forget what was counted while others had begun already."""
    for k in range(lanes[0], lanes[1]):
        for row in range(len(state)):
            state[row, k] = state[row, k] if row == RATE else 0.0
        state[CASH, k], state[LAST, k], state[HIGH, k], state[DEEP, k] = capital / bank, capital, capital, 1.0
        for m in range(len(marks)):
            marks[m, k] = np.nan
        for t in range(len(daily)):
            daily[t, k] = capital


@compiled
def _kept(state, marks, daily, excess, found, numbers):  # type: ignore[no-untyped-def]
    """Put what the lanes left behind in its place."""
    tallies, ends, wealth = found
    for k in range(len(numbers)):
        v = numbers[k]
        if v < 0:
            continue
        tallies[v, _END], tallies[v, _DEEPEST] = state[LAST, k], state[DEEP, k]
        for power in range(4):
            tallies[v, _EXCESS + power] = state[OVER + power, k]
        for power in range(2):
            tallies[v, _GAIN + power] = state[WHOLE + power, k] if excess else state[OVER + power, k]
            tallies[v, _COST + power] = state[COSTS + power, k]
        tallies[v, _TURNOVER] = state[TURNOVER, k]
        for m in range(len(marks)):
            ends[v, m] = marks[m, k]
        for t in range(len(daily)):
            wealth[v, t] = daily[t, k]
