"""From bytes to cells: the encoding, the delimiter and the header found; a record that cannot be cut up is told."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from trimtab.core.formulas import taken_off

LARGEST = 50_000_000  # bytes
LONGEST_CELL = 10_000
HEAD = 40  # records among which a header stands
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Record(NamedTuple):
    """The cells of a record and the line on which it begins."""

    line: int
    cells: tuple[str, ...]
    problem: str = ""


def decode(data: bytes) -> str:
    """The text: by its mark, else UTF-8, else Windows-1252. Never fails."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def header_of(text: str, is_header: Callable[[Sequence[str]], bool]) -> tuple[Record, Iterator[Record]] | None:
    """The header, and the records below it; None where none of the first records is one, with any delimiter."""
    for sign in _DELIMITERS:
        below = _records(text, sign)
        for record, _ in zip(below, range(HEAD), strict=False):
            if not record.problem and is_header(record.cells):
                return record, below
    return None


def _records(text: str, delimiter: str) -> Iterator[Record]:
    """Every record that is not blank; apostrophes that keep a spreadsheet from calculating are taken off."""
    reader: Any = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = tuple(next(reader))
        except StopIteration:
            return
        except csv.Error as fault:
            yield Record(line, (), f"the record cannot be cut into cells ({fault})")
            continue
        if any(len(cell) > LONGEST_CELL for cell in cells):
            yield Record(line, (), f"a cell is longer than {LONGEST_CELL} characters")
        elif any(cell.strip() for cell in cells):
            yield Record(line, tuple(taken_off(cell.strip(" ")) for cell in cells))
