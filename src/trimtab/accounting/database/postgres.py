"""A book in one schema of a PostgreSQL database: serializable, one writer of the journal at a time.

The journal is locked before the snapshot is taken, so that writers queue instead of failing each other; what fails all
the same is tried again by the store. One advisory lock per account keeps other rooms' work on it apart. The driver is
imported when a connection is made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from trimtab.accounting.database.refusals import (
    RESTORE,
    Broken,
    Busy,
    Contended,
    Damaged,
    DiskFull,
    NoBook,
    NotWritten,
    Sealed,
    Unanswered,
    Unsafe,
)
from trimtab.accounting.database.session import Dialect, Row, Session
from trimtab.core.errors import TrimtabError, UsageError

POSTGRES = Dialect("postgresql", 'TEXT COLLATE "C"', "BIGINT", "NUMERIC")
SEALED = "TT001"  # the code with which our triggers refuse
PATIENCE = 30

_MUST_BE = (("fsync", "on"), ("full_page_writes", "on"), ("server_encoding", "UTF8"), ("synchronous_commit", "on"))
_DESCRIPTION = (
    (
        "SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' || "
        "COALESCE(l.collname, '') FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation l "
        "ON l.oid = a.attcollation WHERE c.relnamespace = {schema} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"
    ),
    (
        "SELECT 'constraint', c.relname, k.conname, pg_get_constraintdef(k.oid) || ' ' || k.convalidated FROM pg_constraint k "
        "JOIN pg_class c ON c.oid = k.conrelid WHERE k.connamespace = {schema}"
    ),
    "SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
    (
        "SELECT 'trigger', c.relname, t.tgname, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text || ' ' || p.prosrc "
        "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE c.relnamespace = {schema} AND NOT t.tgisinternal"
    ),
    (
        "SELECT 'reference', c.relname, t.tgenabled::text, count(*)::text FROM pg_trigger t JOIN pg_class c "
        "ON c.oid = t.tgrelid WHERE c.relnamespace = {schema} AND t.tgisinternal GROUP BY 1, 2, 3"
    ),
)
_OURS = "(SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
_HOLDER = (
    "SELECT a.pid, COALESCE(a.usename::text, ''), COALESCE(a.application_name, '') FROM pg_locks l JOIN pg_stat_activity a "
    "ON a.pid = l.pid WHERE l.granted AND l.mode = 'ExclusiveLock' AND l.relation = to_regclass('journal') LIMIT 1"
)
_SENDER = (  # a key of 64 bits stands there in two halves
    "SELECT a.pid, COALESCE(a.usename::text, ''), COALESCE(a.application_name, '') FROM pg_locks l JOIN pg_stat_activity a "
    "ON a.pid = l.pid WHERE l.granted AND l.locktype = 'advisory' AND l.objsubid = 1 AND "
    "l.classid = ((CAST(? AS bigint) >> 32) & 4294967295)::oid AND l.objid = (CAST(? AS bigint) & 4294967295)::oid LIMIT 1"
)


class PostgresSession:
    """A `Session` (see session.py) in `schema`. `connect` opens a psycopg connection, by itself or behind a faulty line.

    Raises Unsafe where the server does not keep what it acknowledges.
    """

    __slots__ = ("_connect", "_connection", "_patience", "_sending", "schema", "where")
    dialect = POSTGRES

    def __init__(self, connect: Callable[[], Any], schema: str, where: str, *, patience: float = PATIENCE) -> None:
        self._connect, self._patience, self.schema, self.where = connect, patience, schema, where
        self._connection: Any = None
        self._sending: dict[int, str] = {}  # the sender locks that are held, by their keys
        self.again()

    @classmethod
    def of_server(cls, conninfo: str, schema: str, where: str, *, patience: float = PATIENCE) -> PostgresSession:
        """The book in a schema of the server at `conninfo`."""
        driver = psycopg()
        return cls(lambda: driver.connect(conninfo, autocommit=True), schema, where, patience=patience)

    def again(self) -> None:
        """Connect anew."""
        self.close()
        try:
            self._connection = self._connect()
            self._set()
        except Exception as error:
            self.close()
            raise self._said(error) from error

    def settle(self, *, landed: bool) -> None:
        """Nothing to do: a server whose sync fails stops, and recovers from what its disk holds."""

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with suppress(Exception):
                self._connection.close()
            self._connection = None

    def _set(self) -> None:
        self.execute("SET synchronous_commit = on")
        self.execute("SET client_encoding = 'UTF8'")
        self.execute(f"SET lock_timeout = {int(self._patience * 1000)}")
        self.execute(f'SET search_path = "{self.schema}"')
        for name, wanted in _MUST_BE:
            ((found,),) = self.execute(f"SHOW {name}")
            if found != wanted:
                what = f"{name} is {found} on the server, and must be {wanted}"
                raise Unsafe(what, where=self.where, remedy="Change it in postgresql.conf, or use another server.")
        for key, held in self._sending.items():  # they went with the connection before this one
            self._take(key, held)

    def _alive(self) -> None:
        if self._connection is None or self._connection.closed:
            self.again()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run one statement. See `Session`."""
        try:
            cursor = self._connection.execute(sql.replace("?", "%s"), values) if values else self._connection.execute(sql)
            return cursor.fetchall() if cursor.description else []
        except Exception as error:
            raise self._said(error) from error

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        try:
            with self._connection.cursor() as cursor:
                cursor.executemany(sql.replace("?", "%s"), rows)
        except Exception as error:
            raise self._said(error) from error

    @contextmanager
    def _inside(self, *opening: str) -> Iterator[None]:
        """A transaction that begins with these statements."""
        self._alive()
        try:
            for statement in opening:
                self.execute(statement)
            yield
        except BaseException as error:
            self._undo()
            if isinstance(error, Busy) and error.__cause__ is not None:  # of a lock, not of a head that moved on
                raise self._named(error) from error
            raise
        try:
            self.execute("COMMIT")
        except Contended:
            self._undo()
            raise
        except TrimtabError as fault:
            self._undo()
            raise Unanswered(fault) from fault

    def writing(self) -> Any:
        """One writing transaction. The lock comes before the snapshot, which the first read would take."""
        return self._inside("BEGIN ISOLATION LEVEL SERIALIZABLE", "LOCK TABLE journal IN EXCLUSIVE MODE")

    def building(self) -> Any:
        """One writing transaction where there may be no journal to lock."""
        return self._inside("BEGIN", f"SELECT pg_advisory_xact_lock({_key(self.schema)})")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state for all reads inside."""
        self._alive()
        self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        try:
            yield
        finally:
            self._undo()

    def _undo(self) -> None:
        with suppress(TrimtabError, AttributeError):  # the connection may be gone, and the transaction with it
            self.execute("ROLLBACK")

    def lock(self, accounts: Iterable[str]) -> None:
        """One advisory lock per account, in one order for all, until the transaction ends."""
        for account in sorted(set(accounts)):
            self.execute("SELECT pg_advisory_xact_lock(CAST(? AS bigint))", (_key(f"{self.schema}/{account}"),))

    @contextmanager
    def sender(self, name: str, who: str) -> Iterator[None]:
        """An advisory lock of this connection, which the server lets go with it. See `Session`."""
        key = _key(f"{self.schema}/sender/{name}")
        self._alive()
        if key in self._sending:
            raise Busy(f"orders of {name or 'blocks'} are being sent here already", where=self.where, remedy="Wait for it.")
        self._take(key, name)
        self._sending[key] = name
        try:
            yield
        finally:
            del self._sending[key]
            with suppress(TrimtabError, AttributeError):  # the connection may be gone, and the lock with it
                self.execute("SELECT pg_advisory_unlock(CAST(? AS bigint))", (key,))

    def _take(self, key: int, name: str) -> None:
        if self.execute("SELECT pg_try_advisory_lock(CAST(? AS bigint))", (key,)) == [(True,)]:
            return
        found = self.execute(_SENDER, (key, key))
        holder = "process {} of the server ({}, {})".format(*found[0]) if found else "another process"
        raise Busy(f"{holder} is sending orders of {name or 'blocks'}", where=self.where, remedy="Wait for it, or end it.")

    def found(self) -> None:
        """A place for a new book. Raises NoBook where the schema exists."""
        if self.execute("SELECT 1 FROM pg_namespace WHERE nspname = ?", (self.schema,)):
            raise NoBook("the schema exists already", where=self.where, remedy="Name another one: ?schema=NAME.")
        self.execute(f'CREATE SCHEMA "{self.schema}"')

    def tables(self) -> list[str]:
        """The names of all tables, sorted."""
        rows = self.execute("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
        return [name for (name,) in rows]

    def description(self) -> list[Row]:
        """Columns, constraints, indexes, triggers with their code, and whether references are enforced."""
        ((schema,),) = self.execute("SELECT current_schema()")
        rows = [row for sql in _DESCRIPTION for row in self.execute(sql.replace("{schema}", _OURS))]
        return sorted(tuple(str(part).replace(f"{schema}.", "") for part in row) for row in rows)

    def blueprint(self, build: Callable[[Session], None]) -> list[Row]:
        """What `description` answers for a schema freshly made by `build`; to be called inside `reading`, which undoes it."""
        draft = f"{self.schema[:40]}_draft"
        self.execute("SAVEPOINT draft")
        try:
            self.execute(f'CREATE SCHEMA "{draft}"')
            self.execute(f'SET LOCAL search_path = "{draft}"')
            build(self)
            return self.description()
        finally:
            self.execute("ROLLBACK TO SAVEPOINT draft")

    def integrity(self) -> list[str]:
        """Nothing that a client can ask: references are part of `description`, rows are compared with the journal."""
        return []

    def _named(self, error: Busy) -> Busy:
        """The error with the process that holds the lock, where the server tells."""
        with suppress(TrimtabError):
            for pid, user, program in self.execute(_HOLDER):
                what = f"process {pid} of the server ({user}, {program or 'unnamed'}) is writing"
                return Busy(what, where=self.where, remedy=error.remedy)
        return error

    def _said(self, error: Exception) -> Exception:
        """The error of ours for one of the driver's; any other comes back as it is."""
        if not isinstance(error, psycopg().Error):
            return error
        text = str(getattr(getattr(error, "diag", None), "message_primary", "") or error)
        return _fault(error.sqlstate or "08000", text, self.where)


