"""The same book on PostgreSQL: the same hashes, the same refusals, and a server that dies."""

from __future__ import annotations

import builtins
import subprocess
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.accounting.database.books import CASH, ENTRIES, KEY, NOW, PLACES, UNITS, WHO, filled
from tests.accounting.database.servers import Server, program
from trimtab.accounting.database import opening
from trimtab.accounting.database.addresses import ServerAddress, address_of
from trimtab.accounting.database.backup import backup, restore
from trimtab.accounting.database.events import EntryPosted, Note
from trimtab.accounting.database.postgres import PostgresSession
from trimtab.accounting.database.refusals import Busy, Damaged, NoBook, NotWritten, Outdated, Sealed, TooNew, Unsafe
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify
from trimtab.core.errors import UsageError


def session_of(address: str, patience: float = 5) -> PostgresSession:
    place = address_of(address)
    assert isinstance(place, ServerAddress)
    return PostgresSession.of_server(place.conninfo, place.schema, place.words, patience=patience)


def test_the_same_events_have_the_same_hash(server: Server, full: Path) -> None:
    with BookStore.open(full) as one, BookStore.create(server.address("same"), recorded=NOW, author=WHO) as two:
        filled(two)
        assert two.head() == one.head()
        assert two.records() == one.records()
        assert two.entries("A07") == list(enumerate(ENTRIES))
        assert (two.purses("A07"), two.holdings("A07")) == (CASH, UNITS)
        assert (two.accounts(), two.instruments(), two.sleeves()) == (one.accounts(), one.instruments(), one.sleeves())
        assert two.runs(KEY) == one.runs(KEY)
        for book in (one, two):
            for at in (NOW + np.timedelta64(9, "D"), NOW):
                book.append([Note("idea", {})], recorded=at, author=WHO)
        assert verify(two.session, head=one.head()) == verify(one.session)
        assert [remark.what[:10] for remark in verify(two.session).remarks] == ["dated back"]


def test_a_book_goes_over_and_comes_back_with_the_same_head(server: Server, full: Path, tmp_path: Path) -> None:
    there = restore(full, server.address("over"))
    lines = backup(server.address("over"), tmp_path / "journal.jsonl")
    back = restore(tmp_path / "journal.jsonl", tmp_path / "back.db", head=there.head)
    with BookStore.open(full) as book:
        assert book.head() == there.head == lines.head == back.head
    with pytest.raises(NoBook, match="schema exists already"):
        restore(full, server.address("over"))


@pytest.mark.parametrize("harm", ["UPDATE journal SET author = 'eve'", "DELETE FROM journal", "TRUNCATE journal CASCADE"])
def test_the_journal_is_append_only(server: Server, full: Path, harm: str) -> None:
    schema = f"sealed{len(harm)}"
    restore(full, server.address(schema))
    with BookStore.open(server.address(schema)) as book:
        head = book.head()
        with pytest.raises(Sealed, match="append-only"):
            book.session.execute(harm)
        insertion = (
            "INSERT INTO journal SELECT 99, kind, place, 'k', recorded, author, body, hash FROM journal WHERE number = 1"
        )
        with pytest.raises(Sealed, match="wrong number"):
            book.session.execute(insertion)
        assert book.head() == head


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        ("ALTER TABLE journal DISABLE TRIGGER journal_kept", "schema trigger journal"),
        ("ALTER TABLE entries DROP CONSTRAINT entries_account_fkey", "schema constraint entries"),
        ("ALTER TABLE entries DISABLE TRIGGER ALL", "schema reference"),
        ("DROP INDEX journal_key", "schema index journal"),
        ("UPDATE purses SET amount = amount + 0.01 WHERE place = 'A07' AND currency = 'USD'", "purses A07 USD"),
        ("UPDATE entries SET price = 251 WHERE place = 'A07' AND number = 1", "entries A07 1"),
        ("DELETE FROM holdings WHERE place = 'A07' AND asset = 1", "holdings A07 1"),
    ],
)
def test_verify_names_what_was_changed(server: Server, full: Path, harm: str, named: str) -> None:
    schema = f"harm_{abs(hash(harm))}"
    restore(full, server.address(schema))
    with closing(session_of(server.address(schema))) as session:
        assert verify(session).sound
        session.execute(harm)
        assert any(str(finding).startswith(named) for finding in verify(session).findings), verify(session).findings


def test_missing_empty_older_and_newer_schemas_are_refused(server: Server) -> None:
    with pytest.raises(Damaged, match="empty"):
        BookStore.open(server.address("nothing"))
    with closing(session_of(server.address("old"))) as session:
        with session.building():
            session.found()
            opening.build(session, until=1)
        with pytest.raises(Outdated, match="trimtab upgrade"):
            opening.require_whole(session)
        assert [step.version for step in opening.upgrade(server.address("old"))] == [2, 3]
        session.execute("INSERT INTO migrations VALUES (4, 'x')")
        with pytest.raises(TooNew):
            opening.require_whole(session)


