"""Numbers out of cells: whole columns at once where all is well, cell by cell to name the first fault exactly.

Plain decimal numbers with a point are numbers; an empty cell is unknown (NaN). Everything else is refused: a literal
NaN, NA or inf, text, a decimal comma, thousands separators; and where prices are expected, zero and less.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from trimtab.core.arrays import Array
from trimtab.data.sources.sheet import HEADER, Cells, Fault, Sheet, shown


class Rule(Enum):
    """Which numbers a column may hold."""

    PRICE = "a price"  # above zero
    AMOUNT = "an amount"  # zero or above: dividends, volume
    VALUE = "a value"  # any finite number


UNKNOWN = "Leave the cell empty if the value is unknown."
UNPRICED = "Leave the cell empty if the price is unknown."
ANY_NUMBER = "Series that may be zero or negative belong in a file called values.csv."

_PLAIN = frozenset("0123456789.eE+- ")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}([,' ]\d{3})+(\.\d*)?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d*,\d+|[+-]?\d{1,3}(\.\d{3})+,\d+", re.ASCII)
_MISSING = frozenset(("nan", "na", "n/a", "#n/a", "null", "none", "nil", "-", "--", ".", "?", "missing", "nat"))
_INFINITE = frozenset(("inf", "infinity"))


def read_numbers(sheet: Sheet, wanted: Mapping[int, Rule], *, rare: Collection[int] = ()) -> dict[int, Array]:
    """Numbers (T,) of the columns in `wanted`, NaN where a cell is empty.

    Raises DataError for the first fault in the order of the file, and for a column that is empty from top to bottom,
    unless it is among the `rare` ones: no split for years is nothing strange.
    """
    found: dict[int, Array] = {}
    faults: list[Fault] = []
    for column, rule in wanted.items():
        values, fault = column_of_numbers(sheet.columns[column], rule)
        found[column] = values
        if fault is not None:
            faults.append(Fault(fault.row, column, fault.what, fault.remedy))
        elif column not in rare and not np.isfinite(values).any():
            remedy = "Fill it, or delete the column."
            faults.append(Fault(HEADER, column, f"the column {sheet.header[column]} is empty", remedy))
    if faults:
        raise sheet.error(min(faults, key=lambda fault: (fault.row, fault.column)))
    return found


def column_of_numbers(cells: Cells, rule: Rule) -> tuple[Array, Fault | None]:
    """Numbers (T,) of one column and its first fault, if any (then the numbers mean nothing)."""
    if isinstance(cells, np.ndarray):
        return _typed(cells, rule)
    values = _fast(cells)
    if values is None or _broken(values, rule).any():
        return _slow(cells, rule)
    return values, None


def _fast(cells: Sequence[str]) -> Array | None:
    """All cells at once, or None where any is not a plain number."""
    if not _PLAIN.issuperset("".join(cells)):
        return None
    try:
        return np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        return None


def _slow(cells: Sequence[str], rule: Rule) -> tuple[Array, Fault | None]:
    values = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):  # one cell at a time, to name the first that cannot be used
        text = cell.strip()
        if not text:
            continue
        if not _NUMBER.fullmatch(text):
            return values, Fault(row, 0, *_no_number(cell, rule))
        values[row] = float(text)
        if _broken(values[row : row + 1], rule)[0]:
            return values, Fault(row, 0, *_out_of_range(text, float(text), rule))
    return values, None


def _typed(cells: npt.NDArray[Any], rule: Rule) -> tuple[Array, Fault | None]:
    """A float column of a typed file, whose NaN is its way to say unknown."""
    if cells.dtype.kind != "f":
        return np.full(len(cells), np.nan), Fault(HEADER, 0, "the column holds dates, not numbers", "Give numbers.")
    values = cells.astype(np.float64)
    bad = np.flatnonzero(_broken(values, rule))
    if len(bad) == 0:
        return values, None
    value = float(values[bad[0]])
    return values, Fault(int(bad[0]), 0, *_out_of_range(repr(value), value, rule))


def _broken(values: Array, rule: Rule) -> npt.NDArray[np.bool_]:
    """Where known numbers break the rule (infinite ones break every rule)."""
    if rule is Rule.PRICE:
        return np.isinf(values) | (values <= 0.0)
    if rule is Rule.AMOUNT:
        return np.isinf(values) | (values < 0.0)
    return np.isinf(values)


def _no_number(cell: str, rule: Rule) -> tuple[str, str]:
    """What is wrong with a cell that is not a number, and what to do."""
    text, empty = cell.strip(), UNPRICED if rule is Rule.PRICE else UNKNOWN
    if text.lower() in _MISSING:
        return f"the cell reads {shown(text)}", empty
    if text.lower().lstrip("+-") in _INFINITE:
        return f"the cell reads {shown(text)}, which is no finite number", empty
    if _GROUPED.fullmatch(text):
        return f"{shown(text)} has a thousands separator or a decimal comma", "Write 1234.5, without separators."
    if _COMMA.fullmatch(text):
        return f"{shown(text)} has a decimal comma", "Write decimals with a point: 12.5."
    return f"{shown(cell)} is text, not {rule.value}", empty


def _out_of_range(text: str, value: float, rule: Rule) -> tuple[str, str]:
    """What is wrong with a number that its column may not hold, and what to do."""
    if np.isinf(value):
        return f"{text} is no finite number", UNPRICED if rule is Rule.PRICE else UNKNOWN
    if rule is Rule.AMOUNT:
        return f"{text} is below zero", "Dividends and volumes are zero or above; leave the cell empty if unknown."
    return f"{text} is not a price: prices are above zero", f"{UNPRICED} {ANY_NUMBER}"
