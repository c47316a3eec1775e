"""What is finished stays finished: kills, cuts and second runs of one job."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk.sweep_checks import gone
from tests.desk.sweep_driver import job, run
from tests.desk.sweep_parts import begun, misbehave
from trimtab.core.errors import DataError, UsageError
from trimtab.desk.crew import Crew
from trimtab.desk.jobs import carry_out
from trimtab.desk.parts_store import Job, opened, whole_parts

ROOT = Path(__file__).parents[2]
COUNT = 10


def columns(number: int) -> dict[str, Any]:
    return {"variant": np.array([number, number]), "sharpe": np.array([0.5 * number, np.nan]), "name": ["a", "b"]}


def read(place: Path | None) -> bytes:
    assert place is not None
    return place.read_bytes()


@given(st.permutations(range(3)), st.integers(0, 3))
@settings(max_examples=4)
def test_the_bytes_depend_on_the_parts_alone(order: list[int], first: int):
    """In whatever order parts are finished, in one run or two."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for run_parts in (order[:first], order[first:]):
            with opened(root / "one", Job({}, 3)) as store:
                for number in run_parts:
                    store.keep(number, columns(number))
                if not store.missing:
                    mixed = read(store.collect({}))
        with opened(root / "two", Job({}, 3)) as store:
            for number in range(3):
                store.keep(number, columns(number))
            assert read(store.collect({})) == mixed
    assert pq.read_table(io.BytesIO(mixed)).column("variant").to_pylist() == [n for n in range(3) for _ in "ab"]


@contextmanager
def driven(root: Path, marks: Path) -> Iterator[subprocess.Popen[str]]:
    """The driver in a process of its own, once it has kept two parts."""
    marks.mkdir()
    program = [sys.executable, "-m", "tests.desk.sweep_driver", str(root), str(marks), str(COUNT)]
    said = (marks / "said.txt").open("w")
    driver = subprocess.Popen(program, cwd=ROOT, stderr=said, text=True)
    try:
        until(lambda: len(list(root.glob("*/parts/*.parquet"))) >= 2)
        yield driver
    finally:
        driver.kill()
        driver.wait()
        said.close()


