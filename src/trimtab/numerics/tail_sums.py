"""The tails of a block of returns: quantiles and means beyond them, from one partial sort.

Only the worst share of the returns is put in order, and the two returns around the upper quantile are singled out.
"""

from __future__ import annotations

import math

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.measuring import Asked, Found, Room
from trimtab.numerics.returns import over
from trimtab.numerics.tail import Shortfall

FEW = 64  # returns that are simply sorted


def tails(x: Array, room: Room, asked: Asked) -> Found:
    """Lower and upper quantile, and the mean of the worst share."""
    share, count = 1.0 - asked.conventions.level, x.shape[1]
    at = share * (count - 1)
    below, wanted = math.floor(at), round(share * count, 9)
    last = min(max(below + 1, math.ceil(wanted)), count - 1)  # what is in order ends here
    upper = count - 1 - min(below + 1, count - 1)  # the lower of the two returns around the upper quantile
    ordered = room.spare
    np.copyto(ordered, x)
    if count <= FEW:
        ordered.sort(axis=-1)
    else:
        ordered.partition(last, axis=-1)
        ordered[:, : last + 1].sort(axis=-1)
        rest = ordered[:, last + 1 :]
        rest.partition(upper - last - 1, axis=-1)
    top = ordered[:, upper + 1 :].min(-1) if upper + 1 < count else ordered[:, upper]
    low = _between(ordered[:, below], ordered[:, min(below + 1, count - 1)], at - below)
    high = _between(top, ordered[:, upper], at - below)
    return {"quantile": low, "upper_quantile": high, "shortfall": _shortfall(x, room, low, wanted, asked)}


def _shortfall(x: Array, room: Room, low: Array, wanted: float, asked: Asked) -> Array:
    """Mean of the worst returns, by the chosen one of the historical conventions."""
    ordered, method = room.spare, asked.conventions.expected_shortfall
    if method is Shortfall.BELOW_QUANTILE:
        reached = np.less_equal(x, low[:, None], out=room.mask)
        return over(np.where(reached, x, 0.0).sum(-1), np.count_nonzero(reached, axis=-1))
    whole = math.floor(wanted)
    if method is Shortfall.WHOLE_TAIL:
        return np.asarray(ordered[:, : max(whole, 1)].mean(-1))
    return np.asarray((ordered[:, :whole].sum(-1) + (wanted - whole) * ordered[:, min(whole, x.shape[1] - 1)]) / wanted)


def _between(first: Array, second: Array, weight: float) -> Array:
    """The point between two numbers, as numpy finds it."""
    step = second - first
    return np.asarray(first + step * weight if weight < 0.5 else second - step * (1.0 - weight))
