"""What limits allow, as rows of a convex programme, and the closest portfolio that keeps them all.

Overlapping groups and bounds on risk have no closed form: with them the Euclidean projection of `admit` is a
second-order cone programme, and Clarabel is asked. Where the closed form answers, it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from trimtab.construction.form import Form
from trimtab.core.arrays import Array, Index, Mask, frozen
from trimtab.core.errors import InvariantError
from trimtab.core.frictions import Box
from trimtab.core.region import Group, Region, RiskBound
from trimtab.numerics.projection import Polytope

SLACK = 1e-8  # how far outside the linear limits an answer of the solver may lie before it is settled
KEPT = 1e-9  # how far above a bound on risk (per year) an answer may lie
_SNAP = 1e-8  # a limit this close to an answer of the solver binds
_EXACT = 1e-12  # what rounding does is no breach
_INDEFINITE = 1e-8  # an eigenvalue this far below zero, of a correlation matrix, is no rounding


def nearest(
    point: Array,
    region: Region,
    bounds: Sequence[RiskBound] = (),
    covariance: Array | None = None,
    box: Box | None = None,
) -> Array | None:
    """The portfolio (A,) closest to `point` (A,) within a region, bounds on risk under `covariance` (A, A), and a box.

    Cash, what the weights leave of 1, is one more coordinate, as in `admit`. Groups may overlap. None where no such
    portfolio exists. Limits on weights are kept to 1e-12 or as near as rounding allows, bounds on risk to 1e-9 per
    year. Raises InvariantError for a point or a covariance that is not known, and where the solver gives up; UsageError
    where there is no solver and the closed form does not do.
    """
    _check_known(point, bounds, covariance)
    tight, curved = pinned(boxed(region, box), bounds, covariance)
    if not tight.feasible:
        return None
    if tight.disjoint:
        closest = _polytope(tight).nearest(np.append(point, 1.0 - point.sum()))[:-1]
        if excess(closest, bounds, covariance) <= 0.0:
            return np.ascontiguousarray(closest)
    elif tight.contains(point, tolerance=0.0) and excess(point, bounds, covariance) <= 0.0:
        return point.copy()
    form = Form()
    weights, cash = form.variables(len(point)), form.variables(1)
    every = np.concatenate((weights, cash))
    form.square(every)
    form.charge(every, -np.append(point, 1.0 - point.sum()))
    form.equal(np.ones(1), (np.zeros(1, dtype=int), every, 1.0))
    hold(form, weights, tight)
    for bound in curved:
        cap(form, weights, bound, covariance)
    found = form.solve()
    return None if found is None else settled(found[weights], tight, bounds, covariance)


def feasible(
    region: Region,
    bounds: Sequence[RiskBound] = (),
    covariance: Array | None = None,
    box: Box | None = None,
) -> bool:
    """Whether any portfolio lies within all of them. Errors as with `nearest`."""
    point = np.mean([bound.centre for bound in bounds], axis=0) if bounds else np.zeros(len(region.low))
    return nearest(point, region, bounds, covariance, box) is not None


def _check_known(point: Array, bounds: Sequence[RiskBound], covariance: Array | None) -> None:
    """Raise InvariantError for a point that is not finite, and for what is no covariance, in the closed form too."""
    if not np.isfinite(point).all():
        raise InvariantError("only finite numbers can be brought within limits: look for NaN and infinity in the aim")
    for bound in bounds:
        root_of(bound, covariance)


def boxed(region: Region, box: Box | None) -> Region:
    """A region within a box (low, high), each (A,). Ends that rounding alone tells apart are one."""
    low, high = (region.low, region.high) if box is None else (np.maximum(region.low, box[0]), np.minimum(region.high, box[1]))
    crossed = (low > high) & (low <= high + _EXACT)
    if box is None and not crossed.any():
        return region
    return Region(low, np.where(crossed, low, high), region.low_cash, region.high_cash, region.groups)


def pinned(
    region: Region, bounds: Sequence[RiskBound], covariance: Array | None, base: Array | None = None
) -> tuple[Region, tuple[RiskBound, ...]]:
    """The region, and the bounds on risk that are left, where each that allows none has become weights that stand still.

    They stand at the centre, or at `base` (A,), which keeps the bounds. Where a portfolio may move without any risk, the
    bound stays one.
    """
    left = []
    for bound in bounds:
        if bound.most > 0.0 or np.linalg.matrix_rank(root_of(bound, covariance)) < bound.members.sum():
            left.append(bound)
            continue
        stand = bound.centre if base is None else base
        region = boxed(region, (np.where(bound.members, stand, -np.inf), np.where(bound.members, stand, np.inf)))
    return region, tuple(left)


@lru_cache(maxsize=256)
def lines(region: Region) -> tuple[Array, Array, Array]:
    """A region as low <= rows @ w <= high: assets, the sum of all (1 less cash), groups. Shapes (R, A), (R,), (R,)."""
    count = len(region.low)
    members = np.array([group.members for group in region.groups], dtype=float).reshape(-1, count)
    rows = np.concatenate((np.eye(count), np.ones((1, count)), members))
    low = np.concatenate((region.low, [1.0 - region.high_cash], [group.floor for group in region.groups]))
    high = np.concatenate((region.high, [1.0 - region.low_cash], [group.cap for group in region.groups]))
    return frozen(rows), frozen(low), frozen(high)


def hold(form: Form, weights: Index, region: Region) -> None:
    """Hold the variables `weights` (columns, A) to a region. Ends that meet are equalities, infinite ones no rows."""
    for sign, right, where, what in _sides(region):
        add = form.at_most if sign else form.equal
        add(right, (where, weights[what], sign or 1.0))


@lru_cache(maxsize=256)
def _sides(region: Region) -> tuple[tuple[float, Array, Index, Index], ...]:
    """The lines of a region by their side: sign (0 for an equality), ends, and where the ones of its rows stand."""
    rows, low, high = lines(region)
    same = high <= low
    capped, floored = ~same & (high < np.inf), ~same & (low > -np.inf)
    sides: tuple[tuple[Mask, float, Array], ...] = ((same, 0.0, low), (capped, 1.0, high), (floored, -1.0, low))
    found = []
    for side, sign, ends in sides:
        where, what = rows[side].nonzero()
        found += [(sign, (sign or 1.0) * ends[side], where, what)] if side.any() else []
    return tuple(found)


def cap(form: Form, weights: Index, bound: RiskBound, covariance: Array | None, base: Array | None = None) -> None:
    """Hold the variables `weights` (columns, A) to a bound on risk: the length of F (w - centre) is at most `most`.

    Where none is allowed, `base` (A,), which keeps the bound to within rounding, stands for the centre.
    """
    meant, root = np.flatnonzero(bound.members), root_of(bound, covariance)
    scale = bound.most if bound.most > 0.0 else float(np.abs(root).max(initial=0.0)) or 1.0
    root = root / scale
    where = np.arange(len(root))[:, np.newaxis]
    middle = root @ bound.centre[meant]
    if bound.most <= 0.0:
        form.equal(middle if base is None else root @ base[meant], (where, weights[meant], root))
    else:
        form.norm(np.append(1.0, -middle), (where + 1, weights[meant], -root))


def root_of(bound: RiskBound, covariance: Array | None) -> Array:
    """F with F'F the covariance of the assets that a bound means. InvariantError where that is unknown, or none."""
    meant = np.flatnonzero(bound.members)
    if covariance is None or not np.isfinite(covariance[np.ix_(meant, meant)]).all():
        raise InvariantError("a bound on risk needs the covariance of the day", remedy="Give the policy a forecast.")
    return factor(covariance[np.ix_(meant, meant)])


