"""CSV files, plain or gzipped, read strictly: comma-separated UTF-8 with one header row.

A byte order mark and CRLF are accepted, quotes are understood, blank lines are skipped. Refused, with the place: UTF-16
and binary files, semicolons and tabs (they come with decimal commas), ragged rows, an open quote, a damaged or
oversized gzip.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path

from trimtab.core.errors import DataError
from trimtab.data.history import Issue
from trimtab.data.sources.sheet import MAX_CELLS, Sheet

MAX_BYTES = 256 * 2**20  # unpacked; a gzip that grows beyond is a bomb or a mistake

_BOM = b"\xef\xbb\xbf"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def read_csv(path: Path, file: str) -> Sheet:
    """The table in `path`, called `file` in messages. Raises DataError with file:line:col."""
    return parse_csv(_contents(path, file), file)


def parse_csv(data: bytes, file: str) -> Sheet:
    """The table in the unpacked bytes of a file. Raises DataError with file:line:col."""
    text = _decoded(data, file)
    rows, lines = _records(text, file)
    if not rows:
        remedy = "Give a header row and at least one row of data."
        raise DataError("the file is empty", where=f"{file}:1:1", remedy=remedy)
    header = tuple(name.strip() for name in rows[0])
    unfinished = not text.endswith(("\n", "\r"))
    _require_commas(header, f"{file}:{lines[0]}:1")
    if len(rows) == 1:
        remedy = "Give at least one row below the header."
        raise DataError("the file has a header and no rows", where=f"{file}:{lines[0]}:1", remedy=remedy)
    _require_even(rows, lines, file, unfinished)
    columns = tuple(zip(*rows[1:], strict=True))
    mark = Issue("byte order mark at the start of the file", f"{file}:1:1", "ignored")
    found = (mark,) if data.startswith(_BOM) else ()
    return Sheet(file, header, columns, lines[1:], lines[0], unfinished=unfinished, issues=found)


def _contents(path: Path, file: str) -> bytes:
    """The bytes of the file, unpacked."""
    packed = path.name.lower().endswith(".gz")
    try:
        with gzip.open(path, "rb") if packed else path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        remedy = "Copy or download it again; it may be cut short." if packed else "Check that you may read it."
        raise DataError(f"the file cannot be read ({error})", where=file, remedy=remedy) from error
    if len(data) > MAX_BYTES:
        what = f"the file is larger than {MAX_BYTES // 2**20} MiB"
        raise DataError(what, where=file, remedy="Split it, or store it as Parquet.")
    return data


def _decoded(data: bytes, file: str) -> str:
    if data.startswith(_WIDE_MARKS):
        raise DataError("the file is UTF-16 or UTF-32 text", where=f"{file}:1:1", remedy="Save it as CSV UTF-8.")
    if (at := data.find(b"\0")) >= 0:
        remedy = "Save it as CSV UTF-8; a spreadsheet must be exported first."
        raise DataError("the file is not text, it holds zero bytes", where=_place(data, at, file), remedy=remedy)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place(data, error.start, file)
        raise DataError("the file is not UTF-8 text", where=place, remedy="Save it as CSV UTF-8.") from error


def _place(data: bytes, at: int, file: str) -> str:
    """file:line:col of a byte, counting commas."""
    *above, line = data[:at].split(b"\n")
    return f"{file}:{len(above) + 1}:{line.count(b',') + 1}"


def _records(text: str, file: str) -> tuple[list[list[str]], Sequence[int]]:
    """Rows that are not blank, and the line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    starts: list[int] = []
    begin = 1
    try:
        for row in reader:
            if row:
                rows.append(row)
                starts.append(begin)
            begin = reader.line_num + 1
    except csv.Error as error:
        remedy = "Close every quote, and keep one row a line."
        raise DataError(f"the row cannot be read ({error})", where=f"{file}:{begin}:1", remedy=remedy) from error
    if rows and len(rows) * len(rows[0]) > MAX_CELLS:
        raise DataError(f"the file has more than {MAX_CELLS:,} cells", where=file, remedy="Split it.")
    return rows, starts


def _require_commas(header: tuple[str, ...], where: str) -> None:
    if len(header) > 1:
        return
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if mark in header[0]:
            remedy = "Save it with commas between the columns and points in the numbers."
            raise DataError(f"the columns are separated by {name}", where=where, remedy=remedy)
    raise DataError("the file has only one column", where=where, remedy="Give a date and at least one column of numbers.")


def _require_even(rows: list[list[str]], lines: Sequence[int], file: str, unfinished: bool) -> None:
    """Raise DataError at the first row that has more or fewer cells than the header."""
    width = len(rows[0])
    if len(set(map(len, rows))) == 1:
        return
    at, row = next((at, row) for at, row in enumerate(rows) if len(row) != width)
    remedy = "Give every row as many cells as the header; a decimal comma also makes two cells out of one number."
    if at == len(rows) - 1 and unfinished and len(row) < width:
        remedy = "The file ends in the middle of a row: copy or download it again."
    what = f"the row has {len(row)} cells, the header has {width}"
    raise DataError(what, where=f"{file}:{lines[at]}:{min(len(row), width) + 1}", remedy=remedy)
