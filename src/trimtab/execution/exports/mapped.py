"""Orders as the table that a firm's own system reads: columns, words, dates and encoding after a map that the firm edits."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files

from trimtab.core.errors import DataError, ParameterError
from trimtab.core.formulas import neutral, taken_off
from trimtab.core.orders import Standing
from trimtab.execution.exports.column_map import Allocations, Column, ColumnMap
from trimtab.execution.exports.fields import EVERY, cell_text, table_rows, table_text
from trimtab.execution.exports.sheet import Sheet, require_sendable

SHIPPED = ("bloomberg_emsx", "charles_river")


def shipped_map(name: str) -> str:
    """The YAML of an example that comes with the package, to be copied and adapted. Raises ParameterError for another name."""
    if name not in SHIPPED:
        raise ParameterError(f"no map {name!r} is shipped", remedy=f"There are: {', '.join(SHIPPED)}.")
    return (files("trimtab.execution.exports") / "maps" / f"{name}.yaml").read_text(encoding="utf-8")


def mapped(standings: Sequence[Standing], sheet: Sheet, columns: ColumnMap) -> bytes:
    """The table in the encoding of the map. Raises DataError where an order cannot be told in it without changing it."""
    require_sendable(standings)
    rows = [[_cell(column, one, sheet) for column in columns.columns] for one in _rows(standings, sheet, columns.allocations)]
    head = [[neutral(column.header) for column in columns.columns]] if columns.header else []
    text = table_text([*head, *rows], columns.delimiter)
    try:
        return text.encode(columns.encoding)
    except UnicodeEncodeError as fault:
        letter = text[fault.start]
        remedy = "Set the encoding of the map to utf-8."
        raise DataError(f"{letter!r} cannot be written in {columns.encoding}", remedy=remedy) from fault


def read_mapped(data: bytes, columns: ColumnMap) -> tuple[Mapping[str, str], ...]:
    """Every row by the columns of the map, text as it was before neutralising. Raises DataError where it is no such table."""
    try:
        rows = table_rows(data.decode(columns.encoding).removeprefix("\ufeff"), columns.delimiter)
    except (csv.Error, ValueError) as fault:
        raise DataError(f"the table cannot be read ({fault})", remedy="Export it again.") from fault
    names = [column.header for column in columns.columns]
    if columns.header and (not rows or [taken_off(cell) for cell in rows.pop(0)] != names):
        raise DataError("the header is not that of the map", remedy="Read it with the map that it was written with.")
    if any(len(row) != len(names) for row in rows):
        raise DataError("a row has more or fewer cells than the map has columns", remedy="Export it again.")
    return tuple({one.header: taken_off(cell) for one, cell in zip(columns.columns, row, strict=True)} for row in rows)


def _rows(standings: Sequence[Standing], sheet: Sheet, allocations: Allocations) -> Iterator[Standing]:
    """What has a row: orders, blocks and members, as the map wants."""
    for one in standings:
        if not one.ticket.parts or allocations is not Allocations.MEMBERS:
            yield one
        if one.ticket.parts and allocations is not Allocations.BLOCK:
            for member, account, units in sheet.allocations(one):
                own = replace(one.ticket, id=member, account=account, units=units, parts=(), block=one.id)
                yield Standing(own, one.status, venue=one.venue, planned_at=one.planned_at, approved_by=one.approved_by)


def _cell(column: Column, standing: Standing, sheet: Sheet) -> str:
    return cell_text(column.shown(EVERY[column.tells](standing, sheet)) if column.tells else column.text)
