"""Gains against losses: ratios made from the parts of returns above and below a threshold (Keating and Shadwick 2002).

Returns are simple, (..., T), and thresholds are a period. Divisors count all T periods. Gain to loss after Bernardo and
Ledoit (2000), upside potential after Sortino, van der Meer and Plantinga (1999), the prospect ratio after Watanabe (2006).
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.returns import downside_deviation, over, unknown

LOSS_AVERSION = 2.25  # Tversky and Kahneman (1992): how much more a loss weighs than a gain


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


def bernardo_ledoit(returns: Array) -> Array:
    """Sum of gains over sum of losses, shape (...): Omega at 0, and the profit factor. NaN where there was no loss."""
    return omega(returns)


def upside_potential(returns: Array, *, least: float = 0.0) -> Array:
    """Mean of what exceeds `least`, a period, over the downside deviation from it, shape (...). NaN where none falls short."""
    return over(_means(returns, least)[0], downside_deviation(returns, 1.0, least=least))


def prospect_ratio(returns: Array, *, least: float = 0.0, once: bool = False) -> Array:
    """Mean of gains and 2.25 times losses less `least`, over the downside deviation from `least`, shape (...).

    `once` takes `least` off the sum over all periods, as PerformanceAnalytics does. NaN where nothing falls short.
    """
    gains, losses = _means(returns, 0.0)
    taken = least / max(returns.shape[-1], 1) if once else least
    return over(gains - LOSS_AVERSION * losses - taken, downside_deviation(returns, 1.0, least=least))
