"""Shrunk covariances on windows of returns, with and without gaps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trimtab.core.arrays import Array
from trimtab.forecasts.windowed import Estimate, mended
from trimtab.numerics.covariance import diagonal
from trimtab.numerics.shrinkage import Sample, Shrunk, sample_of

Shrink = Callable[[Sample], Shrunk]


def shrunk(rows: Array, how: Shrink) -> Estimate:
    """Of returns (D, n, A); an asset with any of them unknown takes no part and is NaN."""
    found = how(sample_of(rows))
    return Estimate(found.covariance, found.intensity)


def shrunk_pairwise(rows: Array, how: Shrink, minimum: int) -> Estimate:
    """Of returns (D, n, A) with gaps: each pair on its common rows, the nearest covariance, then shrunk.

    Moments are means over the common rows of each pair; as to how sure they are, the shortest overlap speaks for all.
    """
    found, moved, common = mended(rows, minimum)
    kept = np.isfinite(diagonal(found))
    both = kept[..., :, None] & kept[..., None, :]
    least = np.where(both, common, np.inf).min(axis=(-2, -1), initial=np.inf)
    least = np.where(np.isfinite(least), least, 2.0)
    used = np.isfinite(rows) & kept[..., None, :]
    mean = np.where(used, rows, 0.0).sum(axis=-2) / np.maximum(used.sum(axis=-2), 1)
    deviations = np.ascontiguousarray(np.where(used, rows - mean[..., None, :], 0.0))
    covariance = np.where(both, found, 0.0) * ((least - 1.0) / least)[..., None, None]
    answer = how(Sample(deviations, covariance, kept, least, common))
    return Estimate(answer.covariance, answer.intensity, moved)
