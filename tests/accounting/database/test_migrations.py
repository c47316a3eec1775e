"""Upgrades lose nothing: whole steps or none, hashes kept, an older schema told, a newer one refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.accounting.database.books import ENTRIES, KEY, NOW, PLACES, WHO, ordered
from trimtab.accounting.database import migrations, opening, schema
from trimtab.accounting.database.columns import insert
from trimtab.accounting.database.events import EntryPosted, Event, SleeveOpened, draft_of
from trimtab.accounting.database.reading import last_record
from trimtab.accounting.database.refusals import Damaged, Outdated
from trimtab.accounting.database.session import Session
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import replay, verify

OLD: list[Event] = [event for event in PLACES if not isinstance(event, SleeveOpened)]
OLD += [EntryPosted("A07", entry) for entry in ENTRIES]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A book of version 1, as the program wrote it then: the journal, and the tables of that version."""
    with BookStore.create(tmp_path / "new.db", recorded=NOW, author=WHO) as book:
        book.append(OLD, recorded=NOW, author=WHO)
        rows = book.records()

    def fill(session: Session) -> None:
        migrations.build(session, until=1)
        replay(session, iter(rows))

    opening.create(tmp_path / "old.db", fill)
    return tmp_path / "old.db"


def test_an_older_book_is_refused_with_the_way_on(old: Path) -> None:
    before = old.read_bytes()
    with pytest.raises(Outdated, match="version 1") as caught:
        BookStore.open(old)
    assert "trimtab upgrade" in str(caught.value)
    assert old.read_bytes() == before


def test_an_upgrade_keeps_every_hash_and_row(old: Path) -> None:
    with closing(SqliteSession.of_file(old)) as session:
        rows, head = session.execute("SELECT * FROM journal"), last_record(session).hash
    assert [step.version for step in opening.upgrade(old)] == [2, 3]
    assert opening.upgrade(old) == ()  # nothing is left to do
    with BookStore.open(old) as book:
        assert book.session.execute("SELECT * FROM journal") == rows
        assert verify(book.session, head=head).findings == ()
        book.append([SleeveOpened("A07", "core"), EntryPosted("A07/core", ENTRIES[0])], recorded=NOW, author=WHO)
        assert book.claim(KEY, recorded=NOW, author=WHO).new
        ordered(book)
        assert verify(book.session, head=head).sound


class Killed:
    """A connection that dies at the nth statement which writes."""

    def __init__(self, path: Path, left: int) -> None:
        self.inner, self.left = sqlite3.connect(path, isolation_level=None), left

    def execute(self, sql: str, values: Any = ()) -> Any:
        if not sql.startswith(("PRAGMA", "SELECT")):
            self.left -= 1
            if self.left < 0:
                self.inner.close()
                raise KeyboardInterrupt
        return self.inner.execute(sql, values)

    def close(self) -> None:
        self.inner.close()


def test_an_upgrade_that_is_killed_anywhere_goes_on(old: Path, tmp_path: Path) -> None:
    content, died = old.read_bytes(), 0
    for left in range(60):
        path = tmp_path / f"killed{left}.db"
        path.write_bytes(content)
        session = SqliteSession(lambda path=path, left=left: Killed(path, left), "killed")  # type: ignore[misc]
        try:
            migrations.upgrade(session)
        except KeyboardInterrupt:
            died += 1
        else:
            break
        finally:
            session.close()
        opening.upgrade(path)
        with BookStore.open(path) as book:
            assert verify(book.session).findings == ()
    # begin and commit of the first step; begin, two tables, the mark and commit of the second; begin, four statements for
    # the runs, five tables, six indexes, the mark and commit of the third
    assert died == 2 + 5 + 18


def test_the_check_catches_a_step_that_commits_halfway(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a step outside one transaction leaves half a schema, which is refused."""
    half = migrations.STEPS[1].statements

    def careless(dialect: Any) -> list[str]:
        return [half(dialect)[0], "COMMIT", "BEGIN IMMEDIATE", half(dialect)[1], "nonsense"]

    step = migrations.Step(2, "careless", careless)
    monkeypatch.setattr(migrations, "STEPS", (migrations.STEPS[0], step))
    with pytest.raises(Exception, match="statement failed"):
        opening.upgrade(old)
    monkeypatch.undo()
    with pytest.raises(Exception, match="already exists"):
        opening.upgrade(old)


def test_steps_are_numbered_and_say_what_they_did() -> None:
    assert [step.version for step in migrations.STEPS] == list(range(1, migrations.LATEST + 1))
    assert all(step.words for step in migrations.STEPS)


@pytest.mark.parametrize("versions", [[2], [1, 3], []])
def test_steps_out_of_order_are_refused(old: Path, versions: list[int]) -> None:
    with closing(SqliteSession.of_file(old)) as session:
        session.execute("DELETE FROM migrations")
        insert(session, schema.MIGRATIONS, [(version, "x") for version in versions])
    with pytest.raises(Damaged, match="steps of its schema"):
        BookStore.open(old)


def test_drafts_do_not_depend_on_the_database() -> None:
    assert [draft_of(event).body for event in OLD] == [draft_of(event).body for event in list(OLD)]
