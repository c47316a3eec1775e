"""One lane's way inside its fence, compiled (numba): repair what breaks a limit, then go as far as budgets leave.

The projection is that of `numerics.projection`, one row: sorted edges, a running sum, each group alone first. This module
imports numba: `lanes_compiled` alone imports it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from trimtab.core.arrays import Array, frozen
from trimtab.numerics.compiling import compiler
from trimtab.numerics.lanes import FUNDED, Fence

# What is imported above is compiled in, and what numba keeps is renewed when THIS file changes: change both together.
_ROUGH = 1e-12  # a residual above it comes from numbers far larger than the total: solve once more, near the answer
_TINY = 1e-300
ROOM = 10  # rows (2A + 2,) that the work needs


def bounds(fence: Fence) -> tuple[Any, ...]:
    """The limits of a fence as the compiled functions below take them apart."""
    box, cash = (frozen(fence.low), frozen(fence.high)), (float(fence.low_cash), float(fence.high_cash))
    return (*box, *cash, frozen(fence.group), frozen(fence.floors), frozen(fence.caps), frozen(fence.budgets))


def nearest(points: Array, fence: Fence) -> Array:
    """The closest portfolio (V, A) inside the fence to each of `points` (V, A)."""
    out, limits, room = points.copy(), bounds(fence), np.empty((ROOM, 2 * points.shape[1] + 2))
    for row in out:
        repair(row, limits, room)
    return out


_compile = compiler()


@_compile
def _sorted(points, low, high, count, room):  # type: ignore[no-untyped-def]
    """Fill the edges of points (count,), ascending, and what each does: +1 frees from the upper bound, -1 holds at the low."""
    edges, steps, number = room[0], room[1], 0
    for i in range(count):
        for kind in range(2):
            bound = high[i] if kind == 0 else low[i]
            if abs(bound) == np.inf:
                continue
            value, place = points[i] - bound, number
            while place > 0 and edges[place - 1] > value:  # few edges: sorted as they come
                edges[place], steps[place] = edges[place - 1], steps[place - 1]
                place -= 1
            edges[place], steps[place] = value, 1.0 - 2.0 * kind
            number += 1
    return number


@_compile
def _level(points, low, high, count, total, room):  # type: ignore[no-untyped-def]
    """The level at which clip(points - level, low, high) sums to `total`, and how many are free there."""
    edges, steps = room[0], room[1]
    number, height, free, edge = _sorted(points, low, high, count, room), 0.0, 0.0, 0.0
    for i in range(count):
        height += high[i] if high[i] < np.inf else points[i]
        free += 0.0 if high[i] < np.inf else 1.0
    for k in range(number):
        edge = edges[k]
        then, others = height + steps[k] * edge, free + steps[k]
        if then - others * edge <= total:
            break
        height, free = then, others
    return (height - total) / free if free > 0.0 else edge, free


@_compile
def _moved(points, low, high, count, total, room):  # type: ignore[no-untyped-def]
    """Bring points (count,) to the closest within low and high that sum to `total`."""
    rest, free = 0.0, 0.0
    for _ in range(2):
        level, free = _level(points, low, high, count, total, room)
        rest = total
        for i in range(count):
            points[i] -= level
            rest -= min(max(points[i], low[i]), high[i])
        if abs(rest) <= _ROUGH:
            break
    for i in range(count):
        points[i] = min(max(points[i] + rest / max(free, 1.0), low[i]), high[i]) + 0.0


@_compile
def inside(weights, limits):  # type: ignore[no-untyped-def]
    """Whether weights (A,) lie inside the fence, but for rounding."""
    low, high, low_cash, high_cash, group, floors, caps, _ = limits
    total = 0.0
    for a in range(len(low)):
        if not (low[a] - FUNDED <= weights[a] <= high[a] + FUNDED):
            return False
        total += weights[a]
    if not (low_cash - FUNDED <= 1.0 - total <= high_cash + FUNDED):
        return False
    for g in range(len(caps)):
        held = 0.0
        for a in range(len(low)):
            held += weights[a] if group[a] == g else 0.0
        if not (floors[g] - FUNDED <= held <= caps[g] + FUNDED):
            return False
    return True


@_compile
def _tightened(weights, limits, g, end, room):  # type: ignore[no-untyped-def]
    """Tighten the upper bounds of the members of group g to what its cap (end 0) leaves each, or the lower to its floor."""
    low, high, _, _, group, floors, caps, _ = limits
    part, part_low, part_high, bounds = room[5], room[6], room[7], room[3 - end]
    limit, number, most = caps[g] if end == 0 else floors[g], np.intp(0), 0.0  # a bare 0 is a kind of its own to numba
    if abs(limit) == np.inf:
        return
    for a in range(len(low)):
        if group[a] == g:
            part[number], part_low[number], part_high[number] = weights[a], low[a], high[a]
            most += high[a] if end == 0 else low[a]
            number += 1
    if number == 0 or (most <= limit if end == 0 else most >= limit):
        return
    _moved(part, part_low, part_high, number, limit, room)
    number = np.intp(0)
    for a in range(len(low)):
        if group[a] == g:
            bounds[a] = part[number]
            number += 1


@_compile
def repair(weights, limits, room):  # type: ignore[no-untyped-def]
    """Bring weights (A,) to the closest portfolio inside the fence: each group alone tightens the box, then all."""
    low, high, low_cash, high_cash, _, _, caps, _ = limits
    count = len(low)
    least, most, whole = room[2], room[3], room[4]
    cash = 1.0
    for a in range(count):
        least[a], most[a], whole[a] = low[a], high[a], weights[a]
        cash -= weights[a]
    least[count], most[count], whole[count] = low_cash, high_cash, cash
    for g in range(len(caps)):
        _tightened(weights, limits, g, 0, room)  # written out, each end is compiled by itself: a tenth faster
        _tightened(weights, limits, g, 1, room)
    _moved(whole, least, most, count + 1, 1.0, room)
    for a in range(count):
        weights[a] = whole[a]


@_compile
def aim(k, order, limits, state):  # type: ignore[no-untyped-def]
    """Turn lane k of the targets (A, K), its goal, into what it can reach from what it holds, as far as budgets leave.

    What repaired a breach (A, K) is filled besides, as far as trading is counted.
    """
    mended, nav, targets, held = order
    funded, used, room = state
    start, base, budgets, count = room[8], room[9], limits[7], len(limits[0])
    for a in range(count):
        start[a] = held[a, k] / nav[k]
        base[a] = start[a]
    if not inside(base, limits):
        repair(base, limits, room)
    gross, net, left = 0.0, 0.0, np.inf
    for a in range(count):
        gross += abs(targets[a, k] - base[a])
        net += targets[a, k] - base[a]
    turn = 0.5 * (gross + abs(net))
    if funded[k] > 0.0:
        for b in range(len(budgets)):
            left = min(left, max(budgets[b] - used[b, k], 0.0))
    share = 1.0 if turn <= left else left / max(turn, _TINY)
    for a in range(count):
        targets[a, k] = targets[a, k] if share == 1.0 else base[a] + share * (targets[a, k] - base[a])
        mended[a, k] = base[a] - start[a]
