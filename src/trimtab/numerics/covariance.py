"""Covariances of many windows at once, each the same to the bit whether it is asked for alone or among others.

Means and products are one matrix product a window, on contiguous rows: NumPy's own sums add in an order that depends on
the layout of the whole array.
"""

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
        rows = rows - means(rows, weights)
    if weights is None:
        return np.asarray(squared(rows) / (n - 1 if centred else n))
    return squared(rows * np.sqrt(weights)[:, None])


def means(rows: Array, weights: Array | None = None) -> Array:
    """Mean (..., 1, A) of contiguous rows (..., n, A), with weights (n,) that sum to 1 where given."""
    if weights is None:
        return np.asarray(np.ones((1, rows.shape[-2])) @ rows / rows.shape[-2])
    return np.asarray(weights[None] @ rows)


def squared(rows: Array) -> Array:
    """X'X (..., A, A) of contiguous rows (..., n, A), symmetric to the bit."""
    return np.asarray(np.swapaxes(rows, -1, -2) @ rows)


def total(matrices: Array) -> Array:
    """Sum (...) of all entries of contiguous matrices (..., A, B), in one order whatever stands before them."""
    flat = np.ascontiguousarray(matrices).reshape(*matrices.shape[:-2], 1, matrices.shape[-2] * matrices.shape[-1])
    return np.asarray((flat @ np.ones((flat.shape[-1], 1)))[..., 0, 0])


def product(one: Array, other: Array) -> Array:
    """Sum (...) of the products, entry by entry, of matrices (..., A, B) of one shape; the order as in `total`."""
    size = one.shape[-2] * one.shape[-1]
    row = np.ascontiguousarray(one).reshape(*one.shape[:-2], 1, size)
    column = np.ascontiguousarray(other).reshape(*other.shape[:-2], size, 1)
    return np.asarray((row @ column)[..., 0, 0])


def diagonal(matrices: Array) -> Array:
    """The diagonals (..., A) of matrices (..., A, A)."""
    return np.asarray(np.diagonal(matrices, axis1=-2, axis2=-1))


def correlation_of(covariances: Array) -> Array:
    """Correlations (..., A, A) of covariances; NaN where an asset does not vary."""
    with np.errstate(invalid="ignore", divide="ignore"):
        deviation = np.sqrt(diagonal(covariances))
        found = covariances / (deviation[..., :, None] * deviation[..., None, :])
    return np.asarray(np.where(np.isfinite(found), np.clip(found, -1.0, 1.0), np.nan))
