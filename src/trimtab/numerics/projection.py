"""Euclidean projection onto a box cut by a plane, {sum w = total, low <= w <= high}, with floors and caps on groups.

The closest point is w = clip(a - level, low, high), where `level` is the root of a falling, piecewise linear
function. Its edges are a - high (a coordinate leaves its upper bound) and a - low (it reaches its lower one): sorted,
the sum at each edge is a running sum, and the root is interpolated. Exact, without iteration, O(N log N) time and
O(N) memory a row (Helgason, Kennington and Lall 1980; Brucker 1984).

A floor and a cap on a group of coordinates only tighten the box. With `nu` the level at which the group meets its cap
and `phi` the one at which it meets its floor, the conditions of Karush, Kuhn and Tucker give w = clip(a - clip(l, nu,
phi), low, high), which equals clip(a - l, clip(a - phi, low, high), clip(a - nu, low, high)). Both new bounds are
projections of the group alone, and one more root finishes.

The method stands here twice: `_level` reads as the text above and serves a few short rows, where one array call costs
more than ten floats; `_levels` serves batches. Both add the same numbers in the same order, along a row, so a row
alone has the bits it has in a batch. Within a batch rows never meet.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import InvariantError
from trimtab.core.region import Group

_ROUNDING = 4e-15  # of a sum of weights, relative to the total
_ROUGH = 1e-12  # a residual above it comes from numbers far larger than the total: solve once more, near the answer
_EMPTY = 1e-9  # a residual above it means that no point satisfies all bounds
_FEW = 64  # numbers, below which floats are faster than arrays
_NOT_FINITE = "only finite numbers can be brought within limits: look for NaN and infinity in the aim"
_NO_POINT = "no point lies within these bounds: ask first whether the region is feasible"

_Row = list[float]
_End = tuple[list[int], float, bool]  # members of a group, the limit on their sum, and whether it is a cap or a floor


def project(points: Array, low: Array, high: Array, *, total: float = 1.0, groups: Sequence[Group] = ()) -> Array:
    """The point closest to each row of `points` (..., N) with sum `total`, within `low` and `high` (N,) and all groups.

    See `Polytope`, which is faster to ask again and again.
    """
    return Polytope(low, high, total, tuple(groups)).nearest(points)


@dataclass(frozen=True, slots=True, eq=False)
class Polytope:
    """{w : sum w = total, low <= w <= high, floor <= sum of members <= cap for each group}; low and high are (N,).

    Bounds may be infinite; the groups are disjoint masks (N,).
    """

    low: Array
    high: Array
    total: float = 1.0
    groups: tuple[Group, ...] = ()
    _ends: tuple[_End, ...] = field(init=False, repr=False)
    _box: tuple[_Row, _Row] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ends", tuple(_ends(self.groups, self.low, self.high)))
        object.__setattr__(self, "_box", (self.low.tolist(), self.high.tolist()))

    def nearest(self, points: Array) -> Array:
        """The point closest to each row of `points` (..., N). A row that lies inside already comes back as it is.

        Every answer keeps the bounds exactly and the sums to about 1e-15. Raises InvariantError where `points` are not
        finite, or where no point satisfies all bounds.
        """
        rows = np.ascontiguousarray(points, dtype=np.float64).reshape(-1, len(self.low))
        if rows.size <= _FEW:
            answer = np.array([_nearest(row, *self._box, self.total, self._ends) for row in rows.tolist()])
            return answer.reshape(points.shape)
        answer = rows.copy()
        outside = ~_inside(rows, self.low, self.high, self.total, self._ends)
        if outside.any():
            answer[outside] = _within(rows[outside], self.low, self.high, self.total, self._ends)
        return answer.reshape(points.shape)


def _ends(groups: Sequence[Group], low: Array, high: Array) -> Iterator[_End]:
    """What a group binds: its cap unless the box keeps it already, and its floor likewise."""
    for group in groups:
        members = np.flatnonzero(group.members)
        if high[members].sum() > group.cap:
            yield members.tolist(), group.cap, True
        if low[members].sum() < group.floor:
            yield members.tolist(), group.floor, False


# One row, in floats.


def _nearest(row: _Row, low: _Row, high: _Row, total: float, ends: Sequence[_End]) -> _Row:
    """Project one row: first each group alone onto its cap and its floor, which tightens the box, then all."""
    if _holds(row, low, high, total, ends):
        return row
    least, most = list(low), list(high)
    for members, limit, is_cap in ends:
        part = _move([row[i] for i in members], [low[i] for i in members], [high[i] for i in members], limit)
        bound = most if is_cap else least
        for i, value in zip(members, part, strict=True):
            bound[i] = value
    return _move(row, least, most, total)


def _holds(row: _Row, low: _Row, high: _Row, total: float, ends: Sequence[_End]) -> bool:
    """Whether a row satisfies everything already. Stops at NaN and infinity."""
    gap = abs(_sum(row) - total)
    if not math.isfinite(gap):
        raise InvariantError(_NOT_FINITE)
    if gap > _ROUNDING * max(1.0, abs(total)):
        return False
    if any(a < least or a > most for a, least, most in zip(row, low, high, strict=True)):
        return False
    held = [(_sum([row[i] for i in members]), limit, is_cap) for members, limit, is_cap in ends]
    return all(sum_ <= limit if is_cap else sum_ >= limit for sum_, limit, is_cap in held)


def _move(row: _Row, low: _Row, high: _Row, total: float) -> _Row:
    """Project one row onto the box and the plane."""
    level, free = _level(row, low, high, total)
    near = [a - level for a in row]
    rest = total - _sum(_clipped(near, low, high))
    scale = max(1.0, abs(total))
    if abs(rest) > _ROUGH * scale:
        level, free = _level(near, low, high, total)
        near = [a - level for a in near]
        rest = total - _sum(_clipped(near, low, high))
    if abs(rest) > _EMPTY * scale and abs(rest) > _EMPTY * max(map(abs, _clipped(near, low, high))):
        raise InvariantError(_NO_POINT)
    shift = rest / max(free, 1.0)  # what rounding left over
    return _clipped([a + shift for a in near], low, high)


def _level(row: _Row, low: _Row, high: _Row, total: float) -> tuple[float, float]:
    """The level at which clip(row - level, low, high) sums to `total`, and how many coordinates are free there.

    Between two edges the sum is height - free * level. An infinite bound has no edge: its coordinate is free from the
    start, or to the end.
    """
    edges = [a - most for a, most in zip(row, high, strict=True) if most < math.inf]
    capped, height, free, edge = len(edges), 0.0, float(len(row) - len(edges)), 0.0
    edges += [a - least for a, least in zip(row, low, strict=True) if least > -math.inf]
    for a, most in zip(row, high, strict=True):
        height += most if most < math.inf else a
    for k in sorted(range(len(edges)), key=edges.__getitem__):
        edge = edges[k]
        then, others = (height + edge, free + 1.0) if k < capped else (height - edge, free - 1.0)
        if then - others * edge <= total:
            break
        height, free = then, others
    return (height - total) / free if free else edge, free  # none free: all at a bound, any edge beside will do


def _clipped(values: _Row, low: _Row, high: _Row) -> _Row:
    """Values within bounds, without negative zeros."""
    inner = [a if a > least else least for a, least in zip(values, low, strict=True)]  # noqa: FURB136 - max() is slow
    return [(a if a < most else most) + 0.0 for a, most in zip(inner, high, strict=True)]  # noqa: FURB136


def _sum(values: _Row) -> float:
    """In order, without compensation: the same bits as `_sums`."""
    total = 0.0
    for value in values:
        total += value
    return total


# Many rows, in arrays: the same, step by step.


def _inside(rows: Array, low: Array, high: Array, total: float, ends: Sequence[_End]) -> Mask:
    """Which rows (R, N) satisfy everything already, shape (R,). Stops at NaN and infinity."""
    gap = np.abs(_sums(rows) - total)
    if not np.isfinite(gap).all():
        raise InvariantError(_NOT_FINITE)
    inside = ((rows >= low) & (rows <= high)).all(-1) & (gap <= _ROUNDING * max(1.0, abs(total)))
    for members, limit, is_cap in ends:
        held = _sums(rows[:, members])
        inside &= held <= limit if is_cap else held >= limit
    return np.asarray(inside)


def _within(rows: Array, low: Array, high: Array, total: float, ends: Sequence[_End]) -> Array:
    """Project rows (R, N): first each group alone, which tightens the box, then all."""
    count = len(rows)
    least, most = np.tile(low, (count, 1)), np.tile(high, (count, 1))
    for members, limit, is_cap in ends:
        box = np.tile(low[members], (count, 1)), np.tile(high[members], (count, 1))
        (most if is_cap else least)[:, members] = _moves(rows[:, members], *box, limit)
    return _moves(rows, least, most, total)


def _moves(rows: Array, low: Array, high: Array, total: float) -> Array:
    """Project rows (R, N) onto their boxes (R, N) and the plane."""
    level, free = _levels(rows, low, high, total)
    near = rows - level[:, np.newaxis]
    rest = total - _sums(_clip(near, low, high))
    scale = max(1.0, abs(total))
    rough = np.abs(rest) > _ROUGH * scale
    if rough.any():
        level, free[rough] = _levels(near[rough], low[rough], high[rough], total)
        near[rough] -= level[:, np.newaxis]
        rest[rough] = total - _sums(_clip(near[rough], low[rough], high[rough]))
    lost = np.abs(rest) > _EMPTY * scale
    if lost.any() and (np.abs(rest) > _EMPTY * np.abs(_clip(near, low, high)).max(-1))[lost].any():
        raise InvariantError(_NO_POINT)
    return _clip(near + (rest / np.maximum(free, 1.0))[:, np.newaxis], low, high)


def _levels(rows: Array, low: Array, high: Array, total: float) -> tuple[Array, Array]:
    """Levels (R,) and numbers of free coordinates (R,). All rows have their infinite bounds in the same places."""
    capped, floored = np.isfinite(high[0]), np.isfinite(low[0])
    edges = np.concatenate(((rows - high)[:, capped], (rows - low)[:, floored]), axis=-1)
    here, count = np.arange(len(rows)), edges.shape[1]
    order = edges.argsort(-1, kind="stable")
    edges = np.concatenate((edges[here[:, np.newaxis], order], np.zeros((len(rows), 1))), axis=-1)
    sign = np.where(order < np.count_nonzero(capped), 1.0, -1.0)
    free = _running(np.full(len(rows), float(np.count_nonzero(~capped))), sign)
    height = _running(_sums(np.where(capped, high, rows)), sign * edges[:, :count])
    reached = np.ones((len(rows), count + 1), dtype=bool)
    reached[:, :count] = height[:, 1:] - free[:, 1:] * edges[:, :count] <= total
    first = reached.argmax(-1)
    edge = edges[here, np.minimum(first, max(count - 1, 0))]
    height, free = height[here, first], free[here, first]
    return np.where(free > 0.0, (height - total) / np.maximum(free, 1.0), edge), free


def _running(start: Array, steps: Array) -> Array:
    """Running sums (R, K + 1) of steps (R, K) from a start (R,)."""
    return np.add.accumulate(np.concatenate((start[:, np.newaxis], steps), axis=-1), axis=-1)


def _clip(values: Array, low: Array, high: Array) -> Array:
    return np.minimum(np.maximum(values, low), high) + 0.0


def _sums(rows: Array) -> Array:
    """Sums (R,) of rows (R, N), added in order: the same bits in a batch of any shape."""
    return np.add.accumulate(rows, axis=-1)[:, -1]
