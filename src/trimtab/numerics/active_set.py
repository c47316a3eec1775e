"""A small convex quadratic programme with equalities and a box, solved exactly: min x'Gx / 2, Ex = e, low <= x <= high.

The dual active set method of Goldfarb and Idnani (1983, "A numerically stable dual method for solving strictly convex
quadratic programs"): start from the optimum without bounds, take in the bound that is broken most, and let go of those
whose multiplier would turn negative. It ends after finitely many steps at the optimum, or knows that there is no point.
One problem at a time, in dense algebra: for a few hundred variables, not for thousands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Index

BROKEN = 1e-12  # a bound missed by less, on the scale of the problem, is kept
DEPENDENT = 1e-10  # a direction that moves a bound by less cannot move it


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """The problem: G (N, N) positive definite, E (M, N) of full rank, e (M,), low and high (N,), which may be infinite.

    Scale it so that the diagonal of G and the lengths of the rows of E are about 1.
    """

    quadratic: Array
    rows: Array
    ends: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """The point x (N,), and which bounds it rests on: side (N,) is -1 at `low`, 1 at `high`, 0 between."""

    point: Array
    side: Index


def optimum(problem: Box) -> Optimum | None:
    """The only optimum, checked against every bound and equality; None where no point satisfies all, or none was found."""
    size = len(problem.low)
    point, side, force = _step(problem, np.zeros(size, dtype=np.intp), problem.ends, None)[0], *_nothing(size)
    scale = max(1.0, float(np.abs(point).max(initial=0.0)))
    for _ in range(20 * size + 20):  # each turn depends on the one before
        missed = np.maximum(problem.low - point, point - problem.high)
        missed[side != 0] = 0.0
        worst = int(missed.argmax()) if size else 0
        if not size or missed[worst] <= BROKEN * scale:
            return _checked(problem, point, side, scale)
        which = -1 if point[worst] < problem.low[worst] else 1
        taken = _take(problem, point, side, force, (worst, which))
        if taken is None:
            return None
        point, side, force = taken
    return None


def within(problem: Box, side: Index) -> Array:
    """The optimum (N,) with the equalities and nothing in what rests on a bound: how the point moves with its ends."""
    return _step(problem, side, problem.ends, None)[0]


def _nothing(size: int) -> tuple[Index, Array]:
    return np.zeros(size, dtype=np.intp), np.zeros(size)


def _take(problem: Box, point: Array, side: Index, force: Array, new: tuple[int, int]) -> tuple[Array, Index, Array] | None:
    """Bring one broken bound in, dropping others as needed: point, sides and multipliers after; None where impossible."""
    at, which = new
    side, force, own = side.copy(), force.copy(), 0.0
    bound = problem.low[at] if which < 0 else problem.high[at]
    for _ in range(2 * len(side) + 2):
        inward = np.zeros(len(side))
        inward[at] = -float(which)
        move, change = _step(problem, side, np.zeros(len(problem.ends)), inward)
        speed = -which * move[at]
        whole = abs(bound - point[at]) / speed if speed > DEPENDENT else np.inf
        falling = (side != 0) & (change < 0.0)
        room = np.full(len(side), np.inf)
        room[falling] = force[falling] / -change[falling]
        first = int(room.argmin())
        step = min(whole, room[first])
        if step == np.inf:
            return None
        point = point + (step * move if speed > DEPENDENT else 0.0)
        force, own = np.where(side != 0, force + step * change, 0.0), own + step
        if step == whole:
            side[at], force[at], point[at] = which, own, bound
            return point, side, force
        side[first], force[first] = 0, 0.0
    return None


def _step(problem: Box, side: Index, ends: Array, push: Array | None) -> tuple[Array, Array]:
    """Least x'Gx / 2 - push'x with Ex = `ends`, and nothing moving in what rests on a bound: x and what bounds push (N,)."""
    size, free = len(side), np.flatnonzero(side == 0)
    inner, rows = problem.quadratic[np.ix_(free, free)], problem.rows[:, free]
    count = len(ends)
    matrix = np.block([[inner, rows.T], [rows, np.zeros((count, count))]])
    right = np.concatenate([np.zeros(len(free)) if push is None else push[free], ends])
    found = _solved(matrix, right)
    move = np.zeros(size)
    move[free] = found[: len(free)]
    pushed = problem.quadratic @ move + problem.rows.T @ found[len(free) :] - (0.0 if push is None else push)
    return move, np.where(side < 0, pushed, -pushed)


def _solved(matrix: Array, right: Array) -> Array:
    """The solution, or the shortest nearest one where the equalities no longer bind independently."""
    try:
        return np.asarray(np.linalg.solve(matrix, right))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, right, rcond=None)[0])


def _checked(problem: Box, point: Array, side: Index, scale: float) -> Optimum | None:
    """The answer, put onto its bounds, if it keeps them and the equalities."""
    point = np.minimum(np.maximum(point, problem.low), problem.high)
    good = bool((np.abs(problem.rows @ point - problem.ends) <= 1e-9 * scale).all())
    return Optimum(point, side) if good else None
