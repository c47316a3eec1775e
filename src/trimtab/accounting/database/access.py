"""Who may come in, in one SQLite file of its own beside the book: users, sessions, tokens, failures, requests, settings.

It is no part of the book: nothing in it is an amount, and all of it can be made anew by an administrator. The file may be
read by its owner alone (mode 0600), deleted rows are overwritten (`secure_delete`), and every commit is synced. Secrets
stand in it as hashes only. One thread uses a store: the one that opened it.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.accounting.database.access_rows import (
    SCHEMA,
    AcknowledgedRow,
    AnyRow,
    Kind,
    SettingRow,
    drop,
    drop_until,
    put,
    read,
)
from trimtab.accounting.database.addresses import drafted
from trimtab.accounting.database.refusals import Damaged, NoBook, NotWritten, OutcomeUnknown, Unanswered
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.core.errors import DataError, InvariantError

FILE = "access.db"
LATEST = 1  # version of the schema
_APPLICATION = 0x54544143  # "TTAC", which SQLite keeps in the head of the file
_PATIENCE = 5  # seconds: whoever waits here holds every page up
_RESTORE = "Nothing was changed. Bring a copy of it back, or move it away and make the users anew."
Mark = tuple[int, int]


def instant(now: np.datetime64) -> str:
    """An instant as it is stored. Raises InvariantError for one that is none."""
    if np.isnat(now):
        raise InvariantError("an instant is missing", remedy="Please report this.")
    return str(np.datetime_as_string(now, unit="s"))


class AccessStore:
    """The rows of access_rows.py, and transactions around what belongs together.

    Every writing goes on inside `writing`. `life` tells one opening of the file from another.
    Raises what refusals.py says where the file cannot be read or written.
    """

    __slots__ = ("_lost", "_session", "_writings", "life", "where")

    def __init__(self, session: SqliteSession) -> None:
        self._session, self._writings, self._lost = session, 0, False
        self.where, self.life = session.where, secrets.token_hex(8)

    @classmethod
    def open(cls, path: Path, *, patience: float = _PATIENCE) -> AccessStore:
        """The store in a file, which is made where there is none.

        Raises Damaged where the file is another one, and DataError where a later version of Trimtab wrote it.
        """
        if not path.exists():
            _made(path)
        _require_ours(path)
        _keep_private(path)
        session = _session(path, patience)
        try:
            _require_known(session)
        except Exception:
            session.close()
            raise
        return cls(session)

    @classmethod
    def in_memory(cls) -> AccessStore:
        """An empty store that is gone when it is closed."""
        session = SqliteSession.in_memory()
        with session.building():
            _build(session)
        return cls(session)

    def close(self) -> None:
        """Give the file back."""
        self._session.close()

    def __enter__(self) -> AccessStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all that is done inside lands, or nothing does. Not to be nested.

        Raises OutcomeUnknown where the disk did not answer whether it has landed.
        """
        self._ready()
        self._writings += 1  # from here on `mark` is another one, whatever comes of it
        try:
            with self._session.writing():
                yield
        except Unanswered as lost:
            self._lost = True
            what = f"the disk did not say whether it has kept a change ({lost.fault.what})"
            raise OutcomeUnknown(what, where=self.where, remedy="Check the disk, and look before you repeat it.") from lost

    def mark(self) -> Mark:
        """A value that is another one after any change by this store, by another or by another process."""
        self._ready()
        ((others,),) = self._session.execute("PRAGMA data_version")
        return self._writings, others

    def _ready(self) -> None:
        if self._lost:
            self._session.again()
            self._lost = False
            self._writings += 1  # a new connection counts the changes of others from the beginning

    def rows(self, kind: type[Kind], **named: str) -> list[Kind]:
        """The rows of a kind whose columns have these values, in the order of their key."""
        self._ready()
        return read(self._session, kind, **named)

    def row(self, kind: type[Kind], **named: str) -> Kind | None:
        """The first of them."""
        found = self.rows(kind, **named)
        return found[0] if found else None

    def put(self, row: AnyRow) -> None:
        """Add a row, or put it in place of the one with its key."""
        put(self._session, row)

    def drop(self, kind: type[Kind], **named: str) -> int:
        """Take rows away; how many there were."""
        return drop(self._session, kind, **named)

    def drop_until(self, kind: type[Kind], column: str, at: np.datetime64) -> int:
        """Take away the rows whose column holds this instant or an earlier one."""
        return drop_until(self._session, kind, column, instant(at))

    def fail(self, key: str, at: np.datetime64) -> int:
        """Note a failure; its number."""
        ((number,),) = self._session.execute(
            "INSERT INTO failures (key, at) VALUES (?, ?) RETURNING number", (key, instant(at))
        )
        return int(number)

    def failed(self, key: str, after: np.datetime64, until: np.datetime64) -> list[np.datetime64]:
        """When failures of a key happened, later than `after` and not later than `until`; the latest first."""
        self._ready()
        sql = "SELECT at FROM failures WHERE key = ? AND at > ? AND at <= ? ORDER BY at DESC, number DESC"
        return [np.datetime64(at, "s") for (at,) in self._session.execute(sql, (key, instant(after), instant(until)))]

    def forgive(self, key: str) -> None:
        """Forget the failures of a key."""
        self._session.execute("DELETE FROM failures WHERE key = ?", (key,))

    def take_back(self, number: int) -> None:
        """Forget one failure."""
        self._session.execute("DELETE FROM failures WHERE number = ?", (number,))

    def trim_failures(self, until: np.datetime64, most: int) -> None:
        """Forget failures up to an instant, and the oldest where there would be more than `most`."""
        self._session.execute("DELETE FROM failures WHERE at <= ?", (instant(until),))
        self._session.execute("DELETE FROM failures WHERE number <= (SELECT MAX(number) FROM failures) - ?", (most,))

    def setting(self, key: str) -> Any:
        """What a setting holds; None where it was never made."""
        found = self.row(SettingRow, key=key)
        return json.loads(found.value) if found else None

    def put_setting(self, key: str, value: Any) -> None:
        """Keep a value that JSON can hold."""
        with self.writing():
            self.put(SettingRow(key, json.dumps(value, allow_nan=False, sort_keys=True)))

    def acknowledge(self, key: str, user: str, now: np.datetime64) -> None:
        """Somebody has seen an alert; the first time counts."""
        with self.writing():
            if self.row(AcknowledgedRow, key=key, user=user) is None:
                self.put(AcknowledgedRow(key, user, instant(now)))

    def acknowledged(self) -> list[AcknowledgedRow]:
        """Who has seen which alert, and when."""
        return self.rows(AcknowledgedRow)