def _fault(state: str, text: str, where: str) -> TrimtabError:
    """What a code of PostgreSQL means to a caller (its documentation, appendix A)."""
    undone = "Rolled back: nothing was written."
    kinds: dict[str, tuple[type[TrimtabError], str, str]] = {
        SEALED: (Sealed, "the journal refuses", "The journal is never edited: post a correction."),
        "40": (Contended, "two writers met", "Try again."),
        "55P03": (Busy, "another process is writing", f"{undone} Try again."),
        "53100": (DiskFull, "the server's disk is full", f"{undone} Reading goes on. Make room, then try again."),
        "58": (NotWritten, "the server's disk failed", f"{undone} Check the disk, then run trimtab verify."),
        "XX": (Damaged, "the database is damaged", RESTORE),
        "42501": (NotWritten, "the server does not allow it", f"{undone} Ask for the right on the schema."),
        "25006": (NotWritten, "the server is read-only", f"{undone} Use the primary server."),
        "08": (NotWritten, "the connection failed", f"{undone} Check the address, and that the server runs."),
        "57": (NotWritten, "the server ended the connection", f"{undone} Try again when it runs."),
        "53": (NotWritten, "the server has no room", f"{undone} Try again later."),
    }
    known = kinds.get(state) or kinds.get(state[:2])
    kind, what, remedy = known or (Broken, "a statement failed", "Nothing was written. Please report this.")
    return kind(f"{what} ({text})", where=where, remedy=remedy)


def _key(name: str) -> int:
    """The number under which a name is locked."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def psycopg() -> Any:
    """The driver. Raises UsageError where it is not installed."""
    try:
        import psycopg as driver
    except ImportError as error:
        remedy = "Install it: pip install 'trimtab[postgres]'."
        raise UsageError("PostgreSQL needs the package psycopg, which is not installed", remedy=remedy) from error
    return driver
