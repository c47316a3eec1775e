"""Correlations out of covariances, and whether they are any: known, without a negative variance or eigenvalue."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.numerics.covariance import diagonal
from trimtab.numerics.nearest_psd import indefinite
from trimtab.numerics.returns import NO_SPREAD

_SKEWED = 1e-9  # correlations that differ by more than this from their mirror image are no rounding


def correlation(covariance: Array) -> Array:
    """Correlations (..., A, A) of covariances (..., A, A); NaN where one is unknown or infinite.

    An asset that does not vary keeps its row as it is: 0 with all others, itself included, where the matrix is a covariance.
    """
    known = np.where(np.isfinite(covariance), covariance, np.nan)
    deviation = np.sqrt(np.maximum(diagonal(known), 0.0))
    scale = np.where(deviation > NO_SPREAD, deviation, 1.0)
    return np.asarray(known / scale[..., :, None] / scale[..., None, :])


def possible(correlations: Array) -> Mask:
    """Whether each matrix (..., A, A) may be one of correlations: all known, symmetric, positive semidefinite up to rounding.

    False, not an error, for any that is not.
    """
    known = np.asarray(np.isfinite(correlations).all(axis=(-2, -1)))
    filled = np.where(known[..., None, None], correlations, 0.0)
    skewed = np.abs(filled - np.swapaxes(filled, -1, -2)).max(axis=(-2, -1), initial=0.0) > _SKEWED
    return np.asarray(known & ~skewed & ~indefinite(filled))
