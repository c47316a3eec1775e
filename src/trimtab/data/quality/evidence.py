"""How strongly a number speaks for one story rather than another.

Residuals are measured in robust standard deviations (1.4826 times the median absolute one) and judged by Student's t
with four degrees of freedom: daily returns have tails of about that weight (Praetz 1972; Cont 2001), so one wild day
convinces nobody and several do. Log odds, natural logarithm.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array

DEGREES = 4.0
CERTAIN = float(np.log(100.0))  # odds of 100 to 1: what a repair needs
ROBUST = 1.4826  # from the median absolute deviation to the standard deviation of a normal

_BLOCK = 42  # two months of sessions: long enough for a median, short enough to follow a crisis
_FLAT = 1e-4  # scale of a series that never moves


def surprise(z: Array) -> Array:
    """Minus the log density of standardised residuals, up to a constant; 0 at 0."""
    return np.asarray(0.5 * (DEGREES + 1.0) * np.log1p(z * z / DEGREES))


def probability(log_odds: float) -> float:
    """The probability that belongs to log odds."""
    return float(1.0 / (1.0 + np.exp(-np.clip(log_odds, -30.0, 30.0))))


def local_scale(steps: Array) -> Array:
    """Robust standard deviation (R,) about each step: the largest of its own block of two months and the two beside it.

    Unmoved prices are left out, so that coarse ticks do not make it zero; it never falls below half that of the whole
    series. Looks at later steps.
    """
    size = np.abs(steps)
    moved = size[size > 0.0]
    if len(moved) == 0:
        return np.full(len(steps), _FLAT)
    whole = float(np.median(moved))
    blocks = max(1, len(steps) // _BLOCK)
    if blocks == 1:
        return np.full(len(steps), ROBUST * whole)
    part = np.where(size > 0.0, size, np.nan)[: blocks * _BLOCK].reshape(blocks, _BLOCK)
    part[np.isnan(part).all(axis=1), 0] = whole
    middle = np.maximum(_median(part), 0.5 * whole)
    around = np.maximum(middle, np.maximum(np.append(middle[0], middle[:-1]), np.append(middle[1:], middle[-1])))
    return np.asarray(ROBUST * around[np.minimum(np.arange(len(steps)) // _BLOCK, blocks - 1)])


def _median(blocks: Array) -> Array:
    """Median (B,) of each row of (B, n), NaN left out; every row has a number. Faster than numpy's nanmedian."""
    ordered = np.sort(blocks, axis=1)
    count = np.isfinite(ordered).sum(axis=1)
    row = np.arange(len(blocks))
    return np.asarray(0.5 * (ordered[row, (count - 1) // 2] + ordered[row, count // 2]))
