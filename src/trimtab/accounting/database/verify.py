"""Is the book what its journal says? Every check names the row that is wrong.

Four things: the chain of hashes over every column of the journal; the database's own check of its pages, types and
references; the schema, triggers included, against a fresh one; and a replay of the journal into an empty database, whose
tables must be equal row by row. A head kept outside shows besides whether the end was cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from trimtab.accounting.database import schema
from trimtab.accounting.database.columns import Table, insert, plainly
from trimtab.accounting.database.events import Record
from trimtab.accounting.database.migrations import STEPS, build
from trimtab.accounting.database.projection import Projection
from trimtab.accounting.database.reading import DatedBack, dated_back, records
from trimtab.accounting.database.session import Row, Session
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.core.errors import TrimtabError

_FLUSH = 10_000  # records between two writings of what a replay collected


class Finding(NamedTuple):
    """Something wrong: in which table, in which row (its key), and what."""

    table: str
    row: str
    what: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.table} {self.row}: {self.what}" if self.row else f"{self.table}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: nothing, or findings; and the number of records and the head of the journal, as they stand.

    `remarks` are no faults of the book: records of a sound one that are dated back, by a clock that was wrong or set back.
    """

    findings: tuple[Finding, ...]
    records: int
    head: str
    remarks: tuple[Finding, ...] = ()

    @property
    def sound(self) -> bool:
        """Nothing was found."""
        return not self.findings


def verify(session: Session, *, head: str = "") -> Verdict:
    """Check a book. `head` is the hash of its last record at some earlier time, from a report or an export."""
    with session.reading():
        return verified(session, head=head)


def verified(session: Session, *, head: str = "") -> Verdict:
    """The same inside a transaction of the caller's."""
    chain = _Chain()
    checks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("database", lambda: (Finding("database", "", fault) for fault in session.integrity())),
        ("schema", lambda: _schema(session)),
        ("journal", lambda: chain.check(session, head)),
        ("replay", lambda: _replayed(session)),
    )
    findings = [finding for name, check in checks for finding in _guarded(name, check)]
    remarks = () if findings else tuple(map(_remark, dated_back(session)))
    return Verdict(tuple(findings), chain.count, chain.head, remarks)


def _remark(one: DatedBack) -> Finding:
    return Finding(
        "journal", str(one.number), f"dated back by {one.author}: {_minute(one.recorded)} after {_minute(one.latest)}"
    )


def _minute(recorded: str) -> str:
    return f"{recorded[:16]}Z"


def verify_earlier(session: Session, *, head: str = "") -> Verdict:
    """What can be checked of a book with an earlier schema, before its upgrade: the database itself, and the chain."""
    with session.reading():
        chain = _Chain()
        checks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
            ("database", lambda: (Finding("database", "", fault) for fault in session.integrity())),
            ("journal", lambda: chain.check(session, head)),
        )
        findings = [finding for name, check in checks for finding in _guarded(name, check)]
        return Verdict(tuple(findings), chain.count, chain.head)


def _guarded(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of a check; one that cannot go on is a finding itself."""
    try:
        yield from check()
    except TrimtabError as error:
        yield Finding(name, "", f"the check cannot go on: {error.what}")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:  # a row of another shape
        yield Finding(name, "", f"the check cannot go on: {type(error).__name__}: {error}")


def _schema(session: Session) -> Iterator[Finding]:
    steps = session.execute("SELECT version, digest FROM migrations ORDER BY version")
    if steps != [(step.version, step.digest(session.dialect)) for step in STEPS]:
        yield Finding("migrations", "", "the steps are not those of this program")
    there, due = (dict.fromkeys(rows) for rows in (session.description(), session.blueprint(build)))
    for row in there:
        if row not in due:
            yield Finding("schema", " ".join(map(str, row[:2])), "changed or added")
    for row in due:
        if row not in there:
            yield Finding("schema", " ".join(map(str, row[:2])), "missing or changed")


class _Chain:
    """The chain of hashes, walked from the first record."""

    __slots__ = ("count", "head")

    def __init__(self) -> None:
        self.count, self.head = 0, ""

    def check(self, session: Session, wanted: str) -> Iterator[Finding]:
        """Findings; afterwards `count` and `head` say how far the journal goes."""
        seen = not wanted
        for record in records(session):
            if record.number != self.count:
                yield Finding("journal", str(record.number), f"record {self.count} is missing")
            if record.hashed(self.head) != record.hash:
                yield Finding("journal", str(record.number), "its hash does not cover what it says: changed, or out of place")
            seen = seen or record.hash == wanted
            self.count, self.head = record.number + 1, record.hash
        if not self.count:
            yield Finding("journal", "", "empty")
        if not seen:
            yield Finding("journal", "", f"no record has the hash {wanted}: the end was cut off, or the journal is another one")


def _replayed(session: Session) -> Iterator[Finding]:
    """The rows that differ from those that a replay of the journal makes."""
    fresh = SqliteSession.in_memory()
    try:
        with fresh.building():
            build(fresh)
            replay(fresh, records(session))
        for table in schema.READ_MODELS:
            yield from _compared(table, _rows(session, table), _rows(fresh, table))
    finally:
        fresh.close()


def replay(session: Session, rows: Iterator[Record]) -> None:
    """Write records and let them take effect, inside a transaction. Raises DataError at one that cannot."""
    projection = Projection(session)
    for record in rows:
        insert(session, schema.JOURNAL, [record])
        projection.apply(record, record.event)
        if record.number % _FLUSH == 0:
            projection.flush()
    projection.flush()


def _rows(session: Session, table: Table) -> dict[Row, Row]:
    sql = f"SELECT {table.names} FROM {table.name}"
    places = [[column.name for column in table.columns].index(name) for name in table.key]
    rows = (plainly(row) for row in session.execute(sql))
    return {tuple(row[place] for place in places): row for row in rows}


def _compared(table: Table, found: dict[Row, Row], due: dict[Row, Row]) -> Iterator[Finding]:
    for key in sorted(found.keys() | due.keys(), key=repr):
        name = " ".join(map(str, key))
        if key not in due:
            yield Finding(table.name, name, "the journal knows nothing of it")
        elif key not in found:
            yield Finding(table.name, name, "the journal says it should be there")
        elif found[key] != due[key]:
            pairs = zip(table.columns, found[key], due[key], strict=True)
            words = [f"{column.name} is {one!r}, the journal says {two!r}" for column, one, two in pairs if one != two]
            yield Finding(table.name, name, "; ".join(words))
