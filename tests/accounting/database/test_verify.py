"""`verify` finds what was changed, and names the row; a chain over the bodies alone would not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.accounting.database.books import NOW, WHO
from trimtab.accounting.database import schema
from trimtab.accounting.database.columns import Kind
from trimtab.accounting.database.events import Note, Record
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import Verdict, verify
from trimtab.accounting.encoding import chained

ALL = (schema.JOURNAL, *schema.READ_MODELS, schema.MIGRATIONS)
COLUMNS = [(table.name, column.name) for table in ALL for column in table.columns]
KINDS = {(table.name, column.name): column.kind for table in ALL for column in table.columns}


def harm(path: Path, *statements: str) -> None:
    """Change a book as somebody would who may write to the file: without triggers and checks, which come back after."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)


def checked(path: Path, head: str = "") -> Verdict:
    with closing(SqliteSession.of_file(path)) as session:
        return verify(session, head=head)


def test_a_sound_book_is_sound(full: Path) -> None:
    verdict = checked(full)
    assert verdict.findings == ()
    with BookStore.open(full) as book:
        assert (verdict.records, verdict.head) == (len(book.records()), book.head())


def test_records_that_are_dated_back_by_more_than_a_day_are_named_and_are_no_fault(full: Path) -> None:
    """A clock that is put right by an hour is nothing; one set back a month is told of each record, until it has caught up."""
    late = NOW + np.timedelta64(30, "D")
    with BookStore.open(full) as book:
        for at in (late, late - np.timedelta64(1, "h"), late - np.timedelta64(1, "D"), NOW, NOW, late):
            book.append([Note("idea", {})], recorded=at, author="ann")
        last = book.last()
    verdict = checked(full)
    assert verdict.sound
    when = [f"{str(instant)[:16]}Z" for instant in (NOW, late)]
    what = f"dated back by ann: {when[0]} after {when[1]}"
    assert verdict.remarks == (("journal", str(last - 2), what), ("journal", str(last - 1), what))


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_change_of_any_column_is_found(full: Path, table: str, column: str) -> None:
    number = KINDS[table, column] is Kind.NUMBER
    value = f"COALESCE({column}, 0) + 1000" if number else f"COALESCE({column}, '') || '1'"
    chosen = "number = 20" if table == "journal" else f"rowid = (SELECT max(rowid) FROM {table})"  # noqa: S608
    if table not in ("journal", "instruments", "migrations"):
        keys = ", ".join(next(one for one in ALL if one.name == table).key)
        chosen = f"({keys}) = (SELECT {keys} FROM {table} LIMIT 1)"  # noqa: S608
    harm(full, f"UPDATE {table} SET {column} = {value} WHERE {chosen}")  # noqa: S608
    findings = checked(full).findings
    assert any(finding.table == table for finding in findings), findings
    if table == "journal" and column != "number":
        assert any((finding.table, finding.row) == ("journal", "20") for finding in findings)


@pytest.mark.parametrize("table", [table.name for table in schema.READ_MODELS])
def test_a_row_that_is_gone_is_found(full: Path, table: str) -> None:
    keys = ", ".join(next(one for one in ALL if one.name == table).key)
    harm(full, f"DELETE FROM {table} WHERE ({keys}) = (SELECT {keys} FROM {table} LIMIT 1)")  # noqa: S608
    assert any(finding.table == table and "should be there" in finding.what for finding in checked(full).findings)


@pytest.mark.parametrize(
    ("statements", "row"),
    [
        (["DELETE FROM journal WHERE number = 20"], "21"),
        (["UPDATE journal SET number = -1 WHERE number = 20", "UPDATE journal SET number = 20 WHERE number = 21"], "20"),
        (
            ["INSERT INTO journal SELECT 1000, kind, place, '', recorded, author, body, hash FROM journal WHERE number = 20"],
            "1000",
        ),
    ],
)
def test_records_dropped_moved_or_squeezed_in_are_found(full: Path, statements: list[str], row: str) -> None:
    harm(full, *statements)
    assert any((finding.table, finding.row) == ("journal", row) for finding in checked(full).findings)


def test_a_cut_tail_shows_against_an_exported_head(full: Path) -> None:
    head = checked(full).head
    harm(full, "DELETE FROM journal WHERE number = (SELECT max(number) FROM journal)")  # a note: no table knows of it
    assert checked(full).sound
    (finding,) = checked(full, head).findings
    assert "the end was cut off" in finding.what


def test_an_exported_head_is_still_known_when_the_book_has_grown(full: Path) -> None:
    head = checked(full).head
    with BookStore.open(full) as book:
        book.append([Note("later")], recorded=NOW, author=WHO)
    assert checked(full, head).sound
    assert not checked(full, "0" * 64).sound


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER journal_fixed",
        "DROP INDEX journal_key",
        "CREATE TABLE more (name TEXT)",
        "CREATE TRIGGER more AFTER INSERT ON purses BEGIN DELETE FROM purses; END",
    ],
)
def test_a_changed_schema_is_found(full: Path, statement: str) -> None:
    with closing(sqlite3.connect(full)) as connection:
        connection.execute(statement)
    assert any(finding.table == "schema" for finding in checked(full).findings)


def test_a_journal_that_does_not_read_is_a_finding_and_no_crash(full: Path) -> None:
    for body in ("{", "[]", '{"kind":"fill"}', '{"amount":"x","currency":"","kind":"flow","when":"2026-01-05"}', "{}"):
        harm(full, f"UPDATE journal SET body = '{body}' WHERE number = 7")  # noqa: S608
        findings = checked(full).findings
        assert {finding.table for finding in findings} >= {"journal", "replay"}
        assert all("\n" not in str(finding) for finding in findings)


def test_the_check_catches_a_chain_over_the_body_alone(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the row id and the other columns left out of the hash, a changed author goes unseen."""

    def careless(self: Record, previous: str) -> str:
        return chained(previous, (self.body,))

    harm(full, "UPDATE journal SET author = 'eve' WHERE number = 20")
    assert any(finding.row == "20" for finding in checked(full).findings)
    monkeypatch.setattr(Record, "hashed", careless)
    with closing(sqlite3.connect(full, isolation_level=None)) as connection:
        rows = [Record(*row) for row in connection.execute("SELECT * FROM journal ORDER BY number")]
    previous, statements = "", []
    for record in rows:
        previous = record.hashed(previous)
        statements.append(f"UPDATE journal SET hash = '{previous}' WHERE number = {record.number}")  # noqa: S608
    harm(full, *statements, "UPDATE journal SET author = 'mallory' WHERE number = 20")
    assert checked(full).sound
