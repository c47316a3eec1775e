"""pyfolio transactions: a stamp, `amount` (units, a sale below zero), `price` and `symbol`, one line a fill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trimtab.accounting.imports.columns import detect, plain
from trimtab.accounting.imports.delimited import has_header, table, whole
from trimtab.accounting.imports.reading import NO_HINTS, Cells, Hints, unread
from trimtab.accounting.imports.rows import Kind, Row

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "dt", "index", "timestamp", "datetime", "time", "unnamed 0"),
    "units": ("amount",),
    "price": ("price",),
    "symbol": ("symbol",),
    "fee": ("commission",),
    "external": ("order id",),
}
_ALSO = frozenset({"sid", "txn dollars", "id", "order id", "commission", "txn shares", "value", "block dir"})


def reads(text: str) -> bool:
    """A header of a nameless or a time index, `amount`, `price` and `symbol`, and nothing of another program."""
    return has_header(text, _is_header)


def _is_header(cells: Sequence[str]) -> bool:
    names = [plain(cell) for cell in cells]
    first = {"", *COLUMNS["date"]}
    rest = set(names[1:])
    return bool(names) and names[0] in first and {"amount", "price", "symbol"} <= rest and rest <= _ALSO | {
        "amount", "price", "symbol", "dt", "date"
    }  # fmt: skip


def rows(text: str, hints: Hints = NO_HINTS) -> tuple[Row, ...]:
    """One row a fill; the date is that of the stamp."""
    found = table(text, _is_header)
    if found is None:
        return (unread(1, "no header of pyfolio transactions", text),)
    chosen = detect(found.headers, hints.columns, COLUMNS)
    index = found.headers[0]
    named = [(line, {"date": record[index]} | chosen.named(record)) for line, record in found.lines]
    hints = replace(hints.settled((values["date"] for _, values in named), ()), comma=bool(hints.comma))
    return whole(found, [_row(Cells(line, values, hints)) for line, values in named])


def _row(cells: Cells) -> Row:
    units = cells.number("units")
    kind = None if not units else Kind.BUY if units > 0 else Kind.SELL
    if kind is None:
        cells.problems.append("amount: a fill of no units")
    fee = cells.number("fee")
    fields = {"symbol": cells.text("symbol"), "currency": cells.code(), "fee": fee and abs(fee), "price": cells.number("price")}
    # The identifier of an order is no identifier of a fill: several fills share it, so that it goes into the note.
    return cells.row(kind, when=cells.day("date"), units=units, note=cells.text("external"), **fields)
