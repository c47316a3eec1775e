"""No-trade bands around the goal's weights: look often, trade only what has left its band (METHODS 5.3).

Proportional costs make a band optimal, and the trade then goes to its nearest edge (Leland 1996); practice knows
half-way and all the way as well, and bands relative to a weight (Daryanani 2008).
"""

from __future__ import annotations

from enum import Enum

import numpy as np

from trimtab.construction.standing import Standing
from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import BreachError
from trimtab.core.region import Region

TIE = 1.0 + 1e-12  # ties are ties, whatever the currency or the order of the assets


class To(Enum):
    """Where to trade, once an asset has left its band: all the way to the goal, to the edge, or half-way between."""

    TARGET = "target"
    EDGE = "edge"
    HALF = "half"


def widths(goal: Array, each: float, relative: float) -> Array:
    """Half the width (..., A) of each asset's band: `each`, or `relative` times its weight; the smaller where both are set.

    (So it is in the rule of 5/25: five percentage points, or a quarter of a small weight.)
    """
    share = relative * np.abs(goal)
    if not relative:
        return np.full(goal.shape, each)
    return np.minimum(share, each) if each else share


def inside(base: Array, goal: Array, width: Array) -> Mask:
    """Whether every asset of `base` (..., A) lies within its band around `goal` (..., A). Shape (...)."""
    return np.asarray((np.abs(base - goal) <= width * TIE).all(axis=-1))


def sent(standing: Standing, goal: Array, width: Array, to: To) -> Array:
    """Where to trade (..., A) from `standing.base` (..., A), an asset having left its band around `goal` (A,).

    The edge is the portfolio closest to what is held that today allows, with every asset within its band and the cash of
    the goal. The goal is one of those, so there always is one; and what lies between the two is allowed as well.
    """
    if to is To.TARGET:
        return np.broadcast_to(goal, standing.base.shape)
    cash = float(1.0 - goal.sum())
    try:
        edge = standing.within(standing.base, Region(goal - width, goal + width, cash, cash))
    except BreachError:  # a solver that gives up is no reason to trade nothing: the goal is within the bands
        edge = np.broadcast_to(goal, standing.base.shape)
    return edge if to is To.EDGE else 0.5 * (edge + goal)
