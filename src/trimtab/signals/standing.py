"""Where a value stands in its own history: its distance from the mean in standard deviations (ddof 1), and why unknown.

Sums run in a fixed order, so that one date alone gives the same bits as the same date among many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.terms import TIE
from trimtab.signals.sums import summed

CONSTANT = "has not varied"


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Values (...), and count, mean and sd of their histories, themselves included; all of one shape.

    `unit` is the size beside which a spread is no more than rounding: 1 for logarithms and returns, 0 for levels, which
    are held against their own mean.
    """

    value: Array
    count: Array
    mean: Array
    sd: Array
    unit: float = 0.0

    @property
    def varies(self) -> Mask:
        """(...) whether the history has moved by more than rounding."""
        return np.asarray(self.sd > TIE * np.maximum(np.abs(self.mean), self.unit))

    def z(self, minimum: int) -> Array:
        """(...) standard deviations above the mean; NaN where the value is unknown, or the history short or constant."""
        known = np.isfinite(self.value) & (self.count >= minimum) & self.varies
        return np.asarray(np.where(known, (self.value - self.mean) / np.where(known, self.sd, 1.0), np.nan))

    def only(self, *where: int) -> Standing:
        """One cell of it, as arrays of no dimension."""
        return Standing(self.value[where], self.count[where], self.mean[where], self.sd[where], self.unit)

    def trouble(self, minimum: int) -> str:
        """Why the z of a single cell is unknown."""
        if self.count < minimum:
            return f"{int(self.count)} of at least {minimum} values are known"
        return CONSTANT if np.isfinite(self.value) else "its latest value is missing"


def standing(rows: Array, *, unit: float = 0.0) -> Standing:
    """Of the last row of windows (D, n, ...) among all n, as (D, ...); unknown rows are left out."""
    known = np.isfinite(rows)
    count = summed(known.astype(float), 1)
    mean = np.where(count > 0.0, summed(np.where(known, rows, 0.0), 1) / np.maximum(count, 1.0), np.nan)
    off = np.where(known, rows - mean[:, None], 0.0)
    variance = summed(off * off, 1) / np.maximum(count - 1.0, 1.0)
    return Standing(rows[:, -1], count, mean, np.where(count > 1.0, np.sqrt(variance), np.nan), unit)
