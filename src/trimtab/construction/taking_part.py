"""Which assets of the universe an allocation spreads its weights over, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.construction.meant import meant
from trimtab.core.arrays import Array, Index
from trimtab.core.values import Asset
from trimtab.numerics.returns import NO_SPREAD


def members(universe: Sequence[Asset], only: Sequence[str]) -> Index:
    """The numbers of the assets that `only` names, by id or class; all, where it names none.

    Raises ParameterError for a name that the universe does not know.
    """
    return np.flatnonzero(meant(universe, only))


def covariance_of(covariance: Array, some: Index) -> Array:
    """Covariances (..., n, n) of some of the assets, of (..., A, A); a variance that is rounding alone is 0."""
    part = covariance if len(some) == covariance.shape[-1] else covariance[..., some[:, None], some]
    still = np.diagonal(part, axis1=-2, axis2=-1) <= NO_SPREAD**2
    if not still.any():
        return np.ascontiguousarray(part)
    return np.where(still[..., :, None] & np.eye(len(some), dtype=bool), 0.0, part)


def spread(weights: Array, some: Index, count: int) -> Array:
    """Weights (..., A) of all `count` assets from those of some (..., n), the others 0; a row with any NaN is all NaN."""
    out = np.zeros((*weights.shape[:-1], count))
    out[..., some] = weights
    out[np.isnan(weights).any(axis=-1)] = np.nan
    return out
