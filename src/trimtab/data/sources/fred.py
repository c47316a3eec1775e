"""FRED, the database of the Federal Reserve Bank of St. Louis: its graph CSV without a key, its API's JSON with one.

Both give the latest vintage of each value, so the past is not as it was known then: for that take `alfred`. A missing value
is a point or nothing. Lags are those of `release_lags`; what is known by name stands in `fred_names`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.terms import CLOSE
from trimtab.data.history import About, History, Kind
from trimtab.data.sources.fred_names import is_average, is_rate
from trimtab.data.sources.http import Client
from trimtab.data.sources.keys import Login, key_if_any
from trimtab.data.sources.numbers import Rule, column_of_numbers
from trimtab.data.sources.release_lags import LAG_DAYS, frequency_of, period_ends
from trimtab.data.sources.vendor_cells import WRONG, Origin, csv_table, days, json_value, rows_table, said_in
from trimtab.data.sources.vendor_rows import Rows, asked_from, history, known_by
from trimtab.data.sources.wire import Patience

HOME = "https://fred.stlouisfed.org"
API = "https://api.stlouisfed.org"

_MARGIN = 1200  # days before the wanted date: three annual values tell the frequency
_DATE = ("observation_date", "DATE")
_CSV = "CSV with observation_date and the series"
_JSON = "JSON with observations, each with date and value"
_PAGE = 100_000  # observations in one answer, the most that the API hands over


@dataclass(frozen=True, slots=True)
class Fred:
    """Macro series by FRED's ids, such as `DGS10`. Kind: yield (decimal) for interest rates, else level.

    `url` is the site of the graph CSV, `api` that of the API, which is asked where FRED_API_KEY is set.
    """

    url: str = HOME
    api: str = API
    patience: Patience = Patience()

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """One history an id, from one request each; see `Vendor`."""
        secret = key_if_any("fred")
        for code in codes:
            start = asked_from(since, code, margin=_MARGIN)
            if secret is None:
                client = Client("fred", self.url, HOME, self.patience)
                query = {"id": code} | ({} if start is None else {"cosd": str(start)})
                answer = client.get("/graph/fredgraph.csv", query, series=code)
                found = answer.read(partial(parse_graph, codes=(code,)))[0]
            else:
                client = Client("fred", self.api, API, self.patience)
                query = {"series_id": code, "file_type": "json"} | ({} if start is None else {"observation_start": str(start)})
                login = Login(secret, query="api_key")
                answer = client.get("/fred/series/observations", query, series=code, login=login)
                found = answer.read(partial(parse_observations, code=code))
            yield known_by(found, now)


def parse_graph(data: bytes, codes: Sequence[str]) -> tuple[History, ...]:
    """The histories of `codes`, in their order, in a graph CSV that holds them all. Raises DataError for any other form."""
    table = csv_table(Origin("fred", " ".join(codes)), data, _CSV)
    dates = table.dates(*_DATE)
    if strange := set(table.columns) - {*_DATE, *codes}:
        raise table.origin.error(f"the answer has columns that were not asked for: {', '.join(sorted(strange))}")
    made = []
    for code in codes:
        origin = Origin("fred", code)
        values = observed(origin, table.columns[table.named(code)], dates)
        made.append(macro_history(Rows(origin, dates, {CLOSE: values}, table.issues), spans_holes=len(codes) > 1))
    return tuple(made)


def parse_observations(data: bytes, code: str) -> History:
    """The history of `code` in an answer of the API with one vintage. Raises DataError for any other form."""
    origin = Origin("fred", code)
    dates, values, _ = observations(data, origin)
    return macro_history(Rows(origin, dates, {CLOSE: values}))


def observations(data: bytes, origin: Origin) -> tuple[Dates, Array, Mapping[str, Sequence[Any]]]:
    """Dates and values (T,) of an answer of the API, and all its columns. Raises DataError where it is not the whole."""
    found = json_value(origin, data, _JSON)
    listed = found.get("observations") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        said = found.get("error_message") if isinstance(found, dict) else None
        raise origin.unexpected(_JSON + said_in(said))
    if found.get("units", "lin") != "lin":
        raise origin.unexpected("values as they are, not transformed (units lin)")
    count = found.get("count", len(listed))
    if count != len(listed) or found.get("offset", 0) != 0:
        remedy = f"Ask for a later start: the API hands over {_PAGE} observations at most."
        raise origin.error(f"the answer holds {len(listed)} of {count} observations", remedy=remedy)
    table = rows_table(origin, listed, _JSON)
    if not listed:
        raise origin.error(f"{origin.vendor} has no observations of {origin.series}", remedy="Check the id.")
    dates = days(origin, table.columns["date"])
    return dates, observed(origin, table.columns[table.named("value")], dates), table.columns


def observed(origin: Origin, cells: Sequence[Any], dates: Dates) -> Array:
    """Numbers (T,) of text cells, NaN for a point or nothing. Raises DataError with the date of the first other text."""
    for row, cell in enumerate(cells):
        if not isinstance(cell, str):
            raise origin.error(f"a value is {cell!r:.40}, expected text such as '4.46'", row=dates[row], remedy=WRONG)
    values, fault = column_of_numbers(["" if cell.strip() == "." else cell for cell in cells], Rule.VALUE)
    if fault is not None:
        raise origin.error(fault.what, row=dates[fault.row], remedy=WRONG)
    return values


def macro_history(rows: Rows, *, spans_holes: bool = False) -> History:
    """A history out of stamped values. `spans_holes`: empty rows may be other series' dates, so they are not counted."""
    if spans_holes:
        full = np.isfinite(rows.fields[CLOSE])
        rows = Rows(rows.origin, rows.dates[full], {CLOSE: rows.fields[CLOSE][full]}, rows.issues)
    frequency = frequency_of(np.unique(rows.dates))
    about = about_macro(rows.origin, frequency)
    scale = 100.0 if about.kind is Kind.YIELD else 1.0
    dates = period_ends(rows.dates, frequency)
    return history(Rows(rows.origin, dates, {CLOSE: rows.fields[CLOSE] / scale}, rows.issues), about)


def about_macro(origin: Origin, frequency: str) -> About:
    """What is said of a series of FRED or ALFRED."""
    name, rate = origin.series, is_rate(origin.series)
    averaged = is_average(name, frequency)
    notes: tuple[str, ...] = ("in the units in which FRED writes it",)
    if rate:
        notes = ("percent a year at the source, decimal here",)
    if frequency in ("monthly", "quarterly", "annual"):
        notes = (*notes, "dated by the last weekday of its period")
    if averaged:
        notes = (*notes, "values are means over the period")
    lag = 1 if rate else LAG_DAYS[frequency]
    kind = Kind.YIELD if rate else Kind.LEVEL
    return About(name, name, kind, str(origin), frequency, averaged, notes, lag_days=lag, restates=True)
