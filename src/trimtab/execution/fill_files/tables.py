"""Fills in a table with headers: our own, a broker's, IBKR Flex as delimited text, or a blotter that was filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from trimtab.core import days, numerals
from trimtab.execution.fill_files import cells
from trimtab.execution.fill_files.columns import BELOW_ZERO, detect, of_counts, of_fills, plain
from trimtab.execution.fill_files.found import Count, FillHints, Remark, Row, Unread, beginning
from trimtab.execution.fill_files.rows import Reading
from trimtab.execution.fill_files.table_text import header_of

_NUMBERS = ("units", "price", "fee", "filled", "average")
Values = tuple[int, Mapping[str, str]]


class Parts(NamedTuple):
    """What the records of a file were read as, before they are put together."""

    form: str
    rows: Sequence[Row] = ()
    counts: Sequence[Count] = ()
    unread: Sequence[Unread] = ()
    remarks: Sequence[Remark] = ()


def read_table(text: str, hints: FillHints) -> Parts:
    """The fills, or counts, below the first header that is one; with `columns`, below the first that has them."""
    found = header_of(text, lambda record: _columns(record, hints) is not None)
    if found is None:
        return Parts("", unread=(Unread(1, _no_header(text, hints), beginning(text[:600])),))
    header, below = found
    columns = _columns(header.cells, hints) or {}
    kept: list[Values] = []
    faults: list[Unread] = []
    for record in below:
        shown, count = beginning(",".join(record.cells)), len(header.cells)
        if record.problem:
            faults.append(Unread(record.line, record.problem, shown))
        elif len(record.cells) < count or any(cell.strip() for cell in record.cells[count:]):
            faults.append(Unread(record.line, f"{len(record.cells)} cells where the header has {count}", shown))
        else:
            kept.append((record.line, {name: record.cells[at] for name, at in columns.items()}))
    below_zero = "fee" in columns and plain(header.cells[columns["fee"]]) in BELOW_ZERO
    read = read_values(kept, hints, counts=not of_fills(columns), below_zero=below_zero)
    cut = [Remark(0, "the text does not end with a line break: is it cut off?")] if text[-1:] not in ("\n", "\r") else []
    return read._replace(unread=(*faults, *read.unread), remarks=(*read.remarks, *cut))


def read_values(kept: Sequence[Values], hints: FillHints, *, counts: bool = False, below_zero: bool = False) -> Parts:
    """Records by the names of their fields, as fills or counts."""
    reading, remarks = _reading(kept, hints, below_zero, counts)
    rows: list[Row] = []
    told: list[Count] = []
    faults: list[Unread] = []
    for line, values in kept:
        try:
            if counts:
                told.append(reading.count(line, values))
            else:
                rows.append(reading.row(line, values))
        except ValueError as fault:
            faults.append(Unread(line, str(fault), beginning(",".join(values.values()))))
    if any(values.get("time", "").strip() for _, values in kept) and any(not row.execution.at for row in rows):
        remarks.append(Remark(0, "some times have no zone: only the day of these fills is kept"))
    return Parts("blotter" if counts else "table", rows, told, faults, remarks)


def _columns(record: Sequence[str], hints: FillHints) -> dict[str, int] | None:
    """The columns of a header; None where it is none."""
    columns = detect(record, hints.columns)
    return columns if columns and (of_fills(columns) or of_counts(columns)) else None


def _no_header(text: str, hints: FillHints) -> str:
    if not text.strip():
        return "the file is empty"
    wanted = ", ".join(header for header in hints.columns.values() if header)
    return f"no header has {wanted}" if wanted else "no header names units, a price, and an order or a symbol"


def _reading(kept: Sequence[Values], hints: FillHints, below_zero: bool, counts: bool) -> tuple[Reading, list[Remark]]:
    """How this file writes its numbers and dates, and what is told of that."""
    remarks = []
    comma = hints.comma
    if comma is None:
        comma = numerals.decimal_comma(_of(kept, _NUMBERS))
    written = _of(kept, ("day", "time"))
    dayfirst = days.day_first(written)
    if hints.dayfirst is None and dayfirst is None and cells.doubtful(written):
        remarks.append(Remark(0, "dates such as 03/04/2026 are read with the month first: no date shows the order"))
    if not below_zero and _all_below_zero(_of(kept, ("fee",)), comma):
        below_zero = True
        remarks.append(Remark(0, "all fees are below zero: they are read as paid"))
    sided = any("side" in values for _, values in kept)
    if kept and not sided and not counts:
        remarks.append(Remark(0, "there is no column for the side: the sign of the units says it"))
    return Reading(hints, comma, dayfirst if hints.dayfirst is None else hints.dayfirst, sided, below_zero), remarks


def _of(kept: Sequence[Values], names: Iterable[str]) -> list[str]:
    return [values[name] for name in names for _, values in kept if values.get(name)]


def _all_below_zero(texts: Iterable[str], comma: bool | None) -> bool:
    found = []
    for text in texts:
        try:
            found.append(numerals.parse(text, comma) or 0)
        except ValueError:
            continue
    return any(found) and all(value <= 0 for value in found)
