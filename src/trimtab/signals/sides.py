"""On which side of a level a value lies, with ties that are ties.

Two numbers within 1e-12 of each other relatively are equal: a constant price differs from its own mean in the last
bits.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.terms import TIE


def side(value: Array, level: Array) -> Array:
    """+1 above `level`, -1 below, 0 at a tie, NaN where either is not finite. Arrays broadcast."""
    with np.errstate(invalid="ignore"):
        gap = np.asarray(value - level)
    if _nowhere_tied(gap, level):
        return np.sign(gap)
    scale = np.maximum(np.abs(value), np.abs(level))
    scale *= TIE
    apart = np.abs(gap) > scale  # not where it is NaN
    found = np.sign(gap) * apart + 0.0  # a tie is 0, without a sign
    return np.where(np.isfinite(gap), found, np.nan) if not np.isfinite(np.add.reduce(gap, axis=None)) else found


def _nowhere_tied(gap: Array, level: Array) -> bool:
    """Whether all are known, and even the smallest gap is more than a tie at the largest level: then the sign says it all."""
    if not gap.size:
        return False
    size = np.abs(gap)
    largest = max(np.maximum.reduce(level, None), -np.minimum.reduce(level, None))
    return bool(np.minimum.reduce(size, None) > 2.0 * TIE * largest and np.isfinite(np.maximum.reduce(size, None)))


def beyond(value: Array, level: Array, band: float) -> Array:
    """+1 above `level * (1 + band)`, -1 below `level * (1 - band)`, 0 between or at an edge, NaN where unknown."""
    if not band:
        return side(value, level)
    above, below = side(value, level * (1.0 + band)), side(value, level * (1.0 - band))
    return np.where(np.isnan(above), np.nan, np.where(above > 0.0, 1.0, np.where(below < 0.0, -1.0, 0.0)))


def apart(value: Array, level: Array) -> Array:
    """How far `value` stands above `level`, as a fraction of it; NaN where either is unknown or the level is not above 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(level > 0.0, value / level - 1.0, np.nan))


def direction(number: Array) -> Array:
    """+1, -1 or 0 of pure numbers around 1 (scores, z-values), where 1e-12 is a tie with 0; NaN stays NaN."""
    if np.size(number) and np.minimum.reduce(np.abs(number), None) > TIE:
        return np.asarray(np.sign(number))
    return np.asarray(np.sign(number) * (np.abs(number) > TIE) + 0.0)
