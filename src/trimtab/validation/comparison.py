"""Two answers that should be the same, bit for bit or nearly: the first date at which they differ, and both numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trimtab.core.arrays import Array, Dates, Mask

NEARLY = 1e-9  # relative: sums over assets add in another order when the assets are permuted


def differs(one: Array, other: Array, *, nearly: bool = False) -> Mask:
    """Where two arrays of one shape differ; one NaN is like another. `nearly` forgives 1e-9 of the largest number."""
    unequal: Mask = np.asarray((one != other) & ~(np.isnan(one) & np.isnan(other)))
    if not nearly or not unequal.any():
        return unequal
    known = np.isfinite(one) & np.isfinite(other)
    scale = np.max(np.abs(one), where=known, initial=0.0)
    gap = np.abs(np.where(known, one, 0.0) - np.where(known, other, 0.0))
    return np.asarray(unequal & ~(known & (gap <= NEARLY * scale)))


def difference(
    one: Mapping[str, Array], other: Mapping[str, Array], dates: Dates, said: tuple[str, str], *, nearly: bool = False
) -> str:
    """The first difference of two answers over `dates` (D,) in words, `said` of each; empty where there is none."""
    for name, left in one.items():
        right = other[name]
        if left.shape != right.shape:
            return f"{name} has shape {left.shape} {said[0]} and {right.shape} {said[1]}"
        cells = np.argwhere(differs(left, right, nearly=nearly))
        if len(cells):
            where = tuple(cells[0].tolist())
            a, b = written(float(left[where]), float(right[where]))
            place = f" ({name} {', '.join(map(str, where[1:]))})" if left[0].size > 1 else ""
            return f"{dates[where[0]]}: {a} {said[0]}, {b} {said[1]}{place}"
    return ""


def written(one: float, other: float) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to tell them apart."""
    short = f"{one:.6g}", f"{other:.6g}"
    return short if short[0] != short[1] else (repr(one), repr(other))