def factor(covariance: Array) -> Array:
    """F with F'F = covariance (A, A), also where that is singular. InvariantError where it is no covariance."""
    scale = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    unit = np.where(scale > 0.0, scale, 1.0)
    correlation = covariance / unit / unit[:, np.newaxis]
    try:
        return np.ascontiguousarray(np.linalg.cholesky(correlation).T * unit)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(correlation)
    if values[0] < -_INDEFINITE * len(values):
        raise InvariantError("the covariance is not positive semidefinite: no portfolio has a negative variance")
    return np.asarray(np.sqrt(np.maximum(values, 0.0))[:, np.newaxis] * vectors.T * unit)


def excess(weights: Array, bounds: Sequence[RiskBound], covariance: Array | None) -> float:
    """How far weights (A,) lie above the bounds on risk, the worst of them; -inf without bounds."""
    over = [float(bound.risk(weights, covariance)) - bound.most for bound in bounds]  # type: ignore[arg-type]
    return max(over, default=-np.inf)


def settled(
    weights: Array,
    region: Region,
    bounds: Sequence[RiskBound] = (),
    covariance: Array | None = None,
    base: Array | None = None,
) -> Array:
    """An answer of the solver (A,), moved by what it lacks in precision: within `region` and all bounds on risk.

    What hardly moves from `base` (A,) does not move. Raises InvariantError where the answer lies further outside than
    precision explains.
    """
    rows, low, high = lines(region)
    inner = _snapped(weights, (rows, low, high), base)
    if excess(inner, bounds, covariance) > 0.1 * KEPT:
        inner = _calmer(inner, region, bounds, covariance)
    if excess(inner, bounds, covariance) > 0.5 * KEPT:
        inner = weights  # where next to no risk is allowed, settling can take more than it gives
    held = rows @ inner
    if (held < low - SLACK).any() or (held > high + SLACK).any() or excess(inner, bounds, covariance) > KEPT:
        raise InvariantError("the answer of the solver breaks a limit")
    return inner


