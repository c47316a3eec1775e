"""Backup under load, restore and export: the copy verifies before it has its name, or there is none."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.accounting.database.books import ENTRIES, KEY, NOW, WHO
from trimtab.accounting.database.backup import backup, journal_lines, read_journal, restore, write_journal
from trimtab.accounting.database.events import EntryPosted, Note
from trimtab.accounting.database.refusals import Damaged, NoBook
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify
from trimtab.core.errors import DataError, TrimtabError


def lines_of(path: Path) -> list[str]:
    with BookStore.open(path) as book, book.reading():
        return list(journal_lines(book.session))


def test_a_backup_under_load_is_a_state_that_was(empty: Path, tmp_path: Path) -> None:
    heads, stop = set(), threading.Event()

    def write() -> None:
        with BookStore.open(empty) as book:
            while not stop.is_set():
                book.append([EntryPosted("A07", ENTRIES[1])] * 3, recorded=NOW, author=WHO)
                heads.add(book.head())

    thread = threading.Thread(target=write)
    thread.start()
    try:
        copies = [backup(empty, tmp_path / f"copy{n}.db") for n in range(4)]
    finally:
        stop.set()
        thread.join()
    for n, verdict in enumerate(copies):
        assert (verdict.records - 7) % 3 == 0  # no half transaction
        assert verdict.records == 7 or verdict.head in heads
        with BookStore.open(tmp_path / f"copy{n}.db") as copy:
            assert verify(copy.session, head=verdict.head).sound


def test_restored_books_go_on(full: Path, tmp_path: Path) -> None:
    backup(full, tmp_path / "copy.db")
    verdict = restore(tmp_path / "copy.db", tmp_path / "back.db")
    with BookStore.open(tmp_path / "back.db") as book, BookStore.open(full) as old:
        assert book.head() == old.head() == verdict.head
        assert book.entries("A07") == old.entries("A07")
        assert not book.claim(KEY, recorded=NOW, author=WHO).new
        book.append([Note("on")], recorded=NOW, author=WHO)
        assert verify(book.session, head=verdict.head).sound


def test_the_exported_journal_makes_the_same_book(full: Path, tmp_path: Path) -> None:
    with BookStore.open(full) as book:
        verdict = write_journal(book.session, tmp_path / "journal.jsonl")
    assert restore(tmp_path / "journal.jsonl", tmp_path / "back.db", head=verdict.head) == verdict
    assert lines_of(tmp_path / "back.db") == lines_of(full)
    text = (tmp_path / "journal.jsonl").read_text()
    assert text.isascii()
    assert text.splitlines() == lines_of(full)


@pytest.mark.parametrize("at", [1, 20, 49])
def test_a_changed_dropped_or_doubled_line_is_named(full: Path, tmp_path: Path, at: int) -> None:
    lines = lines_of(full)
    changed = lines[at].replace('"author":"ann"', '"author":"eve"').replace('"author":"bob"', '"author":"eve"')
    assert changed != lines[at]
    for broken in (
        [*lines[:at], changed, *lines[at + 1 :]],
        [*lines[:at], *lines[at + 1 :]],
        [*lines[: at + 1], *lines[at:]],
        [*lines[:at], lines[at][:-2], *lines[at + 1 :]],
        [*lines[:at], "[1]", *lines[at + 1 :]],
    ):
        with pytest.raises(DataError, match=r"journal:\d+|is missing") as caught:
            read_journal(broken, tmp_path / "back.db")
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "back.db").exists()


def test_a_cut_export_is_refused_at_every_line(full: Path, tmp_path: Path) -> None:
    lines = lines_of(full)
    for keep in (0, 1, 2, 30, len(lines) - 1):
        with pytest.raises(DataError, match="end of the journal is missing"):
            read_journal(lines[:keep], tmp_path / "back.db")
    with pytest.raises(DataError, match="no exported journal"):
        read_journal(lines[1:], tmp_path / "back.db")
    assert list(tmp_path.glob(".*")) == []


def test_another_head_than_the_one_wanted_is_refused(full: Path, tmp_path: Path) -> None:
    for source in (full, tmp_path / "journal.jsonl"):
        if source != full:
            source.write_text("\n".join(lines_of(full)))
        with pytest.raises(Damaged, match="the end was cut off"):
            restore(source, tmp_path / "back.db", head="0" * 64)
        assert not (tmp_path / "back.db").exists()


def test_nothing_is_copied_over_a_file_and_nothing_that_is_broken(full: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    for act in (lambda: backup(full, tmp_path / "mine"), lambda: restore(full, tmp_path / "mine")):
        with pytest.raises(NoBook, match="exists already"):
            act()
    assert (tmp_path / "mine").read_text() == "mine"
    with closing(SqliteSession.of_file(full)) as session:
        session.execute("UPDATE purses SET amount = '1' WHERE place = 'A07'")
    with pytest.raises(Damaged, match="purses A07"):
        backup(full, tmp_path / "copy.db")
    with pytest.raises(TrimtabError):
        restore(tmp_path / "mine", tmp_path / "copy.db")
    with pytest.raises(TrimtabError):
        restore(tmp_path / "nothing", tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
