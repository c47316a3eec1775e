"""The rows of a Markov-switching regime: returns of a portfolio, and how many rows have passed since the last refit.

Refits are anchored in the calendar, so that the date alone says which rows parameters come from. In months and weeks the
running one is never part of a fit: it counts as complete once the next has begun.
"""

from __future__ import annotations

import math

import numpy as np

from trimtab.core.arrays import Array, Dates, Index
from trimtab.core.roles import View
from trimtab.core.terms import DAY, MONTH, TOTAL_RETURN, Span, Step

_YEAR_ZERO = 1970 * 12  # months from year 0 to the epoch


def portfolio_returns(view: View, weights: tuple[float, ...], n: int, every: Step) -> Array:
    """(D, n) simple returns of a portfolio put back to `weights` (A,) at every row; the weights are scaled to sum 1.

    NaN where the return of any asset with a weight is unknown. Parts are added by size, so that the order of the assets
    does not even change the last bit.
    """
    held = np.flatnonzero(weights)
    total = math.fsum(weights)
    if not len(held) or not total > 0.0:
        return np.full((len(view.days), n), np.nan)
    index = np.ascontiguousarray(view.window(TOTAL_RETURN, n + 1, every=every)[..., held])
    index = np.where(index > 0.0, index, np.nan)
    parts = (index[:, 1:] / index[:, :-1] - 1.0) * np.array([weights[a] / total for a in held.tolist()])
    parts = np.sort(parts, axis=-1)
    found = np.zeros(parts.shape[:-1])
    for a in range(len(held)):  # one after the other: the order of a sum is part of its bits
        found = found + parts[..., a]
    return found


def log_changes(levels: Array) -> Array:
    """(D, n - 1) logarithms of each level (D, n) over the one before; NaN where either is not above 0."""
    logs = np.log(np.where(levels > 0.0, np.ascontiguousarray(levels), np.nan))
    return np.asarray(logs[:, 1:] - logs[:, :-1])


def rows_since_refit(dates: Dates, refit: Span) -> Index:
    """(D,) rows after the last one that parameters come from, for windows that end on `dates` (D,).

    Months since year 0, weeks since 1970-01-01 or weekdays since 1970-01-01 that divide by the span are refits. In
    months and weeks 1 to `refit`, the running one included; in days 0 to `refit` - 1. Days are counted as weekdays: a
    holiday since the refit moves the end of the fit one session back, never forward.
    """
    if refit.every is DAY:
        return np.busday_count(np.datetime64(0, "D"), dates.astype("datetime64[D]")) % refit.count
    if refit.every is MONTH:
        return (dates.astype("datetime64[M]").astype(np.intp) + _YEAR_ZERO) % refit.count + 1
    return (dates.astype("datetime64[D]").astype(np.intp) + 3) // 7 % refit.count + 1


def refitted_to(date: np.datetime64, refit: Span) -> str:
    """The last month, or the last day of the last week, or the last day, that the parameters of a date have seen."""
    back = int(rows_since_refit(np.array([date]), refit)[0])
    if refit.every is MONTH:
        return str(date.astype("datetime64[M]") - back)
    if refit.every is DAY:
        return str(np.busday_offset(date.astype("datetime64[D]"), -back, roll="backward"))
    day = date.astype("datetime64[D]")
    sunday = day + (6 - (int(day.astype(np.int64)) + 3) % 7)
    return str(sunday - 7 * back)
