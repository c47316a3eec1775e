"""A table as it stands in a file, before anything is believed: its cells, and how to point at each of them.

CSV cells are text and are pointed at as file:line:col (line and col from 1, the header is line 1). Parquet columns have
types and are pointed at as file:row:name (rows from 1). Spreadsheets and queries point in their own way (`point`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from trimtab.core.arrays import Index
from trimtab.core.errors import DataError
from trimtab.data.history import Issue

HEADER = -1  # row number of the header in a `Fault` or a place


@dataclass(frozen=True, slots=True, eq=False)
class Coded(Sequence[str]):
    """A column of text in which few texts occur often: `codes` (T,) are positions in `texts`."""

    codes: Index
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Coded: ...
    def __getitem__(self, at: int | slice) -> str | Coded:
        return Coded(self.codes[at], self.texts) if isinstance(at, slice) else self.texts[self.codes[at]]

    def __iter__(self) -> Iterator[str]:
        return (self.texts[code] for code in self.codes.tolist())

    def present(self) -> Index:
        """Codes that occur, in the order in which they first do."""
        first = np.full(len(self.texts), len(self.codes), dtype=np.intp)
        backwards = np.arange(len(self.codes) - 1, -1, -1, dtype=np.intp)
        first[self.codes[::-1]] = backwards  # the last to be written is the first to occur
        order = np.argsort(first, kind="stable")
        return order[first[order] < len(self.codes)]


Cells = Sequence[str] | npt.NDArray[Any]  # text; or float64 or datetime64, from a typed file

MAX_CELLS = 40_000_000  # a larger table is not what a person keeps in a folder; it would not fit in memory as text


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell (row, column) that cannot be used, and what to do about it. Counted from 0; row HEADER is the header."""

    row: int
    column: int
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A table of T rows: `header` (C,), `columns` (C,) of T cells each, and the line (T,) in `file` of each row.

    `typed`: a Parquet file, whose places name the column. `unfinished`: the file does not end with a line break.
    `point` says where the cell (row or HEADER, column) stands, for forms that are neither. `title` stands for the file's
    name where one file holds many tables; `source` is what a reader of the series is told; `currency` is ISO 4217.
    """

    file: str
    header: tuple[str, ...]
    columns: tuple[Cells, ...]
    lines: Sequence[int]
    header_line: int = 1
    typed: bool = False
    unfinished: bool = False
    issues: tuple[Issue, ...] = ()
    point: Callable[[int, int], str] | None = None
    title: str = ""
    source: str = ""
    currency: str = ""

    def place(self, row: int, column: int) -> str:
        """Where a cell stands, for messages."""
        if self.point is not None:
            return self.point(row, column)
        line = self.header_line if row == HEADER else self.lines[row]
        if self.typed:
            return f"{self.file}:{self.header[column]}" if row == HEADER else f"{self.file}:{line}:{self.header[column]}"
        return f"{self.file}:{line}:{column + 1}"

    def error(self, fault: Fault) -> DataError:
        """The error that a fault in this sheet is."""
        return DataError(fault.what, where=self.place(fault.row, fault.column), remedy=fault.remedy)

    @property
    def stem(self) -> str:
        """Name of the table, or of the file without folder and endings."""
        return self.title or stem(self.file)

    @property
    def provenance(self) -> str:
        """Where the table comes from, for lists and reports."""
        return self.source or f"file {self.file}"


def stem(file: str) -> str:
    """Name of a data file without its endings: `SPY` of `SPY.csv.gz`; a dot inside the name stays."""
    for ending in (".gz", ".csv", ".parquet", ".xlsx", ".xlsm", ".xls", ".ods"):
        file = file[: -len(ending)] if file.lower().endswith(ending) else file
    return file


def shown(cell: str, most: int = 40) -> str:
    """A cell as a message shows it: quoted, control characters escaped, cut where it is long."""
    return repr(cell if len(cell) <= most else cell[:most] + "...")
