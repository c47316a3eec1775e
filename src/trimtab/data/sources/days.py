"""Dates out of cells: YYYY-MM-DD, YYYYMMDD, or YYYY-MM for a whole month, one way of writing in a file.

A time of day is accepted only where it is midnight, with or without an offset: the local date is what counts. Dates
with slashes are refused, because M/D and D/M cannot be told apart. A month is dated by its last weekday.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from enum import Enum

import numpy as np

from trimtab.core.arrays import Dates
from trimtab.data.months import last_weekdays
from trimtab.data.sources.sheet import Cells, Coded, Fault, Sheet, shown


class Written(Enum):
    """How a file writes its dates."""

    DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
    COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
    MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)


ISO = "Write dates as YYYY-MM-DD, such as 2024-01-31."

_FIRST, _LAST = 1600, 2200  # years outside are slips of the pen
_DIGITS = frozenset("0123456789-")


def read_dates(sheet: Sheet, column: int) -> tuple[Dates, bool]:
    """Dates (T,), datetime64[D], and whether they stand for whole months. Raises DataError for the first fault."""
    dates, fault = column_of_dates(sheet.columns[column])
    if fault is not None:
        raise sheet.error(Fault(fault.row, column, fault.what, fault.remedy))
    if dates.dtype == np.dtype("datetime64[M]"):
        return last_weekdays(dates), True
    return dates, False


def column_of_dates(cells: Cells) -> tuple[Dates, Fault | None]:
    """Dates (T,), datetime64[D] or [M], of one column and its first fault, if any (then the dates mean nothing)."""
    if isinstance(cells, np.ndarray):
        if cells.dtype.kind == "M":
            return _typed(cells)
        cells = [f"{value:.0f}" for value in cells]  # numbers such as 20240131
    if isinstance(cells, Coded):
        present = cells.present()
        once, fault = column_of_dates([cells.texts[code] for code in present])
        if fault is None:  # else once more, to name the row
            places = np.empty(len(cells.texts), dtype=np.intp)
            places[present] = np.arange(len(present))
            return once[places[cells.codes]], None
        cells = [*cells]
    written = next((w for w in Written if w.value.fullmatch(cells[0].strip())), Written.DAY)
    dates = _fast(cells, written)
    return _slow(cells, written) if dates is None else (dates, None)


def _fast(cells: Sequence[str], written: Written) -> Dates | None:
    """All cells at once, or None where any is not a date written like the first."""
    if written is Written.COMPACT:
        heads = [f"{cell[:4]}-{cell[4:6]}-{cell[6:]}" for cell in cells]
    else:
        heads = [cell[:10] for cell in cells]
    if written is Written.DAY and not all(Written.DAY.value.fullmatch("2000-01-01" + t) for t in {c[10:] for c in cells}):
        return None
    width = 7 if written is Written.MONTH else 10
    if {len(head) for head in heads} != {width} or not _DIGITS.issuperset("".join(heads)):
        return None
    try:
        dates = np.array(heads, dtype="datetime64[M]" if written is Written.MONTH else "datetime64[D]")
    except ValueError:
        return None
    year = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    return dates if bool(((year >= _FIRST) & (year <= _LAST)).all()) else None


def _slow(cells: Sequence[str], written: Written) -> tuple[Dates, Fault | None]:
    dates = np.full(len(cells), "NaT", dtype="datetime64[M]" if written is Written.MONTH else "datetime64[D]")
    for row, cell in enumerate(cells):  # one cell at a time, to name the first that cannot be used
        parts = written.value.fullmatch(cell.strip())
        if not parts:
            return dates, Fault(row, 0, *_no_date(cell.strip()))
        try:
            day = date(*(int(part) for part in parts.groups()), *([1] if written is Written.MONTH else []))
        except ValueError:
            return dates, Fault(row, 0, f"there is no date {cell.strip()}", ISO)
        if not _FIRST <= day.year <= _LAST:
            return dates, Fault(row, 0, f"the year of {cell.strip()} is not between {_FIRST} and {_LAST}", ISO)
        dates[row] = np.datetime64(day)
    return dates, None


def _typed(cells: Dates) -> tuple[Dates, Fault | None]:
    """Dates or timestamps of a typed file."""
    days = cells.astype("datetime64[D]")
    missing = np.flatnonzero(np.isnat(cells))
    timed = np.flatnonzero((days != cells) & ~np.isnat(cells))
    if len(missing):
        return days, Fault(int(missing[0]), 0, "the date is missing", "Give every row a date.")
    if len(timed):
        return days, Fault(int(timed[0]), 0, *_timed(str(cells[timed[0]])))
    return days, None


def _timed(text: str) -> tuple[str, str]:
    return f"{shown(text)} has a time of day", "Give one row a session, dated by its local trading date: YYYY-MM-DD."


def _no_date(text: str) -> tuple[str, str]:
    """What is wrong with a cell that is not a date, and what to do."""
    if not text:
        return "the date is empty", "Give every row a date, or delete the row."
    if any(other.value.fullmatch(text) for other in Written):
        return f"{shown(text)} is written unlike the first date of the file", "Write all dates in one way: YYYY-MM-DD."
    if re.match(r"\d{4}-\d\d-\d\d[T ]\d", text):
        return _timed(text)
    if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{2,4}", text):
        return f"{shown(text)} could be month/day or day/month", ISO
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return f"{shown(text)} looks like the day number of a spreadsheet", f"Format the column as a date. {ISO}"
    return f"{shown(text)} is not a date", ISO
