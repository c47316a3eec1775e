"""Cells of a CSV file as the plain values of a small table: every column there, every word known, every day a day.

A file has the columns of its table, `recorded` left out, in any order. Cells may be empty only where a fact has none.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from trimtab.data.history import ActionKind
from trimtab.data.identifiers import Scheme
from trimtab.data.sources.days import column_of_dates
from trimtab.data.sources.numbers import Rule, column_of_numbers
from trimtab.data.sources.sheet import HEADER, Fault, Sheet, shown
from trimtab.data.store.instants import instant
from trimtab.data.store.tables import TABLES, Row

REASONS = ("bankruptcy", "closure", "merger", "moved", "performance", "unknown")  # of a delisting: see `delisting`

_EMPTY = {"market", "until", "known", "cash", "ratio", "price", "other", "reason", "cost"}  # cells that may be empty
_ZERO = {"ratio", "cost"}  # numbers that are zero where their cell is empty
_WORDS = {
    "scheme": tuple(scheme.value for scheme in Scheme),
    "kind": tuple(kind.value for kind in ActionKind),
    "reason": REASONS,
}


def cells_of(sheet: Sheet, table: str) -> tuple[dict[str, int], list[Row]]:
    """Where each column of a table stands in a sheet, and its rows as plain values: text, days, instants, numbers.

    Raises DataError with file:line:col for a column or a cell that the table does not have, or that is empty.
    """
    at = _columns(sheet, table)
    columns = [_column(sheet, place, name, TABLES[table][name]) for name, place in at.items()]
    return at, [dict(zip(at, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _columns(sheet: Sheet, table: str) -> dict[str, int]:
    """Where each column stands. Raises DataError for one that is missing, unknown or doubled."""
    wanted = [name for name in TABLES[table] if name != "recorded"]
    remedy = f"The columns of {table} are: {','.join(wanted)}."
    for at, name in enumerate(sheet.header):
        if name not in wanted:
            near = difflib.get_close_matches(name, wanted, n=1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise sheet.error(Fault(HEADER, at, f"{table} have no column {shown(name)}", hint + remedy))
        if name in sheet.header[:at]:
            raise sheet.error(Fault(HEADER, at, f"the column {name} stands here twice", "Keep one."))
    for name in wanted:
        if name not in sheet.header:
            raise sheet.error(Fault(HEADER, 0, f"the column {name} is missing", remedy))
    return {name: sheet.header.index(name) for name in wanted}


def _column(sheet: Sheet, at: int, name: str, kind: str) -> list[Any]:
    """The cells (T,) of a column as plain values, by the kind of the table's column."""
    cells = [cell.strip() for cell in sheet.columns[at]]
    filled = [row for row, cell in enumerate(cells) if cell]
    if len(filled) < len(cells) and name not in _EMPTY:
        row = next(row for row, cell in enumerate(cells) if not cell)
        raise sheet.error(Fault(row, at, f"the {name} is empty", f"Give every row its {name}, or delete the row."))
    read: Callable[[list[str]], tuple[Sequence[Any], Fault | None]] = _READERS[kind]
    values, fault = read([cells[row] for row in filled]) if filled else ((), None)
    if fault is None and name in _WORDS:
        fault = _stray(name, values)
    if fault is not None:
        raise sheet.error(Fault(filled[fault.row], at, fault.what, fault.remedy))
    made = [0.0 if name in _ZERO else _MISSING[kind]] * len(cells)
    for row, value in zip(filled, values, strict=True):
        made[row] = value
    return made


def _texts(cells: list[str]) -> tuple[Sequence[Any], Fault | None]:
    return cells, None


def _dates(cells: list[str]) -> tuple[Sequence[Any], Fault | None]:
    days, fault = column_of_dates(cells)
    if fault is None and days.dtype == np.dtype("datetime64[M]"):
        return (), Fault(0, 0, f"{shown(cells[0])} is a month, not a day", "Write dates as YYYY-MM-DD, such as 2024-01-31.")
    return list(days.astype("datetime64[D]")), fault


def _numbers(cells: list[str]) -> tuple[Sequence[Any], Fault | None]:
    values, fault = column_of_numbers(cells, Rule.VALUE)
    return values.tolist(), fault


def _instants(cells: list[str]) -> tuple[Sequence[Any], Fault | None]:
    found = []
    for row, cell in enumerate(cells):
        try:
            found.append(instant(cell))
        except ValueError as error:
            return (), Fault(row, 0, str(error), "Write an instant with its zone, 2024-01-31T21:00:00Z, or leave it empty.")
    return found, None


_READERS: Mapping[str, Any] = {"text": _texts, "date": _dates, "number": _numbers, "instant": _instants}
_MISSING: Mapping[str, Any] = {
    "text": "",
    "date": np.datetime64("NaT", "D"),
    "number": float("nan"),
    "instant": np.datetime64("NaT", "s"),
}


def _stray(name: str, words: Sequence[str]) -> Fault | None:
    """The first word that the column does not know."""
    row = next((row for row, word in enumerate(words) if word not in _WORDS[name]), None)
    if row is None:
        return None
    near = difflib.get_close_matches(words[row], _WORDS[name], n=1)
    remedy = (f"Did you mean {near[0]}? " if near else "") + f"Known: {', '.join(_WORDS[name])}."
    return Fault(row, 0, f"there is no {name} {shown(words[row])}", remedy)
