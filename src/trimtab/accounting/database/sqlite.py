"""A book in one SQLite file: write-ahead log, every commit synced, one writer at a time.

What is set is read back, and a connection that does not obey is refused: with `synchronous=NORMAL` a power loss takes
acknowledged commits with it. Works with the standard library's driver and with any that has the same `execute`,
`executemany` and `close` and names the result code of an error (apsw does), so that tests can put a faulty disk below.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from trimtab.accounting.database.refusals import (
    RESTORE,
    Broken,
    Busy,
    Damaged,
    DiskFull,
    NoBook,
    NotWritten,
    Sealed,
    Unanswered,
    Unsafe,
)
from trimtab.accounting.database.sender_lock import held
from trimtab.accounting.database.session import Dialect, Row, Session
from trimtab.accounting.database.unwritable import Lying, unwritable
from trimtab.core.errors import TrimtabError

SQLITE = Dialect("sqlite", "TEXT", "INTEGER", "TEXT", ending=" STRICT", rowless=" STRICT, WITHOUT ROWID")
PATIENCE = 30  # seconds that a writer waits for another
_OLDEST = (3, 37, 0)  # the first with strict tables
_SHORT_READ, _TRIGGER = 522, 1811  # extended result codes
_CLEAR = (5, 13, 778)  # busy, full, not written: after such an answer to a commit its last page is not in the log


class _Setting(NamedTuple):
    """A pragma, what it is set to, and what it answers then."""

    name: str
    value: str
    answer: object


_SETTINGS = (
    _Setting("busy_timeout", str(PATIENCE * 1000), PATIENCE * 1000),
    _Setting("foreign_keys", "ON", 1),
    _Setting("recursive_triggers", "ON", 1),  # else INSERT OR REPLACE would delete without asking the triggers
    _Setting("trusted_schema", "OFF", 0),
    _Setting("cell_size_check", "ON", 1),
    _Setting("fullfsync", "ON", 1),  # macOS alone hears it: its plain fsync stops at the disk's cache
    _Setting("journal_mode", "WAL", "wal"),
    _Setting("synchronous", "FULL", 2),
)


class SqliteSession:
    """A `Session` (see session.py) over what `connect` opens; not shared between threads.

    `durable` is off for books in memory alone. `patience` is how many seconds to wait for another writer. Raises Unsafe
    where a setting is not obeyed, and what refusals.py says where the file cannot be read.
    """

    __slots__ = ("_connect", "_connection", "_doubtful", "_durable", "_file", "_lying", "_patience", "where")
    dialect = SQLITE

    def __init__(self, connect: Callable[[], Any], where: str, *, durable: bool = True, patience: float = PATIENCE) -> None:
        self._connect, self._durable, self._patience, self.where = connect, durable, patience, where
        self._connection: Any = None
        self._doubtful = False  # the last commit failed, and may stand in the log all the same
        self._file: Path | None = None
        self._lying: Lying | None = None
        self.again()

    @classmethod
    def of_file(cls, path: Path, *, patience: float = PATIENCE) -> SqliteSession:
        """The book in a file that exists; none is made. One that may only be read is read: see unwritable.py."""
        lying = unwritable(path)
        address = f"{path.absolute().as_uri()}?{'mode=ro&immutable=1' if lying else 'mode=rw'}"
        connect = partial(sqlite3.connect, address, uri=True, isolation_level=None)
        session = cls(connect, str(path), durable=not lying, patience=patience)
        session._lying = lying
        session._file = path.resolve()  # by whatever name it is opened, the lock of its sender is one
        return session

    @classmethod
    def in_memory(cls) -> SqliteSession:
        """An empty database that is gone when it is closed."""
        return cls(lambda: sqlite3.connect(":memory:", isolation_level=None), "memory", durable=False)

    def again(self) -> None:
        """Connect anew."""
        self.close()
        try:
            self._connection = self._connect()
            self._set()
        except Exception as error:
            self.close()
            raise self._said(error) from error

    def close(self) -> None:
        """Close the connection; the last one to a file brings its log into it."""
        if self._connection is not None:
            with suppress(Exception):
                self._connection.close()
            self._connection = None

    def _set(self) -> None:
        ((version,),) = self.execute("SELECT sqlite_version()")
        if tuple(map(int, version.split("."))) < _OLDEST:
            raise Unsafe(f"SQLite {version} is too old", where=self.where, remedy="Books need SQLite 3.37 or later.")
        for setting in _SETTINGS if self._durable else _SETTINGS[1:2]:
            value, answer = setting.value, setting.answer
            if setting.name == "busy_timeout":
                answer = int(self._patience * 1000)
                value = str(answer)
            self.execute(f"PRAGMA {setting.name} = {value}")
            found = self.execute(f"PRAGMA {setting.name}")
            if found != [(answer,)]:
                what = f"the database answers {found} where {setting.name} must be {answer}"
                raise Unsafe(what, where=self.where, remedy="Books live on a local disk, not on a network share.")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run one statement. See `Session`."""
        try:
            rows = list(self._connection.execute(sql, tuple(values)))
        except Exception as error:
            raise self._said(error) from error
        finally:
            self._require_still()
        return rows

    def _require_still(self) -> None:
        """Of a file that is read as it lies: else rows of two states, or a torn page, could be taken for one book."""
        if self._lying is not None:
            self._lying.require_still()

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        try:
            self._connection.executemany(sql, rows)
        except Exception as error:
            raise self._said(error) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One writing transaction. See `Session`."""
        if self._connection is None:
            self.again()
        self._begin()
        try:
            yield
        except BaseException:
            self._undo()
            raise
        try:
            self.execute("COMMIT")
        except TrimtabError as fault:
            self._doubtful = _code(fault.__cause__) not in _CLEAR
            self._undo()
            raise Unanswered(fault) from fault

    building = writing

    def _begin(self) -> None:
        """Take the write lock, asked for every millisecond.

        SQLite's own waiting grows to a tenth of a second: another process that commits without a pause would not be caught
        between two commits, and the kill switch must be.
        """
        self.execute("PRAGMA busy_timeout = 1")
        try:
            self._ask(max(int(self._patience * 1000), 1))
        except BaseException:
            with suppress(Exception):  # what went wrong is what is told
                self._wait_patiently()
            raise
        self._wait_patiently()

    def _ask(self, times: int) -> None:
        for _ in range(times - 1):
            with suppress(Busy):
                self.execute("BEGIN IMMEDIATE")
                return
        self.execute("BEGIN IMMEDIATE")

    def _wait_patiently(self) -> None:
        self.execute(f"PRAGMA busy_timeout = {int(self._patience * 1000)}")

    def settle(self, *, landed: bool) -> None:
        """Have a commit whose answer was lost be what a look has found it to be. See `Session`.

        Where only the sync failed, the whole transaction stands in the log behind the end that others know, and would
        come alive in a recovery. A page written again takes its place. What has landed is brought into the file and
        synced there, because the log's failed sync is not made up for by another one.
        """
        if landed:
            ((busy, *_),) = self.execute("PRAGMA wal_checkpoint(FULL)")
            if busy:
                raise Busy("another process is reading", where=self.where, remedy="Try again.")
        elif self._doubtful:
            with self.writing():
                ((version,),) = self.execute("PRAGMA user_version")
                self.execute(f"PRAGMA user_version = {version}")
        self._doubtful = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state for all reads inside."""
        if self._connection is None:
            self.again()
        self.execute("BEGIN")
        try:
            yield
        finally:
            self._undo()

    def _undo(self) -> None:
        with suppress(TrimtabError):  # after some errors SQLite has rolled back by itself
            self.execute("ROLLBACK")

    def lock(self, accounts: Iterable[str]) -> None:
        """Nothing more to hold: there is one writer in the whole file."""

    def sender(self, name: str, who: str) -> AbstractContextManager[None]:
        """A lock of the system's on a file beside the book; nothing to lock for a book in memory. See `Session`."""
        return held(self._file, name, who) if self._file else nullcontext()

    def found(self) -> None:
        """A place for a new book. Raises NoBook where something stands in the file."""
        if self.description():
            raise NoBook("there is a database already", where=self.where, remedy="Name another file.")

    def tables(self) -> list[str]:
        """The names of all tables, sorted."""
        return [name for kind, name, *_ in self.description() if kind == "table"]

    def description(self) -> list[Row]:
        """Everything in the schema, with the text that made it."""
        sql = "SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_master ORDER BY type, name"
        return [row for row in self.execute(sql) if not row[1].startswith("sqlite_stat")]

    def blueprint(self, build: Callable[[Session], None]) -> list[Row]:
        """What `description` answers for a schema freshly made by `build`."""
        return list(_drafted(build))

    def copy(self, to: Path) -> None:
        """One state of the whole file into another, whoever writes meanwhile; the standard library's driver alone can."""
        try:
            with closing(sqlite3.connect(to)) as other:
                self._connection.backup(other)
            self._require_still()
        except sqlite3.Error as error:
            raise _fault(error.sqlite_errorcode, str(error), str(to)) from error

    def integrity(self) -> list[str]:
        """SQLite's own check of pages, indexes and types, and of references."""
        faults = [str(text) for (text,) in self.execute("PRAGMA integrity_check(100)") if text != "ok"]
        lost = self.execute("PRAGMA foreign_key_check")
        return faults + [f"{table}: a row refers to {parent}, where nothing stands" for table, _, parent, _ in lost]

    def _said(self, error: Exception) -> Exception:
        """The error of ours for one of the driver's; any other comes back as it is."""
        if isinstance(error, UnicodeDecodeError) or "decode to UTF-8" in str(error):
            return Damaged(f"a text is not readable ({error})", where=self.where, remedy=RESTORE)
        code = _code(error)
        return error if code is None else _fault(code, str(error), self.where)


