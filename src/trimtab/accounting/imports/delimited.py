"""Tables of delimited text: the delimiter found, every record with the line it begins on, nothing dropped."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trimtab.accounting.imports.encodings import LARGEST
from trimtab.accounting.imports.reading import LONGEST_KEPT, unread
from trimtab.accounting.imports.rows import Row

DELIMITERS = (",", ";", "\t", "|")
LONGEST_CELL = 100_000
_BEGINNING = 200_000  # characters
FIRST_LINES = 30  # a header stands among them


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one record and the line on which it begins; with a `problem`, the cells are the text as it stood."""

    line: int
    cells: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A header, its records as mappings by header, and what could not be read as one of them.

    `cut` is the line of the last record where the text does not end with a line break, else 0.
    """

    headers: tuple[str, ...]
    lines: tuple[tuple[int, Mapping[str, str]], ...]
    faults: tuple[Row, ...]
    delimiter: str
    cut: int = 0


def delimiter_of(text: str) -> str:
    """The sign that cuts the first lines into the most cells."""
    head = [line for line in text[:20_000].splitlines()[:FIRST_LINES] if line.strip()]
    return max(DELIMITERS, key=lambda sign: max((line.count(sign) for line in head), default=0))


def records(text: str, delimiter: str = "") -> Iterator[Record]:
    """Every record that is not blank. Broken quotes and monstrous cells are records with a problem."""
    if len(text) > LARGEST:
        yield Record(1, (), f"the text is longer than {LARGEST} characters")
        return
    source = io.StringIO(text.removeprefix("\ufeff"), newline="")
    reader = csv.reader(source, delimiter=delimiter or delimiter_of(text), strict=True)
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
            yield Record(line, (cells[0][:LONGEST_KEPT],), f"a cell is longer than {LONGEST_CELL} characters")
        elif any(cell.strip() for cell in cells):
            yield Record(line, cells)


def table(text: str, is_header: Callable[[Sequence[str]], bool]) -> Table | None:
    """The table below the first record that `is_header` says yes to; None where none of the first lines does.

    A record with more or fewer cells than the header is a fault, but for empty cells behind the last header. Records
    before the header are left out: titles.
    """
    sign = delimiter_of(text)
    below = records(text, sign)
    for count, record in enumerate(below):
        if not record.problem and is_header(record.cells):
            headers = _named(record.cells)
            return _collected(headers, below, sign, ends=text.endswith(("\n", "\r")))
        if count >= FIRST_LINES:
            break
    return None


def has_header(text: str, is_header: Callable[[Sequence[str]], bool]) -> bool:
    """Whether the beginning of a text has a header that `is_header` says yes to."""
    return table(text[:_BEGINNING], is_header) is not None


def _named(cells: Sequence[str]) -> tuple[str, ...]:
    """Headers as they stand, blanks around them cut off; one that comes again gets a number. Empty ones at the end go."""
    plain = [cell.strip() for cell in cells]
    while plain and not plain[-1]:
        plain.pop()
    seen: dict[str, int] = {}
    named = []
    for name in plain:
        seen[name] = seen.get(name, 0) + 1
        named.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(named)


def _collected(headers: tuple[str, ...], below: Iterator[Record], sign: str, *, ends: bool) -> Table:
    lines: list[tuple[int, Mapping[str, str]]] = []
    faults: list[Row] = []
    last = 0
    for record in below:
        cells, count = record.cells, len(headers)
        last = record.line
        if record.problem:
            faults.append(unread(record.line, record.problem, sign.join(cells)))
        elif len(cells) < count or any(cell.strip() for cell in cells[count:]):
            faults.append(unread(record.line, f"{len(cells)} cells where the header has {count}", sign.join(cells)))
        else:
            lines.append((record.line, dict(zip(headers, cells, strict=False))))
    return Table(headers, tuple(lines), tuple(faults), sign, 0 if ends else last)


def whole(table: Table, rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows and faults of a table by line; the last row of a text without a last line break is remarked upon."""
    remark = "the text does not end with a line break: is it cut off?"
    told = [replace(row, remarks=(*row.remarks, remark)) if row.line == table.cut else row for row in rows]
    return tuple(sorted([*told, *table.faults], key=lambda row: row.line))
