"""Users beside the copy of a book: who they are comes back, what would open the door does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trimtab.accounting.database.access import AccessStore
from trimtab.accounting.database.access_copy import beside, copy_users
from trimtab.accounting.database.access_rows import SessionRow, TokenRow, UserRow
from trimtab.accounting.database.refusals import Damaged, NoBook

NOW = str(np.datetime64("2026-01-05T09:00:00"))
VERA = UserRow("vera", "Vera", "viewer", "a-hash", "enabled", "", "", NOW)


def filled(place: Path) -> Path:
    with AccessStore.open(place) as store, store.writing():
        store.put(VERA)
        store.put(SessionRow("d" * 64, "vera", "secret", NOW, NOW, "127.0.0.1", "browser"))
        store.put(TokenRow("t1", "e" * 64, "vera", "program", "viewer", NOW, "2027-01-05T09:00:00", ""))
    return place


def test_users_are_copied_and_what_opens_the_door_is_not(tmp_path: Path) -> None:
    to = beside(tmp_path / "book.copy")
    assert copy_users(filled(tmp_path / "access.db"), to) == 1
    with AccessStore.open(to) as copy:
        assert copy.rows(UserRow) == [VERA]
        assert not copy.rows(SessionRow)
        assert not copy.rows(TokenRow)
    assert to.stat().st_mode & 0o077 == 0
    assert b"secret" not in to.read_bytes()


def test_nothing_is_written_over_and_only_users_are_taken(tmp_path: Path) -> None:
    source, other = filled(tmp_path / "access.db"), tmp_path / "other"
    other.write_text("somebody's")
    with pytest.raises(NoBook):
        copy_users(source, other)
    assert other.read_text() == "somebody's"
    with pytest.raises(Damaged):
        copy_users(other, tmp_path / "new")
    assert not (tmp_path / "new").exists()
