"""Files that somebody uploads: kept inside the workspace, under a name that we choose, before anything reads them.

A file is named by the beginning of its SHA-256 and what is harmless of its own name, so that the same file is kept once and
none is ever written over. What is packed, empty or too large is refused, as is what would take more room than there is.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import threading
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from trimtab.core.errors import UsageError

FOLDER = "uploads"
ENDINGS = (".csv", ".ofx", ".qfx", ".xml", ".json", ".txt", ".fix")
LARGEST, ROOM, COUNT = 10_000_000, 100_000_000, 200  # bytes of one file, bytes of all, files
_STEM = 60  # letters that are kept of a name
_KEPT = re.compile(r"[0-9a-f]{12}-[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}", re.ASCII)
_WRITING = threading.Lock()  # so that two uploads at once cannot both take the last room
# How what is no text begins: zip (and workbooks), gzip, bzip2, xz, 7z, rar, zstandard, old workbooks, PDF, programs, images.
_PACKED = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!\x1a"),
    *(b"\x28\xb5\x2f\xfd", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x7fELF", b"\x89PNG", b"\xff\xd8\xff", b"SQLite format 3"),
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A kept file: its place in the workspace (`uploads/0123456789ab-name.csv`), what is left of its name, and its size."""

    place: str
    name: str
    size: int


def harmless(name: str) -> str:
    """What may be kept of the name of a file: ASCII letters, digits and . _ - with one of our endings.

    Raises UsageError for a name with control signs in it, and for another ending.
    """
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
        raise UsageError("the name of the file holds signs that no name holds", remedy="Rename it, and choose it again.")
    last = re.split(r"[/\\]", unicodedata.normalize("NFKC", name))[-1].strip()
    stem, dot, ending = last.rpartition(".")
    if dot + ending.lower() not in ENDINGS:
        remedy = f"Save it as one of {', '.join(ENDINGS)}; a workbook as CSV."
        raise UsageError("this kind of file is not read", remedy=remedy)
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-")[:_STEM].strip("-")
    return f"{safe or 'file'}.{ending.lower()}"


def keep(root: Path, name: str, content: bytes) -> Upload:
    """Keep a file, whole or not at all; one that is there already is that one. Raises UsageError where it is refused."""
    safe = harmless(name)
    _require_readable(content)
    sha = hashlib.sha256(content).hexdigest()[:12]
    with _WRITING:
        folder = _folder(root)
        made = Upload(f"{FOLDER}/{sha}-{safe}", safe, len(content))
        place = root / made.place
        if _plain(place):
            _require_same(place, content)
            return made
        _require_room(folder, len(content))
        _write(place, content)
    return made


def kept(root: Path) -> tuple[Upload, ...]:
    """The files that are kept, by name. Links and what is none of ours are left out."""
    found = [_upload(one) for one in _entries(root / FOLDER)]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.name, one.place)))


def place_of(root: Path, text: str) -> Path:
    """The file of a place as `keep` told it. Raises UsageError for anything else."""
    folder, _, name = text.partition("/")
    place = root / FOLDER / name
    if folder != FOLDER or _KEPT.fullmatch(name) is None or not _plain(root / FOLDER, stat.S_ISDIR) or not _plain(place):
        raise UsageError("there is no such uploaded file", remedy="Choose one of the list, or upload it again.")
    return place


def remove(root: Path, text: str) -> None:
    """Take a kept file away; what was booked from it stays booked. Raises UsageError where there is none."""
    place_of(root, text).unlink(missing_ok=True)


def _require_readable(content: bytes) -> None:
    if not content.strip():
        raise UsageError("the file is empty", remedy="Choose another one.")
    if len(content) > LARGEST:
        raise UsageError(f"the file is larger than {LARGEST:,} bytes", remedy="Split it, or import it at the command line.")
    if content.startswith(_PACKED):
        remedy = "Unpack it first; save a workbook as CSV."
        raise UsageError("the file is packed or a program's own, and no text", remedy=remedy)


def _require_room(folder: Path, size: int) -> None:
    sizes = [one.stat(follow_symlinks=False).st_size for one in _entries(folder)]
    if len(sizes) >= COUNT or sum(sizes) + size > ROOM:
        what = f"there is no room: {len(sizes)} uploaded files take {sum(sizes):,} bytes"
        raise UsageError(what, remedy=f"Remove some; {COUNT} files and {ROOM:,} bytes are kept.")


def _folder(root: Path) -> Path:
    """The folder, made where there is none. Raises UsageError where something else bears its name, a link too."""
    folder = root / FOLDER
    if not os.path.lexists(folder):
        folder.mkdir(mode=0o700)
    if not _plain(folder, stat.S_ISDIR):
        raise UsageError(f"{FOLDER} is no folder of the workspace", remedy="Move away what bears that name.")
    return folder


def _require_same(place: Path, content: bytes) -> None:
    """Two files that begin with the same half of a hash are made on purpose: the second is not taken for the first."""
    if place.read_bytes() != content:
        raise UsageError("another file bears this name already", remedy="Rename the file, and choose it again.")


def _write(place: Path, content: bytes) -> None:
    """A new file beside it, on disk before it gets its name."""
    part = place.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _plain(place: Path, kind: Callable[[int], bool] = stat.S_ISREG) -> bool:
    """Whether there is a file (or folder) itself, and no link to one."""
    try:
        return kind(place.lstat().st_mode)
    except OSError:
        return False


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    if _plain(folder, stat.S_ISDIR):
        with os.scandir(folder) as found:
            yield from found


def _upload(one: os.DirEntry[str]) -> Upload | None:
    if _KEPT.fullmatch(one.name) is None or not one.is_file(follow_symlinks=False):
        return None
    return Upload(f"{FOLDER}/{one.name}", one.name[13:], one.stat(follow_symlinks=False).st_size)