@lru_cache(maxsize=8)
def _drafted(build: Callable[[Session], None]) -> tuple[Row, ...]:
    """The description of a schema that is made for it, once for each way of making one."""
    draft = SqliteSession.in_memory()
    try:
        build(draft)
        return tuple(draft.description())
    finally:
        draft.close()


def _code(error: BaseException | None) -> int | None:
    """The extended result code that a driver's error carries, or none."""
    return getattr(error, "sqlite_errorcode", None) or getattr(error, "extendedresult", None)


def _fault(code: int, text: str, where: str) -> TrimtabError:
    """What a result code of SQLite means to a caller (https://www.sqlite.org/rescode.html)."""
    if code == _TRIGGER:
        return Sealed(text, where=where, remedy="The journal is never edited: post a correction.")
    if code == _SHORT_READ or code & 0xFF in (11, 24, 26):
        return Damaged(f"the database is damaged ({text})", where=where, remedy=RESTORE)
    undone = "Rolled back: nothing was written."
    kinds: dict[int, tuple[type[TrimtabError], str, str]] = {
        5: (Busy, "another process is writing", f"{undone} Try again, or end the process that has the file open."),
        6: (Busy, "another process is writing", f"{undone} Try again."),
        8: (NotWritten, "the file cannot be written", f"{undone} Check its permissions and those of its folder."),
        10: (NotWritten, "the disk failed", f"{undone} Check the disk, then run trimtab verify."),
        13: (DiskFull, "the disk is full", f"{undone} Reading goes on. Make room, then try again."),
        14: (NotWritten, "the file cannot be opened", f"{undone} Check that it exists and may be written."),
        15: (Busy, "the log is being recovered", f"{undone} Try again."),
    }
    kind, what, remedy = kinds.get(code & 0xFF, (Broken, "a statement failed", "Nothing was written. Please report this."))
    return kind(f"{what} ({text})", where=where, remedy=remedy)
