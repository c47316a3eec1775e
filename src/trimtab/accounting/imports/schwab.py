"""Schwab positions as delimited text: a title with account and date, quoted dollars, a line of cash, and totals.

Public descriptions: headers as users of the export report them, in the longer form (`Qty (Quantity)`) and the older one.
The totals are checked against the lines above them: a missing line shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from trimtab.accounting.imports.columns import detect, plain
from trimtab.accounting.imports.delimited import FIRST_LINES, Record, records
from trimtab.accounting.imports.reading import NO_HINTS, Cells, Hints, unread
from trimtab.accounting.imports.rows import Kind, Row
from trimtab.core.households import Contract

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "symbol": ("symbol",),
    "name": ("description",),
    "units": ("qty quantity", "quantity", "qty"),
    "price": ("price",),
    "value": ("mkt val market value", "market value", "mkt val"),
    "cost": ("cost basis",),
    "type": ("security type", "asset type"),
}
_TITLE = re.compile(r"Positions for (?:account )?(.{1,80}?) as of (?:[^\"]*?, )?(\d{1,4}[/-]\d{1,2}[/-]\d{1,4})", re.IGNORECASE)
_CASH = frozenset({"cash cash investments", "cash and cash investments", "cash sweep"})
_TOTALS = frozenset({"account total", "positions total", "total"})
_CONTRACTS = {"equity": Contract.SHARE, "fixed income": Contract.BOND, "bond": Contract.BOND}


def reads(text: str) -> bool:
    """The title, or the words for cash, and the headers."""
    head = text[:20_000]
    found = any(_is_header(record.cells) for _, record in zip(range(FIRST_LINES), records(head, ","), strict=False))
    return found and ("Positions for " in head or "Cash & Cash Investments" in text)


def _is_header(cells: Sequence[str]) -> bool:
    names = {plain(cell) for cell in cells}
    return "symbol" in names and bool(names & set(COLUMNS["units"])) and bool(names & set(COLUMNS["value"]))


def rows(text: str, hints: Hints = NO_HINTS) -> tuple[Row, ...]:
    """One row a position, one for cash, one for a total. Months come before days, as Schwab writes them."""
    hints = replace(hints, dayfirst=bool(hints.dayfirst), comma=False, currency=hints.currency or "USD")
    read = tuple(_statement(text, hints))
    if not read or read[-1].section != "total":
        read += (unread(text.count("\n") + 1, "the statement does not end with its total: is it cut off?", fatal=True),)
    return read


def _statement(text: str, hints: Hints) -> Iterator[Row]:
    account, on = "", hints.on
    headers: tuple[str, ...] = ()
    worth: Decimal | None = Decimal(0)
    for record in records(text, ","):
        if record.problem:
            worth = None
            yield unread(record.line, record.problem, ",".join(record.cells))
        elif title := _TITLE.search(record.cells[0]):
            account, on = title[1].strip(), Cells(record.line, {"as of": title[2]}, hints).day("as of") or hints.on
        elif _is_header(record.cells):
            headers, worth = tuple(cell.strip() for cell in record.cells), Decimal(0)
        elif not any(cell.strip() for cell in record.cells[1:]):  # the name of one of several accounts
            account = record.cells[0].strip() or account
        elif not headers or len(record.cells) < len([one for one in headers if one]):
            worth = None
            yield unread(record.line, f"{len(record.cells)} cells where the header has {len(headers)}", ",".join(record.cells))
        else:
            row, value = _line(record, headers, replace(hints, on=on), worth)
            worth = None if worth is None or value is None else worth + value
            yield replace(row, account=account)


def _line(record: Record, headers: Sequence[str], hints: Hints, worth: Decimal | None) -> tuple[Row, Decimal | None]:
    """A row below the header and its market value. `worth` is the sum so far, None where a line could not be read."""
    cells = Cells(record.line, detect(headers, hints.columns, COLUMNS).named(_paired(headers, record.cells)), hints)
    symbol, value = cells.text("symbol"), cells.number("value")
    on: date | None = hints.on
    if plain(symbol) in _TOTALS:
        if worth is not None and value is not None and abs(worth - value) > Decimal("0.05"):
            cells.problems.append(f"the lines add up to {worth}, the total says {value}: is a line missing?")
        return cells.row(Kind.NOTE, when=on, section="total", amount=value, currency=hints.currency), value
    if plain(symbol) in _CASH:
        return cells.row(Kind.CASH, when=on, amount=value, currency=hints.currency), value
    if plain(cells.text("type")) == "option":
        cells.problems.append("options are not supported")
    if symbol.startswith("Futures "):
        return cells.row(Kind.NOTE, when=on, amount=value, note=symbol), value
    fields = {"units": cells.number("units"), "price": cells.number("price"), "cost": cells.number("cost")}
    contract = _CONTRACTS.get(plain(cells.text("type")), Contract.FUND)
    name = cells.text("name")
    return cells.row(
        Kind.HOLDING, when=on, symbol=symbol, name=name, currency=hints.currency, contract=contract, **fields
    ), value


def _paired(headers: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return {header: cell for header, cell in zip(headers, cells, strict=False) if header}