def _snapped(weights: Array, within: tuple[Array, Array, Array], base: Array | None = None) -> Array:
    """Weights moved as little as possible so that every line close to its end, or beyond it, lies exactly there.

    So does each asset that is close to `base`, unless it is close to its own end.
    """
    rows, low, high = within
    count = len(weights)
    held = rows @ weights
    ends = np.where(held <= low + _SNAP, low, np.where(held >= high - _SNAP, high, np.nan))
    alone = ends[:count]
    if base is not None:
        alone[:] = np.where(np.isnan(alone) & (np.abs(weights - base) < _SNAP), base, alone)
    fixed = np.isfinite(alone)
    moved = np.where(fixed, alone, weights)
    binds = np.flatnonzero(np.isfinite(ends[count:])) + count
    free = rows[binds][:, ~fixed]
    gap = ends[binds] - rows[binds] @ moved
    if len(binds) == 1:
        moved[~fixed] += free[0] * (gap[0] / max(free[0].sum(), 1.0))
    elif len(binds):
        moved[~fixed] += np.linalg.lstsq(free, gap, rcond=1e-10)[0]
    return moved if np.abs(moved - weights).max() <= 100.0 * _SNAP else weights


def _calmer(weights: Array, region: Region, bounds: Sequence[RiskBound], covariance: Array | None) -> Array:
    """Weights moved towards the portfolio with the most room below all bounds, until they are kept."""
    form = Form()
    columns, room = form.variables(len(weights)), form.variables(1)
    form.charge(room, 1.0)
    hold(form, columns, region)
    for bound in bounds:
        cap(form, columns, bound, covariance)
    for _, entries, _ in form.cones:
        entries.append((np.zeros(1, dtype=int), room, -1.0))
    if not form.cones:
        return weights
    found = form.solve()
    if found is None:
        return weights
    calm = _snapped(found[columns], lines(region))
    share = 1e-9
    while share < 1e-3:
        mixed = weights + share * (calm - weights)
        if excess(mixed, bounds, covariance) <= 0.0:
            return mixed
        share *= 2.0
    return weights


def _polytope(region: Region) -> Polytope:
    """A region of disjoint groups with cash as its last coordinate."""
    groups = tuple(Group(np.append(group.members, False), group.floor, group.cap) for group in region.groups)
    return Polytope(np.append(region.low, region.low_cash), np.append(region.high, region.high_cash), 1.0, groups)
