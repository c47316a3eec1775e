"""Statistics over a window that moves along one path, for reviews and charts."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from trimtab.core.arrays import Array


def rolling_correlation(left: Array, right: Array, window: int) -> Array:
    """(T,) correlation of two paths (T,) over the last `window` values; NaN before, and where one is unknown or still."""
    out = np.full(len(left), np.nan)
    if len(left) < window or window < 2:
        return out
    first, second = (sliding_window_view(path, window) for path in (left, right))
    first, second = (rows - rows.mean(axis=1, keepdims=True) for rows in (first, second))
    together = (first * second).sum(axis=1)
    apart = np.sqrt((first * first).sum(axis=1) * (second * second).sum(axis=1))
    out[window - 1 :] = np.where(apart > 0.0, together / np.where(apart > 0.0, apart, 1.0), np.nan)
    return out
