"""A disk that loses power: what SQLite does to its files is recorded, and any moment of it can be cut off.

At a cut a file keeps what was synced. Of every write since, each sector of 512 bytes got to the disk or did not, in any
order, and so did truncations; a name made or removed since its folder was synced is there or not. The memory that
connections share is gone. One recorded life so gives the disks of a power loss at each of its operations.

Model after SQLite's own crash tests (https://www.sqlite.org/testing.html, 3.1) and Pillai et al. (2014), "All File Systems
Are Not Created Equal". It says nothing of disks that lie about a sync.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import apsw
import pytest

from trimtab.accounting.database import addresses
from trimtab.accounting.database.sqlite import SqliteSession

SECTOR = 512
_LOGS = ("-wal", "-journal")
Disk = dict[str, bytes]  # what stands under each name after a cut


class Operation(NamedTuple):
    """One thing done: `create`, `write`, `truncate`, `sync`, `delete`, `link`, `folder` (synced), or `mark`.

    A mark is no operation of the disk: it says that the caller was told, and what the book was then.
    """

    kind: str
    name: str
    at: int = 0  # offset of a write, size of a truncation
    data: bytes = b""
    other: str = ""  # the new name of a link; what a mark says


@dataclass
class Content:
    """A file on the disk: what is kept for certain, and what was done since."""

    kept: bytearray = field(default_factory=bytearray)
    loose: list[Operation] = field(default_factory=list)

    def sync(self) -> None:
        """All of it is kept."""
        self.kept = self.after(lambda: True)
        self.loose = []

    def after(self, arrived: Callable[[], bool]) -> bytearray:
        """The bytes where of the loose operations only those sectors arrived."""
        content = bytearray(self.kept)
        for one in self.loose:
            if one.kind == "truncate":
                if arrived():
                    del content[one.at :]
                continue
            for start, part in _sectors(one.at, one.data):
                if arrived():
                    content.extend(bytes(max(0, start - len(content))))
                    content[start : start + len(part)] = part
        return content


def _sectors(at: int, data: bytes) -> Iterator[tuple[int, bytes]]:
    end = at + len(data)
    while at < end:
        stop = min(end, (at // SECTOR + 1) * SECTOR)
        yield at, data[at - end : stop - end] if stop < end else data[at - end :]
        at = stop


class Folder:
    """The files of a disk by name, and the names not yet certain."""

    def __init__(self) -> None:
        self.names: dict[str, Content] = {}
        self.kept: dict[str, Content] = {}
        self.loose: list[tuple[str, Content | None]] = []

    def adopt(self, name: str, content: bytes) -> None:
        """A file that was there before, all of it synced."""
        self.names[name] = self.kept[name] = Content(bytearray(content))

    def follow(self, one: Operation) -> None:
        """Do an operation."""
        match one.kind:
            case "create" | "link":
                name, content = (one.name, Content()) if one.kind == "create" else (one.other, self.names[one.name])
                self.names[name] = content
                self.loose.append((name, content))
            case "write" | "truncate":
                self.names[one.name].loose.append(one)
            case "sync":
                self.names[one.name].sync()
                if one.name.endswith(_LOGS):
                    self._sync()  # SQLite syncs the folder with the first sync of a new log
            case "delete":
                self.names.pop(one.name, None)
                self.loose.append((one.name, None))
            case "folder":
                self._sync()

    def _sync(self) -> None:
        self.kept, self.loose = dict(self.names), []

    def cut(self, chance: random.Random) -> Disk:
        """What is there after a power loss now: nothing, some or all of what is loose."""
        rate = chance.choice((0.0, 0.3, 0.7, 1.0))
        names = dict(self.kept)
        for name, content in self.loose:
            if chance.random() < rate:
                names.pop(name, None)
                if content is not None:
                    names[name] = content
        contents = {id(one): bytes(one.after(lambda: chance.random() < rate)) for one in names.values()}
        return {name: contents[id(one)] for name, one in names.items()}


class Moment(NamedTuple):
    """A power loss: after which operation, what was acknowledged last, what was under way, and the disk afterwards."""

    number: int
    last: str
    next: str
    disk: Disk


class Life:
    """A recording: give `session` or `living` to what is to be recorded, and ask for `cuts` afterwards."""

    def __init__(self, root: Path) -> None:
        self.root, self.operations, self.before = root, list[Operation](), dict[str, bytes]()
        self._known = set[str]()
        self._vfs = _Vfs(f"power-{id(self)}", self)
        for path in root.iterdir():
            self.before[path.name] = path.read_bytes()
            self._known.add(path.name)

    def mark(self, words: str) -> None:
        """The caller has been told of all that was done until here."""
        self.operations.append(Operation("mark", "", other=words))

    def note(self, kind: str, path: str, at: int = 0, data: bytes = b"", other: str = "") -> None:
        """Record an operation on a file."""
        name = os.path.relpath(path, self.root)
        if kind == "create":
            if name in self._known:
                return
            self._known.add(name)
        elif kind == "delete":
            self._known.discard(name)
        elif kind == "link":
            self._known.add(os.path.relpath(other, self.root))
        self.operations.append(Operation(kind, name, at, data, other and os.path.relpath(other, self.root)))

    def session(self, path: Path) -> SqliteSession:
        """A session on a file of the folder, recorded."""
        flags = apsw.SQLITE_OPEN_READWRITE
        return SqliteSession(lambda: apsw.Connection(str(path), flags=flags, vfs=self._vfs.vfs_name), str(path), patience=1)

    def living(self, patch: pytest.MonkeyPatch) -> None:
        """From here on all books are opened and made on the recorded disk."""
        sync, link = addresses.sync, os.link

        def synced(path: Path) -> None:
            sync(path)
            self.note("folder" if path.is_dir() else "sync", str(path))

        def linked(old: Path, new: Path) -> None:
            link(old, new)
            self.note("link", str(old), other=str(new))

        patch.setattr(SqliteSession, "of_file", self.session)
        patch.setattr(addresses, "sync", synced)
        patch.setattr(addresses.os, "link", linked)

    def cuts(self, seed: int, *, every: int = 1) -> Iterator[Moment]:
        """A power loss after each operation (or after every so many), the first before any."""
        folder = Folder()
        for name, content in self.before.items():
            folder.adopt(name, content)
        marks = [one.other for one in self.operations if one.kind == "mark"]
        told = -1
        for number, one in enumerate(self.operations):
            if one.kind == "mark":
                told += 1
            folder.follow(one)
            if (number + seed) % every == 0 or one.kind == "mark":
                last, following = ("", *marks)[told + 1], (*marks, "")[told + 1]
                yield Moment(number, last, following, folder.cut(random.Random(f"{seed} {number}")))

    @property
    def writes(self) -> int:
        """How many writes were recorded."""
        return sum(one.kind == "write" for one in self.operations)


class _Vfs(apsw.VFS):
    """SQLite's own way to files, each operation noted."""

    def __init__(self, name: str, life: Life) -> None:
        self.vfs_name, self.life = name, life
        super().__init__(name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        """Open a file; temporary ones are of no interest."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return _File(self.life, path, name, flags) if path else super().xOpen(name, flags)

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802
        """Remove a name."""
        super().xDelete(name, sync)
        self.life.note("delete", name)
        if sync:
            self.life.note("folder", str(Path(name).parent))


class _File(apsw.VFSFile):
    """A file, each change of it noted."""

    def __init__(self, life: Life, path: str, name: str | apsw.URIFilename, flags: list[int]) -> None:
        self.life, self.path = life, path
        super().__init__("", name, flags)
        life.note("create", path)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        """Write."""
        super().xWrite(data, offset)
        self.life.note("write", self.path, offset, bytes(data))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        """Cut off."""
        super().xTruncate(size)
        self.life.note("truncate", self.path, size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Have the disk keep it."""
        super().xSync(flags)
        self.life.note("sync", self.path)


def spread(disk: Disk, folder: Path) -> Path:
    """Write the files of a disk into an empty folder."""
    for name, content in disk.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
