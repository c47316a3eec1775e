"""A table in memory as a source: closing prices, dates down, a series a column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError, PolicyError, UsageError
from trimtab.core.terms import CLOSE
from trimtab.data.history import About, History, Kind


@dataclass(frozen=True, slots=True, eq=False)
class FrameSource:
    """Closing prices that a caller holds in memory. Nothing is known of dividends."""

    histories: tuple[History, ...]

    @classmethod
    def of(cls, frame: Any) -> FrameSource:
        """From a pandas DataFrame with a date index.

        Raises UsageError for anything else, DataError for dates or prices that cannot be used as they are.
        """
        if not (hasattr(frame, "index") and hasattr(frame, "columns")):
            what = f"the data are a {type(frame).__name__}, not a DataFrame"
            raise UsageError(what, remedy="Give closes with dates down and a series a column; a Series has to_frame().")
        names = [str(name) for name in frame.columns]
        for name in names:
            if names.count(name) > 1:
                raise DataError(f"two columns of the table are called {name}", remedy="Keep one.")
        dates = _dates(frame.index)
        columns = (_numbers(name, frame.iloc[:, k]) for k, name in enumerate(names))
        return cls(tuple(_history(name, dates, values) for name, values in zip(names, columns, strict=True)))

    def names(self) -> tuple[str, ...]:
        """Names of all series."""
        return tuple(history.about.name for history in self.histories)

    def about(self) -> tuple[About, ...]:
        """What each series is."""
        return tuple(history.about for history in self.histories)

    def load(self, names: Iterable[str]) -> tuple[History, ...]:
        """The histories of `names`. Raises PolicyError for a name that is not there."""
        known = {history.about.name: history for history in self.histories}
        for name in names:
            if name not in known:
                near = get_close_matches(name, known, 1)
                remedy = f"Did you mean {near[0]}?" if near else f"Columns: {', '.join(known)}."
                raise PolicyError(f"no series {name!r} in the table", remedy=remedy, code="TT-POL-020")
        return tuple(known[name] for name in names)


def _dates(index: Any) -> Dates:
    """Trading dates (T,). Raises DataError for instants in a time zone, numbers, text that is no date, and gaps."""
    if getattr(index, "tz", None) is not None:
        remedy = "Give local trading dates: frame.index = frame.index.tz_localize(None)."
        raise DataError(f"the index of the table has the time zone {index.tz}", remedy=remedy)
    stamps = np.asarray(index.to_numpy())
    try:
        dates = None if stamps.dtype.kind in "iufb" else stamps.astype("datetime64[D]")  # numbers: days since 1970?
    except (ValueError, TypeError):
        dates = None
    if dates is None:
        remedy = "Give a DatetimeIndex: frame.index = pandas.to_datetime(frame.index)."
        raise DataError("the index of the table holds no dates", remedy=remedy)
    if bool(np.isnat(dates).any()):
        raise DataError("a date in the index of the table is missing", remedy="Drop the row, or fill in its date.")
    return dates


def _numbers(name: str, column: Any) -> Array:
    try:
        return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))
    except (ValueError, TypeError) as error:
        raise DataError(f"the column {name} holds no numbers ({error})", remedy="Give closing prices.") from None


def _history(name: str, dates: Dates, values: Array) -> History:
    bad = np.flatnonzero((values <= 0.0) | np.isinf(values))
    if len(bad):
        what = f"the price of {name} on {dates[bad[0]]} is {values[bad[0]]}"
        raise DataError(what, remedy="Prices are above zero; leave unknown ones empty (NaN).")
    known = np.isfinite(values)
    about = About(name, name, Kind.PRICE, "a table in memory", notes=("price only: dividends unknown",))
    return History(about, dates[known], {CLOSE: values[known]})
