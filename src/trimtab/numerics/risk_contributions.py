"""Contributions to risk: which share of a portfolio's volatility each asset brings (Euler's theorem).

RC_i = w_i (S w)_i / sigma with sigma = sqrt(w'Sw), so that the contributions add up to sigma (Litterman 1996, "Hot spots and
hedges"); as shares of it they add up to 1. A hedge has a share below zero.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array


def contributions(weights: Array, covariance: Array) -> Array:
    """Shares of risk (..., A) of weights (..., A) under covariances (..., A, A); each row sums to 1.

    NaN where anything is unknown, and where the portfolio has no variance. An asset that is not held and whose covariance is
    unknown is unknown too: leave such assets out first.
    """
    weights = np.ascontiguousarray(weights, dtype=float)
    covariance = np.ascontiguousarray(covariance, dtype=float)
    with np.errstate(invalid="ignore", over="ignore"):
        parts = weights * (covariance @ weights[..., None])[..., 0]
        variance = np.add.reduce(parts, -1, keepdims=True)
        variance = np.where((variance > 0.0) & (variance < np.inf), variance, np.nan)
    return np.asarray(parts / variance)
