"""Lanes compiled (numba, the extra `fast`): see `lanes`. Up to 128 go side by side, so that a processor works on several.

Loops over lanes are innermost, short and on few arrays: that is what a compiler turns into vector instructions. (It has to
see that no array lies on another, and gives up where there are more than eight pairs to look at.) This module imports numba:
`lanes_running` imports it where numba is installed, and not before it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np

from trimtab.core.arrays import Array, Index, frozen
from trimtab.numerics.lanes import Fence, Ground, Lanes, Trails
from trimtab.numerics.lanes_fence import ROOM, aim, bounds

WIDTH = 128
_STRIDE = 4  # lanes in one vector instruction: bundles are filled up to whole ones

# What is imported above is compiled in, and what numba keeps is renewed when THIS file changes: change both together.
_END, _EXCESS, _GAIN, _DEEPEST, _TURNOVER, _COST, _DRAG = 0, 1, 5, 7, 8, 9, 10
_CAPITAL, _ROWS = 5, 21  # rows of a bundle that begin at the capital, and all but those of budgets
_DONE = 1e-15
_MATHS = {"contract", "nsz"}  # a product and a sum may be rounded once; everything else keeps its order and its meaning


def run(ground: Ground, fence: Fence, goals: Array, groups: Sequence[Lanes], trails: Trails) -> None:
    """Fill `trails` with the way of every lane; `goals` (W, R, A) is the table that they read."""
    mark = np.full(len(ground.closes), -1, dtype=np.intp)
    mark[trails.marked] = np.arange(len(trails.marked))
    excess = bool(ground.riskfree.any())
    market = (*_still(ground.closes, ground.fills, ground.bank, ground.riskfree, mark), excess)
    found, limits = (trails.tallies, trails.marks, trails.wealth), bounds(fence)
    table = _still(goals.transpose(1, 2, 0))[0]  # (R, A, W): what the lanes of a bundle read on one date lies together
    for lanes in groups:
        times = lanes.timetable
        dates = _still(times.decided, times.filled, times.goals, times.periods)
        for some in bundles(lanes.first):
            whole = np.resize(some, -(-len(some) // _STRIDE) * _STRIDE)  # the rest is worked out twice, and kept once
            who = (*_still(lanes.numbers[some], lanes.whose[whole], lanes.rate[whole]), int(lanes.first[some[0]]))
            _walk(market, dates, limits, (table, *who), found, _space(ground, fence, trails, len(whole)))


def _still(*arrays: Any) -> tuple[Any, ...]:
    """Arrays of one kind, whoever hands them in: numba compiles anew for each kind that it meets, and that takes long."""
    return tuple(frozen(np.ascontiguousarray(array)) for array in arrays)


def bundles(first: Index) -> list[Index]:
    """Lanes that begin on one date, at most 128 together and about as many in each bundle."""
    order = np.argsort(first, kind="stable")
    edges = np.flatnonzero(np.diff(first[order])) + 1
    alike = [group for group in np.split(order, edges) if len(group)]
    return [part for group in alike for part in np.array_split(group, -(-len(group) // WIDTH))]


def _space(ground: Ground, fence: Fence, trails: Trails, lanes: int) -> tuple[Array, ...]:
    """What lanes hold and what is counted of them (rows, K), by asset (5, A, K), at marks, and at sessions (T, K).

    It is made here, since numba takes a second to compile what makes arrays.
    """
    rows = np.zeros((_ROWS + len(fence.budgets), lanes))
    rows[:_CAPITAL], rows[_CAPITAL] = ground.capital, 1.0
    assets = ground.closes.shape[1]
    marks = np.full((trails.marks.shape[1], lanes), np.nan)
    daily = np.full((trails.wealth.shape[1], lanes), ground.capital)
    return rows, np.zeros((5, assets, lanes)), marks, daily, np.empty((ROOM, 2 * assets + 2))


def _compile(work):  # type: ignore[no-untyped-def]
    """Compiled once a machine, where the package's folder or the user's cache can be written to; else once a process."""
    try:
        return numba.njit(work, cache=True, nogil=True, error_model="numpy", fastmath=_MATHS)
    except RuntimeError:  # nowhere to keep it
        return numba.njit(work, nogil=True, error_model="numpy", fastmath=_MATHS)


@_compile
def _valued(prices, units, cash, growth, now):  # type: ignore[no-untyped-def]
    """Fill now (K,) with cash (K,) times its growth and units (A, K) at prices (A,)."""
    count, price = len(prices), prices[0]
    lanes = len(now)
    for k in range(lanes):
        now[k] = cash[k] * growth + units[0, k] * price
    a = 1
    while a + 4 <= count:
        p, q, r, s = prices[a], prices[a + 1], prices[a + 2], prices[a + 3]
        for k in range(lanes):
            now[k] += units[a, k] * p + units[a + 1, k] * q + units[a + 2, k] * r + units[a + 3, k] * s
        a += 4
    while a < count:
        price = prices[a]
        for k in range(lanes):
            now[k] += units[a, k] * price
        a += 1


@_compile
def _gained(now, last, gain, high, deep):  # type: ignore[no-untyped-def]
    """Returns since the session before, the highest wealth so far and the deepest fall from it."""
    lanes = len(now)
    for k in range(lanes):
        gain[k] = now[k] / last[k] - 1.0
        last[k] = now[k]
    for k in range(lanes):
        peak = max(high[k], now[k])
        depth = now[k] / peak
        deep[k] = min(deep[k], depth)
        high[k] = peak


@_compile
def _summed(gain, riskfree, over, whole, excess):  # type: ignore[no-untyped-def]
    """Sums of returns over bills to the fourth power, and where bills earn anything, of returns to the second."""
    lanes = len(gain)
    first, second, third, fourth = over[0], over[1], over[2], over[3]
    if excess:
        total, squares = whole[0], whole[1]
        for k in range(lanes):
            total[k] += gain[k]
            squares[k] += gain[k] * gain[k]
            gain[k] -= riskfree
    for k in range(lanes):
        first[k] += gain[k]
        second[k] += gain[k] * gain[k]
    for k in range(lanes):
        square = gain[k] * gain[k]
        third[k] += gain[k] * square
        fourth[k] += square * square


@_compile
def _days(market, begin, end, since, lane, kept):  # type: ignore[no-untyped-def]
    """Value the lanes at the sessions begin..end, with units and cash as they have stood since row `since`."""
    closes, _, bank, riskfree, mark, excess = market
    units, cash, now, last, gain, high, deep, over, whole = lane
    marks, wealth = kept
    lanes, keep = len(now), len(wealth) > 0
    for t in range(begin, end + 1):
        _valued(closes[t], units, cash, bank[t] / bank[since], now)
        _gained(now, last, gain, high, deep)
        _summed(gain, riskfree[t], over, whole, excess)
        if keep:
            for k in range(lanes):
                wealth[t, k] = now[k]
        if mark[t] >= 0:
            for k in range(lanes):
                marks[mark[t], k] = now[k]


@_compile
def _after(targets, held, nav, rate, plan):  # type: ignore[no-untyped-def]
    """Fill value (K,) with what trades from `held` (A, K) to targets (A, K) leave of nav (K,), costs paid out of it.

    Convex and piecewise linear: Newton's method ends after a few steps.
    """
    value, cost, slope = plan
    lanes = len(nav)
    for k in range(lanes):
        value[k] = nav[k]
    for _ in range(60):
        for k in range(lanes):
            cost[k], slope[k] = 0.0, 0.0
        for a in range(len(targets)):
            target, worth = targets[a], held[a]
            for k in range(lanes):
                way = target[k] * value[k] - worth[k]
                cost[k] += abs(way)
                slope[k] += target[k] if way > 0.0 else -target[k]
        for k in range(lanes):
            cost[k] = (value[k] + rate[k] * cost[k] - nav[k]) / (1.0 + rate[k] * slope[k])
            value[k] -= cost[k]
        done = True
        for k in range(lanes):
            done = done and abs(cost[k]) <= _DONE * nav[k]
        if done:
            break


@_compile
def _decided(asked, growth, lane, order, limits, state):  # type: ignore[no-untyped-def]
    """Fill the units that the lanes seek at prices (A,), their values before trading, and what repairs a breach."""
    prices, table, whose, rate = asked
    units, cash = lane[0], lane[1]
    sought, _, nav, targets, held, plan = order
    lanes, fenced = len(nav), len(limits[7]) > 0
    _valued(prices, units, cash, growth, nav)
    for a in range(len(prices)):
        price = prices[a]
        for k in range(lanes):
            held[a, k] = units[a, k] * price
    for a in range(len(prices)):
        wanted = table[a]
        for k in range(lanes):
            targets[a, k] = wanted[whose[k]]
    if fenced:
        for k in range(lanes):
            aim(k, order, limits, state)
    _after(targets, held, nav, rate, plan)
    value = plan[0]
    for a in range(len(prices)):
        price = prices[a]
        for k in range(lanes):
            sought[a, k] = targets[a, k] * value[k] / price - units[a, k]


@_compile
def _afforded(prices, sought, cash, rate, part, plan):  # type: ignore[no-untyped-def]
    """Fill part (K,): how much of their purchases cash (K,) and the sales among `sought` (A, K) pay for, at prices (A,)."""
    needed, brought, _ = plan
    lanes = len(cash)
    for k in range(lanes):
        needed[k], brought[k] = 0.0, 0.0
    for a in range(len(prices)):
        price, change = prices[a], sought[a]
        for k in range(lanes):
            amount = change[k] * price
            needed[k] += max(0.0, amount)
            brought[k] -= min(0.0, amount)
    for k in range(lanes):
        power, need = cash[k] + brought[k] * (1.0 - rate[k]), needed[k] * (1.0 + rate[k])
        part[k] = 1.0 if need <= power * (1.0 + 1e-12) else max(power, 0.0) / need


@_compile
def _traded(prices, growth, lane, order, rate, trading):  # type: ignore[no-untyped-def]
    """Fill the orders at prices (A,): units, cash, cost and turnover of every lane."""
    units, cash = lane[0], lane[1]
    sought, _, nav, _, _, plan = order
    turnover, costs, drag, part, funded = trading
    lanes = len(cash)
    for k in range(lanes):
        cash[k] *= growth
    _afforded(prices, sought, cash, rate, part, plan)
    gross, net, _ = plan
    for k in range(lanes):
        gross[k], net[k] = 0.0, 0.0
    for a in range(len(prices)):
        price, change, own = prices[a], sought[a], units[a]
        for k in range(lanes):
            change[k] *= part[k] if change[k] > 0.0 else 1.0
        for k in range(lanes):
            own[k] += change[k]
            gross[k] += abs(change[k]) * price
        for k in range(lanes):
            net[k] += change[k] * price
    for k in range(lanes):
        turnover[k] += 0.5 * (gross[k] + abs(net[k])) / nav[k] * funded[k]
    for k in range(lanes):
        cash[k] -= net[k] + rate[k] * gross[k]
    for k in range(lanes):
        costs[k] += rate[k] * gross[k]
        drag[k] += rate[k] * gross[k] / nav[k]


@_compile
def _funded(order, trading):  # type: ignore[no-untyped-def]
    """A lane is funded from its first fill on: one that was sent into cash alone is not yet."""
    gross, funded = order[5][0], trading[4]
    for k in range(len(funded)):
        funded[k] = 1.0 if gross[k] > 0.0 else funded[k]


@_compile
def _counted(prices, order, trading, used):  # type: ignore[no-untyped-def]
    """Take one-way turnover out of the budgets of every lane; what repaired a breach is left out, as far as it was filled."""
    sought, mended, nav = order[0], order[1], order[2]
    part, funded = trading[3], trading[4]
    for k in range(len(nav) if len(used) else 0):
        total, cash = 0.0, 0.0
        for a in range(len(prices)):
            move = 0.5 * sought[a, k] * prices[a] / nav[k]
            if sought[a, k] != 0.0:
                move -= 0.5 * mended[a, k] * (part[k] if sought[a, k] > 0.0 else 1.0)
            total += abs(move)
            cash -= move
        for b in range(len(used)):
            used[b, k] += (total + abs(cash)) * funded[k]


@_compile
def _whole_again(periods, n, first, used):  # type: ignore[no-untyped-def]
    """Budgets are whole again where a period begins."""
    for b in range(len(used)):
        if n == first or periods[b, n] != periods[b, n - 1]:
            used[b] = 0.0


@_compile
def _kept(lane, trading, mine, excess, found, some):  # type: ignore[no-untyped-def]
    """Put what the lanes left behind in its place."""
    tallies, marks, wealth = found
    own, daily = mine
    last, deep, over, whole = lane[3], lane[6], lane[7], lane[8]
    for k in range(len(some)):
        v = some[k]
        tallies[v, _END], tallies[v, _DEEPEST] = last[k], deep[k]
        for power in range(4):
            tallies[v, _EXCESS + power] = over[power, k]
        for power in range(2):
            tallies[v, _GAIN + power] = whole[power, k] if excess else over[power, k]
            tallies[v, _COST + power] = trading[1 + power, k]
        tallies[v, _TURNOVER] = trading[0, k]
        for m in range(len(own)):
            marks[v, m] = own[m, k]
        for t in range(len(daily)):
            wealth[v, t] = daily[t, k]


@_compile
def _walk(market, dates, limits, wanted, found, space):  # type: ignore[no-untyped-def]
    """One bundle of lanes from their first decision to the last session."""
    closes, fills, bank, _, _, excess = market
    decided, filled, at, periods = dates
    goals, some, whose, rate, first = wanted
    rows, wide, marks, daily, room = space
    lane = (wide[0], rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6:10], rows[10:12])
    order = (wide[1], wide[2], rows[12], wide[3], wide[4], rows[13:16])
    trading, used, mine = rows[16:21], rows[21:], (marks, daily)
    since = shown = decided[first]
    for n in range(first, len(decided)):
        row, trade = decided[n], filled[n]
        if trade >= len(closes):
            break
        _days(market, shown + 1, min(row, trade - 1), since, lane, mine)
        shown = max(shown, min(row, trade - 1))
        _whole_again(periods, n, first, used)
        asked = (closes[row], goals[at[n]], whose, rate)
        _decided(asked, bank[row] / bank[since], lane, order, limits, (trading[4], used, room))
        _days(market, shown + 1, trade - 1, since, lane, mine)
        shown = max(shown, trade - 1)
        _traded(fills[trade], bank[trade] / bank[since], lane, order, rate, trading)
        _counted(fills[trade], order, trading, used)
        _funded(order, trading)
        since = trade
    _days(market, shown + 1, len(closes) - 1, since, lane, mine)
    _kept(lane, trading, mine, excess, found, some)
