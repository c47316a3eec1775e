"""A vendor's answer as columns of cells, and the dates and numbers in them; every fault is named by vendor, series and row.

Nothing is guessed: a number written as text where JSON has numbers, a word where a number is due, NaN and infinities, a
date that does not parse are refused with the date of their row.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError
from trimtab.data.history import Issue
from trimtab.data.sources.csv_reader import parse_csv
from trimtab.data.sources.days import column_of_dates
from trimtab.data.sources.endings import check_end
from trimtab.data.sources.numbers import Rule, column_of_numbers
from trimtab.data.sources.sheet import shown

CHANGED = "Try again later; if it stays, the vendor has changed the form of its answers."
WRONG = "Check it at the vendor; Trimtab takes no row from an answer with such a fault."

_BOUNDS = {Rule.PRICE: "above zero", Rule.AMOUNT: "zero or above", Rule.VALUE: "finite"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Who answered, and about which series: the place in messages, and the provenance."""

    vendor: str
    series: str

    def __str__(self) -> str:
        return f"{self.vendor} {self.series}"

    def error(self, what: str, *, row: object = "", remedy: str = CHANGED) -> DataError:
        """The error that a fault in the answer is; `row` is the date of its row."""
        return DataError(what, where=f"{self} {row}".strip(), remedy=remedy)

    def unexpected(self, expected: str) -> DataError:
        """The error of an answer that is not of the form that was due."""
        return self.error(f"{self.vendor} answers in an unknown form, expected {expected}")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of T cells each, by the vendor's names: text out of a CSV, any JSON value out of JSON (`typed`)."""

    origin: Origin
    columns: Mapping[str, Sequence[Any]]
    typed: bool = False
    issues: tuple[Issue, ...] = ()

    def named(self, *names: str) -> str:
        """The first of `names` that is a column. Raises DataError where none is."""
        for name in names:
            if name in self.columns:
                return name
        raise self.origin.unexpected(f"a column {names[0]!r}, and has only {', '.join(map(shown, [*self.columns][:12]))}")

    def dates(self, *names: str) -> Dates:
        """Dates (T,), datetime64[D]. Raises DataError for a cell that is not a day."""
        cells = self.columns[self.named(*names)]
        return days(self.origin, cells)

    def numbers(self, name: str, rule: Rule, dates: Dates) -> Array:
        """Numbers (T,) of a column, NaN where unknown. Raises DataError with the date of the first bad row."""
        cells = self.columns[name]
        if self.typed:
            return typed_numbers(self.origin, name, cells, rule, dates)
        values, fault = column_of_numbers(cells, rule)
        if fault is not None:
            raise self.origin.error(f"{name}: {fault.what}", row=dates[fault.row], remedy=WRONG)
        return values


def days(origin: Origin, cells: Sequence[Any]) -> Dates:
    """Dates (T,), datetime64[D], of text cells. Raises DataError for the first that is not a day."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    if len(texts) < len(cells):
        odd = next(cell for cell in cells if not isinstance(cell, str))
        raise origin.error(f"a date is {shown(str(odd))}, which is not text")
    if not texts:
        return np.empty(0, dtype="datetime64[D]")
    dates, fault = column_of_dates(texts)
    if fault is not None:
        raise origin.error(f"row {fault.row + 1}: {fault.what}", remedy=CHANGED)
    if dates.dtype != np.dtype("datetime64[D]"):
        raise origin.unexpected(f"days, not months such as {shown(texts[0])}")
    return dates


def typed_numbers(origin: Origin, name: str, cells: Sequence[Any], rule: Rule, dates: Dates) -> Array:
    """Numbers (T,) of JSON values, NaN for null. Raises DataError with the date of the first that is no such number."""
    values = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):  # JSON values have types of their own, so one at a time
        if cell is None:
            continue
        if isinstance(cell, bool) or not isinstance(cell, (int, float)):
            raise origin.error(f"{name} is {shown(str(cell))}, not a number", row=dates[row], remedy=WRONG)
        number = _float(cell)
        if not math.isfinite(number) or (number <= 0 and rule is Rule.PRICE) or (number < 0 and rule is Rule.AMOUNT):
            what = f"{name} is {shown(str(number)).strip(chr(39))}, expected a number that is {_BOUNDS[rule]}"
            raise origin.error(what, row=dates[row], remedy=WRONG)
        values[row] = number
    return values


def _float(cell: float) -> float:
    try:
        return float(cell)
    except OverflowError:
        return math.inf


def json_value(origin: Origin, data: bytes, expected: str) -> Any:
    """The JSON value in `data`. Raises DataError for anything that is not JSON by the book, NaN and Infinity among it."""
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        said = plain_words(data)
    raise origin.error(f"{origin.vendor} answers {said}, expected {expected}")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def plain_words(data: bytes) -> str:
    """The beginning of an answer that is not of the right form, for a message."""
    text = data[:400].decode("utf-8", errors="replace").strip()
    return shown(text, 80) if text else "nothing at all"


def rows_table(origin: Origin, rows: Any, expected: str, *, date: str = "date") -> Table:
    """A table out of a JSON list of objects, one a row; a key that a row has not is null there.

    Raises DataError where it is no such list, or a row has no date.
    """
    if not isinstance(rows, list) or not all(isinstance(row, dict) and date in row for row in rows):
        raise origin.unexpected(expected + said_in(rows))
    names = dict.fromkeys(name for row in rows for name in row)
    return Table(origin, {name: [row.get(name) for row in rows] for name in names}, typed=True)


def said_in(value: Any) -> str:
    """What a vendor says in place of data: the text in a JSON object, for a message."""
    if isinstance(value, dict):
        texts = [text for text in value.values() if isinstance(text, str) and text]
        if texts:
            return f"; it says {shown(texts[0], 160)}"
    return f"; it says {shown(value, 160)}" if isinstance(value, str) else ""


def csv_table(origin: Origin, data: bytes, expected: str) -> Table:
    """A table out of CSV text with a header. Raises DataError for anything else, and for an answer that looks cut short."""
    try:
        sheet = parse_csv(data, str(origin))
        width = len(sheet.header)
        if len(set(sheet.header)) < width:
            raise origin.unexpected(f"{expected}, each column once")
        columns = {name: [*map(str, cells)] for name, cells in zip(sheet.header, sheet.columns, strict=True)}
        if not sheet.unfinished:
            return Table(origin, columns, issues=sheet.issues)
        values, _ = column_of_numbers(sheet.columns[-1], Rule.VALUE)
        loose = check_end(sheet, {width - 1: values}, np.arange(len(sheet.lines)))
        return Table(origin, columns, issues=(*sheet.issues, *loose))
    except DataError as error:
        said = f"; it begins {plain_words(data)}" if data.count(b"\n") < 2 else ""
        fault = DataError(f"{error.what}, expected {expected}{said}", where=error.where, remedy=CHANGED)
    raise fault
