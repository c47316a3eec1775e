"""What lies packed in a spreadsheet, looked at before a reader unpacks it: its size, and cells that a reader hides.

The reader shows a cell with an error (#N/A, #REF!) and a formula that was never computed as empty, which would pass for
unknown. Here the packed XML itself is searched, in .xlsx and .ods; for .xls see `binary_workbook`. (ECMA-376, part 1,
18.3.1.4: type `e` of a cell; OpenDocument 1.3: repeated rows and cells.)
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trimtab.core.errors import DataError
from trimtab.data.sources.binary_workbook import MAGIC, extents

MAX_BYTES = 64 * 2**20  # of the file as it lies on disk
MAX_UNPACKED = 512 * 2**20  # of all that is packed in it; more is a bomb or a mistake
MAX_CELLS = 5_000_000  # of one sheet, blank ones among them: each is an object in memory
MAX_PARTS = 5_000  # files in the archive

_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_ERROR = re.compile(rb'<(?:\w+:)?c\b[^>]*\bt=["\']e["\'][^>]*>')
_UNCOMPUTED = re.compile(
    rb"<((?:\w+:)?)f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</|</(?:\w+:)?c>)"
)
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*>")
_PLACE = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br\s*=\s*["\']([A-Za-z]+)(\d+)')
_TABLE = re.compile(rb'<table:table\b[^>]*?table:name="([^"]*)"')
_TABLE_ROW = re.compile(rb"<table:table-row\b([^>]*)>(.*?)</table:table-row>", re.DOTALL)
_TABLE_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*)>")
_REPEATED = re.compile(rb'number-(?:columns|rows)-repeated\s*=\s*["\'](\d+)')
_DAMAGED = (OSError, EOFError, KeyError, NotImplementedError, OverflowError, RuntimeError, ValueError)


def require_modest(path: Path, file: str) -> None:
    """Raise DataError for a file, or an archive, that is larger than a table that a person keeps."""
    with _read(path, file) as archive:
        if path.stat().st_size > MAX_BYTES:
            raise _too_large(f"the file is larger than {MAX_BYTES // 2**20} MiB", file)
        if archive is None:
            _require_near(path, file)
            return
        parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise _too_large(f"the file unpacks to more than {MAX_UNPACKED // 2**20} MiB", file)
        for _, name in _worksheets(archive):
            _require_area(_area(archive.read(name)), file)
        if "content.xml" in archive.namelist():
            _require_area(_area_of_rows(archive.read("content.xml")), file)


def require_computed(path: Path, file: str, sheet: str) -> None:
    """Raise DataError (file:sheet!B7) at the first cell of `sheet` with an error, or with a formula without a value."""
    with _read(path, file) as archive:
        if archive is None:
            _require_values_in_binary(path, file, sheet)
            return
        if "content.xml" in archive.namelist():
            _require_no_errors(archive.read("content.xml"), file, sheet)
        for name in [part for title, part in _worksheets(archive) if title == sheet]:
            _require_values(archive.read(name), f"{file}:{sheet}")


@contextmanager
def _read(path: Path, file: str) -> Iterator[zipfile.ZipFile | None]:
    """The archive, or None where the file is none. Whatever is damaged in it is one DataError."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield archive
        else:
            yield None
    except (*_DAMAGED, zipfile.BadZipFile, zlib.error, struct.error) as error:
        raise _unreadable(error, file) from error


def _require_values(xml: bytes, where: str) -> None:
    if found := _ERROR.search(xml):
        text = re.match(rb"(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<", xml[found.end() : found.end() + 10_000], re.DOTALL)
        shown = text[1].decode("ascii", "replace") if text else "an error"
        raise _no_value(f"the cell holds the error {shown}", f"{where}!{_reference(found[0])}")
    for found in _UNCOMPUTED.finditer(xml):
        cells = _CELL.findall(xml, max(0, found.start() - 1_000), found.start())
        if not cells or b't="str"' in cells[-1]:  # a formula may answer with empty text
            continue
        remedy = "Open the file in a spreadsheet and save it, so that its formulas are computed."
        raise DataError("the formula has no value", where=f"{where}!{_reference(cells[-1])}", remedy=remedy)


def _reference(cell: bytes) -> str:
    found = re.search(rb'\br=["\']([A-Z]+\d+)["\']', cell)
    return found[1].decode() if found else "A1"


