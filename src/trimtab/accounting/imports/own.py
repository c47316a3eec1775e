"""Reads our own table back, as `accounting/imports/export.py` writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from trimtab.accounting.imports.delimited import has_header, table, whole
from trimtab.accounting.imports.entry_cells import ASSETS, KINDS
from trimtab.accounting.imports.export import HEADERS, INSTRUMENT
from trimtab.accounting.imports.reading import NO_HINTS, Cells, Hints, unread
from trimtab.accounting.imports.rows import Kind, Row
from trimtab.core.formulas import taken_off
from trimtab.core.households import Contract

_KINDS: Mapping[str, Kind] = {
    "Opening": Kind.HOLDING, "Dividend": Kind.DIVIDEND, "ReturnOfCapital": Kind.RETURN_OF_CAPITAL, "Split": Kind.SPLIT,
    "Merger": Kind.MERGER, "SpinOff": Kind.SPIN_OFF, "Delisting": Kind.DELISTING, "Variation": Kind.VARIATION,
    "Exchange": Kind.EXCHANGE, "Interest": Kind.INTEREST, "Fee": Kind.FEE, "Tax": Kind.TAX, "Adjustment": Kind.ADJUSTMENT,
    "Cancel": Kind.CANCEL,
}  # fmt: skip
_NUMBERS = ("units", "price", "amount", "cost", "received", "share")


def reads(text: str) -> bool:
    """The first headers of our own table."""
    return has_header(text, _is_header)


def _is_header(cells: Sequence[str]) -> bool:
    return tuple(cells[:4]) == HEADERS[:4] and set(HEADERS) <= set(cells)


def rows(text: str, hints: Hints = NO_HINTS) -> tuple[Row, ...]:
    """One row a line. The values of a row are for people; its entry is restored from the cells as they stand."""
    found = table(text, _is_header)
    if found is None:
        return (unread(1, "no header of our own table", text),)
    hints = replace(hints, comma=False)
    return whole(found, [_row(Cells(line, record, hints)) for line, record in found.lines])


def _row(cells: Cells) -> Row:
    kind = cells.values["entry"]
    texts = {"symbol": "asset", "isin": "isin", "name": "name", "account": "account", "currency": "currency", "into": "into"}
    fields: dict[str, object] = {field: taken_off(cells.values[name]) for field, name in texts.items()}
    if kind == INSTRUMENT:
        try:
            fields |= {"contract": Contract(cells.text("contract"))}
        except ValueError:
            cells.problems.append(f"contract: {cells.text('contract')!r} is not one")
        fields |= {"multiplier": cells.number("multiplier") or Decimal(1)}
        return _kept(cells, cells.row(Kind.NOTE, **fields), kind)
    if kind not in KINDS:
        cells.problems.append(f"there is no entry {kind[:40]!r}")
    names = [name for name in KINDS[kind]._fields if name in ASSETS] if kind in KINDS else []
    cells.problems += [f"{name} is missing" for name in names if not taken_off(cells.values[name])]
    read = Cells(cells.line, cells.values, cells.hints)
    fields |= {name: read.number(name) for name in _NUMBERS}  # what cannot be read here shows when the entry is restored
    when = cells.day("when")
    return _kept(cells, cells.row(_kind(kind, read), when=when, acquired=read.day("acquired"), **fields), kind)


def _kept(cells: Cells, row: Row, kind: str) -> Row:
    """The row with its cells in full length: the entry comes from them."""
    return replace(row, entry=kind, original=tuple(cells.values.items()))


def _kind(name: str, cells: Cells) -> Kind | None:
    """What a person calls the entry."""
    if name == "Fill":
        return Kind.SELL if (cells.number("units") or 0) < 0 else Kind.BUY
    if name == "Flow":
        return Kind.WITHDRAWAL if (cells.number("amount") or 0) < 0 else Kind.DEPOSIT
    return _KINDS.get(name)
