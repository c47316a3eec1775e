"""Wealth of a policy and of its benchmark on drawn histories: many at once where they can be laid end to end, else alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.errors import InvariantError
from trimtab.core.schedule import TradeAt
from trimtab.core.terms import CLOSE, OPEN
from trimtab.data.history import Kind
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.dates import decision_rows, decision_view, view_at
from trimtab.desk.decide import aims
from trimtab.desk.laid_view import Abreast, LaidView
from trimtab.desk.plain_lanes import fence, rate, timetable
from trimtab.desk.policy import Policy
from trimtab.desk.resampled_calendar import month_ends
from trimtab.desk.resampled_world import World, bands_of, runs_in_lanes
from trimtab.desk.swept_aims import Dates
from trimtab.desk.twin import twin
from trimtab.numerics.lanes_apart import Apart, Grounds, Steps

_CELLS = 100_000  # prices of the sessions that are laid end to end at a time


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Wealth (B, H + 1) at the month ends from the launch on, of policy, benchmark and bills; the last begins at 1.

    `alone` counts the paths on which the policy was run by itself.
    """

    wealth: Array
    benchmark: Array
    bills: Array
    alone: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """What B paths have to say: their prices, and the goals (n, A, B) at every decision, NaN where one is not known."""

    grounds: Grounds
    goals: Array


