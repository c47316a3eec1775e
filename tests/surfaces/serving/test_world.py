"""Every change of the desk makes another state; what research writes, in the wide one alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.store import BookStore
from trimtab.surfaces.serving.world import World

AT = "2026-03-02T09:00:00"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    BookStore.create(str(tmp_path / "book.db"), recorded=np.datetime64(AT, "s"), author="anna").close()
    for name in ("policies/mine.yaml", "prices/a.csv", "runs/1/run.json", "sweeps/x/part", "jobs/1/job.json", "trials.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one")
    return tmp_path


def world(desk: Path) -> World:
    return World(desk, str(desk / "book.db"))


def test_nothing_happens_and_the_state_stays(desk: Path) -> None:
    here = world(desk)
    assert here.state(wide=True) == here.state(wide=True) == world(desk).state(wide=True)
    here.close()


@pytest.mark.parametrize("name", ["policies/mine.yaml", "prices/a.csv", "new.yaml", "practice.json"])
def test_a_file_that_pages_read_makes_another_state(desk: Path, name: str) -> None:
    here = world(desk)
    narrow, wide = here.state(wide=False), here.state(wide=True)
    (desk / name).write_text("another")
    assert here.state(wide=False) != narrow
    assert here.state(wide=True) != wide
    here.close()


@pytest.mark.parametrize("name", ["trials.jsonl", "runs/2", "sweeps/y"])
def test_research_counts_in_the_wide_state_alone(desk: Path, name: str) -> None:
    here = world(desk)
    narrow, wide = here.state(wide=False), here.state(wide=True)
    (desk / name).mkdir() if "/" in name else (desk / name).write_text("another")
    assert here.state(wide=False) == narrow
    assert here.state(wide=True) != wide
    here.close()


def test_what_serving_writes_counts_nowhere(desk: Path) -> None:
    here = world(desk)
    before = here.state(wide=True)
    for name in ("jobs/1/outcome.json", "access.db-wal", "serve.lock"):
        (desk / name).write_text("another")
    assert here.state(wide=True) == before
    here.close()


def test_a_record_of_another_process_is_seen_at_once(desk: Path) -> None:
    here = world(desk)
    before = here.state(wide=False)
    with BookStore.open(str(desk / "book.db")) as book:
        book.append([Note("look", {})], recorded=np.datetime64(AT, "s"), author="ben")
    assert here.state(wide=False)[0] == before[0] + 1
    here.close()


def test_without_a_book_there_is_a_state_all_the_same(tmp_path: Path) -> None:
    here = World(tmp_path, str(tmp_path / "book.db"))
    assert here.state(wide=False)[0] == -1
    assert not here.stands_still
