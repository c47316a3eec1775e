"""Covariances of returns with gaps, each pair of assets on the rows in which both are known.

The pairs rest on different rows, so that the whole need not be positive semidefinite: see `nearest_psd`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.numerics.covariance import squared


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Covariance per row and number of common rows, (..., A, A) each; NaN for a pair with too few."""

    covariance: Array
    common: Array

    def kept(self, minimum: int) -> Mask:
        """(..., A) assets of which every two have at least `minimum` common rows, and no covariance is NaN.

        One after the other the asset with most pairs that are too short goes, of several the one with the shortest
        history; assets alike in both go together, so that their order does not matter.
        """
        short = (self.common < max(minimum, 1)) | np.isnan(self.covariance)
        own = np.diagonal(self.common, axis1=-2, axis2=-1)
        kept = ~np.diagonal(short, axis1=-2, axis2=-1)
        for _ in range(short.shape[-1]):  # each turn drops an asset wherever two kept ones still have too few rows
            count = (short & kept[..., None, :]).sum(axis=-1) * kept
            worst = np.where(count > 0, count + 1.0 - own / (own.max(axis=-1, keepdims=True) + 1.0), 0.0)
            drop = (worst > 0.0) & (worst >= worst.max(axis=-1, keepdims=True))
            if not drop.any():
                break
            kept = kept & ~drop
        return kept


def pairwise_covariance(returns: Array, weights: Array | None = None, *, centred: bool = True, minimum: int = 2) -> Pairs:
    """Covariance of windows of returns (..., n, A), per row, each pair on its common rows; NaN where fewer than `minimum`.

    Mean, variance and ddof as in `covariance`; with `weights` (n,), those of the common rows are scaled up to sum to 1.
    """
    n = returns.shape[-2]
    known = np.isfinite(returns)
    shares = np.full(n, 1.0) if weights is None else weights
    here = np.ascontiguousarray(known, dtype=float)
    roots = here * np.sqrt(shares)[:, None]
    common, weight = squared(here), squared(roots)
    level = _level(returns, known) if centred else 0.0  # takes the size out first, so that little cancels below
    rows = np.ascontiguousarray(np.where(known, returns - level, 0.0)) * np.sqrt(shares)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = squared(rows) / weight
        if centred:
            mean = np.swapaxes(rows, -1, -2) @ roots / weight  # entry (i, j): of asset i, on the rows common with j
            found = found - mean * np.swapaxes(mean, -1, -2)
            found = found * (common / (common - 1.0)) if weights is None else found
        found = np.where(np.eye(returns.shape[-1]) > 0.0, np.maximum(found, 0.0), found)  # below 0 is rounding
    enough = common >= max(minimum, 2 if centred and weights is None else 1)
    return Pairs(np.where(enough, found, np.nan), common)


def _level(returns: Array, known: Mask) -> Array:
    """The first known return (..., 1, A) of each asset; 0 where there is none."""
    first = np.argmax(known, axis=-2)[..., None, :]
    level = np.take_along_axis(returns, first, axis=-2)
    return np.where(np.isfinite(level), level, 0.0)
