"""Returns by calendar month and year, compounded from dated returns.

A return belongs to the month of its date, the end of its period. A calendar year counts as best or worst only when it is
covered from beginning to end (`whole_years`): the stubs at either end of a history are no years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Mask
from trimtab.core.errors import DataError
from trimtab.numerics.returns import paired

_CLOSE, _MONTHLY, _QUARTERLY = 20.0, 45.0, 200.0  # days between dates: weeks and closer, months, quarters
_EDGE = 10  # days: a holiday, a weekend and a week of a weekly series


@dataclass(frozen=True, slots=True, eq=False)
class YearTable:
    """Years (Y,), returns of their months (Y, 12), NaN where there is none, compounded totals (Y,), and which are `whole`."""

    years: np.ndarray[tuple[int], np.dtype[np.int64]]
    months: Array
    totals: Array
    whole: Mask

    @property
    def complete(self) -> Array:
        """Totals (Y,) of the years that are whole; NaN for the others."""
        return np.where(self.whole, self.totals, np.nan)


def by_period(returns: Array, dates: Dates, unit: str) -> tuple[Dates, Array]:
    """Returns (..., T) compounded by calendar period: periods (P,) as datetime64 of `unit` (M or Y), returns (..., P).

    Raises DataError where `dates` (T,) do not rise.
    """
    paired(returns, dates.astype(float), "dates")
    if len(dates) == 0:
        return dates.astype(f"datetime64[{unit}]"), returns
    _require_rising(dates)
    period = dates.astype(f"datetime64[{unit}]")
    first = np.flatnonzero(np.append(True, period[1:] != period[:-1]))
    factors = np.where(returns < -1.0, np.nan, 1.0 + returns)
    return period[first], np.multiply.reduceat(factors, first, axis=-1) - 1.0


def _require_rising(dates: Dates) -> None:
    if (np.diff(dates) <= np.timedelta64(0, "D")).any():
        raise DataError("the dates of the returns do not rise", remedy="Sort them and drop duplicates.")


def calendar_rows(dates: Dates) -> tuple[Index, Index, Mask]:
    """First rows (M,) of the calendar months in `dates` (T,), first months (Y,) of the years, and which years are whole.

    Raises DataError where `dates` do not rise.
    """
    _require_rising(dates)
    month = dates.astype("datetime64[M]").astype(np.int64)
    first = np.flatnonzero(np.append(True, month[1:] != month[:-1]))
    year = month[first] // 12
    first_month = np.flatnonzero(np.append(True, year[1:] != year[:-1]))
    return first, first_month, whole_years(dates)


def whole_years(dates: Dates) -> Mask:
    """Which of the years (Y,) that occur in rising `dates` (T,), ends of periods, are covered from beginning to end.

    By how far apart the dates usually lie: a year of years has one, of quarters four, of months a date in each month; of
    anything closer too, and the first year then begins in its first days and the last ends in its last.
    """
    year = dates.astype("datetime64[Y]")
    first = np.flatnonzero(np.append(True, year[1:] != year[:-1]))
    counts = np.diff(np.append(first, len(dates)))
    step = float(np.median(np.diff(dates) / np.timedelta64(1, "D"))) if len(dates) > 1 else 30.0
    if step > _MONTHLY:
        return np.asarray(counts == (4 if step <= _QUARTERLY else 1))
    month = dates.astype("datetime64[M]")
    begins = np.append(True, month[1:] != month[:-1]).astype(int)
    whole: Mask = np.asarray(np.add.reduceat(begins, first) == 12)
    if step <= _CLOSE:
        edge = np.timedelta64(_EDGE, "D")
        whole[0] &= bool(dates[0] - year[0].astype("datetime64[D]") < edge)
        whole[-1] &= bool((year[-1] + 1).astype("datetime64[D]") - dates[-1] <= edge)
    return whole


def best_month(returns: Array, dates: Dates) -> Array:
    """The highest return of a calendar month, whole or begun, shape (...)."""
    return np.asarray(by_period(returns, dates, "M")[1].max(-1))


def worst_month(returns: Array, dates: Dates) -> Array:
    """The lowest return of a calendar month, whole or begun, shape (...)."""
    return np.asarray(by_period(returns, dates, "M")[1].min(-1))


def year_table(returns: Array, dates: Dates) -> YearTable:
    """The year by month table of one series (T,). Raises DataError where `dates` do not rise."""
    period, monthly = by_period(returns, dates, "M")
    year = period.astype("datetime64[Y]").astype(np.int64) + 1970
    years = np.arange(year[0], year[-1] + 1) if len(year) else np.empty(0, dtype=np.int64)
    months = np.full((len(years), 12), np.nan)
    months[year - year[:1].sum(), period.astype(np.int64) % 12] = monthly
    seen, yearly = by_period(returns, dates, "Y")
    totals = np.full(len(years), np.nan)
    totals[seen.astype(np.int64) + 1970 - year[:1].sum()] = yearly
    whole = np.zeros(len(years), dtype=bool)
    whole[seen.astype(np.int64) + 1970 - year[:1].sum()] = whole_years(dates) if len(dates) else False
    return YearTable(years, months, totals, whole)


def best_year(returns: Array, dates: Dates) -> float:
    """The highest return of a complete calendar year; NaN where there is none."""
    complete = year_table(returns, dates).complete
    return float(np.nanmax(complete)) if np.isfinite(complete).any() else float("nan")


def worst_year(returns: Array, dates: Dates) -> float:
    """The lowest return of a complete calendar year; NaN where there is none."""
    complete = year_table(returns, dates).complete
    return float(np.nanmin(complete)) if np.isfinite(complete).any() else float("nan")
