"""Requests that are done once: repeated, mixed up, killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.surfaces.access.doors import NOW, later
from trimtab.accounting.database.access import AccessStore
from trimtab.core.errors import InvariantError, UsageError
from trimtab.surfaces.access.keys import InFlight, Keys, Lost, Mismatch, New, Replay

ROOT = Path(__file__).parents[3]
DYING = """
import os, signal, sys
from pathlib import Path
import numpy as np
from trimtab.accounting.database.access import AccessStore
from trimtab.surfaces.access.keys import Keys
keys, now = Keys(AccessStore.open(Path(sys.argv[1]))), np.datetime64("2026-03-02T09:00:00", "s")
keys.begin("anna", "done", "sha", now)
keys.finish("anna", "done", 201, "application/json", b"{}", now)
keys.begin("anna", "begun", "sha", now)
os.kill(os.getpid(), signal.SIGKILL)
"""


def keys() -> Keys:
    return Keys(AccessStore.in_memory())


@given(st.integers(100, 599), st.text(max_size=20).filter(lambda text: text.isprintable()), st.binary(max_size=200))
def test_what_was_answered_is_answered_again(status: int, media: str, body: bytes) -> None:
    held = keys()
    assert held.begin("anna", "k", "sha", NOW) == New()
    assert held.begin("anna", "k", "sha", NOW) == InFlight()
    held.finish("anna", "k", status, media, body, NOW)
    assert held.begin("ANNA", "k", "sha", NOW) == Replay(status, media, body)


def test_another_request_with_the_same_key() -> None:
    held = keys()
    held.begin("anna", "k", "sha", NOW)
    assert held.begin("anna", "k", "other", NOW) == Mismatch()
    held.finish("anna", "k", 200, "", b"", NOW)
    assert held.begin("anna", "k", "other", NOW) == Mismatch()


def test_a_key_belongs_to_its_user() -> None:
    held = keys()
    held.begin("anna", "k", "sha", NOW)
    held.finish("anna", "k", 200, "text/plain", b"of anna", NOW)
    assert held.begin("ben", "k", "sha", NOW) == New()


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb", "\0", "\ud800", "\u202e"])
def test_what_cannot_be_a_key(key: str) -> None:
    with pytest.raises(UsageError, match="1 to 200 printable"):
        keys().begin("anna", key, "sha", NOW)
    assert keys().begin("anna", "x" * 200, "sha", NOW) == New()


def test_keys_are_kept_for_a_week() -> None:
    store = AccessStore.in_memory()
    held = Keys(store)
    held.begin("anna", "k", "sha", NOW)
    held.finish("anna", "k", 200, "", b"", later(minutes=1))
    assert held.begin("anna", "k", "sha", later(days=7)) == Replay(200, "", b"")
    held.sweep(later(days=7))
    assert held.begin("anna", "k", "sha", later(days=7, minutes=1)) == New()


def test_what_was_not_done_is_free_and_what_may_have_been_is_lost() -> None:
    held = keys()
    held.begin("anna", "k", "sha", NOW)
    held.forget("anna", "k")
    assert held.begin("anna", "k", "sha", NOW) == New()
    held.lose("anna", "k")
    assert held.begin("anna", "k", "sha", NOW) == Lost()


def test_only_what_was_begun_here_is_ended() -> None:
    store = AccessStore.in_memory()
    held = Keys(store)
    held.begin("anna", "mine", "sha", NOW)
    store.life = "another process"
    other = Keys(store)
    assert other.begin("anna", "mine", "sha", NOW) == Lost()
    for key in ("mine", "never"):
        with pytest.raises(InvariantError, match="has not begun"):
            other.finish("anna", key, 200, "", b"", NOW)
        for end in (other.forget, other.lose):
            with pytest.raises(InvariantError, match="has not begun"):
                end("anna", key)
    held.finish("anna", "mine", 200, "", b"", NOW)
    with pytest.raises(InvariantError):
        held.finish("anna", "mine", 200, "", b"", NOW)


def test_two_keepers_of_one_process_agree() -> None:
    store = AccessStore.in_memory()
    Keys(store).begin("anna", "k", "sha", NOW)
    assert Keys(store).begin("anna", "k", "sha", NOW) == InFlight()


def test_killed_between_the_beginning_and_the_end(tmp_path: Path) -> None:
    place = tmp_path / "access.db"
    surroundings = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", DYING, str(place)], env=surroundings, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    with AccessStore.open(place) as store:
        held = Keys(store)
        assert held.begin("anna", "done", "sha", NOW) == Replay(201, "application/json", b"{}")
        assert held.begin("anna", "begun", "sha", NOW) == Lost()
        assert held.begin("anna", "begun", "other", NOW) == Mismatch()
        assert held.begin("anna", "later", "sha", NOW) == New()
