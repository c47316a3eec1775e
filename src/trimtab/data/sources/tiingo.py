"""Tiingo: daily prices as JSON, as they traded, with cash dividends and splits on their ex-dates. Needs a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME
from trimtab.data.history import History
from trimtab.data.sources.http import Client, segment
from trimtab.data.sources.keys import Login, key
from trimtab.data.sources.vendor_cells import Origin, json_value, rows_table
from trimtab.data.sources.vendor_rows import asked_from, known_by, price_history, read_rows
from trimtab.data.sources.wire import Patience

HOME = "https://api.tiingo.com"

_NAMES = {
    OPEN: ("open",),
    HIGH: ("high",),
    LOW: ("low",),
    CLOSE: ("close",),
    VOLUME: ("volume",),
    DIVIDEND: ("divCash",),
    SPLIT: ("splitFactor",),
    ADJUSTED: ("adjClose",),
}
_EXPECTED = "a JSON list of rows with date, close, divCash, splitFactor"
_FIRST = np.datetime64("1900-01-01")  # without a start Tiingo hands over the last price alone


@dataclass(frozen=True, slots=True)
class Tiingo:
    """Daily prices and dividends by ticker, such as `SPY`. Kind: price and dividends."""

    url: str = HOME
    patience: Patience = Patience()

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """One history a ticker; see `Vendor`."""
        login = Login(key("tiingo"), header="Authorization", prefix="Token ")
        client = Client("tiingo", self.url, HOME, self.patience)
        for code in codes:
            query = {"startDate": str(asked_from(since, code) or _FIRST), "format": "json"}
            answer = client.get(f"/tiingo/daily/{segment(code)}/prices", query, series=code, login=login)
            yield known_by(answer.read(partial(parse, code=code)), now)


def parse(data: bytes, code: str) -> History:
    """The prices of `code` in the bytes of an answer. Raises DataError for any other form."""
    origin = Origin("tiingo", code)
    table = rows_table(origin, json_value(origin, data, _EXPECTED), _EXPECTED)
    if not len(table.columns.get("date", ())):
        raise origin.error(f"tiingo has no prices of {code}", remedy="Check the ticker.")
    rows = read_rows(table, ("date",), _NAMES, must=(CLOSE, DIVIDEND))
    if SPLIT not in rows.fields:  # prices are as they traded whether or not a row tells its factor
        rows = replace(rows, fields={**rows.fields, SPLIT: np.full(len(rows.dates), np.nan)})
    return price_history(rows)
