"""The normal distribution, without SciPy."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from trimtab.core.arrays import Array

_ERFC = np.vectorize(math.erfc, otypes=[float])  # NumPy has no error function; the C library's is right to the last bits


def normal_cdf(x: Array) -> Array:
    """Probability that a standard normal lies at or below each of `x` (any shape); exact in both tails, NaN stays NaN."""
    return np.asarray(0.5 * _ERFC(np.asarray(x, dtype=float) / -math.sqrt(2.0)))


def normal_quantile(probability: Array) -> Array:
    """The value that a standard normal stays at or below with each `probability` (any shape); NaN outside (0, 1).

    Right to about 16 digits (Wichura 1988). For the far upper tail ask for the small probability and turn the sign.
    """
    asked = np.asarray(probability, dtype=float)
    found = np.full(asked.shape, np.nan)
    inside = (asked > 0.0) & (asked < 1.0)
    found[inside] = [NormalDist().inv_cdf(one) for one in asked[inside].tolist()]
    return found
