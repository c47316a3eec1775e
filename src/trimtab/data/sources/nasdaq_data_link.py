"""Nasdaq Data Link (once Quandl): datasets as JSON, newest row first, among them the old WIKI prices. Needs a key.

A code is `DATABASE/DATASET` where the dataset has closes, or `DATABASE/DATASET:Column` for any one of its columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME
from trimtab.data.history import About, History, Kind
from trimtab.data.sources.http import Client, segment
from trimtab.data.sources.keys import Login, key
from trimtab.data.sources.numbers import Rule
from trimtab.data.sources.release_lags import LAG_DAYS
from trimtab.data.sources.vendor_cells import Origin, Table, json_value, said_in
from trimtab.data.sources.vendor_rows import Rows, asked_from, history, known_by, price_history, read_rows
from trimtab.data.sources.wire import Patience

HOME = "https://data.nasdaq.com"

_DATE = ("Date", "date")
_NAMES = {
    OPEN: ("Open",),
    HIGH: ("High",),
    LOW: ("Low",),
    CLOSE: ("Close",),
    VOLUME: ("Volume",),
    DIVIDEND: ("Ex-Dividend",),
    SPLIT: ("Split Ratio",),
    ADJUSTED: ("Adj. Close",),
}
_EXPECTED = "JSON with dataset, its column_names and its data"


@dataclass(frozen=True, slots=True)
class NasdaqDataLink:
    """Datasets by code. Kind: price and dividends where the dataset has them, else price only; a single column: a level."""

    url: str = HOME
    patience: Patience = Patience()

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """One history a code; see `Vendor`."""
        login = Login(key("nasdaq_data_link"), header="X-Api-Token")
        client = Client("nasdaq_data_link", self.url, HOME, self.patience)
        for code in codes:
            path = "/".join(segment(part) for part in _dataset(code).split("/"))
            start = asked_from(since, code, margin=400)  # datasets may be monthly
            query = {} if start is None else {"start_date": str(start)}
            answer = client.get(f"/api/v3/datasets/{path}.json", query, series=code, login=login)
            yield known_by(answer.read(partial(parse, code=code)), now)


def parse(data: bytes, code: str) -> History:
    """The series `code` in the bytes of an answer, of either form. Raises DataError for any other form, or another code."""
    origin = Origin("nasdaq_data_link", code)
    whole = json_value(origin, data, _EXPECTED)
    found = (whole.get("dataset_data") or whole.get("dataset")) if isinstance(whole, dict) else None
    if not isinstance(found, dict):
        raise origin.unexpected(_EXPECTED + said_in(whole.get("quandl_error") if isinstance(whole, dict) else whole))
    _require_code(origin, found)
    table, frequency = _table(origin, found), _frequency(origin, found)
    _, _, column = code.partition(":")
    if column:
        dates = table.dates(*_DATE)
        values = table.numbers(table.named(column), Rule.VALUE, dates)
        note = f"the column {column} as the vendor writes it"
        lag = LAG_DAYS[frequency]
        about = About(code, code, Kind.LEVEL, str(origin), frequency, notes=(note,), lag_days=lag, restates=True)
        return history(Rows(origin, dates, {CLOSE: values}), about)
    if "Close" not in table.columns:
        names = ", ".join(name for name in table.columns if name not in _DATE)
        remedy = f"Name one column in the code, such as {code}:{next((n for n in table.columns if n not in _DATE), 'Value')}."
        raise origin.error(f"the dataset has no column 'Close', only {names}", remedy=remedy)
    return price_history(read_rows(table, _DATE, _NAMES, must=(CLOSE,)), frequency=frequency)


def _dataset(code: str) -> str:
    return code.partition(":")[0]


def _require_code(origin: Origin, found: Mapping[str, Any]) -> None:
    """Raise DataError where the answer says that it is about another dataset; the shorter form does not say."""
    if "dataset_code" in found or "database_code" in found:
        told = f"{found.get('database_code')}/{found.get('dataset_code')}"
        if told.upper() != _dataset(origin.series).upper():
            raise origin.error(f"the answer is about {told}, not {_dataset(origin.series)}", remedy="Check the code.")


def _table(origin: Origin, found: Mapping[str, Any]) -> Table:
    names, rows = found.get("column_names"), found.get("data")
    sound = isinstance(names, list) and names and all(isinstance(name, str) for name in names) and isinstance(rows, list)
    if not sound or len(set(names)) < len(names):  # type: ignore[arg-type]
        raise origin.unexpected(_EXPECTED)
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows):  # type: ignore[arg-type, union-attr]
        raise origin.unexpected("as many cells in every row as there are column_names")
    return Table(origin, {name: [row[at] for row in rows] for at, name in enumerate(names)}, typed=True)  # type: ignore[arg-type, union-attr]


def _frequency(origin: Origin, found: Mapping[str, Any]) -> str:
    told = found.get("frequency")
    if not isinstance(told, str) or told not in LAG_DAYS:
        raise origin.unexpected("a frequency such as daily")
    return told
