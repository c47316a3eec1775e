"""Statistics over a window that moves along one path, for reviews and charts."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from trimtab.core.arrays import Array, Mask
from trimtab.core.terms import TIE


def rolling_correlation(left: Array, right: Array, window: int) -> Array:
    """(T,) correlation of two paths (T,) over the last `window` values; NaN before, and where one is unknown or still."""
    out = np.full(len(left), np.nan)
    if len(left) < window or window < 2:
        return out
    first, second = (sliding_window_view(path, window) for path in (left, right))
    still = _still(first) | _still(second)
    first, second = (rows - rows.mean(axis=1, keepdims=True) for rows in (first, second))
    together = (first * second).sum(axis=1)
    apart = np.sqrt((first * first).sum(axis=1)) * np.sqrt((second * second).sum(axis=1))
    moves = (apart > 0.0) & ~still
    out[window - 1 :] = np.where(moves, np.clip(together / np.where(moves, apart, 1.0), -1.0, 1.0), np.nan)
    return out


def _still(rows: Array) -> Mask:
    """Which windows (N, n) hold one value, but for rounding: a constant differs from its own mean in the last bits."""
    spread = rows.max(axis=1) - rows.min(axis=1)
    return np.asarray(spread <= TIE * np.abs(rows).max(axis=1))
