"""Admit: the closest portfolio that the limits allow (the Euclidean projection onto their region, METHODS 5.1).

Cash, what the weights leave of 1, is one more coordinate: in no group, within the region's bounds on cash. Where the
limits leave no portfolio, tilt limits are set aside (the published order of relaxation) and the goal says so. Bounds on
risk are met under the covariance of each date, by a solver where the closed form does not meet them already.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from trimtab.construction.conic import feasible, nearest
from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import BreachError, InvariantError
from trimtab.core.frictions import Box, LimitSet
from trimtab.core.region import Group, Region, RiskBound
from trimtab.core.values import Goal
from trimtab.numerics.projection import Polytope

DRIFT = 1e-12  # weights this close to the region lie in it: what rounding does to held weights is no breach
_FEW = 24  # assets, whose weights and cash sum to 1 within the tolerance of the projection, whatever the order
_TRACE = 1e-8  # of the largest variance
_SURE = 1.0 - 1e-9  # risk below this share of its bound is below it, however it is summed


def admit(aim: Array, limits: LimitSet, covariance: Array | None = None) -> Goal:
    """The portfolio closest to each row of `aim` (..., A) that `limits` allow; `covariance` (..., A, A) is per year.

    A row is NaN where the aim is, where a bound on risk needs a covariance that is not known, and where the solver finds
    nothing though there is something. `Goal.relaxed` (...) is True where tilt limits had to be set aside. Raises
    InvariantError for an infinite aim, and BreachError where not even the essential limits leave a portfolio.
    """
    region, relaxed = allowed(limits.region, limits.essential)
    bounds = () if relaxed else limits.bounds
    if not bounds and _clearly_inside(aim, region):
        return Goal(aim, np.full(aim.shape[:-1], relaxed))
    missing = np.isnan(aim).any(axis=-1)
    if region.disjoint and not bounds and not missing.any():
        return Goal(_nearest(aim, region), np.full(aim.shape[:-1], relaxed))
    goal, loose = np.full(aim.shape, np.nan), np.full(aim.shape[:-1], relaxed)
    known = ~missing & _measured(bounds, covariance, missing.shape)
    if known.any():
        risks = None if covariance is None else covariance[known]
        goal[known], loose[known] = _bounded(aim[known], (region, limits.essential), bounds, risks)
    return Goal(goal, loose | relaxed)


def _clearly_inside(aim: Array, region: Region) -> bool:
    """Whether every row (..., A) lies so far inside that no rounding of sums could say otherwise: then it is its own goal."""
    if region.groups or region.capped or aim.shape[-1] > _FEW or not aim.size or not _above(aim, region.low):
        return False
    cash = np.atleast_1d(1.0 - aim @ np.ones(aim.shape[-1]))
    near = (cash < region.low_cash + DRIFT) | (cash > region.high_cash - DRIFT)
    if near.any():  # there the order of the sum decides
        cash[near] = 1.0 - np.add.reduce(aim.reshape(-1, aim.shape[-1])[near.ravel()], -1)
    return bool(region.low_cash <= np.minimum.reduce(cash, None) and np.maximum.reduce(cash, None) <= region.high_cash)


def _above(aim: Array, low: Array) -> bool:
    """Whether no weight (..., A) lies below its bound (A,)."""
    if np.minimum.reduce(aim, None) >= np.maximum.reduce(low, None):
        return True
    return bool(np.minimum.reduce(aim - low, None) >= 0.0)


def repair(held: Array, limits: LimitSet) -> Array:
    """What is held (..., A), each row as it is where the region allows it, else the closest portfolio that it allows.

    A repair cannot be put off, so turnover budgets leave it out. It also has the least turnover of all repairs: a
    shift never sells where it need not, and never buys where another sells for choice. Windows and bounds on risk are
    for `standing.stand`, which asks for this where there are none.
    """
    return repaired(held, allowed(limits.region, limits.essential)[0])


def repaired(held: Array, region: Region) -> Array:
    """The same, for the region that holds today."""
    fine = region.contains(held, tolerance=DRIFT)
    if fine if held.ndim == 1 else fine.all():  # of one account a backtest asks at every decision
        return held
    return np.where(fine[..., np.newaxis], held, _nearest(held, region))


def onto(weights: Array, region: Region) -> Array:
    """The closest portfolio in a `region` of disjoint groups to each row of `weights` (..., A)."""
    return _projected(weights, _whole(region))


@lru_cache(maxsize=256)
def allowed(region: Region, essential: Region) -> tuple[Region, bool]:
    """The region to aim for, and whether that meant relaxing tilt limits."""
    if _any(region):
        return region, False
    if essential.disjoint or _any(essential):  # without overlaps the rules have asked when they were made
        return essential, True
    remedy = "Loosen a position, class or leverage limit: together they leave no portfolio."
    raise BreachError("the rules cannot all be met", remedy=remedy)


def _any(region: Region) -> bool:
    return region.feasible and (region.disjoint or feasible(region))


def _whole(region: Region) -> Polytope:
    """The region with cash as its last coordinate."""
    low = np.append(region.low, region.low_cash)
    high = np.append(region.high, region.high_cash)
    groups = (Group(np.append(group.members, False), group.floor, group.cap) for group in region.groups)
    return Polytope(low, high, 1.0, tuple(groups))


_polytope = lru_cache(maxsize=256)(_whole)


def _nearest(weights: Array, region: Region) -> Array:
    return _projected(weights, _polytope(region))


def _projected(weights: Array, polytope: Polytope) -> Array:
    weights = np.ascontiguousarray(weights)  # so that sums run along rows, in a batch as in a row alone
    cash = 1.0 - weights.sum(-1, keepdims=True)
    whole = polytope.nearest(np.concatenate((weights, cash), axis=-1))
    return np.ascontiguousarray(whole[..., :-1])


def _measured(bounds: Sequence[RiskBound], covariance: Array | None, shape: tuple[int, ...]) -> Mask:
    """Where the covariance says what the bounds need (...)."""
    known = np.full(shape, covariance is not None or not bounds)
    if covariance is None:
        return known
    for bound in bounds:
        pairs = bound.members[:, np.newaxis] & bound.members
        known &= np.isfinite(covariance[..., pairs]).all(axis=-1)
    return known


def _bounded(
    aim: Array, regions: tuple[Region, Region], bounds: Sequence[RiskBound], covariance: Array | None
) -> tuple[Array, Mask]:
    """Goals (R, A), and where tilt limits were set aside (R,): the closed form, and row by row what it does not meet."""
    region = regions[0]
    goals = _nearest(aim, region) if region.disjoint else aim.copy()
    sure = np.full(len(aim), region.disjoint)
    for bound in bounds:
        sure &= bound.risk(goals, covariance) <= _SURE * bound.most  # type: ignore[arg-type]
    loose = np.zeros(len(aim), dtype=bool)
    for row in np.flatnonzero(~sure):  # each date has its own second-order cone programme
        today = None if covariance is None else covariance[row]
        goals[row], loose[row] = _solved(aim[row], regions, bounds, today)
    return goals, loose


def closest(
    point: Array,
    region: Region,
    bounds: Sequence[RiskBound] = (),
    covariance: Array | None = None,
    box: Box | None = None,
) -> Array | None:
    """`conic.nearest`, asked once more where the solver gives up.

    Then with a trace of risk of its own for each asset, 1e-4 of the largest volatility: a singular covariance is what it
    stumbles over. That makes a bound tighter, by next to nothing, and never looser.
    """
    try:
        return nearest(point, region, bounds, covariance, box)
    except InvariantError:
        if covariance is None or not all(bound.most > 0.0 for bound in bounds):
            raise
        trace = _TRACE * np.nanmax(np.diagonal(covariance))
        return nearest(point, region, bounds, covariance + trace * np.eye(len(point)), box)


def _solved(
    aim: Array, regions: tuple[Region, Region], bounds: Sequence[RiskBound], covariance: Array | None
) -> tuple[Array, bool]:
    """One goal (A,), NaN where the solver gives up, and whether tilt limits were set aside."""
    if not np.isfinite(aim).all():
        raise InvariantError("only finite numbers can be brought within limits: look for NaN and infinity in the aim")
    try:
        goal = closest(aim, regions[0], bounds, covariance)
        loose = goal is None
        if goal is None:
            goal = closest(aim, regions[1])
    except InvariantError:  # no answer of the solver keeps every limit, or the covariance is none: no goal
        goal, loose = None, False
    return np.full(len(aim), np.nan) if goal is None else goal, loose
