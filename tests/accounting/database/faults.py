"""A disk with errors: the nth write or sync of a database fails, once or from then on, as SQLite's own tests have it."""

from __future__ import annotations

import itertools
from pathlib import Path

import apsw

from trimtab.accounting.database.sqlite import SqliteSession

_COUNT = itertools.count()


def error_of(kind: str, word: str) -> apsw.Error:
    """What SQLite answers on Unix: a full disk is told by a write; whatever makes a sync fail is told as such."""
    if kind == "write" and word == "full":
        error: apsw.Error = apsw.FullError("database or disk is full")
        error.extendedresult = apsw.SQLITE_FULL
    else:
        error = apsw.IOError("disk I/O error")
        error.extendedresult = apsw.SQLITE_IOERR_WRITE if kind == "write" else apsw.SQLITE_IOERR_FSYNC
    return error


class FaultyDisk(apsw.VFS):
    """SQLite's own way to files, until `arm` is called."""

    def __init__(self) -> None:
        self.vfs_name = f"faulty-{next(_COUNT)}"
        self.kind, self.word, self.left, self.sticky, self.struck = "", "", 0, False, 0
        super().__init__(self.vfs_name, "")

    def arm(self, kind: str, word: str, left: int, *, sticky: bool) -> None:
        """The `left`th operation of a kind (`write`, `sync`) from here on fails with `io` or `full`."""
        self.kind, self.word, self.left, self.sticky, self.struck = kind, word, left, sticky, 0

    def disarm(self) -> None:
        """All is well again."""
        self.kind = ""

    def hits(self, kind: str) -> bool:
        """Whether this operation is one that fails."""
        if kind != self.kind:
            return False
        self.left -= 1
        hit = self.left == 0 or (self.sticky and self.left < 0)
        self.struck += hit
        return hit

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        """Open a file."""
        return _File(self, name, flags)

    def connection(self, path: Path) -> apsw.Connection:
        """A connection to a file on this disk."""
        return apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=self.vfs_name)

    def session(self, path: Path) -> SqliteSession:
        """A session on a file on this disk."""
        return SqliteSession(lambda: self.connection(path), str(path), patience=1)


class _File(apsw.VFSFile):
    def __init__(self, disk: FaultyDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self.disk = disk
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        """Write; a write that fails has got half through."""
        if self.disk.hits("write"):
            super().xWrite(data[: len(data) // 2], offset)
            raise error_of("write", self.disk.word)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Have the disk keep it."""
        if self.disk.hits("sync"):
            raise error_of("sync", self.disk.word)
        super().xSync(flags)
