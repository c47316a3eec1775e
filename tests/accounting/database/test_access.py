"""The store of who may come in: private, whole or not at all, and never taken for another file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from trimtab.accounting.database.access import LATEST, AccessStore, instant
from trimtab.accounting.database.access_rows import (
    _SHAPES,
    SCHEMA,
    AcknowledgedRow,
    RequestRow,
    SessionRow,
    SettingRow,
    TokenRow,
    UserRow,
)
from trimtab.accounting.database.refusals import Broken, Busy, Damaged, NoBook, NotWritten, OutcomeUnknown, Unanswered
from trimtab.core.errors import DataError, InvariantError, TrimtabError

NOW = np.datetime64("2026-03-02T09:00:00", "s")
AT = "2026-03-02T09:00:00"
ANNA = UserRow("anna", "anna", "viewer", "canary-hash", "enabled", "", "", AT)
ROWS = (
    ANNA,
    SessionRow("canary-digest", "anna", "canary-csrf", AT, AT, "192.0.2.7", "Firefox"),
    TokenRow("01", "canary-digest", "anna", "a notebook", "viewer", AT, AT, ""),
    RequestRow("anna", "k", "sha", "done", "life", 200, "text/plain", b"canary\0\xff", AT),
    AcknowledgedRow("stale", "anna", AT),
    SettingRow("theme", '"dark"'),
)
ROOT = Path(__file__).parents[3]
FILLING = """
import os, signal, sys
from pathlib import Path
from tests.accounting.database.test_access import ANNA
from trimtab.accounting.database.access import AccessStore
store = AccessStore.open(Path(sys.argv[1]))
with store.writing():
    store.put(ANNA)
if sys.argv[2] == "inside":
    with store.writing():
        store.put(type(ANNA)("ben", "ben", "viewer", "", "enabled", "", "", ANNA.changed))
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "access.db"


def filled(store: AccessStore) -> AccessStore:
    with store.writing():
        for row in ROWS:
            store.put(row)
    return store


def test_rows_come_back_after_the_file_was_closed(place: Path) -> None:
    with AccessStore.open(place) as store:
        filled(store)
    assert [path.name for path in place.parent.iterdir()] == ["access.db"]
    with AccessStore.open(place) as store:
        assert tuple(store.rows(type(row))[0] for row in ROWS) == ROWS


def test_each_row_has_the_columns_of_its_table() -> None:
    with closing(sqlite3.connect(":memory:")) as draft:
        for statement in SCHEMA:
            draft.execute(statement)
        for kind, shape in _SHAPES.items():
            columns = draft.execute(f"SELECT name, pk FROM pragma_table_info('{shape.table}') ORDER BY cid").fetchall()  # noqa: S608
            assert [name for name, _ in columns] == [one.name for one in fields(kind)]
            assert tuple(name for name, pk in sorted(columns, key=lambda one: one[1]) if pk) == shape.key


def test_no_row_shows_what_lets_somebody_in() -> None:
    assert "canary" not in repr(ROWS)


def test_only_the_owner_may_read_it(place: Path) -> None:
    old = os.umask(0)
    try:
        with AccessStore.open(place) as store:
            filled(store)
            assert {stat.S_IMODE(path.stat().st_mode) for path in place.parent.iterdir()} == {0o600}
    finally:
        os.umask(old)
    place.chmod(0o644)  # as a copy that was brought back may be
    with AccessStore.open(place) as store:
        filled(store)
        assert {stat.S_IMODE(path.stat().st_mode) for path in place.parent.iterdir()} == {0o600}


def test_a_later_version_is_refused_and_left_alone(place: Path) -> None:
    AccessStore.open(place).close()
    with closing(sqlite3.connect(place)) as other, other:
        other.execute("INSERT INTO version VALUES (?)", (LATEST + 1,))
    before = place.read_bytes()
    with pytest.raises(DataError, match=f"version {LATEST + 1} of the schema, this program knows {LATEST}"):
        AccessStore.open(place)
    assert place.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"not a database" * 100, b"SQLite format 3\0" + b"\0" * 4080, None])
def test_another_file_is_refused_and_left_alone(place: Path, content: bytes | None) -> None:
    if content is None:  # somebody's database
        with closing(sqlite3.connect(place)) as other, other:
            other.execute("CREATE TABLE theirs (one)")
    else:
        place.write_bytes(content)
    place.chmod(0o644)
    before = place.read_bytes()
    with pytest.raises(Damaged, match="no store of users"):
        AccessStore.open(place)
    assert place.read_bytes() == before
    assert stat.S_IMODE(place.stat().st_mode) == 0o644
    assert [path.name for path in place.parent.iterdir()] == ["access.db"]


def test_a_folder_and_a_missing_folder(tmp_path: Path) -> None:
    for wrong in (tmp_path, tmp_path / "missing" / "access.db"):
        with pytest.raises(NotWritten):
            AccessStore.open(wrong)


def test_a_destroyed_file_is_no_first_run(place: Path) -> None:
    with AccessStore.open(place) as store:
        filled(store)
    held = bytearray(place.read_bytes())
    held[100:] = os.urandom(len(held) - 100)
    place.write_bytes(held)
    with pytest.raises(TrimtabError):
        AccessStore.open(place)


def test_a_transaction_lands_whole_or_not_at_all(place: Path) -> None:
    def half(store: AccessStore) -> None:
        with store.writing():
            store.put(ANNA)
            raise KeyError("in the middle")

    with AccessStore.open(place) as store:
        with pytest.raises(KeyError):
            half(store)
        assert store.rows(UserRow) == []
        with pytest.raises(Broken), store.writing():  # a session of nobody
            store.put(ROWS[1])


