"""Lanes in array calls: one decision of all lanes at a time, then every session at once. See `lanes`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.region import Group
from trimtab.numerics.lanes import FUNDED, Fence, Ground, Lanes, Trails, tally
from trimtab.numerics.projection import Polytope

_DONE = 1e-15
_TINY = 1e-300
_TOGETHER = 1024  # lanes that are worked on at a time: their units stay within tens of megabytes


def run(ground: Ground, fence: Fence, goals: Array, groups: Sequence[Lanes], trails: Trails) -> None:
    """Fill `trails` with the way of every lane; `goals` (W, R, A) is the table that they read."""
    waiting: list[Lanes] = []
    for lanes in _parts(groups, len(ground.closes)):
        if waiting and sum(len(one.numbers) for one in waiting) + len(lanes.numbers) > _TOGETHER:
            _Column(ground, fence, goals, waiting).walk(trails)
            waiting = []
        waiting.append(lanes)
    if waiting:
        _Column(ground, fence, goals, waiting).walk(trails)


def _parts(groups: Sequence[Lanes], sessions: int) -> list[Lanes]:
    """Lanes that begin on one date, not too many together; those with the most decisions that are filled first."""
    parts = []
    for lanes in groups:
        for first in np.unique(lanes.first):
            alike = np.flatnonzero(lanes.first == first)
            for some in np.array_split(alike, -(-len(alike) // _TOGETHER)):
                own = (lanes.numbers[some], lanes.whose[some], lanes.first[some], lanes.rate[some])
                parts.append(Lanes(lanes.timetable, *own))
    return sorted(parts, key=lambda lanes: -_reached(lanes, sessions))


def _reached(lanes: Lanes, sessions: int) -> int:
    """How many decisions are filled."""
    return int(np.searchsorted(lanes.timetable.filled[int(lanes.first[0]) :], sessions))


@dataclass(slots=True, eq=False)
class _Account:
    """K accounts: units (A, K), cash in units of the bank (K,), cost of trading (K,), what is used of budgets (B, K), and more.

    The last is who has traded yet: one sent into cash alone is not funded, and budgets do not bind what it buys first.
    """

    units: Array
    cash: Array
    rate: Array
    used: Array
    funded: Mask

    def only(self, here: slice) -> _Account:
        """Some of them, in the same memory."""
        return _Account(self.units[:, here], self.cash[here], self.rate[here], self.used[:, here], self.funded[here])


@dataclass(slots=True, eq=False)
class _Column:
    """Lanes that step together: all take their first decision, then all their second, whatever the dates."""

    ground: Ground
    fence: Fence
    goals: Array
    groups: list[Lanes]
    ends: Index = field(init=False)
    worth: Array = field(init=False)  # (T, A + 1) closes, and what a unit of the bank is worth

    def walk(self, trails: Trails) -> None:
        """From the first decision to the last session."""
        sizes = [len(lanes.numbers) for lanes in self.groups]
        counts = [_reached(lanes, len(self.ground.closes)) for lanes in self.groups]
        self.ends = np.cumsum(sizes)
        self.worth = np.column_stack((self.ground.closes, self.ground.bank))
        held, trading = np.empty((max(counts, default=0), self.worth.shape[1], sum(sizes))), np.zeros((3, sum(sizes)))
        self._step_all(counts, held, trading)
        for lanes, count, end, size in zip(self.groups, counts, self.ends, sizes, strict=True):
            own = slice(end - size, end)
            wealth = self._wealth(lanes, held[:count, :, own])
            _tally(self.ground, lanes, wealth, trading[:, own], trails)

    def _step_all(self, counts: list[int], held: Array, trading: Array) -> None:
        """Every decision in turn, of the lanes that have so many; units and cash (n, A + 1, K) as they stand after it."""
        lanes = held.shape[2]
        account = _Account(
            np.zeros((held.shape[1] - 1, lanes)),
            self.ground.capital / self.ground.bank[self._rows(self.groups, "decided", 0)],
            np.concatenate([one.rate for one in self.groups]),
            np.zeros((len(self.fence.budgets), lanes)),
            np.zeros(lanes, dtype=bool),
        )
        for n in range(len(held)):
            active = self.groups[: sum(count > n for count in counts)]
            here = slice(0, self.ends[len(active) - 1])
            own = account.only(here)
            if n and len(own.used):
                self._renew(active, n, own.used)
            trading[:, here] += self._decide(active, n, own)
            held[n][:-1, here], held[n][-1, here] = own.units, own.cash

    def _rows(self, active: list[Lanes], what: str, n: int) -> Index:
        """(K,) a row of the timetables for each lane, n decisions after its first."""
        rows = [int(getattr(lanes.timetable, what)[lanes.first[0] + n]) for lanes in active]
        return np.repeat(rows, [len(lanes.numbers) for lanes in active])

    def _prices(self, prices: Array, active: list[Lanes], what: str, n: int) -> Array:
        """(A, K) prices (T, A) on the rows of the timetables."""
        rows = [int(getattr(lanes.timetable, what)[lanes.first[0] + n]) for lanes in active]
        return np.repeat(prices[rows].T, [len(lanes.numbers) for lanes in active], axis=1)

    def _renew(self, active: list[Lanes], n: int, used: Array) -> None:
        """Budgets are whole again where a period begins."""
        sizes = [len(lanes.numbers) for lanes in active]
        pairs = [(lanes.timetable.periods, int(lanes.first[0]) + n) for lanes in active]
        begins = np.array([periods[:, at] != periods[:, at - 1] for periods, at in pairs])
        used[np.repeat(begins.T, sizes, axis=1)] = 0.0

    def _decide(self, active: list[Lanes], n: int, own: _Account) -> Array:
        """Bring units and cash of the accounts to where they stand after one decision; its turnover, cost and drag (3, K)."""
        ground = self.ground
        bank, later = (ground.bank[self._rows(active, when, n)] for when in ("decided", "filled"))
        closes = self._prices(ground.closes, active, "decided", n)
        held = own.units * closes
        nav = own.cash * bank + held.sum(axis=0)
        target, mended = self._aim(self._goals(active, n), held, nav, own)
        sought = target * after(target, held, nav, own.rate) / closes - own.units
        cash = own.cash * later
        moves = sought * self._prices(ground.fills, active, "filled", n)
        part = cut(sought, moves, cash, own.rate)
        net, gross = moves.sum(axis=0), np.abs(moves).sum(axis=0)
        cost = own.rate * gross
        own.units += sought
        own.cash[:] = (cash - net - cost) / later
        turnover = np.where(own.funded, 0.5 * (gross + np.abs(net)) / nav, 0.0)
        if len(own.used):
            own.used += np.where(own.funded, counted(moves / nav, mended, part), 0.0)
        own.funded |= gross > 0.0
        return np.stack((turnover, cost, cost / nav))

    def _goals(self, active: list[Lanes], n: int) -> Array:
        """(A, K) what each lane is after."""
        wanted = [self.goals[:, lanes.timetable.goals[lanes.first[0] + n]].T[:, lanes.whose] for lanes in active]
        return np.concatenate(wanted, axis=1)

    def _aim(self, goal: Array, held: Array, nav: Array, own: _Account) -> tuple[Array, Array | None]:
        """Targets (A, K), and what repaired a breach (A, K); without budgets nothing keeps a lane from its goal."""
        if not len(own.used) or not own.funded.any():
            return goal, None
        weights = held / nav
        base = repaired(weights, self.fence)
        way = goal - base
        turn = 0.5 * (np.abs(way).sum(axis=0) + np.abs(way.sum(axis=0)))
        left = np.maximum(self.fence.budgets[:, np.newaxis] - own.used, 0.0).min(axis=0)
        share = np.where((turn <= left) | ~own.funded, 1.0, left / np.maximum(turn, _TINY))
        return np.where(share == 1.0, goal, base + share * way), base - weights

    def _wealth(self, lanes: Lanes, held: Array) -> Array:
        """(T - begin, K) wealth at every session from the first decision on; units and cash (n, A + 1, K)."""
        ground, last, first = self.ground, len(self.ground.closes), int(lanes.first[0])
        begin = int(lanes.timetable.decided[first])
        wealth = np.empty((last - begin, len(lanes.numbers)))
        starts = lanes.timetable.filled[first : first + len(held)].tolist()
        wealth[:] = (ground.capital * (ground.bank[begin:] / ground.bank[begin]))[:, np.newaxis]  # up to the first fill
        for n, (row, end) in enumerate(pairwise([*starts, last])):
            rows = slice(max(row, begin + 1), end)  # at the first decision itself there is the capital
            np.matmul(self.worth[rows], held[n], out=wealth[rows.start - begin : rows.stop - begin])
        return wealth


def _tally(ground: Ground, lanes: Lanes, wealth: Array, trading: Array, trails: Trails) -> None:
    """Put what lanes (T - begin, K) left behind in its place."""
    begin, some = len(ground.closes) - len(wealth), lanes.numbers
    trails.tallies[some] = np.concatenate((tally(wealth, ground.riskfree[begin:]), trading)).T
    shown = trails.marked > begin
    trails.marks[np.ix_(some, np.flatnonzero(shown))] = wealth[trails.marked[shown] - begin].T
    if trails.wealth.size:
        trails.wealth[some, :begin] = ground.capital
        trails.wealth[some, begin:] = wealth.T


def cut(sought: Array, moves: Array, cash: Array, rate: Array) -> Array | None:
    """Cut purchases (in place) to what cash and sales pay for; the part (K,) that is left of them, None for all."""
    buys = np.maximum(moves, 0.0).sum(axis=0)
    power, need = cash - (moves.sum(axis=0) - buys) * (1.0 - rate), buys * (1.0 + rate)
    short = need > power * (1.0 + 1e-12)
    if not short.any():
        return None
    part = np.ones(len(cash))
    part[short] = np.maximum(power[short], 0.0) / np.maximum(need[short], _TINY)
    for amounts in (sought, moves):
        np.multiply(amounts, part, out=amounts, where=amounts > 0.0)
    return part


def repaired(weights: Array, fence: Fence) -> Array:
    """(A, K) the closest portfolios inside the fence."""
    fine = _inside(weights, fence)
    if fine.all():
        return weights
    base = weights.copy()
    rows = np.ascontiguousarray(weights[:, ~fine].T)
    whole = np.concatenate((rows, 1.0 - rows.sum(axis=1, keepdims=True)), axis=1)
    base[:, ~fine] = _polytope(fence).nearest(whole)[:, :-1].T
    return base


def _polytope(fence: Fence) -> Polytope:
    low, high = np.append(fence.low, fence.low_cash), np.append(fence.high, fence.high_cash)
    groups = (Group(np.append(group.members, False), group.floor, group.cap) for group in fence.groups)
    return Polytope(low, high, 1.0, tuple(groups))


def _inside(weights: Array, fence: Fence) -> Mask:
    """(K,) whether weights (A, K) lie inside the fence, but for rounding."""
    low, high = fence.low[:, np.newaxis] - FUNDED, fence.high[:, np.newaxis] + FUNDED
    cash = 1.0 - weights.sum(axis=0)
    fine = ((weights >= low) & (weights <= high)).all(axis=0)
    fine &= (cash >= fence.low_cash - FUNDED) & (cash <= fence.high_cash + FUNDED)
    for number, (floor, cap) in enumerate(zip(fence.floors, fence.caps, strict=True)):
        held = weights[fence.group == number].sum(axis=0)
        fine &= (held >= floor - FUNDED) & (held <= cap + FUNDED)
    return np.asarray(fine)


def after(target: Array, held: Array, nav: Array, rate: Array) -> Array:
    """(K,) the value that trades from `held` (A, K) to `target` (A, K) leave of `nav` (K,), costs paid out of it.

    Convex and piecewise linear: Newton's method ends after a few steps, where it stays on one piece.
    """
    if not rate.any():
        return nav
    value, before = nav, np.full(nav.shape, np.inf)
    for _ in range(60):
        way = target * value
        way -= held
        slope = np.copysign(target, way).sum(axis=0)
        step = (value + rate * np.abs(way, out=way).sum(axis=0) - nav) / (1.0 + rate * slope)
        value = value - step
        if ((slope == before) | (np.abs(step) <= _DONE * nav)).all():
            break
        before = slope
    return np.maximum(value, 0.0)


def counted(moves: Array, mended: Array | None, part: Array | None) -> Array:
    """(K,) one-way turnover of moves (A, K), in weight, without what repaired a breach as far as that was filled."""
    half = 0.5 * moves
    if mended is not None:
        got = (moves != 0.0).astype(float)
        if part is not None:
            np.multiply(got, part, out=got, where=moves > 0.0)
        half -= 0.5 * mended * got
    return np.asarray(np.abs(half).sum(axis=0) + np.abs(half.sum(axis=0)))