def test_a_creation_that_fails_leaves_no_schema(server: Server) -> None:
    def fill(session: Any) -> None:
        opening.build(session)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opening.create(server.address("broken"), fill)
    BookStore.create(server.address("broken"), recorded=NOW, author=WHO).close()


def test_writers_queue_and_one_gets_the_run(server: Server) -> None:
    address = server.address("queue")
    with BookStore.create(address, recorded=NOW, author=WHO) as book:
        book.append(PLACES, recorded=NOW, author=WHO)
    won: list[bool] = []

    def work(name: str) -> None:
        with BookStore.open(address) as one:
            for _ in range(10):
                one.append([EntryPosted("A07", ENTRIES[0])], recorded=NOW, author=name)
            won.append(one.claim(KEY, recorded=NOW, author=name, claimant=name).new)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, False, False, True]
    with BookStore.open(address) as book:
        assert book.purses("A07") == {"USD": 40 * ENTRIES[0].amount}  # type: ignore[union-attr]
        assert verify(book.session).sound


def test_a_lock_held_too_long_names_the_holder(server: Server) -> None:
    address = server.address("held")
    with BookStore.create(address, recorded=NOW, author=WHO) as holder, closing(session_of(address, 0.2)) as session:
        with holder.session.writing(), pytest.raises(Busy, match=r"process \d+ of the server \(trimtab, "):
            BookStore(session).append([Note("a")], recorded=NOW, author=WHO)
        BookStore(session).append([Note("a")], recorded=NOW, author=WHO)


class Cut:
    """A connection that is cut at COMMIT: after the server did it, or before."""

    def __init__(self, inner: Any, *, done: bool) -> None:
        self.inner, self.done, self.armed = inner, done, False

    def execute(self, sql: str, values: Any = None) -> Any:
        if self.armed and sql == "COMMIT":
            if self.done:
                self.inner.execute(sql)
            self.inner.close()
        return self.inner.execute(sql, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.mark.parametrize("done", [True, False])
def test_a_commit_whose_answer_was_lost_is_looked_up(server: Server, done: bool) -> None:
    import psycopg

    address = server.address(f"lost_{done}".lower())
    with BookStore.create(address, recorded=NOW, author=WHO) as book:
        book.append(PLACES, recorded=NOW, author=WHO)
    made: list[Cut] = []

    def connect() -> Cut:
        made.append(Cut(psycopg.connect(server.conninfo, autocommit=True), done=done))
        return made[-1]

    with BookStore.over(PostgresSession(connect, f"lost_{done}".lower(), "cut")) as store:
        made[-1].armed = True
        if done:
            assert store.claim(KEY, recorded=NOW, author=WHO).new
        else:
            with pytest.raises(NotWritten, match="connection failed"):
                store.claim(KEY, recorded=NOW, author=WHO)
            assert store.claim(KEY, recorded=NOW, author=WHO).new  # over a new connection
        assert len(store.runs(KEY)) == 1


def test_a_server_that_dies_keeps_what_it_acknowledged(server: Server) -> None:
    address = server.address("dying")
    with BookStore.create(address, recorded=NOW, author=WHO) as book:
        book.append([Note("a")], recorded=NOW, author=WHO)
        head = book.head()
        server.kill()
        with pytest.raises(NotWritten):
            book.append([Note("b")], recorded=NOW, author=WHO)
        server.start()
        book.append([Note("c")], recorded=NOW, author=WHO)
        assert [record.kind for record in book.records(1)] == ["note.a", "note.c"]
        assert verify(book.session, head=head).sound


def test_a_server_that_does_not_sync_is_refused(server: Server) -> None:
    server.stop()
    server.start("fsync=off")
    try:
        with pytest.raises(Unsafe, match="fsync is off"):
            BookStore.create(server.address("careless"), recorded=NOW, author=WHO)
    finally:
        server.stop()
        server.start()


def test_no_server_no_database_and_no_driver_are_said_in_one_line(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotWritten, match="connection failed") as caught:
        BookStore.open(f"postgresql://ann:secret@/x?host={tmp_path}")
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    with pytest.raises(NotWritten, match='database "other" does not exist'):
        BookStore.open(server.address("x").replace("/postgres?", "/other?"))
    imported = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name == "psycopg":
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(UsageError, match="needs the package psycopg") as lacking:
        BookStore.open(server.address("x"))
    assert "trimtab[postgres]" in str(lacking.value)


def test_the_servers_own_dump_holds_the_book(server: Server) -> None:
    """pg_dump is how administrators back up: the triggers must go with it."""
    BookStore.create(server.address("dumped"), recorded=NOW, author=WHO).close()
    words = [str(program("pg_dump")), "-h", str(server.folder), "-U", "trimtab", "-n", "dumped", "postgres"]
    dump = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert all(f"CREATE TRIGGER {name} " in dump for name in ("journal_kept", "journal_full", "journal_ordered"))