def until(what: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def workers_of(marks: Path) -> list[int]:
    return sorted({int(path.name.split("-")[1]) for path in marks.glob("*.begun")})


def kept(root: Path) -> set[int]:
    return {int(path.name[:8]) for path in root.glob("*/parts/*.parquet")}


def test_a_killed_driver_goes_on_where_it_stood(tmp_path: Path):
    root, marks = tmp_path / "jobs", tmp_path / "marks"
    with driven(root, marks) as driver:
        with pytest.raises(UsageError, match=f"process {driver.pid} runs this job"), opened(root, job(COUNT)):
            pass
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        assert gone(workers_of(marks))  # a worker does not outlive its driver
    before, tried = kept(root), begun(marks)
    assert 2 <= len(before) < COUNT
    outcome = run(root, str(marks), COUNT, workers=1)
    assert (outcome.found, outcome.done, dict(outcome.gaps)) == (len(before), COUNT - len(before), {})
    counts = begun(marks)
    assert {counts[number] for number in before} == {1}  # finished: never done twice
    assert sum(counts.values()) == sum(tried.values()) + COUNT - len(before)
    clean = run(tmp_path / "clean", str(tmp_path), COUNT, workers=1)
    assert outcome.results.read_bytes() == clean.results.read_bytes()


def test_ctrl_c_ends_at_once_and_keeps_what_is_finished(tmp_path: Path):
    root, marks = tmp_path / "jobs", tmp_path / "marks"
    with driven(root, marks) as driver:
        driver.send_signal(signal.SIGINT)
        began = time.monotonic()
        driver.wait(timeout=20)
        assert driver.returncode != 0
        assert time.monotonic() - began < 15.0
        assert "KeyboardInterrupt" in (marks / "said.txt").read_text()
        assert gone(workers_of(marks))
    assert 2 <= len(kept(root)) < COUNT
    with opened(root, job(COUNT)) as store:
        assert set(store.finished) == kept(root)


def test_gaps_are_listed_and_tried_again(tmp_path: Path):
    told: list[tuple[int, int]] = []
    parts = [("well", 0), ("raise", 1), ("well", 2)]

    def once() -> Any:
        with opened(tmp_path / "jobs", Job({}, 3)) as store:
            return carry_out(
                misbehave,
                parts,
                store=store,
                crew=Crew(),
                shared=str(tmp_path),
                progress=lambda done, total, _: told.append((done, total)),
            )

    outcome = once()
    assert outcome.gaps == {1: "ValueError: not today (tried 3 times)"}
    gaps = outcome.results.with_name("gaps.json")
    assert json.loads(gaps.read_text()) == {"1": "ValueError: not today (tried 3 times)"}
    assert pq.read_table(outcome.results).column("number").to_pylist() == [0, 2]
    parts[1], told[:] = ("well", 1), []
    outcome = once()
    assert (outcome.found, outcome.done) == (2, 1)
    assert told == [(2, 3), (3, 3)]
    assert not gaps.exists()
    assert begun(tmp_path) == {0: 1, 1: 4, 2: 1}


@pytest.mark.parametrize("fault", ["cut", "flipped", "empty", "half written", "foreign", "twice"])
def test_a_damaged_part_is_done_again(tmp_path: Path, fault: str):
    with opened(tmp_path, Job({}, 2)) as store:
        store.keep(0, columns(0))
        store.keep(1, columns(1))
        path, parts = store.finished[1], store.folder / "parts"
    whole = path.read_bytes()
    if fault == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif fault == "flipped":
        path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    elif fault == "empty":
        path.write_bytes(b"")
    elif fault == "half written":
        path.rename(parts / ".draft-0")
    elif fault == "foreign":
        path.rename(parts / path.name.replace("00000001", "00000007"))
    else:
        path.write_bytes(store.finished[0].read_bytes())
    lying = sorted(parts.iterdir())
    assert list(whole_parts(parts.parent, Job({}, 2))) == [0]
    assert sorted(parts.iterdir()) == lying  # a look removes nothing
    with opened(tmp_path, Job({}, 2)) as store:
        assert store.missing == [1]
        store.keep(1, columns(1))
        assert store.finished[1].read_bytes() == whole
    assert len(list(parts.iterdir())) == 2


def test_what_a_store_refuses(tmp_path: Path):
    with opened(tmp_path, Job({"a": 1}, 2)) as store:
        store.keep(0, columns(0))
        with pytest.raises(DataError, match="part 0 is kept already"):
            store.keep(0, columns(0))
        with pytest.raises(DataError, match="part 2 is kept already, or none"):
            store.keep(2, columns(2))
        with pytest.raises(DataError, match="no table"):
            store.keep(1, {"a": np.zeros(2), "b": np.zeros(3)})
        store.keep(1, {"other": np.zeros(1)})
        with pytest.raises(DataError, match="same columns"):
            store.collect({})
        with pytest.raises(UsageError, match="1 parts are not the 2"):
            carry_out(misbehave, [1], store=store, crew=Crew())
        folder = store.folder
    assert not list(folder.glob("parts/.draft*"))
    (folder / "job.json").write_text("{}")
    with pytest.raises(DataError, match="another job"), opened(tmp_path, Job({"a": 1}, 2)):
        pass


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with opened(tmp_path, Job({}, 1)) as store:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(DataError, match=r"cannot be written \(No space left on device\).*it goes on"):
            store.keep(0, columns(0))
        monkeypatch.undo()
        assert not list(store.folder.glob("parts/.*"))
        store.keep(0, columns(0))


def test_a_job_is_its_description_and_holds_no_key(tmp_path: Path):
    assert Job({"a": 1}, 2).digest != Job({"a": 2}, 2).digest != Job({"a": 2}, 3).digest
    with pytest.raises(UsageError, match="more than a place") as refused:
        Job({"data": [{"at": "s3://id:hush@bucket/x"}]}, 1)
    assert "hush" not in str(refused.value)
    with opened(tmp_path, Job({"data": "s3://bucket/x"}, 1)) as store:
        assert json.loads((store.folder / "job.json").read_text()) == {"job": {"data": "s3://bucket/x"}, "parts": 1}


def test_where_no_part_is_finished_there_are_no_results(tmp_path: Path):
    """Not even those of before: they would stand beside a list of gaps that says there are none."""
    with opened(tmp_path, Job({}, 1)) as store:
        store.keep(0, columns(0))
        place = store.collect({})
        assert place is not None
        assert place.exists()
        store.finished.pop(0).unlink()
        assert store.collect({0: "not today"}) is None
        assert not place.exists()
        assert json.loads(place.with_name("gaps.json").read_text()) == {"0": "not today"}
