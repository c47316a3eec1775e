"""Realised volatility: the root of the mean squared return, mean zero, per year: sqrt(per_year / n * sum of r^2).

METHODS 1.6. Signals read it asset by asset, regimes for a whole portfolio; both take the arithmetic from here. Squares
are added oldest first, one row at a time: an answer has the same bits whatever the layout of the window.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array


def rolling_realised(returns: Array, n: int, per_year: float) -> Array:
    """Per year, over each run of `n` rows of returns (..., T, A): shape (..., T - n + 1, A), oldest first.

    NaN where any of the n returns is unknown; no rows where T < n. `per_year`: rows a year, 252 for days.
    """
    squares = np.square(returns)
    count = max(returns.shape[-2] - n + 1, 0)
    total = np.zeros((*returns.shape[:-2], count, returns.shape[-1]))
    if count:
        for k in range(n):  # a loop over the n rows alone: the order of each sum is fixed, the rest is vectorised
            total += squares[..., k : k + count, :]
    return np.asarray(np.sqrt(per_year / n * total))


def realised(returns: Array, per_year: float) -> Array:
    """Per year, of all rows of returns (..., n, A): shape (..., A). NaN where any is unknown, or where n is 0."""
    n = returns.shape[-2]
    if n == 0:
        return np.full((*returns.shape[:-2], returns.shape[-1]), np.nan)
    return np.asarray(rolling_realised(returns, n, per_year)[..., 0, :])
