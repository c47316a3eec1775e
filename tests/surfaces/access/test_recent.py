"""What was looked up lately is never older than the store; and a disk that is full keeps nobody out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.surfaces.access.doors import BEN, NOW, desk, entered, later
from trimtab.accounting.database.access import AccessStore
from trimtab.accounting.database.refusals import DiskFull
from trimtab.surfaces.access.recent import Recent
from trimtab.surfaces.access.roles import Role


def test_a_change_by_anybody_is_the_end_of_what_was_kept(tmp_path: Path) -> None:
    with AccessStore.open(tmp_path / "access.db") as here, AccessStore.open(tmp_path / "access.db") as there:
        recent: Recent[str] = Recent(here)
        for store in (here, there):
            assert recent.get("k") is None
            recent.keep("k", "v")
            assert recent.get("k") == "v"
            store.put_setting("any", store is here)
            assert recent.get("k") is None


def test_it_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trimtab.surfaces.access.recent._MOST", 3)
    recent: Recent[int] = Recent(AccessStore.in_memory())
    for number in range(10):
        recent.get(str(number))
        recent.keep(str(number), number)
        assert recent.get(str(number)) == number
        assert len(recent._held) <= 3


def test_a_full_disk_keeps_nobody_from_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    door = desk()
    secret, (_, text) = entered(door, "ben", BEN), door.tokens.create("ben", "a notebook", {Role.TRADER}, now=NOW)
    tried = []

    @contextmanager
    def full(self: AccessStore) -> Iterator[None]:
        tried.append(1)
        raise DiskFull("the disk is full")
        yield

    with monkeypatch.context() as broken:
        broken.setattr(AccessStore, "writing", full)
        for second in (61, 62, 100, 120, 121):
            assert door.visitor_of_session(secret, later(seconds=second)) is not None
            assert door.visitor_of_token(text, later(seconds=second)) is not None
        assert len(tried) == 4  # at 61 and 121 seconds, once for each: not at every look
    assert door.visitor_of_session(secret, later(seconds=181)) is not None
    assert door.sessions.of("ben", later(seconds=181))[0].seen == later(seconds=181)