def _session(path: Path, patience: float) -> SqliteSession:
    address = f"{path.absolute().as_uri()}?mode=rw"
    return SqliteSession(partial(_connected, address), str(path), patience=patience)


def _connected(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA secure_delete = ON").close()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _made(path: Path) -> None:
    """Make an empty store, whole or not at all; one that another process makes meanwhile is as good."""
    try:
        with drafted(path) as draft:
            draft.chmod(0o600)
            with closing(_session(draft, _PATIENCE)) as session, session.building():
                _build(session)
    except NoBook:
        if not path.exists():
            raise


def _build(session: SqliteSession) -> None:
    session.execute(f"PRAGMA application_id = {_APPLICATION}")
    for statement in SCHEMA:
        session.execute(statement)
    session.execute("INSERT INTO version (number) VALUES (?)", (LATEST,))


def _keep_private(path: Path) -> None:
    """A copy that was brought back may be open to others: it is closed to them before anything is written."""
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
            for trail in ("-wal", "-shm"):
                with suppress(FileNotFoundError):
                    path.with_name(path.name + trail).chmod(0o600)
    except OSError as error:
        what = f"others may read this file, and that cannot be changed ({error.strerror})"
        raise NotWritten(what, where=str(path), remedy="Run chmod 600 on it as its owner.") from error


def _require_ours(path: Path) -> None:
    """By the head of the file, before anything is done to it."""
    try:
        with path.open("rb") as file:
            head = file.read(72)
    except OSError as error:
        raise NotWritten(f"the file cannot be read ({error.strerror})", where=str(path), remedy="Check its name.") from error
    if not head.startswith(b"SQLite format 3\0") or int.from_bytes(head[68:], "big") != _APPLICATION:
        raise Damaged("this is no store of users and sessions", where=str(path), remedy=_RESTORE)


def _require_known(session: SqliteSession) -> None:
    found = [number for (number,) in session.execute("SELECT number FROM version ORDER BY number")]
    if found and found[-1] > LATEST:
        what = f"it has version {found[-1]} of the schema, this program knows {LATEST}"
        raise DataError(what, where=session.where, remedy="Install the version of Trimtab that wrote it, or a later one.")
    if found != list(range(1, LATEST + 1)):
        raise Damaged(f"the versions of its schema are {found}", where=session.where, remedy=_RESTORE)
