"""A table in memory as a source: closing prices, dates down, a series a column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from trimtab.core.errors import DataError, PolicyError
from trimtab.core.terms import CLOSE
from trimtab.data.history import About, History, Kind


@dataclass(frozen=True, slots=True, eq=False)
class FrameSource:
    """Closing prices that a caller holds in memory. Nothing is known of dividends."""

    histories: tuple[History, ...]

    @classmethod
    def of(cls, frame: Any) -> FrameSource:
        """From a pandas DataFrame with a date index. Raises DataError for unsorted dates or prices at or below zero."""
        dates = np.asarray(frame.index.to_numpy(), dtype="datetime64[D]")
        return cls(tuple(_history(str(name), dates, frame[name].to_numpy(dtype=float)) for name in frame.columns))

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


def _history(name: str, dates: Any, values: Any) -> History:
    bad = np.flatnonzero((values <= 0.0) | np.isinf(values))
    if len(bad):
        what = f"the price of {name} on {dates[bad[0]]} is {values[bad[0]]}"
        raise DataError(what, remedy="Prices are above zero; leave unknown ones empty (NaN).")
    known = np.isfinite(values)
    about = About(name, name, Kind.PRICE, "a table in memory", notes=("price only: dividends unknown",))
    return History(about, dates[known], {CLOSE: values[known]})
