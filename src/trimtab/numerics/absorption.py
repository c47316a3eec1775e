"""Absorption ratio: the share of all variance that a few factors carry (Kritzman, Li, Page and Rigobon 2011).

The factors are the eigenvectors of the covariance with the largest eigenvalues. Where few carry much, markets are tightly
coupled, and a shock travels.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.returns import NO_SPREAD


def factors_of(fraction: float, count: int) -> int:
    """The number of factors counted for `count` assets: the fraction of them, rounded, halves up."""
    return int(np.floor(fraction * count + 0.5))


def absorption_ratio(covariance: Array, factors: int) -> Array:
    """Share (...) of the variance of (..., N, N) in its `factors` largest eigenvalues; 0 for none of them, 1 for all.

    NaN where a covariance has a gap, or where nothing varies.
    """
    known = np.asarray(np.isfinite(covariance).all(axis=(-2, -1)))
    values = np.linalg.eigvalsh(np.where(known[..., None, None], covariance, 0.0))  # rising
    values = np.moveaxis(np.maximum(values, 0.0), -1, 0)
    total, part = np.zeros(known.shape), np.zeros(known.shape)
    for k, value in enumerate(values):  # one factor after the other, so that sums add in one order
        total = total + value
        part = part + value * (k >= len(values) - factors)
    varies = known & (total > NO_SPREAD**2)
    return np.where(varies, part / np.where(varies, total, 1.0), np.nan)