@dataclass(frozen=True, slots=True, eq=False)
class Walker:
    """Walks a world along drawn rows (B, L, C), some paths at a time; each path is the same alone."""

    world: World
    dates: Dates = field(init=False)  # decisions of a path, from its launch on
    marked: Index = field(init=False)  # (H + 1,) month ends from the launch on
    lanes: tuple[bool, bool] = field(init=False)  # whether policy and benchmark run in lanes
    _template: Market = field(init=False, repr=False)  # a path on which nothing happens, but that every session pays out
    _kept: Index = field(init=False)  # (R,) rows of a path at which prices matter: decided at, filled at, valued at
    _every: Index = field(init=False)  # rows of all decision dates of a path, those of the warm-up among them

    def __post_init__(self) -> None:
        world, ends = self.world, month_ends(self.world.sessions)
        template = world.path(np.ones((len(world.sessions), world.rows.table.shape[1])))
        dates, every = Dates.of(world.policy, template), _unbounded(world.policy, template)
        begun, marked = dates.decided >= world.launch, ends[ends >= world.launch]
        decided, filled = dates.decided[begun], dates.filled[begun]
        found = {
            "dates": Dates(dates.policy, decided, filled),
            "marked": marked,
            "_kept": np.unique(np.concatenate([decided, filled[filled < len(world.sessions)], marked])),
            "lanes": (runs_in_lanes(world.policy, template), runs_in_lanes(world.benchmark, template)),
            "_template": template,
            "_every": every,
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def walk(self, drawn: Array) -> Found:
        """Wealth along drawn rows (B, L, C)."""
        lanes, beside = self.lanes
        looked = self._look(drawn)
        apart = ~np.isfinite(looked.goals.sum(axis=(0, 1))) if lanes else np.ones(len(drawn), dtype=bool)
        wealth, benchmark = np.empty((2, len(self.marked), len(drawn)))
        if lanes:
            wealth = self._account(
                self.world.policy, looked.grounds, np.where(apart, 0.0, looked.goals) if apart.any() else looked.goals
            )
        self._fill(self.world.policy, drawn, apart, wealth)
        if beside:
            held = self.world.benchmark.benchmark[:, np.newaxis]
            benchmark = self._account(self.world.benchmark, looked.grounds, np.broadcast_to(held, looked.goals.shape))
        else:
            self._fill(self.world.benchmark, drawn, np.ones(len(drawn), dtype=bool), benchmark)
        cash = looked.grounds.bank[np.searchsorted(self._kept, self.marked)].T
        return Found(wealth.T, benchmark.T, cash / cash[:, :1], int(apart.sum()))

    def _look(self, drawn: Array) -> _Looked:
        """Prices and goals of all paths, a few of them laid end to end at a time: what fits into a processor's own memory."""
        shape = len(self._kept), len(self.world.policy.universe), len(drawn)
        closes, bank, goals = np.empty(shape), np.empty((shape[0], shape[2])), np.zeros((len(self.dates.decided), *shape[1:]))
        fills = np.empty(shape) if self._opens else closes
        many = min(max(1, _CELLS // (drawn.shape[1] * shape[1])), self.world.at_most)
        for k in range(0, len(drawn), many):
            some, here = drawn[k : k + many], slice(k, k + many)
            market = self.world.rows.laid(some, self.world.sessions)
            bank[:, here] = self._bank(market, len(some))[:, self._shown].T
            closes[:, :, here] = self._at(market.fields[CLOSE], len(some))
            if self._opens:
                opening = self._at(market.fields[OPEN], len(some))
                fills[:, :, here] = np.where(np.isfinite(opening), opening, closes[:, :, here])
            if self.lanes[0]:
                goals[:, :, here] = self._goals(market, some)
        return _Looked(Grounds(closes, fills, bank, float(self.world.policy.horizon.capital.amount)), goals)

    def _goals(self, market: Market, drawn: Array) -> Array:
        """(n, A, B) the goals at every decision from the launch on; NaN where something is not known."""
        world, paths, length = self.world, len(drawn), len(self.world.sessions)
        if world.why:
            return np.stack([self._goals_alone(rows) for rows in drawn], axis=-1)
        rows = (self._every + length * np.arange(paths)[:, np.newaxis]).reshape(-1)
        view = LaidView.like(view_at(world.policy, market, rows))
        begins, first = np.searchsorted(self._every, [world.begins, world.launch]).tolist()
        goal = aims(world.policy, view, along=Abreast(paths, begins)).goal
        if world.too_short(view.reach):
            raise InvariantError("windows reach before the warm-up of a path", remedy="Report this: it is a fault of Trimtab.")
        return np.moveaxis(goal.reshape(paths, -1, goal.shape[1])[:, first:], 0, 2)

    def _goals_alone(self, rows: Array) -> Array:
        """(n, A) the goals on one path, asked by itself."""
        market = self.world.path(rows)
        view = decision_view(self.world.policy, market)
        return np.asarray(aims(self.world.policy, view).goal[view.rows >= self.world.launch])

    def _account(self, policy: Policy, grounds: Grounds, goals: Array) -> Array:
        """(H + 1, B) wealth in lanes."""
        kept = self._kept
        times = timetable(policy, self._template, self.dates, np.arange(len(self.dates.decided)))
        filled = np.where(times.filled < len(self.world.sessions), np.searchsorted(kept, times.filled), len(kept))
        steps = Steps(np.searchsorted(kept, times.decided), filled, np.searchsorted(kept, self.marked), times.periods)
        return Apart(grounds, steps, fence(policy), rate(policy), bands_of(policy)).wealth(goals)

    @property
    def _shown(self) -> Index | slice:
        """The rows kept, as a slice where none is left out between them."""
        first, last = int(self._kept[0]), int(self._kept[-1]) + 1
        return slice(first, last) if last - first == len(self._kept) else self._kept

    @property
    def _opens(self) -> bool:
        """Whether trades are filled at opening prices."""
        return self.world.policy.schedule.trade is TradeAt.NEXT_OPEN and OPEN in self._template.fields

    def _at(self, values: Array, paths: int) -> Array:
        """(R, A, B) of values (B x L, A) at the rows that matter."""
        stacked = values.reshape(paths, -1, values.shape[1])
        return np.moveaxis(stacked[:, self._shown], 0, 2)

    def _bank(self, market: Market, paths: int) -> Array:
        """Growth of cash (B, L) along each path, as `prepare.bills` has it on a path alone."""
        name, length = self.world.policy.cash.series, len(self.world.sessions)
        if not name:
            return np.ones((paths, length))
        values = market.series[name].values.reshape(paths, length)
        if market.series[name].about.kind is not Kind.YIELD:
            return values
        days = np.diff(self.world.sessions).astype("timedelta64[D]").astype(float)
        earned = np.cumprod(1.0 + values[:, :-1] * days / 365.0, axis=1)
        return np.concatenate([np.ones((paths, 1)), earned], axis=1)

    def _fill(self, policy: Policy, drawn: Array, apart: Mask, wealth: Array) -> None:
        """Run `policy` alone on some of the paths, into wealth (H + 1, B)."""
        for b in np.flatnonzero(apart).tolist():  # other prices, another account: nothing is shared
            wealth[:, b] = self._alone(policy, self.world.path(drawn[b]))

    def _alone(self, policy: Policy, market: Market) -> Array:
        """(H + 1,) wealth of one path: the float twin, or with taxes the exact ledger. NaN where the account ended."""
        if policy.tax is not None and policy.tax.bites:
            result = backtest(policy, market)
            sessions, wealth = result.dates, result.wealth
        else:
            view = decision_view(policy, market)
            paths = twin(policy, market, view, [aims(policy, view)])
            sessions, wealth = paths.sessions, paths.wealth[0]
        at = np.searchsorted(sessions, market.sessions[self.marked])
        before = market.sessions[self.marked] < sessions[0] if len(sessions) else np.ones(len(self.marked), dtype=bool)
        capital = float(policy.horizon.capital.amount)
        return np.where(before, capital, np.append(wealth, np.nan)[np.minimum(at, len(wealth))])


def _unbounded(policy: Policy, market: Market) -> Index:
    """Rows of all decision dates of a market, whatever the policy's `since`."""
    return decision_rows(replace(policy, horizon=replace(policy.horizon, since=None)), market)
