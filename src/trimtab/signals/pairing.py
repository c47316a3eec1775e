"""Which rows of a late series belong to which rows of prices: those of the same day, week or month, never by position.

A series is late by whole steps where its latest known value is of an earlier period than the decision. Sessions are
days that a market is open, which a series does not tell: among them only a value of the decision date itself is paired.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.calendar import period_number
from trimtab.core.roles import View
from trimtab.core.terms import DAY, Step


def behind(view: View, name: str, every: Step) -> Array:
    """(D,) steps from the period of the latest known value to that of the decision date; NaN where none is known.

    With DAY: 0 for a value of the decision date, else NaN.
    """
    age = view.age(name)
    known = np.isfinite(age)
    effective = view.days.dates - np.where(known, age, 0.0).astype("timedelta64[D]")
    steps = (period_number(view.days.dates, every) - period_number(effective, every)).astype(float)
    return np.where(known & ((every is not DAY) | (steps == 0.0)), steps, np.nan)


def ended_at(rows: Array, late: Index, n: int) -> Array:
    """(D, n, A) of windows (D, N, A): the `n` rows that end `late` (D,) rows before the last; NaN where `late` is below 0."""
    last = rows.shape[1] - 1 - np.maximum(late, 0)
    picks = last[:, None] + np.arange(1 - n, 1)
    found = np.take_along_axis(rows, picks[..., None], axis=1)
    return np.where((late < 0)[:, None, None], np.nan, found)
