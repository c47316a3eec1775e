"""EODHD: end-of-day prices as they traded, with dividends and splits from two more requests. Needs a key.

A dividend comes as `value`, adjusted for later splits, and `unadjustedValue`, as it was paid; where the latter is missing
the former is multiplied by the later splits. Volumes are adjusted for splits by the vendor, so they are divided by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME
from trimtab.data.history import History, Issue
from trimtab.data.sources.http import Answer, Client, segment
from trimtab.data.sources.keys import Login, key
from trimtab.data.sources.numbers import Rule
from trimtab.data.sources.sheet import shown
from trimtab.data.sources.vendor_cells import WRONG, Origin, Table, csv_table, json_value, rows_table
from trimtab.data.sources.vendor_rows import Rows, as_traded, asked_from, known_by, price_history, read_rows, with_events
from trimtab.data.sources.wire import Patience

HOME = "https://eodhd.com"

_DATE = ("date", "Date")
_NAMES = {
    OPEN: ("open", "Open"),
    HIGH: ("high", "High"),
    LOW: ("low", "Low"),
    CLOSE: ("close", "Close"),
    ADJUSTED: ("adjusted_close", "Adjusted_close"),
    VOLUME: ("volume", "Volume"),
}
_EXPECTED = "rows with date, open, high, low, close, adjusted_close, volume"
_DIVIDENDS = "a JSON list of dividends with date and value"
_SPLITS = 'a JSON list of splits with date and split, such as "3.000000/1.000000"'
_RATIO = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*[/:]\s*(\d{1,9}(?:\.\d{1,9})?)", re.ASCII)

Events = dict[np.datetime64, float]


@dataclass(frozen=True, slots=True)
class Eodhd:
    """Daily prices and dividends by symbol and exchange, such as `SPY.US`. Kind: price and dividends."""

    url: str = HOME
    patience: Patience = Patience()

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """One history a symbol, from three requests; see `Vendor`."""
        login = Login(key("eodhd"), query="api_token")
        client = Client("eodhd", self.url, HOME, self.patience)
        for code in codes:
            start = asked_from(since, code)
            query = {"fmt": "json"} | ({} if start is None else {"from": str(start)})
            answers = [
                client.get(f"/api/{part}/{segment(code)}", query, series=code, login=login) for part in ("eod", "div", "splits")
            ]
            yield known_by(_read(answers, code), now)


def _read(answers: Sequence[Answer], code: str) -> History:
    prices, dividends, splits = answers
    return prices.read(lambda data: parse(data, dividends.body, splits.body, code))


def parse(prices: bytes, dividends: bytes, splits: bytes, code: str) -> History:
    """The prices of `code` (JSON or CSV) with its dividends and splits (JSON). Raises DataError for any other form."""
    origin = Origin("eodhd", code)
    rows = read_rows(_prices(origin, prices), _DATE, _NAMES, must=_NAMES)
    if not len(rows.dates):
        raise origin.error(f"eodhd has no prices of {code}", remedy="Check the code.")
    paid, adjusted, currencies = parse_dividends(origin, dividends)
    rows = with_events(rows, {DIVIDEND: paid | adjusted, SPLIT: parse_splits(origin, splits)})
    traded = as_traded(rows)
    fields = {**rows.fields, VOLUME: traded.fields[VOLUME], DIVIDEND: _paid(rows, traded, adjusted)}
    issues, notes = _currencies(origin, currencies)
    notes = (*notes, "volumes taken as adjusted for splits")
    return price_history(replace(rows, fields=fields, issues=(*rows.issues, *issues)), notes=notes)


def _prices(origin: Origin, data: bytes) -> Table:
    if data.lstrip()[:1] in (b"[", b"{", b'"'):
        return rows_table(origin, json_value(origin, data, _EXPECTED), _EXPECTED)
    return csv_table(origin, data, f"CSV {_EXPECTED}")


def _paid(rows: Rows, traded: Rows, adjusted: Mapping[np.datetime64, float]) -> Array:
    """Dividends as paid: those told so, and the adjusted ones un-adjusted."""
    only = np.isin(rows.dates, np.array([*adjusted], dtype="datetime64[D]"))
    return np.where(only, traded.fields[DIVIDEND], rows.fields[DIVIDEND])


def parse_dividends(origin: Origin, data: bytes) -> tuple[Events, Events, tuple[str, ...]]:
    """Dividends by ex-date as they were paid, those known only adjusted for splits, and the currencies of both."""
    table = rows_table(origin, json_value(origin, data, _DIVIDENDS), _DIVIDENDS)
    if not table.columns:
        return {}, {}, ()
    dates = table.dates("date")
    value = table.numbers(table.named("value"), Rule.AMOUNT, dates)
    raw = np.full(len(dates), np.nan)
    if "unadjustedValue" in table.columns:
        raw = table.numbers("unadjustedValue", Rule.AMOUNT, dates)
    if (neither := np.isnan(value) & np.isnan(raw)).any():
        raise origin.error("a dividend has no value", row=dates[neither][0], remedy=WRONG)
    _require_single(origin, dates, "dividends")
    told = np.isfinite(raw)
    currencies = {str(name) for name in table.columns.get("currency", ()) if name}
    return (
        dict(zip(dates[told], raw[told].tolist(), strict=True)),
        dict(zip(dates[~told], value[~told].tolist(), strict=True)),
        tuple(sorted(currencies)),
    )


def parse_splits(origin: Origin, data: bytes) -> Events:
    """Units after for each unit before, by ex-date. Raises DataError for a ratio that is none."""
    table = rows_table(origin, json_value(origin, data, _SPLITS), _SPLITS)
    if not table.columns:
        return {}
    dates = table.dates("date")
    _require_single(origin, dates, "splits")
    return {day: _ratio(origin, day, text) for day, text in zip(dates, table.columns[table.named("split")], strict=True)}


def _ratio(origin: Origin, day: np.datetime64, text: object) -> float:
    parts = _RATIO.fullmatch(text.strip()) if isinstance(text, str) else None
    after, before = (float(parts[1]), float(parts[2])) if parts else (0.0, 0.0)
    if after <= 0.0 or before <= 0.0:
        raise origin.error(f"split is {shown(str(text))}, expected a ratio such as 3.000000/1.000000", row=day, remedy=WRONG)
    return after / before


def _require_single(origin: Origin, dates: Dates, what: str) -> None:
    """Raise DataError where two events have one date: whether they add up or repeat is not told."""
    days, counts = np.unique(dates, return_counts=True)
    if (counts > 1).any():
        raise origin.error(f"two {what} on one date", row=days[counts > 1][0], remedy=WRONG)


def _currencies(origin: Origin, names: tuple[str, ...]) -> tuple[tuple[Issue, ...], tuple[str, ...]]:
    """What is to be said of the currencies of dividends; that of the prices is not told."""
    if len(names) > 1:
        return (Issue(f"dividends in {', '.join(names)}", str(origin), "not converted"),), ()
    return (), tuple(f"dividends in {name}" for name in names)
