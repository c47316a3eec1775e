"""Python values as columns: what a spreadsheet or a database hands over, made into text, float64 or datetime64.

A column of numbers is float64, one of dates datetime64 (a time of day stays, to be refused later), anything mixed is
text as a CSV file would write it, so that one set of rules reads them all. None and empty text are unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.data.sources.sheet import Cells


def column_of(values: Sequence[Any]) -> Cells:
    """One column of T values as text, float64 or datetime64."""
    kinds = {_kind(value) for value in values} - {None}
    if kinds == {float}:
        return np.array([np.nan if _kind(value) is None else float(value) for value in values])
    if kinds == {date}:
        return np.array(
            [np.datetime64("NaT") if _kind(value) is None else _stamp(value) for value in values], dtype="datetime64[s]"
        )
    return [as_text(value) for value in values]


def as_text(value: Any) -> str:
    """A value as a CSV file would write it: dates as ISO, whole numbers without a point, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if _is_midnight(value) else value.isoformat(" ")
    return str(value)


def _kind(value: Any) -> type | None:
    """What a value is: float for numbers, date for dates, None for nothing, str for all else."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        return str
    if isinstance(value, (int, float, Decimal, np.floating, np.integer)):
        try:
            float(value)
        except (ValueError, OverflowError):  # a signalling NaN, or a whole number of hundreds of digits
            return str
        return float
    return date if isinstance(value, date) else str


def _stamp(value: date) -> np.datetime64:
    """The local date and time of day of a date or datetime: an offset is no part of a trading date."""
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    return np.datetime64(value, "s")


def _is_midnight(value: datetime) -> bool:
    return (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
