"""Small worlds for the store's tests: histories with prices, vintages and events, and the obvious bitemporal reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.terms import CLOSE, Field
from trimtab.data.history import About, History, Kind

NOW = np.datetime64("2026-01-31T22:00:00", "s")
DAY = np.timedelta64(86400, "s")


def days(first: str, count: int) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return np.busday_offset(first, np.arange(count), roll="forward").astype("datetime64[D]")


def prices(name: str, values: Sequence[float] | Array, first: str = "2020-01-01", **about: object) -> History:
    """A price series on weekdays."""
    values = np.asarray(values, dtype=float)
    said = About(name, name, Kind.PRICE, "invented", **about)  # type: ignore[arg-type]
    return History(said, days(first, len(values)), {CLOSE: values})


def macro(name: str, rows: Sequence[tuple[str, str, float]]) -> History:
    """A restated series out of (period, known on, value)."""
    rows = sorted(rows)
    dates = np.array([row[0] for row in rows], dtype="datetime64[D]")
    known = np.array([row[1] for row in rows], dtype="datetime64[D]").astype("datetime64[s]")
    about = About(name, name, Kind.LEVEL, "invented", "monthly", restates=True)
    return History(about, dates, {CLOSE: np.array([row[2] for row in rows])}, known)


@dataclass(frozen=True)
class Row:
    id: str
    field: str
    effective: np.datetime64
    known: np.datetime64
    recorded: np.datetime64
    value: float


def last_by_loop(rows: Sequence[Row], known: np.datetime64, recorded: np.datetime64) -> dict[tuple[str, str, str], float]:
    """The obvious reader: of each (id, field, date) the row known last, then recorded last, among those allowed."""
    best: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        if row.known <= known and row.recorded <= recorded:
            key = (row.id, row.field, str(row.effective))
            old = best.get(key)
            if old is None or (row.known, row.recorded) >= (old.known, old.recorded):
                best[key] = row
    return {key: row.value for key, row in best.items()}


def seen(history: History, field: Field = CLOSE) -> dict[str, float]:
    """Date to value; the last version where there are several."""
    return dict(zip(history.dates.astype(str).tolist(), history.fields[field].tolist(), strict=True))
