"""How much an asset's returns have varied, in the same bits whatever the layout of the window.

Deviation around the mean, both with the same weights. A deviation of at most 1e-12 is rounding: returns are pure numbers
on the scale of a growth factor, which is about 1.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.terms import TIE
from trimtab.signals.sides import apart


def stepped(index: Array) -> Array:
    """(D, n - 1, A) simple returns between the rows of an index (D, n, A).

    NaN where either end is unknown or the first is not above 0.
    """
    return apart(index[:, 1:], index[:, :-1])


def deviation(index: Array, weights: Array | None = None) -> Array:
    """(D, A) standard deviation of the n returns between the rows of an index (D, n + 1, A), per row.

    NaN where any return is unknown, or they have not varied. Without weights ddof is 1, and NaN where n < 2; `weights`
    (n,), oldest first, sum to 1 and are used as they are.
    """
    n = index.shape[1] - 1
    mean, variance = np.zeros((2, index.shape[0], index.shape[2]))
    if n < 2:
        return mean + np.nan
    shares = np.full(n, 1.0 / n) if weights is None else weights
    for k in range(n):  # over the rows alone: the order is fixed, and no window is ever copied
        mean = mean + shares[k] * apart(index[:, k + 1], index[:, k])
    for k in range(n):
        variance = variance + shares[k] * np.square(apart(index[:, k + 1], index[:, k]) - mean)
    found = np.sqrt(variance * (n / (n - 1.0)) if weights is None else variance)
    return np.asarray(np.where(found > TIE, found, np.nan))


def unvaried(rows: Array) -> str:
    """Why one asset's deviation over the index rows (n,) is unknown, for a sentence."""
    known, count = int(np.isfinite(stepped(rows[None, :, None])).sum()), len(rows) - 1
    return "has not varied" if known == count else f"unknown: {known} of {count} returns are known"
