"""The normal distribution, without SciPy."""

from __future__ import annotations

import math

import numpy as np

from trimtab.core.arrays import Array

_ERFC = np.vectorize(math.erfc, otypes=[float])  # NumPy has no error function; the C library's is right to the last bits


def normal_cdf(x: Array) -> Array:
    """Probability that a standard normal lies at or below each of `x` (any shape); exact in both tails, NaN stays NaN."""
    return np.asarray(0.5 * _ERFC(np.asarray(x, dtype=float) / -math.sqrt(2.0)))
