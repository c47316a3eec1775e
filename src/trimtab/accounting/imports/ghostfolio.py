"""Ghostfolio: activities as JSON (its export) and as delimited text (its import format).

Public descriptions: the README and the samples of the project (field names only). Days come before months in its text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from trimtab.accounting.imports.booking import rounded
from trimtab.accounting.imports.columns import detect, plain
from trimtab.accounting.imports.delimited import has_header, table, whole
from trimtab.accounting.imports.encodings import LARGEST
from trimtab.accounting.imports.reading import NO_HINTS, Cells, Hints, minus, unread
from trimtab.accounting.imports.rows import Kind, Row

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "datum"),
    "symbol": ("code", "symbol", "ticker"),
    "source": ("datasource", "data source"),
    "currency": ("currency", "ccy", "currencyprimary"),
    "price": ("price", "unitprice", "unit price", "tradeprice", "value"),
    "units": ("quantity", "qty", "shares", "units"),
    "kind": ("action", "type", "buy sell"),
    "fee": ("fee", "commission", "ibcommission"),
    "note": ("note", "comment"),
    "account": ("account", "accountid"),
}
_KINDS = {one.name: one for one in (Kind.BUY, Kind.SELL, Kind.DIVIDEND, Kind.FEE, Kind.INTEREST)}
_VALUED = ("ITEM", "LIABILITY")


def reads(text: str) -> bool:
    """JSON with `activities`, or a header with a data source beside a code and an action."""
    head = text.lstrip("\ufeff \t\r\n")
    if head.startswith(("{", "[")):
        return '"activities"' in head and ('"unitPrice"' in head or '"dataSource"' in head)
    return has_header(text, _is_header)


def rows(text: str, hints: Hints = NO_HINTS) -> tuple[Row, ...]:
    """One row an activity. The date is that of the stamp, whatever its time of day."""
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return _of_json(text, hints)
    found = table(text, _is_header)
    if found is None:
        return (unread(1, "no header of Ghostfolio", text),)
    hints = replace(hints, dayfirst=True if hints.dayfirst is None else hints.dayfirst, comma=bool(hints.comma))
    chosen = detect(found.headers, hints.columns, COLUMNS)
    return whole(found, [_row(Cells(line, chosen.named(record), hints)) for line, record in found.lines])


def _is_header(cells: Sequence[str]) -> bool:
    names = {plain(cell) for cell in cells}
    return bool(names & {"datasource", "data source"} and names & {"action", "type"} and names & set(COLUMNS["symbol"]))


def _of_json(text: str, hints: Hints) -> tuple[Row, ...]:
    if len(text) > LARGEST:
        return (unread(1, f"the text is longer than {LARGEST} characters"),)
    try:
        # Numbers stay text: 1e400, NaN and long fractions are judged like those of any other file.
        read = (
            json.loads(text.lstrip("\ufeff"), parse_float=str, parse_int=str, parse_constant=str)
            if len(text) <= LARGEST
            else None
        )
    except (ValueError, RecursionError) as fault:
        return (unread(getattr(fault, "lineno", 1), f"the text is not JSON ({str(fault)[:100]})", text),)
    activities = read.get("activities") if isinstance(read, dict) else read
    if not isinstance(activities, list):
        return (unread(1, "the text has no list of activities", text),)
    accounts = read.get("accounts") if isinstance(read, dict) else None
    names = {str(one.get("id")): str(one.get("name") or "") for one in accounts or () if isinstance(one, dict)}
    hints = replace(hints, comma=False)
    return tuple(_activity(line, one, names, hints) for line, one in enumerate(activities, 1))


def _activity(line: int, one: Any, names: Mapping[str, str], hints: Hints) -> Row:
    """One activity of the JSON."""
    if not isinstance(one, dict):
        return unread(line, "an activity is no object", str(one))
    said = {str(name): "" if value is None else value if isinstance(value, str) else str(value) for name, value in one.items()}
    fields = {"date": "date", "symbol": "symbol", "source": "dataSource", "currency": "currency", "price": "unitPrice"}
    fields |= {"units": "quantity", "kind": "type", "fee": "fee", "note": "comment", "external": "id"}
    values = {field: said.get(name, "") for field, name in fields.items()}
    values["account"] = names.get(said.get("accountId", ""), "") or said.get("accountId", "")
    return _row(Cells(line, values | {name: value for name, value in said.items() if name not in values}, hints))


def _row(cells: Cells) -> Row:
    word = cells.text("kind").upper()
    kind = _KINDS.get(word)
    if kind is None:
        why = "is a thing valued by hand, which no account holds" if word in _VALUED else "is unknown"
        cells.problems.append(f"the kind of activity {word or 'that is missing'} {why}")
    units, price, fee = cells.number("units"), cells.number("price"), cells.number("fee")
    code = cells.code("currency")
    worth = None if units is None or price is None else rounded(abs(units) * price, code)
    fields = {name: cells.text(name) for name in ("note", "account", "external")}
    if kind not in (Kind.FEE, Kind.INTEREST):
        symbol = cells.text("symbol")
        fields |= {"isin" if _is_isin(symbol) else "symbol": symbol}
    fields["currency"] = code
    return cells.row(kind, when=cells.day("date"), fee=fee, **fields, **_numbers(kind, units, price, worth))


def _numbers(
    kind: Kind | None, units: Decimal | None, price: Decimal | None, worth: Decimal | None
) -> dict[str, Decimal | None]:
    """Units, price and amount in our signs; the amount of a trade is left to be worked out in cents."""
    if kind in (Kind.BUY, Kind.SELL):
        return {"units": units if units is None or kind is Kind.BUY else -abs(units), "price": price}
    if kind is Kind.FEE:
        return {"amount": minus(worth)}
    return {"amount": worth}


def _is_isin(code: str) -> bool:
    return len(code) == 12 and code.isascii() and code.isalnum() and code[:2].isalpha() and code[-1].isdigit()
