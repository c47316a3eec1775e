"""An upgrade that is killed, or loses power, at any step: it goes on where it was, and every hash is kept (R13).

SQLite is killed by a connection that ends, and by a disk that loses power; PostgreSQL by a connection that is cut.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.accounting.database.earlier import earlier
from tests.accounting.database.power import Life, spread
from tests.accounting.database.servers import Server
from trimtab.accounting.database import migrations, opening
from trimtab.accounting.database.events import Record
from trimtab.accounting.database.postgres import PostgresSession
from trimtab.accounting.database.refusals import Broken, Damaged, Outdated, TooNew
from trimtab.accounting.database.session import Session
from trimtab.accounting.database.sqlite import SqliteSession
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import verify

SEED = int(os.environ.get("TRIMTAB_SOAK_SEED", "20260101"))
# begin and commit of the two steps that were taken; begin, the runs, five tables, six indexes, mark and commit of the third
ON_FILES, ON_SERVERS = 4 + 14 + 4, 4 + 14 + 1


class KilledError(BaseException):
    """Nothing of the process is left that could clean up."""


class Dying:
    """A connection whose process dies before, or right after, the nth statement that is no question."""

    def __init__(self, inner: Any, left: int, *, after: bool) -> None:
        self.inner, self.left, self.after, self.dead = inner, left, after, False

    def execute(self, sql: str, *values: Any) -> Any:
        if self.dead:
            raise KilledError
        counts = not sql.startswith(("PRAGMA", "SELECT", "SET", "SHOW"))
        self.left -= counts
        if counts and self.left == 0 and not self.after:
            self._die()
        answer = self.inner.execute(sql, *values)
        if counts and self.left == 0 and self.after:
            self._die()
        return answer

    def _die(self) -> None:
        self.dead = True
        self.inner.close()
        raise KilledError

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def require_resumed(address: str | Path, rows: list[Record]) -> None:
    """The old book or the new one stands there, and the upgrade comes to its end; the journal is what it was."""
    with closing(opening.connected(address)) as session:
        assert migrations.version(session) in (migrations.LATEST - 1, migrations.LATEST)
        assert session.execute("SELECT hash FROM journal ORDER BY number") == [(row.hash,) for row in rows]
        if migrations.version(session) < migrations.LATEST:
            with pytest.raises(Outdated):
                migrations.require_current(session)
    opening.upgrade(address)
    with BookStore.open(address) as book:
        assert list(book.records()) == rows
        assert verify(book.session, head=rows[-1].hash).findings == ()


Make = Callable[[int, bool], tuple[str | Path, Session]]
Upgrade = Callable[[Session], object]


def killed(make: Make, rows: list[Record], upgrade: Upgrade = migrations.upgrade, *, every: int = 1, more: int = 0) -> int:
    """Kill an upgrade at every statement (of which there may be `more`), before and after it; how often it died."""
    died = 0
    for after in (False, True):
        for left in range(1, ON_FILES + more + 2, every):
            address, session = make(left, after)
            with closing(session):
                try:
                    upgrade(session)
                except KilledError:
                    died += 1
            require_resumed(address, rows)
    return died


def on_files(folder: Path) -> tuple[Make, list[Record]]:
    rows = earlier(folder / "old.db")
    content = (folder / "old.db").read_bytes()

    def make(left: int, after: bool) -> tuple[str | Path, Session]:
        path = folder / f"killed{left}{after}.db"
        path.write_bytes(content)
        inner = sqlite3.connect(path, isolation_level=None)
        return path, SqliteSession(lambda: Dying(inner, left, after=after), "dying")

    return make, rows


def on_server(server: Server, name: str) -> tuple[Make, list[Record]]:
    import psycopg

    rows: list[Record] = []

    def make(left: int, after: bool) -> tuple[str | Path, Session]:
        schema = f"{name}_{left}_{after}".lower()
        rows[:] = earlier(server.address(schema))
        inner = psycopg.connect(server.conninfo, autocommit=True)
        return server.address(schema), PostgresSession(lambda: Dying(inner, left, after=after), schema, "dying")

    return make, rows


def test_an_upgrade_killed_at_every_step_goes_on(tmp_path: Path) -> None:
    assert killed(*on_files(tmp_path)) == 2 * ON_FILES


def test_an_upgrade_of_a_server_killed_at_every_step_goes_on(server: Server) -> None:
    assert killed(*on_server(server, "upgrade"), every=7) == 6  # the soak kills at every statement


@pytest.mark.soak
def test_an_upgrade_of_a_server_killed_at_every_step_before_and_after(server: Server) -> None:
    assert killed(*on_server(server, "all")) == 2 * ON_SERVERS


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SEED, SEED + 20))
def test_an_upgrade_without_power_at_every_operation_goes_on(tmp_path: Path, seed: int) -> None:
    lost_power(tmp_path, seed, 1)


def test_an_upgrade_without_power_goes_on(tmp_path: Path) -> None:
    lost_power(tmp_path, 1, 3)


def lost_power(folder: Path, seed: int, every: int) -> None:
    """The disk loses power during an upgrade, and again during the one that goes on."""
    (folder / "disk").mkdir()
    rows = earlier(folder / "disk" / "book.db")
    life = Life(folder / "disk")
    with closing(life.session(folder / "disk" / "book.db")) as session:
        migrations.upgrade(session)
    for moment in life.cuts(seed, every=every):
        place = folder / f"cut{moment.number}"
        place.mkdir()
        again = Life(spread(moment.disk, place))
        with closing(again.session(place / "book.db")) as session:
            migrations.upgrade(session)
        second = random.Random(f"{seed} {moment.number}").choice(list(again.cuts(seed)))
        (place / "second").mkdir()
        require_resumed(spread(second.disk, place / "second") / "book.db", rows)


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    rows = earlier(tmp_path / "book.db")
    opening.upgrade(tmp_path / "book.db")
    with closing(opening.connected(tmp_path / "book.db")) as session:
        session.execute("INSERT INTO migrations VALUES (?, 'x')", (migrations.LATEST + 1,))
    before = (tmp_path / "book.db").read_bytes()
    for act in (BookStore.open, opening.upgrade):
        with pytest.raises(TooNew):
            act(tmp_path / "book.db")
    assert (tmp_path / "book.db").read_bytes() == before
    assert rows


def careless(patch: pytest.MonkeyPatch, statements: Callable[[list[str]], list[str]]) -> Upgrade:
    """An upgrade whose last step has other statements."""
    last = migrations.STEPS[-1]
    step = last._replace(statements=lambda dialect: statements(last.statements(dialect)))

    def upgrade(session: Session) -> None:
        with patch.context() as context:
            context.setattr(migrations, "STEPS", (*migrations.STEPS[:-1], step))
            migrations.upgrade(session)

    return upgrade


def test_the_check_catches_a_step_that_commits_halfway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: killed after its early commit, such a step leaves half a schema, from which nothing goes on."""
    upgrade = careless(monkeypatch, lambda all_: [*all_[:5], "COMMIT", "BEGIN IMMEDIATE", *all_[5:]])
    with pytest.raises(Broken, match="already exists"):
        killed(*on_files(tmp_path), upgrade)


def test_the_check_catches_a_step_that_touches_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a step that removes the guard and writes a record anew."""
    harm = ["DROP TRIGGER journal_fixed", "UPDATE journal SET author = 'us' WHERE number = 1"]
    with pytest.raises((AssertionError, Damaged)):
        killed(*on_files(tmp_path), careless(monkeypatch, lambda all_: [*all_, *harm]), more=2)
