"""The calendar of possible futures: whole years from 2001 on, the same for every path.

A month of daily sessions is its first 21 weekdays, or all 20 where it has no more: about 251 a year. Weeks end on Friday, 52
of them a year; a month ends on its last weekday. Four hundred years later the same dates fall on the same weekdays (the
Gregorian cycle has 20,871 weeks), so that is how far apart paths are laid.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Dates, Index
from trimtab.core.terms import DAY, MONTH, PER_YEAR, WEEK
from trimtab.data.months import last_weekdays

FIRST = 2001
CYCLE_YEARS = 400
CYCLE = np.timedelta64(146_097, "D")  # so many years
_FEWEST = {PER_YEAR[DAY]: 250}  # sessions of a year, at least
_MOST = 21  # sessions of a month: a twelfth of 252


def calendar(per_year: int, years: int) -> Dates:
    """The sessions (years x rows a year,) of so many years from 2001 on: `per_year` is 12, 52 or 252."""
    months = np.arange(12 * years) + np.datetime64(f"{FIRST}-01", "M")
    if per_year == PER_YEAR[MONTH]:
        return last_weekdays(months)
    if per_year == PER_YEAR[WEEK]:
        fridays = np.busday_offset(months[::12].astype("datetime64[D]"), 0, roll="forward", weekmask="Fri")
        return (fridays[:, np.newaxis] + 7 * np.arange(PER_YEAR[WEEK])).reshape(-1)
    begins = np.busday_offset(months.astype("datetime64[D]"), 0, roll="forward")
    days = np.busday_offset(begins[:, np.newaxis], np.arange(_MOST))
    return np.asarray(days[days.astype("datetime64[M]") == months[:, np.newaxis]])


def repeated(sessions: Dates, paths: int) -> Dates:
    """The sessions (L,) of one path after those of the other, 400 years apart: (paths x L,)."""
    return (sessions + CYCLE * np.arange(paths)[:, np.newaxis]).reshape(-1)


def warm_up_years(reach: dict[str, int], per_year: int) -> int:
    """Years before the launch, at the end of which windows of so many rows, by the letter of their step, are full."""
    rows = _FEWEST.get(per_year, per_year)
    in_a_year = {DAY.value: rows, WEEK.value: min(PER_YEAR[WEEK], rows), MONTH.value: PER_YEAR[MONTH]}
    return max([1, *(-(-count // in_a_year[step]) for step, count in reach.items())])


def launch_row(years: int, per_year: int) -> int:
    """The row of the launch: the last session of the warm-up."""
    return len(calendar(per_year, years)) - 1


def month_ends(sessions: Dates) -> Index:
    """Rows of the last session of each month."""
    number = sessions.astype("datetime64[M]").astype(np.int64)
    return np.flatnonzero(np.append(number[1:] != number[:-1], True))
