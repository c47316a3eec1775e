"""Admit: the closest portfolio that the limits allow (the Euclidean projection onto their region, METHODS 5.1).

Cash, what the weights leave of 1, is one more coordinate: in no group, within the region's bounds on cash. Where the
limits leave no portfolio, tilt limits are set aside (the published order of relaxation) and the goal says so.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.frictions import LimitSet
from trimtab.core.region import Group, Region
from trimtab.core.values import Goal
from trimtab.numerics.projection import Polytope

_DRIFT = 1e-12  # weights this close to the region lie in it: what rounding does to held weights is no breach


def admit(aim: Array, limits: LimitSet) -> Goal:
    """The portfolio closest to each row of `aim` (..., A) that `limits` allow.

    `Goal.relaxed` (...) is True where tilt limits had to be set aside. Raises InvariantError for a NaN or infinite
    aim, and where not even the essential limits leave a portfolio.
    """
    region, relaxed = _allowed(limits.region, limits.essential)
    return Goal(_nearest(aim, region), np.full(aim.shape[:-1], relaxed))


def repair(held: Array, limits: LimitSet) -> Array:
    """What is held (..., A), each row as it is where the limits allow it, else the closest portfolio that they allow.

    A repair cannot be put off, so turnover budgets leave it out. It also has the least turnover of all repairs: a
    shift never sells where it need not, and never buys where another sells for choice.
    """
    region, _ = _allowed(limits.region, limits.essential)
    fine = region.contains(held, tolerance=_DRIFT)
    if fine.all():
        return held
    return np.where(fine[..., np.newaxis], held, _nearest(held, region))


@lru_cache(maxsize=256)
def _allowed(region: Region, essential: Region) -> tuple[Region, bool]:
    """The region to aim for, and whether that meant relaxing tilt limits."""
    return (region, False) if region.feasible else (essential, True)


@lru_cache(maxsize=256)
def _polytope(region: Region) -> Polytope:
    """The region with cash as its last coordinate."""
    low = np.append(region.low, region.low_cash)
    high = np.append(region.high, region.high_cash)
    groups = (Group(np.append(group.members, False), group.floor, group.cap) for group in region.groups)
    return Polytope(low, high, 1.0, tuple(groups))


def _nearest(weights: Array, region: Region) -> Array:
    """The closest portfolio in `region` to each row of `weights` (..., A)."""
    weights = np.ascontiguousarray(weights)  # so that sums run along rows, in a batch as in a row alone
    cash = 1.0 - weights.sum(-1, keepdims=True)
    whole = _polytope(region).nearest(np.concatenate((weights, cash), axis=-1))
    return np.ascontiguousarray(whole[..., :-1])
