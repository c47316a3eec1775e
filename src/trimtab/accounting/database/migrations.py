"""The schema as numbered steps, each of them one transaction: a process that is killed leaves whole steps only.

A step never touches the journal, so that its hashes stay. New tables begin empty: what fills them comes with new records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from trimtab.accounting.database import schema
from trimtab.accounting.database.columns import insert
from trimtab.accounting.database.refusals import RESTORE, Damaged, NotWritten, Outdated, TooNew, Unanswered
from trimtab.accounting.database.session import Dialect, Session

APPLICATION = 0x54544231  # "TTB1", which SQLite keeps in the head of the file


class Step(NamedTuple):
    """One version of the schema and the statements that lead to it from the one before."""

    version: int
    words: str
    statements: Callable[[Dialect], list[str]]

    def digest(self, dialect: Dialect) -> str:
        """SHA-256 of the statements: says in the database which step made it."""
        return hashlib.sha256(";\n".join(self.statements(dialect)).encode()).hexdigest()


def _first(dialect: Dialect) -> list[str]:
    tables = (schema.JOURNAL, schema.ACCOUNTS, schema.INSTRUMENTS, schema.ENTRIES, schema.HOLDINGS, schema.PURSES)
    mark = [f"PRAGMA application_id = {APPLICATION}"] if dialect.name == "sqlite" else []
    made = [table.made(dialect) for table in (schema.MIGRATIONS, *tables)]
    return [*mark, *made, schema.KEY_INDEX, *schema.journal_triggers(dialect)]


def _second(dialect: Dialect) -> list[str]:
    return [table.made(dialect) for table in (schema.SLEEVES, schema.RUNS_BEFORE)]


def _third(dialect: Dialect) -> list[str]:
    tables = (schema.ORDERS, schema.EXECUTIONS, schema.TRADING, schema.ARMED, schema.BATCHES)
    return [*_freed(dialect), *(table.made(dialect) for table in tables), *schema.ORDER_INDEXES]


def _freed(dialect: Dialect) -> list[str]:
    """Runs of sleeves: their place need be no account. SQLite cannot take a reference away but with the table."""
    if dialect.name != "sqlite":
        return ["ALTER TABLE runs DROP CONSTRAINT runs_account_fkey"]
    made = schema.RUNS.made(dialect).replace("CREATE TABLE runs ", "CREATE TABLE runs_new ", 1)
    names = schema.RUNS.names
    copied = f"INSERT INTO runs_new ({names}) SELECT {names} FROM runs"
    return [made, copied, "DROP TABLE runs", "ALTER TABLE runs_new RENAME TO runs"]


STEPS = (
    Step(1, "accounts, instruments, entries, holdings, purses and the journal", _first),
    Step(2, "sleeves, and runs by their key", _second),
    Step(3, "orders, executions, what accounts may send, and batches", _third),
)
LATEST = STEPS[-1].version


def build(session: Session, *, until: int = LATEST) -> None:
    """Take the missing steps up to `until`, inside a transaction of the caller."""
    for step in STEPS[version(session) : until]:
        for statement in step.statements(session.dialect):
            session.execute(statement)
        insert(session, schema.MIGRATIONS, [(step.version, step.digest(session.dialect))])


def upgrade(session: Session) -> tuple[Step, ...]:
    """Take the missing steps, each in its own transaction; return those taken. Goes on where it was killed.

    Raises TooNew, Damaged where this is no book, NotWritten where the disk or the connection failed.
    """
    try:
        taken = [step for step in STEPS if _taken(session, step)]
    except Unanswered as lost:
        remedy = "The journal was not touched, and no step is half done. Check the disk or the connection, then upgrade again."
        raise NotWritten(lost.fault.what, where=session.where, remedy=remedy) from lost
    require_known(session, version(session))
    return tuple(taken)


def _taken(session: Session, step: Step) -> bool:
    """Take a step in a transaction of its own, unless it was."""
    with session.building():
        found = version(session)
        if found == 0:
            raise Damaged("the database is empty", where=session.where, remedy=RESTORE)
        if found < step.version:  # asked inside the transaction: another process may have been faster
            build(session, until=step.version)
        return found < step.version


def version(session: Session) -> int:
    """The version of the schema; 0 where there are no tables. Raises Damaged where the tables are not those of a book."""
    tables = session.tables()
    if not tables:
        return 0
    if schema.MIGRATIONS.name not in tables:
        remedy = "Check the address, or restore a backup: trimtab restore."
        raise Damaged("there is a database, but no book in it", where=session.where, remedy=remedy)
    versions = [number for (number,) in session.execute("SELECT version FROM migrations ORDER BY version")]
    if not versions or versions != list(range(1, len(versions) + 1)):
        raise Damaged(f"the steps of its schema are {versions}", where=session.where, remedy=RESTORE)
    return len(versions)


def require_current(session: Session) -> None:
    """Raises Outdated, TooNew or Damaged where the schema is not the one of this program."""
    found = version(session)
    if found == 0:
        raise Damaged("the database is empty", where=session.where, remedy=RESTORE)
    require_known(session, found)
    if found < LATEST:
        what = f"the book has version {found} of the schema, this program works with {LATEST}"
        raise Outdated(what, where=session.where, remedy="Make a backup, then run trimtab upgrade.")


def require_known(session: Session, found: int) -> None:
    """Raises TooNew where the schema comes from a later version of the program."""
    if found > LATEST:
        what = f"the book has version {found} of the schema, this program knows {LATEST}"
        raise TooNew(what, where=session.where, remedy="Install the version of Trimtab that wrote it, or a later one.")
