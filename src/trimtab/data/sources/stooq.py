"""Stooq: daily prices as CSV, without a key; English or Polish headers, and the bulk text with its names in angle brackets.

Stooq adjusts its prices for splits, and says nothing of dividends. Its errors are plain text with status 200.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, HIGH, LOW, OPEN, VOLUME
from trimtab.data.history import History
from trimtab.data.sources.http import Client
from trimtab.data.sources.vendor_cells import Origin, Table, csv_table
from trimtab.data.sources.vendor_rows import asked_from, known_by, price_history, read_rows
from trimtab.data.sources.wire import Patience

HOME = "https://stooq.com"

_DATE = ("Date", "Data", "<DATE>")
_NAMES = {
    OPEN: ("Open", "Otwarcie", "<OPEN>"),
    HIGH: ("High", "Najwyzszy", "<HIGH>"),
    LOW: ("Low", "Najnizszy", "<LOW>"),
    CLOSE: ("Close", "Zamkniecie", "<CLOSE>"),
    VOLUME: ("Volume", "Wolumen", "<VOL>"),
}
_EXPECTED = "CSV with Date, Open, High, Low, Close"
_NOTES = ("prices as Stooq adjusts them; dividends unknown",)


@dataclass(frozen=True, slots=True)
class Stooq:
    """Daily prices by Stooq's symbols, such as `spy.us`. Kind: price only."""

    url: str = HOME
    patience: Patience = Patience()

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """One history a symbol; see `Vendor`."""
        client = Client("stooq", self.url, HOME, self.patience)
        for code in codes:
            query = {"s": code.lower(), "i": "d"}
            if (start := asked_from(since, code)) is not None:
                days = (start, now.astype("datetime64[D]"))
                query |= {name: str(day).replace("-", "") for name, day in zip(("d1", "d2"), days, strict=True)}
            answer = client.get("/q/d/l/", query, series=code)
            yield known_by(answer.read(partial(parse, code=code)), now)


def parse(data: bytes, code: str) -> History:
    """The prices of `code` in the bytes of an answer. Raises DataError for an error in plain text and for any other form."""
    origin = Origin("stooq", code)
    table = _table(data, origin)
    found = {ticker.lower() for ticker in table.columns.get("<TICKER>", ())}
    if found - {code.lower()}:
        raise origin.error(f"the answer is about {', '.join(sorted(found))}, not {code}", remedy="Check the code.")
    return _priced(table)


def parse_bulk(data: bytes) -> tuple[History, ...]:
    """Every ticker of a bulk text, named as it stands there, in the order in which they first occur. Raises DataError."""
    table = _table(data, Origin("stooq", "bulk"))
    tickers = table.columns[table.named("<TICKER>")]
    made = []
    for ticker in dict.fromkeys(tickers):
        rows = [row for row, name in enumerate(tickers) if name == ticker]
        columns = {name: [cells[row] for row in rows] for name, cells in table.columns.items()}
        made.append(_priced(Table(Origin("stooq", ticker), columns, issues=table.issues)))
    return tuple(made)


def _priced(table: Table) -> History:
    """The history of a table about one symbol."""
    for name, due in (("<PER>", "D"), ("<TIME>", "000000")):
        if set(table.columns.get(name, (due,))) != {due}:
            raise table.origin.unexpected(f"daily rows, with {due} in {name}")
    return price_history(read_rows(table, _DATE, _NAMES, must=(OPEN, HIGH, LOW, CLOSE)), notes=_NOTES)


def _table(data: bytes, origin: Origin) -> Table:
    said = data[:200].strip().lower()
    if said.startswith((b"no data", b"brak danych")):
        raise origin.error(f"stooq knows no series {origin.series}", remedy="Check the symbol; US ones end in .us.")
    if b"limit" in said and b"," not in said:
        raise DataError("stooq has been asked too often today", where=str(origin), remedy="Try again tomorrow.")
    return csv_table(origin, data, _EXPECTED)
