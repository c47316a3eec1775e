"""Random grounds, fences and lanes, and an account that walks one lane at a time, in plain numbers, as the text says."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.region import Group, Region
from trimtab.numerics.lanes import TALLIES, Fence, Ground, Lanes, Timetable, Trails
from trimtab.numerics.lanes_running import Engine, run
from trimtab.numerics.projection import Polytope

RATE, HAIR = (0.0, 0.001, 0.02), 1e-12


@dataclass(frozen=True, eq=False)
class World:
    """All that lanes run on."""

    ground: Ground
    fence: Fence
    goals: Array
    groups: tuple[Lanes, ...]

    @property
    def count(self) -> int:
        """How many lanes there are."""
        return sum(len(lanes.numbers) for lanes in self.groups)


def paths(rng: np.random.Generator, sessions: int, assets: int) -> Array:
    return np.asarray(50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.03, (sessions, assets)), axis=0)))


def ground(rng: np.random.Generator, sessions: int, assets: int) -> Ground:
    """Prices, opens that gap, and bills, which sometimes earn nothing."""
    closes = paths(rng, sessions, assets)
    growth = np.where(rng.random() < 0.5, 0.0, rng.uniform(0.0, 0.001, sessions))
    growth[0] = 0.0
    riskfree = growth if rng.random() < 0.7 else np.zeros(sessions)
    fills = closes * np.exp(rng.normal(0.0, 0.03, closes.shape)) if rng.random() < 0.5 else closes
    return Ground(closes, fills, np.cumprod(1.0 + growth), riskfree, 1e6)


def fence(rng: np.random.Generator, assets: int) -> Fence:
    """Caps, floors and groups that a mix of everything in equal parts, with a tenth in cash, keeps."""
    most = np.full(assets, np.inf)
    some = rng.random(assets) < 0.3
    most[some] = rng.uniform(0.9 / assets, 1.5 / assets + 0.1, some.sum())
    least = np.where(rng.random(assets) < 0.2, 0.3 / assets, 0.0)
    label, groups = rng.integers(0, 4, assets), []
    for number in (1, 2, 3)[: int(rng.integers(0, 4))]:
        members = label == number
        if members.any():
            part = 0.9 * members.sum() / assets
            groups.append(Group(members, rng.choice([-np.inf, 0.7 * part]), rng.choice([np.inf, part + 0.05])))
    cash = (float(rng.choice([0.0, 0.05])), float(rng.choice([np.inf, 0.6])))
    budgets = rng.uniform(0.0, 0.4, int(rng.integers(0, 3)))
    return Fence.around(Region(least, most, *cash, groups=tuple(groups)), budgets)


def polytope(limits: Fence) -> Polytope:
    """The fence with cash as one asset more."""
    low, high = np.append(limits.low, limits.low_cash), np.append(limits.high, limits.high_cash)
    groups = tuple(Group(np.append(one.members, False), one.floor, one.cap) for one in limits.groups)
    return Polytope(low, high, 1.0, groups)


def timetable(rng: np.random.Generator, sessions: int, rows: int, budgets: int) -> Timetable:
    """Decisions some sessions apart, filled up to 3 sessions later, the last ones perhaps never."""
    gaps = rng.integers(1, 12, 1 + sessions // 8)
    decided = np.cumsum(gaps) - 1
    decided = decided[decided < sessions]
    due = decided + int(rng.integers(0, 4))
    filled = np.minimum(due, np.append(decided[1:], sessions + 5))
    periods = np.sort(rng.integers(0, 1 + len(decided) // 2, (budgets, len(decided))), axis=1)
    return Timetable(decided, filled, rng.integers(0, rows, len(decided)), periods)


def world(seed: int, *, lanes: int, assets: int, sessions: int = 60) -> World:
    """Lanes on one to three timetables, with a goal each out of four, of which one wants nothing but cash."""
    rng = np.random.default_rng(seed)
    market, limits, rows = ground(rng, sessions, assets), fence(rng, assets), 5
    wanted = rng.dirichlet(np.ones(assets + 1), (4, rows))[..., :-1] * (rng.random((4, rows, assets)) < 0.7)
    wanted[3] = 0.0
    whole = np.concatenate([wanted, 1.0 - wanted.sum(axis=-1, keepdims=True)], axis=-1)
    goals = np.ascontiguousarray(polytope(limits).nearest(whole)[..., :-1])
    numbers = np.array_split(rng.permutation(lanes), int(rng.integers(1, 4)))
    groups = [_lanes(rng, timetable(rng, sessions, rows, len(limits.budgets)), own) for own in numbers if len(own)]
    return World(market, limits, goals, tuple(groups))


def _lanes(rng: np.random.Generator, times: Timetable, numbers: Index) -> Lanes:
    first = rng.integers(0, min(3, len(times.decided)), len(numbers))
    return Lanes(times, numbers, rng.integers(0, 4, len(numbers)), first, rng.choice(RATE, len(numbers)))


def walked(one: World, engine: Engine) -> Trails:
    """What an engine makes of it."""
    sessions = len(one.ground.closes)
    trails = Trails.blank(one.count, sessions, np.arange(4, sessions, 5), whole=True)
    run(one.ground, one.fence, one.goals, one.groups, trails, engine=engine)
    return trails


def alone(one: World, number: int) -> World:
    """One lane by itself, as number 0."""
    for lanes in one.groups:
        at = np.flatnonzero(lanes.numbers == number)
        if len(at):
            own = Lanes(lanes.timetable, np.zeros(1, dtype=np.intp), lanes.whose[at], lanes.first[at], lanes.rate[at])
            return replace(one, groups=(own,))
    raise AssertionError(number)


@dataclass(eq=False)
class Plain:
    """One lane, session by session: the obvious account. Bisection finds the value that costs leave."""

    one: World

    def __post_init__(self) -> None:
        (lanes,) = self.one.groups
        self.times, self.rate, self.first = lanes.timetable, float(lanes.rate[0]), int(lanes.first[0])
        self.goals = self.one.goals[lanes.whose[0]]
        self.units, self.cash = np.zeros(self.one.goals.shape[2]), self.one.ground.capital
        self.used, self.funded, self.trading = np.zeros(len(self.one.fence.budgets)), False, np.zeros(3)

    def wealth(self) -> Array:
        """(T,) wealth at every session; `trading` holds turnover, cost and drag afterwards."""
        begin, market = int(self.times.decided[self.first]), self.one.ground
        seen, waiting, n = np.full(len(market.closes), market.capital), None, self.first
        for t in range(begin, len(seen)):
            self.cash *= market.bank[t] / market.bank[t - 1] if t > begin else 1.0
            while waiting or (n < len(self.times.decided) and self.times.decided[n] == t):
                if waiting is None:
                    waiting, n = (n, *self._decide(n, t)), n + 1
                if self.times.filled[waiting[0]] != t:
                    break
                self._fill(t, *waiting[1:])
                waiting = None
            seen[t] = self.cash + self.units @ market.closes[t] if t > begin else market.capital
        return seen

    def _decide(self, n: int, t: int) -> tuple[Array, Array, float]:
        """Units to trade, what of them repairs (in weight), and what the account was worth."""
        prices, fence = self.one.ground.closes[t], self.one.fence
        held, goal = self.units * prices, self.goals[self.times.goals[n]]
        nav = self.cash + held.sum()
        weights = held / nav
        for b, periods in enumerate(self.times.periods):
            self.used[b] = self.used[b] if n > self.first and periods[n] == periods[n - 1] else 0.0
        base = weights
        if len(self.used) and not Region(fence.low, fence.high, fence.low_cash, fence.high_cash, fence.groups).contains(base):
            base = polytope(fence).nearest(np.append(weights, 1.0 - weights.sum()))[:-1]
        way, left = goal - base, np.inf
        turn = 0.5 * (np.abs(way).sum() + abs(way.sum()))
        if self.funded and len(self.used):
            left = max(0.0, float((fence.budgets - self.used).min()))
        target = goal if turn <= left else base + left / turn * way
        return target * self._left(target, held, nav) / prices - self.units, base - weights, nav

    def _left(self, target: Array, held: Array, nav: float) -> float:
        low, high = 0.0, nav
        for _ in range(200):
            middle = 0.5 * (low + high)
            enough = middle + self.rate * np.abs(target * middle - held).sum() <= nav
            low, high = (middle, high) if enough else (low, middle)
        return low

    def _fill(self, t: int, sought: Array, mended: Array, nav: float) -> None:
        prices = self.one.ground.fills[t]
        amounts = sought * prices
        power, need = self.cash - amounts[amounts < 0].sum() * (1.0 - self.rate), amounts[amounts > 0].sum() * (1.0 + self.rate)
        part = max(power, 0.0) / need if need > power * (1.0 + HAIR) else 1.0
        cut = np.where(sought > 0.0, part, 1.0)
        amounts, cost = amounts * cut, self.rate * np.abs(amounts * cut).sum()
        self.units, self.cash = self.units + sought * cut, self.cash - amounts.sum() - cost
        if self.funded:
            moves = 0.5 * (amounts / nav - np.where(sought != 0.0, mended * cut, 0.0))
            self.used += np.abs(moves).sum() + abs(moves.sum())
        turnover = 0.5 * (np.abs(amounts).sum() + abs(amounts.sum())) / nav if self.funded else 0.0
        self.trading += (turnover, cost, cost / nav)
        self.funded = self.funded or bool((amounts != 0.0).any())


def tallied(one: World) -> tuple[Array, Array]:
    """The tallies (11,) and the wealth (T,) of a world with one lane, by the plain account."""
    account = Plain(one)
    wealth = account.wealth()
    begin, riskfree = int(account.times.decided[account.first]), one.ground.riskfree
    gain = wealth[begin + 1 :] / wealth[begin:-1] - 1.0
    over = gain - riskfree[begin + 1 :]
    powers = [float((over**power).sum()) for power in (1, 2, 3, 4)]
    deepest = min([1.0, *(wealth[t] / wealth[begin : t + 1].max() for t in range(begin, len(wealth)))])
    found = [wealth[-1], *powers, gain.sum(), (gain**2).sum(), deepest, *account.trading]
    assert len(found) == len(TALLIES)
    return np.array(found), wealth
