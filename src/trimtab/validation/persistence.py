"""By how much does what follows itself make returns look surer than they are? The variance of a mean against independence.

A Sharpe ratio over T returns has sqrt(T) behind it only where returns are independent (Lo 2002, "The statistics of Sharpe
ratios"). Else the variance of their mean is V / T with V = 1 + 2 sum r(k), r the autocorrelations. Of one variant that sum
is mostly noise, and the best of hundreds would be one whose noise is low. So it is read from all variants together, in two
ways of which the larger counts: Bartlett's weighted sum up to a year of months (11 lags), and (1 + r) / (1 - r) for
autocorrelation that decays, where the sum falls short. A variant whose own first autocorrelation lies far above the others'
is taken at its own.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.returns import NO_SPREAD
from trimtab.validation.variants import variants

LAGS = 11  # twelve months, less one
BEYOND = 2.5  # standard errors from which on a variant is taken at its own word
MOST = 0.95  # autocorrelation; beyond it no sample tells persistence from a trend


def persistence(returns: Array) -> Array:
    """Variance of the mean over that of independent returns, at least 1, for each column of (T, N): (N,).

    1 for columns that do not vary, and for fewer than three rows. Autocorrelations are raised by 1 / T, which a known mean
    takes off them. Raises DataError for unknown returns.
    """
    rows = variants(returns, rows=1, columns=1)
    count = len(rows)
    away = rows - rows.mean(axis=0)
    square = np.einsum("tn,tn->n", away, away)
    moving = square > NO_SPREAD**2 * count
    out = np.ones(rows.shape[1])
    if count < 3 or not moving.any():
        return out
    away, square = (away, square) if moving.all() else (away[:, moving], square[moving])
    lags = min(LAGS, count - 2)
    own = _autocorrelation(away, square, 1)
    common = np.array([_autocorrelation(away, square, lag).mean() for lag in range(1, lags + 1)])
    first = np.where(own - common[0] > BEYOND / np.sqrt(count), own, common[0]).clip(0.0, MOST)
    together = 1.0 + 2.0 * ((1.0 - np.arange(1, lags + 1) / (lags + 1.0)) * common).sum()
    out[moving] = np.maximum(np.maximum((1.0 + first) / (1.0 - first), together), 1.0)
    return out


def _autocorrelation(away: Array, square: Array, lag: int) -> Array:
    """(N,) at one lag, of deviations (T, N) whose squares sum to `square`."""
    return np.asarray(np.einsum("tn,tn->n", away[lag:], away[:-lag]) / square + 1.0 / len(away))