def _require_no_errors(xml: bytes, file: str, sheet: str) -> None:
    tables = [*_TABLE.finditer(xml)]
    for at, table in enumerate(tables):
        end = tables[at + 1].start() if at + 1 < len(tables) else len(xml)
        if _plain(table[1]) == sheet and b'calcext:value-type="error"' in xml[table.start() : end]:
            raise _no_value("a cell holds an error such as #N/A", f"{file}:{sheet}!A1")


def _worksheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Names of the worksheets, and the parts of the archive in which they lie."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return
    related = _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels"))
    target = {_attribute(tag, b"Id"): _attribute(tag, b"Target") for tag in related}
    for tag in _SHEET.findall(archive.read("xl/workbook.xml")):
        part = target.get(_attribute(tag, rb"\w+:id"), "")
        part = part.removeprefix("/") if part.startswith("/") else f"xl/{part}"
        if part in names:
            yield _attribute(tag, b"name"), part


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"\s" + name + rb'=(?:"([^"]*)"|\'([^\']*)\')', tag)
    return _plain(found[1] or found[2] or b"") if found else ""


def _plain(text: bytes) -> str:
    """Text of an XML attribute, its five named entities resolved."""
    shown = text.decode("utf-8", "replace")
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        shown = shown.replace(entity, letter)
    return shown


def _require_near(path: Path, file: str) -> None:
    """Raise DataError where a binary workbook is damaged, or one of its cells lies far out."""
    data = path.read_bytes()
    if data.startswith(MAGIC):
        for sheet in extents(data):
            _require_area(sheet.area, file)


def _require_values_in_binary(path: Path, file: str, name: str) -> None:
    data = path.read_bytes()
    for sheet in extents(data) if data.startswith(MAGIC) else ():
        if sheet.name == name and sheet.error is not None:
            row, column, text = sheet.error
            raise _no_value(f"the cell holds the error {text}", f"{file}:{name}!{letters(column)}{row + 1}")


def _require_area(area: int, file: str) -> None:
    if area > MAX_CELLS:
        raise _too_large(f"a sheet has more than {MAX_CELLS:,} cells", file)


def _area(xml: bytes) -> int:
    """At least as many cells as lie between A1 and the last one: from the longest names first, exactly where it matters."""
    wide = next((n for n in range(8, 1, -1) if re.search(rb"\br\s*=\s*[\"'][A-Za-z]{%d}\d" % n, xml)), 1)
    deep = next((n for n in range(12, 1, -1) if re.search(rb"\br\s*=\s*[\"'][A-Za-z]+\d{%d}[\"']" % n, xml)), 1)
    if 27**wide * 10**deep <= MAX_CELLS:
        return int(27**wide * 10**deep)
    rows, columns = 1, {b"A"}
    for place in _PLACE.finditer(xml):  # a large sheet: every cell is looked at
        rows = max(rows, int(place[2]))
        columns.add(place[1])
    return rows * max(_number(name.upper()) for name in columns)


def _area_of_rows(xml: bytes) -> int:
    """Cells of the largest table of an OpenDocument spreadsheet, once its repeated rows and cells are written out."""
    starts = [found.start() for found in _TABLE.finditer(xml)] or [0]
    most = 0
    for start, end in zip(starts, [*starts[1:], len(xml)], strict=True):
        height, above, width = 0, 0, 0
        for row in _TABLE_ROW.finditer(xml, start, end):
            above += _times(row[1])
            cells = [(_times(cell), b"value-type" in cell) for cell in _TABLE_CELL.findall(row[2])]
            filled = max((at + 1 for at, (_, value) in enumerate(cells) if value), default=0)
            if filled:
                height, width = above, max(width, sum(times for times, _ in cells[:filled]))
        most = max(most, height * width)
    return most


def _times(attributes: bytes) -> int:
    found = _REPEATED.search(attributes)
    return int(found[1]) if found else 1


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def letters(column: int) -> str:
    """Name of a column, counted from 0: A, B, ... Z, AA."""
    name = ""
    while column >= 0:
        name, column = chr(65 + column % 26) + name, column // 26 - 1
    return name


def _no_value(what: str, where: str) -> DataError:
    return DataError(what, where=where, remedy="Mend the formula, or empty the cell if the value is unknown.")


def _too_large(what: str, file: str) -> DataError:
    return DataError(what, where=file, remedy="Split it, or store it as Parquet.")


def _unreadable(error: Exception, file: str) -> DataError:
    remedy = "Copy or download it again; it may be cut short, or locked with a password."
    return DataError(f"the file cannot be read as a spreadsheet ({error})", where=file, remedy=remedy)
