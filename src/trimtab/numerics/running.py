"""Running statistics of everything since a fixed row, read off at any later row.

Sums run row by row from the start, on values shifted by the first known one, so that a statistic never changes its bits
when later rows are added or when fewer dates are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.terms import Stat


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """Cumulative count, sums and extremes of rows (T, N); NaN rows are left out, column by column."""

    shift: Array  # (N,)
    count: Array  # (T + 1, N), row k covers the first k rows
    total: Array
    squares: Array
    least: Array
    most: Array

    def read(self, stat: Stat, before: Index, row: Array) -> Array:
        """`stat` of the first `before` rows and of `row` besides; `before` and `row` are (D, N). NaN where undefined."""
        columns = np.arange(self.count.shape[1])
        known = np.isfinite(row)
        shifted = np.where(known, row - self.shift, 0.0)
        count = self.count[before, columns] + known
        if stat is Stat.COUNT:
            return np.asarray(count)
        if stat is Stat.MIN:
            return np.asarray(np.fmin(self.least[before, columns], row))
        if stat is Stat.MAX:
            return np.asarray(np.fmax(self.most[before, columns], row))
        total = self.total[before, columns] + shifted
        with np.errstate(invalid="ignore", divide="ignore"):
            if stat is Stat.MEAN:
                return np.asarray(np.where(count > 0, self.shift + total / count, np.nan))
            squares = self.squares[before, columns] + shifted * shifted
            variance = (squares - total * total / count) / (count - 1)
            return np.asarray(np.where(count > 1, np.sqrt(np.maximum(variance, 0.0)), np.nan))


def running(rows: Array, shift: Array) -> Running:
    """Prepare running statistics of `rows` (T, N), oldest first, shifted by `shift` (N,), some value of their size.

    The shift is part of the bits of an answer: take one that no later row can change, such as the first known value.
    """
    known = np.isfinite(rows)
    shift = np.where(np.isfinite(shift), shift, 0.0)
    shifted = np.where(known, rows - shift, 0.0)
    return Running(
        shift,
        _from_zero(np.cumsum(known, axis=0, dtype=float), 0.0),
        _from_zero(np.cumsum(shifted, axis=0), 0.0),
        _from_zero(np.cumsum(shifted * shifted, axis=0), 0.0),
        _from_zero(np.fmin.accumulate(rows, axis=0), np.nan),
        _from_zero(np.fmax.accumulate(rows, axis=0), np.nan),
    )


def ranked(rows: Array, before: Index, row: Array) -> Array:
    """Percentile rank (D, N) of `row` (D, N) among the first `before` (D,) of `rows` (T, N) and itself, NaN left out.

    The share of values below it, plus half the share of those equal to it, itself included: in (0, 1).
    """
    found = np.full(row.shape, np.nan)
    for d, (count, now) in enumerate(zip(before.tolist(), row, strict=True)):  # each date has a history of its own length
        past = rows[:count]
        known = np.isfinite(past).sum(axis=0) + 1
        share = ((past < now).sum(axis=0) + 0.5 * ((past == now).sum(axis=0) + 1)) / known
        found[d] = np.where(np.isfinite(now), share, np.nan)
    return found


def first_value(rows: Array) -> Array:
    """The first known value of each column of `rows` (T, N), NaN where there is none; shape (N,)."""
    if len(rows) == 0:
        return np.full(rows.shape[1], np.nan)
    return np.asarray(rows[np.argmax(np.isfinite(rows), axis=0), np.arange(rows.shape[1])])


def _from_zero(rows: Array, start: float) -> Array:
    return np.concatenate([np.full((1, rows.shape[1]), start), rows])


def latched(rows: Array, taken: Mask) -> Array:
    """Each row (D, ..., A) with what is not `taken` shown as the last value that was, 0 before the first; NaN stays NaN."""
    number = np.arange(1, len(rows) + 1).reshape(-1, *[1] * (rows.ndim - 1))
    last = np.maximum.accumulate(np.where(taken, number, 0), axis=0)
    held = np.take_along_axis(np.concatenate([np.zeros_like(rows[:1]), rows]), last, axis=0)
    return np.where(np.isnan(rows), np.nan, held)
