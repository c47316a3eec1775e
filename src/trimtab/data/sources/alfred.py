"""ALFRED, FRED's archive of vintages: every value a macro series was ever given, with the day on which it was published.

From the API (needs a key) each observation comes with the span in which it was the current one; from the site, a CSV has
one column a vintage. A value is known from four in the afternoon, New York, of its vintage date: releases come in the
morning, so this is late by hours and never early.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.calendar import closes
from trimtab.core.terms import CLOSE
from trimtab.data.history import History, Issue, Kind
from trimtab.data.sources.fred import API, about_macro, observations, observed
from trimtab.data.sources.http import Client
from trimtab.data.sources.keys import Login, key
from trimtab.data.sources.release_lags import frequency_of, period_ends
from trimtab.data.sources.vendor_cells import WRONG, Origin, csv_table, days
from trimtab.data.sources.vendor_rows import known_by
from trimtab.data.sources.wire import Patience

KNOWN_HOUR = 16  # New York, on the vintage date

_FIRST, _LAST = "1776-07-04", "9999-12-31"  # the API's own bounds of time
_MATRIX = "CSV with observation_date and columns such as PAYEMS_20250131"


@dataclass(frozen=True, slots=True)
class Alfred:
    """Macro series with all their vintages, by FRED's ids, such as `PAYEMS`. Kind: as `Fred`."""

    api: str = API
    patience: Patience = Patience()

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """One history an id; see `Vendor`. Old periods are revised too, so everything is asked for each time."""
        login = Login(key("fred"), query="api_key")
        client = Client("alfred", self.api, API, self.patience)
        for code in codes:
            query = {"series_id": code, "file_type": "json", "realtime_start": _FIRST, "realtime_end": _LAST}
            answer = client.get("/fred/series/observations", query, series=code, login=login)
            yield known_by(answer.read(partial(parse_vintages, code=code)), now)


@dataclass(frozen=True, slots=True, eq=False)
class Prints:
    """Each time a value was published: the stamp of its period, the vintage date and the value (N,), in any order."""

    origin: Origin
    stamps: Dates
    vintages: Dates
    values: Array
    issues: tuple[Issue, ...] = ()


def parse_vintages(data: bytes, code: str) -> History:
    """The history of `code` with its vintages in an answer of the API. Raises DataError for any other form."""
    origin = Origin("alfred", code)
    stamps, values, columns = observations(data, origin)
    if "realtime_start" not in columns:
        raise origin.unexpected("realtime_start in every observation")
    return vintage_history(Prints(origin, stamps, days(origin, columns["realtime_start"]), values))


def parse_matrix(data: bytes, code: str) -> History:
    """The history of `code` with its vintages in a CSV of one column a vintage. Raises DataError for any other form."""
    origin = Origin("alfred", code)
    table = csv_table(origin, data, _MATRIX)
    stamps = table.dates("observation_date", "DATE")
    names = [name for name in table.columns if name not in ("observation_date", "DATE")]
    parts = {name: re.fullmatch(rf"{re.escape(code)}_(\d{{8}})", name, re.ASCII) for name in names}
    if strange := [name for name, found in parts.items() if not found]:
        raise origin.error(f"the column {strange[0]!r} is no vintage of {code}, expected {_MATRIX}")
    vintages = days(origin, [found[1] for found in parts.values() if found])
    values = np.concatenate([observed(origin, table.columns[name], stamps) for name in names])
    return vintage_history(Prints(origin, np.tile(stamps, len(names)), np.repeat(vintages, len(stamps)), values, table.issues))


def vintage_history(prints: Prints) -> History:
    """A history in which a date stands once for each value it was given. A value equal to the one before is no vintage.

    Raises DataError where one vintage gives a date two values, or nothing has a value.
    """
    order = np.lexsort((prints.vintages, prints.stamps))
    stamps, vintages, values = prints.stamps[order], prints.vintages[order], prints.values[order]
    issues = (*prints.issues, *_withdrawn(prints.origin, stamps, vintages, values))
    told = np.isfinite(values)
    stamps, vintages, values = stamps[told], vintages[told], values[told]
    if not len(values):
        raise prints.origin.error(f"alfred has no value of {prints.origin.series} at all", remedy="Check the id.")
    follows = np.append(False, stamps[1:] == stamps[:-1])  # another print of the same period
    same = np.append(False, values[1:] == values[:-1])
    if (clash := follows & np.append(False, vintages[1:] == vintages[:-1]) & ~same).any():
        row, vintage = stamps[clash][0], vintages[clash][0]
        raise prints.origin.error(f"the vintage of {vintage} gives the date two values", row=row, remedy=WRONG)
    news = ~(follows & same)
    frequency = frequency_of(np.unique(stamps))
    about = about_macro(prints.origin, frequency)
    about = replace(about, notes=(*about.notes, f"known from {KNOWN_HOUR}:00 New York of the vintage date"))
    closing = values[news] / (100.0 if about.kind is Kind.YIELD else 1.0)
    known = closes(vintages[news], hour=KNOWN_HOUR)
    return History(about, period_ends(stamps[news], frequency), {CLOSE: closing}, known, issues)


def _withdrawn(origin: Origin, stamps: Dates, vintages: Dates, values: Array) -> tuple[Issue, ...]:
    """Values that a later vintage takes back without another: they stay known, and it is said. All in order of print."""
    gone = np.isnan(values[1:]) & np.isfinite(values[:-1]) & (stamps[1:] == stamps[:-1])
    if not gone.any():
        return ()
    where = f"{origin} {stamps[1:][gone][0]}"
    what = f"{int(gone.sum())} values withdrawn by a later vintage (first {vintages[1:][gone][0]})"
    return (Issue(what, where, "the value before stays"),)
