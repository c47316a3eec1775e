"""Dates as users write them, read to the day: stamps, periods, text, and whole numbers such as 20240131, 202401 or 2024.

A date in a time zone is the local one. Of text such as 03/04/2024 the column as a whole must tell which number is the day:
one above 12, or one that stays the same over more than a year of rows; what it does not tell is refused, not guessed.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.core.arrays import Dates
from trimtab.core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

NUMBERED = r"^(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:[ T].*)?$"
MONTH_NAMED = {"%b %y": r"^[A-Za-z]{3}[- ]\d{2}$", "%d %b %y": r"^\d{1,2}[- ][A-Za-z]{3}[- ]\d{2}$"}  # Jan-20, as Excel has it
OFFSET = r"(?<=:\d{2})(?:\.\d+)?\s*(?:Z|[+-]\d{2}:?\d{2})$"
CENTURIES = (np.datetime64("1600-01-01"), np.datetime64("2200-12-31"))
WRITE = "Write dates as 2024-01-31."
Read = tuple[Dates, tuple[str, ...]]


def is_dates(index: Any) -> bool:
    """Whether the labels of the rows are dates, and not just numbers of rows."""
    import pandas as pd

    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        return True
    if isinstance(index, pd.MultiIndex | pd.RangeIndex) or not len(index):
        return False
    if pd.api.types.is_numeric_dtype(index.dtype):
        return _of_whole(np.asarray(index, dtype=float)) is not None
    return is_date(index[0])


def is_date(cell: Any) -> bool:
    """Whether one cell can be read as a date."""
    import pandas as pd

    if isinstance(cell, str) and re.match(NUMBERED, cell.strip()):
        return True
    return bool(_guessed(pd.Series([cell], dtype=object)).notna().all())


def dates_of(index: Any, where: str) -> Read:
    """Local dates to the day (T,), the end of a period, and notes. Raises DataError for numbers and text that are no date."""
    import pandas as pd

    if isinstance(index, pd.PeriodIndex):
        return np.asarray(index.end_time.to_numpy()).astype("datetime64[D]"), ()
    if isinstance(index, pd.MultiIndex):
        raise DataError("the rows have labels of several levels", where=where, remedy="Keep the dates: series.droplevel(1).")
    stamps = index if isinstance(index, pd.DatetimeIndex) else pd.Series(index)
    notes: tuple[str, ...] = ()
    if pd.api.types.is_numeric_dtype(stamps.dtype) and len(stamps):
        whole = _of_whole(np.asarray(stamps, dtype=float))
        if whole is None:
            remedy = f"{WRITE} In pandas: series.index = pandas.to_datetime(series.index)."
            raise DataError("the index holds no dates", where=where, remedy=remedy)
        return whole, ()
    if not isinstance(stamps, pd.DatetimeIndex) and len(stamps):
        stamps, notes = _of_cells(stamps, where)
    found = pd.DatetimeIndex(pd.to_datetime(stamps))
    plain = found.tz_localize(None) if found.tz is not None else found
    dates = np.asarray(plain.to_numpy()).astype("datetime64[D]")
    if np.isnat(dates).any():
        raise DataError("a date is missing", where=where, remedy="Drop the row, or fill in its date.")
    odd = (dates < CENTURIES[0]) | (dates > CENTURIES[1])
    if odd.any():
        raise DataError(f"a date reads as {dates[odd][0]}", where=where, remedy=WRITE)
    return dates, notes


def _of_whole(numbers: np.ndarray[Any, np.dtype[np.float64]]) -> Dates | None:
    """Dates of 20240131, of 202401 (its last day) or of 2024 (its last day); None for other numbers. NaN is no date."""
    if not (np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all()):
        return None
    whole = numbers.astype(np.int64)
    day, month, year = whole % 100, whole // 100 % 100, whole // 10000
    if _years(whole).all():
        months = (whole - 1970) * 12 + 11
    elif _years(whole // 100).all() and ((day >= 1) & (day <= 12)).all():
        months = (whole // 100 - 1970) * 12 + day - 1
    elif _years(year).all() and ((month >= 1) & (month <= 12)).all():
        start = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
        dates: Dates = start + (day - 1).astype("timedelta64[D]")
        return dates if (dates.astype("datetime64[M]") == start.astype("datetime64[M]")).all() else None
    else:
        return None
    after: Dates = (months + 1).astype("datetime64[M]").astype("datetime64[D]")
    return after - np.timedelta64(1, "D")


def _years(whole: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return (whole >= 1800) & (whole <= 2199)


def _of_cells(cells: pd.Series, where: str) -> tuple[Any, tuple[str, ...]]:
    """Stamps of cells that are text or dates, and a note where the order of day and month had to be found out."""
    import pandas as pd

    if pd.api.types.infer_dtype(cells, skipna=True) != "string":
        found = _guessed(cells)
        _require_dates(cells, found, where)
        return found, ()
    text = cells.astype("string").str.strip()
    parts = text.str.extract(NUMBERED)
    if not parts.isna().to_numpy().any():
        return _of_numbered(text, parts, where)
    named = next((form for form, shape in MONTH_NAMED.items() if text.str.match(shape).fillna(value=False).all()), None)
    if named is not None:
        found = pd.to_datetime(text.str.replace("-", " "), format=named, errors="coerce")
    else:
        found = _guessed(text.str.replace(OFFSET, "", regex=True).astype(object))
    _require_dates(cells, found, where)
    return found, ()


def _of_numbered(text: pd.Series, parts: pd.DataFrame, where: str) -> tuple[Any, tuple[str, ...]]:
    """Stamps of day, month and year as numbers, in the order that the column as a whole tells. Raises DataError."""
    import pandas as pd

    first, second, year = (parts[column].astype(int) for column in (0, 2, 3))
    year = year.where(year > 99, year + np.where(year < 69, 2000, 1900))
    ends = (first > 12).any(), (second > 12).any()
    still = (first.nunique() == 1, second.nunique() == 1) if len(text) > 12 else (False, False)
    dotted = bool((parts[1] == ".").all())
    if ends[0] or (not ends[1] and (dotted or (still[0] and not still[1]))):
        day, month, order = first, second, "day.month.year" if dotted else "day/month/year"
    elif ends[1] or (still[1] and not still[0]) or (first == second).all():
        day, month, order = second, first, "month/day/year"
    else:
        what = f"{text.iloc[0]} may be a day of month {first.iloc[0]} or of month {second.iloc[0]}"
        raise DataError(f"which number of the dates is the day? {what}", where=where, remedy=WRITE)
    found = pd.to_datetime(pd.DataFrame({"year": year, "month": month, "day": day}), errors="coerce")
    _require_dates(text, found, where)
    return found, (f"Dates read as {order}.",)


def _guessed(cells: pd.Series) -> Any:
    """Stamps by pandas' own reading, NaT where it has none; it may not warn about a format of its own choice."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            return pd.to_datetime(cells, errors="coerce")
        except (ValueError, TypeError, OverflowError):  # stamps of several zones: their local dates
            local = [cell.replace(tzinfo=None) if hasattr(cell, "tzinfo") else cell for cell in cells]
            return pd.to_datetime(pd.Series(local, dtype=object), errors="coerce")


def _require_dates(cells: Any, found: Any, where: str) -> None:
    lost = np.asarray(found.isna() & cells.notna())
    if lost.any():
        row = int(np.flatnonzero(lost)[0])
        what = f"a date cannot be read: {str(cells.iloc[row])[:40]!r} in row {row + 1}"
        raise DataError(what, where=where, remedy=WRITE)
