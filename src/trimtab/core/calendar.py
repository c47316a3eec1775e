"""Sessions, decision dates and cut-offs as plain arrays (NumPy datetime64).

Dates are local trading dates (datetime64[D]); instants are UTC (datetime64[s]).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from trimtab.core.arrays import Dates, Index, Instants, Mask, frozen
from trimtab.core.terms import PER_YEAR, Step

NEW_YORK = "America/New_York"
FREQUENCIES = {252: "daily", 365: "daily, weekends too", 52: "weekly", 12: "monthly", 4: "quarterly", 1: "yearly"}
_UP_TO = {4.0: 252, 15.0: 52, 45.0: 12, 135.0: 4, np.inf: 1}  # days between two dates, and how many of these a year has
_WEEKENDS = 0.2  # of daily dates: two days of seven are 0.29
_RUN = 11  # so many distances in a row tell a frequency: most of them, whatever is closed or missing in between


class Frequency(Enum):
    """When a policy decides."""

    DAILY = "daily"
    WEEK_END = "week-end"
    MONTH_END = "month-end"
    TWO_MONTH_END = "two-month-end"  # February, April, and so on
    QUARTER_END = "quarter-end"
    HALF_YEAR_END = "half-year-end"
    YEAR_END = "year-end"

    @property
    def per_year(self) -> int:
        """How many of them a year holds; of days, the sessions."""
        return _PER_YEAR[self]


_MONTHS: dict[Frequency | Step, int] = {
    Frequency.TWO_MONTH_END: 2,
    Frequency.QUARTER_END: 3,
    Frequency.HALF_YEAR_END: 6,
    Frequency.YEAR_END: 12,
}
_PER_YEAR = {Frequency.DAILY: PER_YEAR[Step.DAY], Frequency.WEEK_END: PER_YEAR[Step.WEEK]}
_PER_YEAR |= {one: 12 // _MONTHS.get(one, 1) for one in Frequency if one not in _PER_YEAR}


def period_number(dates: Dates, every: Frequency | Step) -> np.ndarray[Any, np.dtype[np.int64]]:
    """A number per date that changes where a new period begins."""
    if every in (Frequency.DAILY, Step.DAY):
        return dates.astype("datetime64[D]").astype(np.int64)
    if every in (Frequency.WEEK_END, Step.WEEK):
        return (dates.astype("datetime64[D]").astype(np.int64) + 3) // 7  # weeks run Monday to Sunday
    number = dates.astype("datetime64[M]").astype(np.int64)
    return number // _MONTHS.get(every, 1)


def day(value: Any) -> np.datetime64:
    """A date of any kind (date, text, NumPy) as datetime64[D]."""
    return np.datetime64(value, "D")


def plain_date(when: np.datetime64) -> date:
    """A NumPy date as Python's."""
    found = when.item()
    return found if type(found) is date else when.astype("datetime64[D]").item()


def period_ends(dates: Dates, every: Frequency | Step) -> Index:
    """Rows of the last date of each period in sorted `dates` (T,). The last date always counts as an end."""
    if len(dates) == 0:
        return np.empty(0, dtype=np.intp)
    number = period_number(dates, every)
    return np.flatnonzero(np.append(number[1:] != number[:-1], True))


def decision_ends(ends: Index, *, offset: int = 0, complete: bool = False) -> Index:
    """Rows of the dates `offset` after the last one of each period, at `ends` (P,), at the latest the next one's last.

    `complete` says that no date can follow in the last period: one that may still grow has no end yet. A period that ended
    before the first date is not known to have ended.
    """
    if not offset:
        return ends if complete else ends[:-1]
    found = np.minimum(ends[:-1] + offset, ends[1:])
    waits = len(found) > 0 and not complete and bool(ends[-2] + offset > ends[-1])
    return found[:-1] if waits else found


def is_complete(dates: Dates, every: Frequency) -> bool:
    """Whether the last of `dates` is the last weekday of its period, so that no later session can follow in it."""
    following = np.busday_offset(dates[-1].astype("datetime64[D]"), 1, roll="backward")  # after a weekend: Monday
    pair = np.array([dates[-1], following], dtype="datetime64[D]")
    number = period_number(pair, every)
    return bool(number[0] != number[1])


def quarter(dates: Dates) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Number of the calendar quarter of each date."""
    return period_number(dates, Frequency.QUARTER_END)


def steps_per_year(dates: Dates) -> int:
    """How many such dates (T,) a year has: 252, 365 (weekends too), 52, 12, 4 or 1; 252 where there are fewer than two.

    By the median distance between them, which few gaps do not move: up to 4, 15, 45 and 135 days, and more.
    """
    if len(dates) < 2:
        return PER_YEAR[Step.DAY]
    gaps = np.diff(dates.astype("datetime64[D]").astype(np.int64))
    f = _by_distance(float(np.median(gaps)))
    return 365 if f == PER_YEAR[Step.DAY] and weekends(dates).mean() > _WEEKENDS else f


def weekends(dates: Dates) -> Mask:
    """(T,) which dates are Saturdays or Sundays."""
    return np.asarray((dates.astype("datetime64[D]").astype(np.int64) + 3) % 7 >= 5)  # 1970-01-01 was a Thursday


def _by_distance(days: float) -> int:
    return next(f for most, f in _UP_TO.items() if days <= most)


def change_of_frequency(dates: Dates) -> tuple[np.datetime64, int, int] | None:
    """Where dates (T,) that lay a month apart, say, become daily: about when, how many a year before, and how many after.

    The first such change, by the median of 11 distances in a row; None where there is none, and for 12 dates or fewer.
    """
    gaps = np.diff(dates.astype("datetime64[D]").astype(np.int64))
    if len(gaps) <= _RUN:
        return None
    typical = np.median(np.lib.stride_tricks.sliding_window_view(gaps, _RUN), axis=1)
    number = np.searchsorted(list(_UP_TO), typical)
    other = np.flatnonzero(number != number[0])
    if not len(other):
        return None
    row = int(other[0])
    return dates[row + _RUN // 2 + 1], _by_distance(float(typical[0])), _by_distance(float(typical[row]))


def is_monthly(dates: Dates) -> bool:
    """Whether sessions lie a month or more apart, so that no next session exists to trade on."""
    return steps_per_year(dates) <= PER_YEAR[Step.MONTH]


@lru_cache(maxsize=4096)
def _offsets(year: int, zone: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Seconds east of UTC at local noon of each day of a year (366 entries)."""
    tz = ZoneInfo(zone)
    start = datetime(year, 1, 1, 12, tzinfo=UTC).timestamp()
    noons = [datetime.fromtimestamp(start + 86400 * k, tz) for k in range(366)]
    return np.array([int((n.utcoffset() or tz.utcoffset(n)).total_seconds()) for n in noons])  # type: ignore[union-attr]


def closes(dates: Dates, *, hour: int = 16, zone: str = NEW_YORK) -> Instants:
    """The instant (UTC) at which the market closes on each date: `hour` o'clock local time."""
    day = dates.astype("datetime64[D]")
    year = day.astype("datetime64[Y]")
    of_year = (day - year.astype("datetime64[D]")).astype(np.int64)
    number = year.astype(np.int64) + 1970
    east = np.zeros(len(day), dtype=np.int64)
    for y in np.unique(number):  # one table a year, not one conversion a date
        here = number == y
        east[here] = _offsets(int(y), zone)[of_year[here]]
    return frozen(day.astype("datetime64[s]") + (hour * 3600 - east).astype("timedelta64[s]"))
