"""What is no book, or not this program's, is refused and left as it is; so is what cannot keep what it acknowledges."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.accounting.database.books import ENTRIES, NOW, PLACES, WHO
from trimtab.accounting.database import opening
from trimtab.accounting.database.addresses import ServerAddress, address_of
from trimtab.accounting.database.events import EntryPosted, Note
from trimtab.accounting.database.refusals import (
    Busy,
    Damaged,
    DiskFull,
    NoBook,
    NotWritten,
    Sealed,
    TooNew,
    Unsafe,
)
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import TrimtabError, UsageError


@pytest.fixture
def path(full: Path) -> Path:
    return full


def refused(path: Path, kind: type[TrimtabError]) -> str:
    """Opening raises that error, in one line, and leaves the bytes as they are."""
    before = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    with pytest.raises(kind) as caught:
        BookStore.open(path)
    assert (hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "") == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def raw(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_no_file_is_made_where_none_is(tmp_path: Path) -> None:
    assert "trimtab book init" in refused(tmp_path / "book.db", NoBook)
    assert list(tmp_path.iterdir()) == []
    refused(tmp_path, NoBook)


@pytest.mark.parametrize("content", [b"", b"id,units\nVTI,10\n", b"SQLite format 3\0", b"\0" * 4096])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "book.db").write_bytes(content)
    assert "trimtab restore" in refused(tmp_path / "book.db", Damaged)


@pytest.mark.parametrize("keep", [1, 99, 100, 4095, 4096, 8192, 20_000, -4096, -1])
def test_half_a_book_is_refused(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    refused(path, Damaged)


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    raw(tmp_path / "book.db", "CREATE TABLE songs (name)")
    assert "no book" in refused(tmp_path / "book.db", Damaged)


@pytest.mark.parametrize("offset", [4100, 8192, 8193, 16_384])
def test_a_destroyed_page_is_refused(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset : offset + 64] = b"\xff" * 64
    path.write_bytes(data)
    refused(path, Damaged)


@pytest.mark.parametrize(
    "harm",
    [
        ["DROP TRIGGER journal_kept"],
        ["DROP INDEX journal_key"],
        ["DROP TABLE purses"],
        ["DROP TRIGGER journal_fixed", "UPDATE journal SET body = '{}' WHERE number = 48"],
        ["CREATE TRIGGER more AFTER INSERT ON entries BEGIN SELECT 1; END"],
        ["DROP TRIGGER journal_kept", "DELETE FROM journal WHERE number > 0", "DELETE FROM migrations"],
    ],
)
def test_a_book_without_its_guards_is_refused(path: Path, harm: list[str]) -> None:
    raw(path, *harm)
    refused(path, Damaged)


def test_a_book_of_a_later_version_is_refused(path: Path) -> None:
    raw(path, "INSERT INTO migrations VALUES (4, 'x')")
    assert "version 4" in refused(path, TooNew)
    with pytest.raises(TooNew):
        opening.upgrade(path)


@pytest.mark.parametrize("there", ["book.db", "book.db-wal", "book.db-journal"])
def test_nothing_is_made_over_a_file(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_bytes(b"mine")
    with pytest.raises(NoBook, match="exists already"):
        BookStore.create(tmp_path / "book.db", recorded=NOW, author=WHO)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {there: b"mine"}


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "book.db"

    def fill(session: Any) -> None:
        opening.build(session)
        path.write_bytes(b"mine")

    with pytest.raises(NoBook):
        opening.create(path, fill)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("book.db", b"mine")]


def test_a_creation_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="cannot be written"):
        BookStore.create(tmp_path / "nowhere" / "book.db", recorded=NOW, author=WHO)
    with pytest.raises(TrimtabError):
        BookStore.create(tmp_path / "book.db", recorded="now", author=WHO)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET author = 'eve' WHERE number = 1",
        "UPDATE journal SET number = 99 WHERE number = 1",
        "DELETE FROM journal",
        "DELETE FROM journal WHERE number = 48",
        "INSERT INTO journal SELECT 99, kind, place, 'new', recorded, author, body, hash FROM journal WHERE number = 1",
        "INSERT INTO journal (kind, place, key, recorded, author, body, hash) VALUES ('a', '', '', '', '', '', '')",
        "INSERT OR REPLACE INTO journal SELECT number, kind, '', key, recorded, author, body, hash FROM journal LIMIT 1",
        "INSERT OR REPLACE INTO journal SELECT 49, kind, place, key, '', author, body, hash FROM journal WHERE number = 9",
    ],
)
def test_the_journal_is_append_only(path: Path, statement: str) -> None:
    """Also behind our back: by the standard driver with its own settings."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        before = connection.execute("SELECT * FROM journal").fetchall()
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
        assert connection.execute("SELECT * FROM journal").fetchall() == before
    with BookStore.open(path) as book, pytest.raises(Sealed, match="journal"):
        book.session.execute(statement)


