"""Gains against losses: ratios made from the parts of returns above and below a threshold (Keating and Shadwick 2002).

Returns are simple, (..., T), and thresholds are a period. Divisors count all T periods.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.returns import over, unknown


def _means(returns: Array, least: float) -> tuple[Array, Array]:
    """Mean excess above and mean shortfall below `least`, each (...), at least 0."""
    if not returns.shape[-1]:
        return unknown(returns), unknown(returns)
    away = returns - least
    return np.maximum(away, 0.0).mean(-1), np.maximum(-away, 0.0).mean(-1)


def omega(returns: Array, *, least: float = 0.0) -> Array:
    """Mean excess above `least` over mean shortfall below it, shape (...). NaN where nothing falls short."""
    up, down = _means(returns, least)
    return over(up, down)


def upside_risk(returns: Array, *, least: float = 0.0) -> Array:
    """Root mean square of what exceeds `least`, a period, shape (...)."""
    return np.sqrt((np.maximum(returns - least, 0.0) ** 2).mean(-1)) if returns.shape[-1] else unknown(returns)


def d_ratio(returns: Array) -> Array:
    """Number times sum of losses over number times sum of gains, shape (...): 0 is best. NaN without a gain."""
    gains, losses = np.maximum(returns, 0.0).sum(-1), np.maximum(-returns, 0.0).sum(-1)
    top, bottom = (returns < 0.0).sum(-1) * losses, (returns > 0.0).sum(-1) * gains
    return over(top, bottom)