@pytest.mark.parametrize(("when", "there"), [("after", 1), ("inside", 1)])
def test_a_kill_keeps_what_was_acknowledged_and_nothing_else(place: Path, when: str, there: int) -> None:
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    done = subprocess.run([sys.executable, "-c", FILLING, str(place), when], env=surroundings, timeout=60, check=False)
    assert done.returncode == -9
    with AccessStore.open(place) as store:
        assert len(store.rows(UserRow)) == there


def test_the_mark_changes_with_every_change_of_anybody(place: Path) -> None:
    with AccessStore.open(place) as here, AccessStore.open(place) as there:
        before = here.mark()
        assert here.mark() == before
        filled(there)
        after = here.mark()
        assert after != before
        here.put_setting("theme", "light")
        assert here.mark() not in (before, after)
        assert there.setting("theme") == "light"


def test_one_writer_at_a_time(place: Path) -> None:
    with AccessStore.open(place) as here, AccessStore.open(place, patience=0.02) as there:
        with here.writing(), pytest.raises(Busy), there.writing():
            raise AssertionError("two writers at once")
        filled(there)


def test_a_commit_without_an_answer_is_said_and_the_store_goes_on(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with AccessStore.open(place) as store:
        before = store.mark()
        with pytest.raises(OutcomeUnknown, match="look before you repeat it"), store.writing():
            raise Unanswered(NotWritten("the disk failed"))
        assert store.mark() != before
        filled(store)
        assert store.row(UserRow, key="anna") == ANNA


def test_what_is_deleted_is_overwritten(place: Path) -> None:
    with AccessStore.open(place) as store, store.writing():
        store.put(ANNA)
    assert b"canary-hash" in place.read_bytes()
    with AccessStore.open(place) as store, store.writing():
        assert store.drop(UserRow, key="anna") == 1
    assert b"canary-hash" not in place.read_bytes()


def test_rows_are_taken_away_by_name_and_by_age() -> None:
    store = filled(AccessStore.in_memory())
    with store.writing():
        with pytest.raises(ValueError, match="name the rows"):
            store.drop(SessionRow)
        assert store.drop(SessionRow, user="nobody") == 0
        assert store.drop_until(SessionRow, "seen", NOW - np.timedelta64(1, "s")) == 0
        assert store.drop_until(SessionRow, "seen", NOW) == 1
    assert store.row(SessionRow) is None


def test_values_are_bound_and_never_part_of_a_statement() -> None:
    store = filled(AccessStore.in_memory())
    for text in ("' OR ''='", "x'; DROP TABLE users; --", "\0", "%", "_"):
        assert store.rows(UserRow, key=text) == []
        store.put_setting(text, text)
        assert store.setting(text) == text
    assert store.rows(UserRow) == [ANNA]


def test_settings_hold_what_json_can() -> None:
    store = AccessStore.in_memory()
    assert store.setting("digest") is None
    for value in ({"at": "08:00", "to": ["anna"]}, None, 3, "é"):
        store.put_setting("digest", value)
        assert store.setting("digest") == value
    with pytest.raises(ValueError, match="JSON"):
        store.put_setting("digest", float("nan"))


def test_an_alert_is_acknowledged_once_by_each() -> None:
    store = AccessStore.in_memory()
    for user, minutes in [("anna", 0), ("anna", 5), ("ben", 7)]:
        store.acknowledge("stale:prices", user, NOW + np.timedelta64(minutes, "m"))
    found = {(one.key, one.user, one.at) for one in store.acknowledged()}
    assert found == {("stale:prices", "anna", AT), ("stale:prices", "ben", "2026-03-02T09:07:00")}


def test_instants_are_in_the_order_of_their_texts() -> None:
    assert instant(NOW) == AT
    assert instant(np.datetime64("2026-03-02", "D")) == "2026-03-02T00:00:00"
    with pytest.raises(InvariantError):
        instant(np.datetime64("NaT"))


def test_a_copy_that_was_brought_back_is_a_store(place: Path) -> None:
    with AccessStore.open(place) as store:
        filled(store)
    copied = Path(shutil.copy(place, place.with_name("copy.db")))
    with AccessStore.open(copied) as store:
        assert store.rows(UserRow) == [ANNA]


def test_two_that_make_the_same_store_at_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is faster by a moment: what it made is opened, and not written over."""
    with AccessStore.open(place) as other:
        filled(other)
        looks = iter([False])
        real = Path.exists
        monkeypatch.setattr(Path, "exists", lambda self: next(looks, None) is None and real(self))
        with AccessStore.open(place) as store:
            assert store.rows(UserRow) == [ANNA]


def test_what_lies_in_the_way_of_a_new_store_is_left(place: Path) -> None:
    log = place.with_name("access.db-wal")
    log.write_bytes(b"of somebody")
    with pytest.raises(NoBook, match=r"access\.db-wal exists already"):
        AccessStore.open(place)
    assert log.read_bytes() == b"of somebody"


def test_a_store_that_stays_open_to_others_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    AccessStore.open(place).close()
    place.chmod(0o640)

    def refused(self: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refused)
    with pytest.raises(NotWritten, match="others may read this file"):
        AccessStore.open(place)


def test_a_store_without_a_version_is_damaged(place: Path) -> None:
    AccessStore.open(place).close()
    with closing(sqlite3.connect(place)) as other, other:
        other.execute("DELETE FROM version")
    with pytest.raises(Damaged, match="versions of its schema are"):
        AccessStore.open(place)