class Deaf:
    """A connection that hears one pragma and does not obey."""

    def __init__(self, path: Path, pragma: str) -> None:
        self.inner = sqlite3.connect(path, isolation_level=None)
        self.pragma = pragma

    def execute(self, sql: str, values: Any = ()) -> Any:
        return self.inner.execute("SELECT 1" if sql.startswith(f"PRAGMA {self.pragma} =") else sql, values)

    def close(self) -> None:
        self.inner.close()


@pytest.mark.parametrize("pragma", ["foreign_keys", "busy_timeout", "recursive_triggers", "trusted_schema", "cell_size_check"])
def test_a_setting_that_is_not_obeyed_is_refused(path: Path, pragma: str) -> None:
    with pytest.raises(Unsafe, match=pragma):
        SqliteSession(lambda: Deaf(path, pragma), "deaf")


def test_a_journal_that_is_no_log_and_a_commit_that_is_not_synced_are_refused(path: Path) -> None:
    with pytest.raises(Unsafe, match="journal_mode"):
        SqliteSession(lambda: sqlite3.connect(":memory:", isolation_level=None), "memory")

    def careless() -> Deaf:
        one = Deaf(path, "synchronous")
        one.inner.execute("PRAGMA synchronous = NORMAL")
        return one

    with pytest.raises(Unsafe, match="synchronous"):
        SqliteSession(careless, "careless")


def test_a_full_disk_rolls_back_and_reading_goes_on(path: Path) -> None:
    with BookStore.open(path) as book:
        head, cash = book.head(), book.purses("A07")
        ((pages,),) = book.session.execute("PRAGMA page_count")
        book.session.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DiskFull, match="Reading goes on") as caught:
            book.append([EntryPosted("A07", ENTRIES[1])] * 2000, recorded=NOW, author=WHO)
        assert caught.value.exit_code == 6
        assert (book.head(), book.purses("A07")) == (head, cash)
        book.session.execute("PRAGMA max_page_count = 100000")
        book.append([EntryPosted("A07", ENTRIES[1])], recorded=NOW, author=WHO)


def test_a_file_that_may_only_be_read_refuses_writing(path: Path) -> None:
    address = f"{path.as_uri()}?mode=ro"
    with closing(SqliteSession(lambda: sqlite3.connect(address, uri=True, isolation_level=None), "ro")) as session:
        book = BookStore(session)
        with pytest.raises(NotWritten, match="cannot be written"):
            book.append([Note("a")], recorded=NOW, author=WHO)
        assert book.purses("A07")


def test_a_lock_held_too_long_is_said(path: Path) -> None:
    with BookStore.open(path) as holder, holder.session.writing():
        with closing(SqliteSession.of_file(path, patience=0.05)) as session, pytest.raises(Busy, match="nothing was written"):
            BookStore(session).append([Note("a")], recorded=NOW, author=WHO)
        assert BookStore(session).session.where == str(path)


def test_addresses_are_read(tmp_path: Path) -> None:
    assert address_of("sqlite:///books/one.db") == Path("books/one.db")
    assert address_of("sqlite:////books/one.db") == Path("/books/one.db")
    assert address_of("one.db") == Path("one.db")
    server = address_of("postgresql://ann:secret@db/funds?sslmode=require&schema=one")
    assert server == ServerAddress("postgresql://ann:secret@db/funds?sslmode=require", "one")
    assert "secret" not in repr(server)
    assert isinstance(server, ServerAddress)
    assert server.words == "postgresql://db/funds?schema=one"
    assert address_of("postgresql:///funds") == ServerAddress("postgresql:///funds", "trimtab")
    for bad in ("", "mysql://db/funds", "sqlite://", ":memory:", "sqlite:///:memory:", 'postgresql://db/f?schema=a";drop'):
        with pytest.raises(UsageError):
            address_of(bad)


def test_a_second_writer_waits_for_the_first(path: Path) -> None:
    with BookStore.open(path) as one, BookStore.open(path) as two:
        for book in (one, two, one):
            book.append([Note("turn")], recorded=NOW, author=WHO)
        assert one.head() == two.head()


def test_places_are_needed(tmp_path: Path) -> None:
    with BookStore.create(f"sqlite:///{tmp_path}/b.db", recorded=NOW, author=WHO) as book:
        assert book.append(PLACES, recorded=NOW, author=WHO) == (1, 2, 3, 4, 5, 6)
