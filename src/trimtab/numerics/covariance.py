"""Covariances of many windows at once, each the same to the bit whether it is asked for alone or among others."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array


def covariance(returns: Array, weights: Array | None = None, *, centred: bool = True) -> Array:
    """Covariance (..., A, A) of windows of returns (..., n, A), per row; NaN for an asset with any row unknown.

    Without weights ddof is 1 (0 where not centred). `weights` (n,) sum to 1 and are used as they are:
    sum of w (r - m)(r - m)', m the mean with the same weights, or 0 where not `centred` (RiskMetrics).
    """
    n = returns.shape[-2]
    if n < 2:
        return np.full((*returns.shape[:-2], returns.shape[-1], returns.shape[-1]), np.nan)
    rows = np.ascontiguousarray(returns, dtype=float)  # one layout, so that sums add in one order
    if centred:
        mean = rows.mean(axis=-2) if weights is None else np.einsum("...na,n->...a", rows, weights)
        rows = rows - mean[..., None, :]
    if weights is None:
        return np.asarray(np.swapaxes(rows, -1, -2) @ rows / (n - 1 if centred else n))
    scaled = rows * np.sqrt(weights)[:, None]
    return np.asarray(np.swapaxes(scaled, -1, -2) @ scaled)


def correlation_of(covariances: Array) -> Array:
    """Correlations (..., A, A) of covariances; NaN where an asset does not vary."""
    with np.errstate(invalid="ignore", divide="ignore"):
        deviation = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
        found = covariances / (deviation[..., :, None] * deviation[..., None, :])
    return np.asarray(np.where(np.isfinite(found), np.clip(found, -1.0, 1.0), np.nan))
