"""Rows of a late or broken series laid on the calendar: one cell a period, whether the series has a row for it or not."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.calendar import period_number
from trimtab.core.terms import Step


def by_period(values: Array, dates: Dates, every: Step) -> Array:
    """Values (D, n) of rows dated (D, n), oldest first, with the last in the last cell and the others where they belong.

    A period without a row is NaN, and rows from before the first cell drop out; so a year of months is a year, even if one
    was never published. Days keep their places: which of them are sessions is not known here.
    """
    if every is Step.DAY or values.shape[1] == 0:
        return values
    known = ~np.isnat(dates)
    number = period_number(np.where(known, dates, np.datetime64(0, "D")).astype("datetime64[D]"), every)
    count = values.shape[1]
    place = count - 1 - (number[:, -1:] - number)
    place = np.where(known & known[:, -1:] & (place >= 0), place, count)  # what has no place goes into a cell of its own
    out = np.full((len(values), count + 1), np.nan)
    np.put_along_axis(out, place, values, axis=1)
    return np.ascontiguousarray(out[:, :count])
