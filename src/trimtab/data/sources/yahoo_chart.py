"""Yahoo's chart JSON, version 8: prices, dividends and splits of one symbol, as files or other tools hand it over.

A parser alone: nothing is fetched. Seconds become local trading dates by the exchange's time zone. Prices, dividends and
volumes come adjusted for splits and are made as they traded; capital gains are part of dividends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME
from trimtab.data.history import History
from trimtab.data.sources.sheet import shown
from trimtab.data.sources.splits import with_gains
from trimtab.data.sources.vendor_cells import WRONG, Origin, json_value, said_in, typed_numbers
from trimtab.data.sources.vendor_rows import RULES, Rows, as_traded, price_history, with_events

_NAMES = {OPEN: "open", HIGH: "high", LOW: "low", CLOSE: "close", VOLUME: "volume"}
_EXPECTED = "chart JSON with one result: meta, timestamp, indicators"
_SPAN = (-11_676_096_000, 7_258_118_400)  # 1600 and 2200, in seconds of 1970: what lies outside is no trading date

Events = dict[np.datetime64, float]


def parse(data: bytes, code: str) -> History:
    """The prices, dividends and splits of `code` in a chart. Raises DataError for an error in it and for any other form."""
    origin = Origin("yahoo", code)
    result = _result(origin, json_value(origin, data, _EXPECTED))
    meta = _part(origin, result, "meta", dict)
    if str(meta.get("symbol")).upper() != code.upper():
        raise origin.error(f"the answer is about {shown(str(meta.get('symbol')))}, not {code}", remedy="Check the symbol.")
    if meta.get("dataGranularity") != "1d":
        raise origin.unexpected("daily rows (dataGranularity 1d)")
    zone = _zone(origin, meta.get("exchangeTimezoneName"))
    rows = with_events(_rows(origin, result, zone), _events(origin, result.get("events"), zone))
    currency = meta.get("currency")
    return price_history(as_traded(rows), currency=currency if isinstance(currency, str) else "")


def _result(origin: Origin, found: Any) -> dict[str, Any]:
    chart = found.get("chart") if isinstance(found, dict) else None
    if not isinstance(chart, dict):
        raise origin.unexpected(_EXPECTED + said_in(found))
    if chart.get("error"):
        said = chart["error"].get("description") if isinstance(chart["error"], dict) else chart["error"]
        raise origin.error(f"yahoo answers with an error: {shown(str(said), 160)}", remedy="Check the symbol.")
    results = chart.get("result")
    if not isinstance(results, list) or len(results) != 1 or not isinstance(results[0], dict):
        raise origin.unexpected(_EXPECTED)
    return results[0]


def _part(origin: Origin, found: Mapping[str, Any], name: str, kind: type) -> Any:
    part = found.get(name)
    if not isinstance(part, kind):
        raise origin.unexpected(f"{_EXPECTED}; {name} is missing or of another type")
    return part


def _rows(origin: Origin, result: Mapping[str, Any], zone: ZoneInfo) -> Rows:
    seconds = _part(origin, result, "timestamp", list)
    indicators = _part(origin, result, "indicators", dict)
    quote = _first(origin, indicators, "quote")
    dates = np.array([_date(origin, second, zone) for second in seconds], dtype="datetime64[D]")
    columns = {field: _column(origin, quote, name, len(seconds)) for field, name in _NAMES.items()}
    if "adjclose" in indicators:
        columns[ADJUSTED] = _column(origin, _first(origin, indicators, "adjclose"), "adjclose", len(seconds))
    fields = {field: typed_numbers(origin, field.name, cells, RULES[field], dates) for field, cells in columns.items()}
    if not len(dates):
        raise origin.error("yahoo has no prices in the answer", remedy="Check the symbol.")
    return Rows(origin, dates, fields)


def _first(origin: Origin, indicators: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The one object in a list of one."""
    part = _part(origin, indicators, name, list)
    if len(part) != 1 or not isinstance(part[0], dict):
        raise origin.unexpected(f"{_EXPECTED}; {name} is not a list of one object")
    return part[0]


def _column(origin: Origin, found: Mapping[str, Any], name: str, length: int) -> Sequence[Any]:
    cells: Sequence[Any] = _part(origin, found, name, list)
    if len(cells) != length:
        raise origin.unexpected(f"as many values of {name} as there are timestamps ({length}, not {len(cells)})")
    return cells


def _zone(origin: Origin, name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, TypeError, OSError, LookupError):  # no text, a path, a folder, no such zone
        pass
    raise origin.error(f"the time zone {shown(str(name))} is not known")


def _date(origin: Origin, second: Any, zone: ZoneInfo) -> np.datetime64:
    """The local date of an instant."""
    if isinstance(second, bool) or not isinstance(second, (int, float)) or not _SPAN[0] < second < _SPAN[1]:
        raise origin.error(f"a timestamp is {shown(str(second))}, expected seconds since 1970")
    return np.datetime64(datetime.fromtimestamp(second, zone).date(), "D")


def _events(origin: Origin, found: Any, zone: ZoneInfo) -> dict[Any, Events]:
    """Dividends (with the capital gains that they do not contain; see `with_gains`) and splits, by local date."""
    if found is not None and not isinstance(found, dict):
        raise origin.unexpected("events as an object")
    paid: Events = {}
    gained: Events = {}
    split: Events = {}
    for name in ("dividends", "capitalGains", "splits"):
        for event in _listed(origin, found or {}, name):
            day = _date(origin, event.get("date"), zone)
            if name == "splits":
                ratio = _amount(origin, event, "numerator", day) / _amount(origin, event, "denominator", day)
                split[day] = split.get(day, 1.0) * ratio
            else:
                kind = paid if name == "dividends" else gained
                kind[day] = kind.get(day, 0.0) + _amount(origin, event, "amount", day)
    for day, amount in gained.items():
        paid[day] = float(with_gains(np.array(paid.get(day, 0.0)), np.array(amount)))
    return {DIVIDEND: paid, SPLIT: split}


def _listed(origin: Origin, found: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    part = found.get(name) or {}
    if not isinstance(part, dict) or not all(isinstance(event, dict) for event in part.values()):
        raise origin.unexpected(f"{name} as objects by second")
    return [*part.values()]


def _amount(origin: Origin, event: Mapping[str, Any], name: str, day: np.datetime64) -> float:
    """A number above zero of an event."""
    value = event.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1e-9 <= value < 1e12:
        raise origin.error(f"{name} of an event is {shown(str(value))}, expected a number above zero", row=day, remedy=WRONG)
    return float(value)
