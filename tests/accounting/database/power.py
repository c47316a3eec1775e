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

from tests.accounting.database.faults import error_of
from trimtab.accounting.database import addresses
from trimtab.accounting.database.sqlite import SqliteSession

SECTOR, PAGE = 512, 4096
_LOGS = ("-wal", "-journal")
Disk = dict[str, bytes]  # what stands under each name after a cut


class Operation(NamedTuple):
    """One thing done: `create`, `write`, `truncate`, `sync`, `fail` (a sync), `delete`, `link`, `folder` (synced), or `mark`.

    A mark is no operation of the disk: it says that the caller was told, and what the book was then.
    """

    kind: str
    name: str
    at: int = 0  # offset of a write, size of a truncation
    data: bytes = b""
    other: str = ""  # the new name of a link; what a mark says


@dataclass
class Content:
    """A file: what is kept for certain, what the system shows, and what was done since the last sync.

    After a sync that failed nobody knows what of it got to the disk, and the next one does not try again: only pages
    that were written since are synced (Rebello et al. 2020, "Can Applications Recover from fsync Failures?").
    """

    kept: bytearray = field(default_factory=bytearray)
    seen: bytearray = field(default_factory=bytearray)
    loose: list[Operation] = field(default_factory=list)
    doubtful: dict[int, bytes] = field(default_factory=dict)  # pages, by offset

    def do(self, one: Operation) -> None:
        """Write or truncate."""
        self.loose.append(one)
        _done(self.seen, one, lambda: True)

    def _pages(self) -> set[int]:
        """The pages written since the last sync."""
        writes = (one for one in self.loose if one.kind == "write")
        return {at for one in writes for at in range(one.at // PAGE * PAGE, one.at + len(one.data), PAGE)}

    def sync(self) -> None:
        """All that was done since the last one is kept."""
        self.kept.extend(bytes(max(0, len(self.seen) - len(self.kept))))
        del self.kept[len(self.seen) :]
        for at in self._pages():
            self.kept[at : at + PAGE] = self.seen[at : at + PAGE]
            self.doubtful.pop(at, None)
        self.loose = []

    def fail(self) -> None:
        """A sync that failed."""
        self.doubtful.update({at: bytes(self.seen[at : at + PAGE]) for at in self._pages()})
        self.loose = []

    def after(self, doubtful: Callable[[], bool], loose: Callable[[], bool]) -> bytearray:
        """The bytes where of what is not certain only some sectors arrived."""
        content = bytearray(self.kept)
        for at, data in self.doubtful.items():
            _done(content, Operation("write", "", at, data), doubtful)
        for one in self.loose:
            _done(content, one, loose)
        return content


def _done(content: bytearray, one: Operation, arrived: Callable[[], bool]) -> None:
    """Do as much of a write or truncation as arrived."""
    if one.kind == "truncate":
        if arrived():
            del content[one.at :]
        return
    for start, part in _sectors(one.at, one.data):
        if arrived():
            content.extend(bytes(max(0, start - len(content))))
            content[start : start + len(part)] = part


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
        self.names[name] = self.kept[name] = Content(bytearray(content), bytearray(content))

    def follow(self, one: Operation) -> None:
        """Do an operation."""
        match one.kind:
            case "create" | "link":
                name, content = (one.name, Content()) if one.kind == "create" else (one.other, self.names[one.name])
                self.names[name] = content
                self.loose.append((name, content))
            case "write" | "truncate":
                self.names[one.name].do(one)
            case "fail":
                self.names[one.name].fail()
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
        rates = (0.0, 0.3, 0.7, 1.0)
        rate, other = chance.choice(rates), chance.choice(rates)
        names = dict(self.kept)
        for name, content in self.loose:
            if chance.random() < rate:
                names.pop(name, None)
                if content is not None:
                    names[name] = content
        arrived = (lambda: chance.random() < other, lambda: chance.random() < rate)
        contents = {id(one): bytes(one.after(*arrived)) for one in names.values()}
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
        self.failing = 0  # which sync from here on fails; none where 0
        self._vfs = _Vfs(f"power-{id(self)}", self)
        for path in root.iterdir():
            self.before[path.name] = path.read_bytes()
            self._known.add(path.name)

    def mark(self, words: str, tried: str = "") -> None:
        """The caller has been told of all that was done until here; `tried` is what might have been, but was refused."""
        self.operations.append(Operation("mark", tried, other=words))

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

    def cuts(self, seed: int, *, every: int = 1, within: range | None = None) -> Iterator[Moment]:
        """A power loss after each operation, after every so many, or after those whose number is `within`."""
        folder = Folder()
        for name, content in self.before.items():
            folder.adopt(name, content)
        marks = [one for one in self.operations if one.kind == "mark"]
        told = -1
        for number, one in enumerate(self.operations):
            if one.kind == "mark":
                told += 1
            folder.follow(one)
            wanted = (number + seed) % every == 0 or one.kind == "mark"
            if number in within if within is not None else wanted:
                last = marks[told].other if told >= 0 else ""
                following = marks[told + 1] if told + 1 < len(marks) else Operation("mark", "")
                disk = folder.cut(random.Random(f"{seed} {number}"))
                yield Moment(number, last, following.name or following.other, disk)

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
        self.life.failing -= 1
        if self.life.failing == 0:
            self.life.note("fail", self.path)
            raise error_of("sync", "io")
        super().xSync(flags)
        self.life.note("sync", self.path)


def spread(disk: Disk, folder: Path) -> Path:
    """Write the files of a disk into an empty folder."""
    for name, content in disk.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
