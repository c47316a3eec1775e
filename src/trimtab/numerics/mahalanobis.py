"""How far a vector of returns lies from its mean in units of its covariance: x' S^-1 x (Mahalanobis 1936).

Elimination column by column, written as elementwise arithmetic over all covariances at once: an answer has the same
bits alone and among others, and a covariance without an inverse is found without stopping the rest.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.returns import NO_SPREAD

NO_SHARE = 1e-10  # of its variance that the assets before an asset must leave unexplained
ROUNDING = 1e-12  # of the largest square in a running sum, which its differences cannot tell from nothing


def squared_distance(x: Array, covariance: Array) -> Array:
    """X' S^-1 x (...) of x (..., N) and S (..., N, N); NaN where either has a gap or S has no usable inverse.

    Unusable: an asset that does not vary, or one of whose variance the others leave less than 1e-10 unexplained.
    """
    count = x.shape[-1]
    left = np.array(np.moveaxis(np.broadcast_to(covariance, (*x.shape, count)), (-2, -1), (0, 1)), dtype=float)
    off = np.array(np.moveaxis(x, -1, 0), dtype=float)
    variance = np.array([left[j, j] for j in range(count)])
    total, good = np.zeros(x.shape[:-1]), np.full(x.shape[:-1], count > 0)
    for j in range(count):  # one asset after the other, each elementwise over all covariances
        pivot = left[j, j]
        good &= (pivot > NO_SHARE * variance[j]) & (variance[j] > NO_SPREAD**2)
        pivot = np.where(good, pivot, 1.0)
        total = total + off[j] * off[j] / pivot
        factor = left[j + 1 :, j] / pivot
        off[j + 1 :] -= factor * off[j]
        left[j + 1 :, j + 1 :] -= factor[:, None] * left[j, j + 1 :]
    return np.where(good & np.isfinite(total), total, np.nan)


def rolling_moments(returns: Array, n: int) -> tuple[Array, Array]:
    """Mean (..., T - n + 1, N) and covariance (..., T - n + 1, N, N), ddof 1, of each run of `n` rows of (..., T, N).

    By differences of running sums, which start at the first row at hand: an unknown row makes all runs after it unknown.
    A variance that is nothing but the rounding of larger rows before it is 0. `n` is at least 2 and at most T.
    """
    rows = np.ascontiguousarray(returns, dtype=float)
    first = rows[..., :1, :]
    rows = rows - first  # some value of their size, so that the squares do not cancel
    products = rows[..., :, None] * rows[..., None, :]
    scale = np.diagonal(products, axis1=-2, axis2=-1).max(axis=-2)[..., None, :]
    mean = np.moveaxis(_runs(np.moveaxis(rows, -2, 0), n), 0, -2) / n
    products = np.moveaxis(_runs(np.moveaxis(products, -3, 0), n), 0, -3)
    found = (products - n * (mean[..., :, None] * mean[..., None, :])) / (n - 1)
    still = np.diagonal(found, axis1=-2, axis2=-1) <= ROUNDING * scale
    return mean + first, np.where(still[..., :, None] | still[..., None, :], 0.0, found)


def _runs(rows: Array, n: int) -> Array:
    """Sums (T - n + 1, ...) of each run of `n` of the rows (T, ...)."""
    total = np.cumsum(rows, axis=0)
    total[n:] -= total[:-n].copy()
    return np.asarray(total[n - 1 :])
