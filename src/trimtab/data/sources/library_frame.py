"""A table that somebody's library hands over (a pandas frame), checked before anything in it is believed.

Dates: an index in a time zone counts by its local date; where an answer must have a zone, one without is refused.
Numbers: NaN is unknown; text, infinite numbers and prices of zero or less refuse the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates, Mask
from trimtab.core.errors import DataError
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, TOTAL_RETURN, VOLUME, Field
from trimtab.data.history import Issue

CHANGED = "The library or its vendor may have changed; nothing of this answer was kept. Update the library, or tell us."

_PRICES = (CLOSE, OPEN, HIGH, LOW, ADJUSTED, TOTAL_RETURN)
_AMOUNTS = (DIVIDEND, SPLIT, VOLUME)


def require_frame(frame: Any, where: str) -> None:
    """Raise DataError for anything that is no table, and for one without rows."""
    if not (hasattr(frame, "columns") and hasattr(frame, "index")):
        raise DataError(f"the answer is a {type(frame).__name__}, not a table", where=where, remedy=CHANGED)
    if len(frame.index) == 0:
        remedy = "Check the code and the dates; an instrument may have been renamed or delisted."
        raise DataError("the answer has no rows", where=where, remedy=remedy)


def local_dates(index: Any, where: str, *, zoned: bool) -> Dates:
    """Trading dates (T,) of a pandas index of dates, each once and rising. `zoned`: one without a zone is refused."""
    zone = getattr(index, "tz", None)
    if zoned and zone is None:
        raise DataError("the dates of the answer have no time zone", where=where, remedy=CHANGED)
    try:
        stamps = np.asarray((index.tz_localize(None) if zone is not None else index).to_numpy())
        dates = None if stamps.dtype.kind in "iufb" else stamps.astype("datetime64[s]")
    except (TypeError, ValueError, AttributeError):
        dates = None
    if dates is None or bool(np.isnat(dates).any()):
        raise DataError("the index of the answer holds no dates", where=where, remedy=CHANGED)
    days = dates.astype("datetime64[D]")
    timed = np.flatnonzero(dates != days)
    if len(timed):
        raise DataError(f"{dates[timed[0]]} has a time of day", where=where, remedy=CHANGED)
    if bool((np.diff(days).astype(np.int64) <= 0).any()):
        raise DataError("the dates of the answer do not rise, or one stands twice", where=where, remedy=CHANGED)
    return days


def number_columns(frame: Any, names: Mapping[str, Field], where: str, *, needed: tuple[str, ...]) -> dict[Field, Array]:
    """Numbers (T,) of the columns in `names` that are there. Raises DataError where a `needed` one is not, or is text."""
    absent = [name for name in needed if name not in frame.columns]
    if absent:
        raise DataError(f"the answer has no column {', '.join(absent)}", where=where, remedy=CHANGED)
    found = {}
    for name, field in names.items():
        if name not in frame.columns:
            continue
        try:
            values = np.asarray(frame[name].to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)
        except (TypeError, ValueError, AttributeError):
            raise DataError(f"the column {name} holds no numbers", where=where, remedy=CHANGED) from None
        if values.shape != (len(frame.index),):
            raise DataError(f"the answer has the column {name} twice", where=where, remedy=CHANGED)
        found[field] = values
    return found


def require_sound(fields: Mapping[Field, Array], dates: Dates, where: str, *, prices: bool = True) -> None:
    """Raise DataError for numbers that no field may hold. `prices`: closes are above zero (rates and levels need not be)."""
    for field, values in fields.items():
        bad = np.isinf(values)
        if field in _PRICES and prices:
            bad |= values <= 0.0
        if field in _AMOUNTS:
            bad |= values < 0.0
        if bad.any():
            at = int(np.flatnonzero(bad)[0])
            what = f"the {field.name} of {dates[at]} is {values[at]}"
            raise DataError(what, where=where, remedy="Ask again later; if it stays, report it to the vendor.")
    if not np.isfinite(fields[CLOSE]).any():
        raise DataError("the answer has no price at all", where=where, remedy="Check the code and the dates.")


def kept(dates: Dates, fields: Mapping[Field, Array], rows: Mask) -> tuple[Dates, dict[Field, Array]]:
    """The rows (T,) wanted, between the first and the last of them with a close."""
    known = np.flatnonzero(rows & np.isfinite(fields[CLOSE]))
    if len(known) == 0:
        return dates[:0], {field: values[:0] for field, values in fields.items()}
    inner = np.zeros(len(dates), dtype=bool)
    inner[known[0] : known[-1] + 1] = True
    inner &= rows
    return dates[inner], {field: values[inner] for field, values in fields.items()}


def gaps(fields: Mapping[Field, Array], where: str) -> tuple[Issue, ...]:
    """How many closes are unknown between the first and the last."""
    empty = int(np.isnan(fields[CLOSE]).sum())
    return (Issue(f"{empty} close{'s' if empty > 1 else ''} without a value", where, "kept as unknown"),) if empty else ()


def placed(dates: Dates, days: Dates, amounts: Array) -> Array:
    """Amounts (N,) of ex-dates `days` (N,) on trading `dates` (T,), NaN elsewhere; those of one date are added up.

    An ex-date between two sessions counts on the later one; what lies before the first or after the last row is left out.
    """
    made = np.full(len(dates), np.nan)
    if len(dates) == 0:
        return made
    inside = (days >= dates[0]) & (days <= dates[-1]) & np.isfinite(amounts)
    rows = np.searchsorted(dates, days[inside])
    made[rows] = 0.0
    np.add.at(made, rows, amounts[inside])
    return made


def days_of(values: Any, where: str) -> Dates:
    """Dates (N,) of a column that holds dates, as text or as a type of its own; NaT where empty. Raises DataError."""
    pandas = import_module("pandas")
    try:
        stamps = pandas.to_datetime(values, format="ISO8601" if _is_text(values) else None)
        if getattr(stamps.dt, "tz", None) is not None:
            stamps = stamps.dt.tz_localize(None)
        return np.asarray(stamps.to_numpy(), dtype="datetime64[D]")
    except (TypeError, ValueError, AttributeError, OverflowError):
        raise DataError("a column of dates in the answer holds something else", where=where, remedy=CHANGED) from None


def _is_text(values: Any) -> bool:
    return any(isinstance(value, str) for value in values)
