"""The old binary spreadsheet (.xls), looked at before a reader opens it: how far its cells reach, and which hold errors.

A reader lays a sheet out as one block from its first to its last cell, so one damaged position asks for more memory than
there is, and ends the process. Here the compound file (MS-CFB) is unpacked and the records of its workbook stream (MS-XLS,
BIFF8 and BIFF5) are walked without building any table.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_END, _SHEET, _BEGIN, _STOP, _LOCKED, _SIZE = 0xFFFFFFF0, 0x0085, 0x0809, 0x000A, 0x002F, 0x0200
_CELLS = frozenset((0x0203, 0x027E, 0x00FD, 0x0204, 0x0205, 0x00D6, 0x0006, 0x0206, 0x0406, 0x00BD))
_SEVERAL, _ERROR, _FORMULAS = 0x00BD, 0x0205, frozenset((0x0006, 0x0206, 0x0406))
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}

Record = tuple[int, memoryview]


@dataclass(frozen=True, slots=True)
class Extent:
    """What a sheet holds: the area from A1 to its last cell, and its first error as row, column (from 0) and text."""

    name: str
    area: int
    error: tuple[int, int, str] | None


def extents(data: bytes) -> tuple[Extent, ...]:
    """The sheets of a binary workbook. Raises ValueError for a file that is damaged, locked, or none."""
    try:
        stream = memoryview(_workbook(data))
        sheets = [_named(body) for kind, body in _globals(stream) if kind == _SHEET]
        return tuple(_extent(name, stream[at:]) for name, at in sheets)
    except (IndexError, struct.error) as error:
        raise ValueError(f"the file is damaged: {error}") from error


def _workbook(data: bytes) -> bytes:
    """The stream called Workbook (or Book) of a compound file."""
    if not data.startswith(MAGIC):
        raise ValueError("it is no binary workbook")
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or small_shift != 6:
        raise ValueError("its sectors have an odd size")
    table = _table(data, shift)
    first, cutoff, small = struct.unpack_from("<I", data, 48)[0], *struct.unpack_from("<II", data, 56)
    entries = _chained(data, table, first, shift)
    root, book = b"", None
    for at in range(0, len(entries) - 127, 128):
        entry = entries[at : at + 128]
        name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", "replace").lower()
        if entry[66] == 5:
            root = _chained(data, table, struct.unpack_from("<I", entry, 116)[0], shift)
        if entry[66] == 2 and name in ("workbook", "book"):
            book = book or struct.unpack_from("<II", entry, 116)
    if book is None:
        raise ValueError("it has no workbook stream")
    start, size = book
    if size >= cutoff:
        return _chained(data, table, start, shift)[:size]
    links = _chained(data, table, small, shift)
    return _chained(root, memoryview(links).cast("I"), start, small_shift, header=False)[:size]


def _table(data: bytes, shift: int) -> memoryview:
    """Which sector follows each sector."""
    wide = 1 << shift
    places = [*struct.unpack_from("<109I", data, 76)]
    following, more = struct.unpack_from("<II", data, 68)
    for _ in range(min(more, len(data) >> shift)):
        if following >= _END:
            break
        block = struct.unpack_from(f"<{wide // 4}I", data, (following + 1) << shift)
        places += block[:-1]
        following = block[-1]
    used = [place for place in places if place < _END]
    if len(used) > (len(data) >> shift) + 1:
        raise ValueError("it has more sectors than bytes")
    return memoryview(b"".join(data[(place + 1) << shift : (place + 2) << shift] for place in used)).cast("I")


def _chained(data: bytes, table: memoryview, first: int, shift: int, *, header: bool = True) -> bytes:
    """The sectors from `first` on, one after another."""
    parts: list[bytes] = []
    place, most = first, (len(data) >> shift) + 1
    while place < _END:
        if len(parts) > most:
            raise ValueError("its sectors run in a circle")
        at = (place + header) << shift
        parts.append(data[at : at + (1 << shift)])
        place = table[place]
    return b"".join(parts)


def _records(stream: memoryview) -> Iterator[Record]:
    at, end = 0, len(stream)
    while at + 4 <= end:
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _globals(stream: memoryview) -> Iterator[Record]:
    """Records of the first part, which names the sheets."""
    for kind, body in _records(stream):
        if kind == _LOCKED:
            raise ValueError("it is locked with a password")
        if kind == _STOP:
            return
        yield kind, body


def _named(body: memoryview) -> tuple[str, int]:
    """Name of a sheet, and where it begins."""
    (at,), length = struct.unpack_from("<I", body, 0), body[6]
    wide = len(body) > 7 and len(body) != 7 + length  # BIFF8 has one more byte: whether letters have 16 bits
    if not wide:
        return bytes(body[7 : 7 + length]).decode("cp1252", "replace"), at
    text = bytes(body[8:])
    return (text[: 2 * length].decode("utf-16-le", "replace") if body[7] & 1 else text[:length].decode("latin-1")), at


def _extent(name: str, stream: memoryview) -> Extent:
    rows, columns, depth, error = 0, 0, 0, None
    area = 0
    for kind, body in _records(stream):
        depth += (kind == _BEGIN) - (kind == _STOP)
        if depth <= 0:
            break
        if kind == _SIZE and depth == 1 and len(body) in (10, 14):
            area = _stated(body)
        if kind not in _CELLS or depth > 1:
            continue
        row, column = struct.unpack_from("<HH", body, 0)
        last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind == _SEVERAL else column
        rows, columns = max(rows, row + 1), max(columns, column + 1, last + 1)
        if error is None and (code := _code(kind, body)) is not None:
            error = (row, column, _ERRORS.get(code, "an error"))
    return Extent(name, max(rows * columns, area), error)


def _stated(body: memoryview) -> int:
    """The area that a sheet says it has."""
    first, last, left, right = struct.unpack_from("<IIHH" if len(body) == 14 else "<HHHH", body, 0)
    return int(max(last - first, 0) * max(right - left, 0))


def _code(kind: int, body: memoryview) -> int | None:
    """Number of the error that a cell holds, or that its formula came to."""
    if kind == _ERROR and body[7] == 1:
        return body[6]
    if kind in _FORMULAS and bytes(body[12:14]) == b"\xff\xff" and body[6] == 2:
        return body[8]
    return None
