"""R1: no order is lost or doubled, wherever the sender is killed, and killed again (RELIABILITY 3 and 5D1).

A fault is printed as `seed/kind/number`: `Harness.run(kind, 1, first=number)` with that seed repeats it alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.accounting.database.servers import Server
from tests.desk.crashing import RECOVERING, SENDING

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("TRIMTAB_SOAK_SEED", "20260101"))
MEMORY = Path("/dev/shm")  # noqa: S108 - a book there costs no sync of the disk; a killed process loses no page anyhow


class Harness:
    """The process that is copied and killed (crashing.py)."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._count = folder, 0
        surroundings = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        surroundings |= {"OPENBLAS_NUM_THREADS": "1"}  # one thread alone may be copied
        surroundings.pop("COVERAGE_PROCESS_START", None)
        command = [sys.executable, "-m", "tests.desk.crashing"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process: Any = subprocess.Popen(command, env=surroundings, cwd=ROOT, text=True, **pipes)  # type: ignore[call-overload]

    def run(self, kind: str, count: int, **more: Any) -> dict[str, Any]:
        """So many runs of a kind: what came of them. See crashing.sweep."""
        self._count += 1
        place = {"folder": str(self.folder / str(self._count))} | more
        self._process.stdin.write(json.dumps({"kind": kind, "count": count, "seed": SEED} | place) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        whole = f"killed {found['killed']} times and {found['twice']} times again, {found['halted']} ended halted"
        where = "server" if "server" in more else "file"
        faulty = f"{found['doubled']} doubled, {len(found['faults'])} faults"
        words = f"R1 {kind} on a {where}, seed {SEED}: {found['runs']} runs, {whole}; {faulty}; {found['seconds']:.0f} s"
        print(f"{words}\n   {found['points']}")  # noqa: T201 - the figures of the promise
        return found

    def close(self) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    folder = MEMORY if os.access(MEMORY, os.W_OK) else tmp_path_factory.getbasetemp()
    one = Harness(folder / f"trimtab-crashes-{os.getpid()}")
    yield one
    one.close()
    one.folder.rmdir() if one.folder.exists() else None


def kept(found: dict[str, Any], killed: float, again: float = 0.0, least: int = 1) -> None:
    """No fault; and the deaths that the runs are about took place: so many of all, and at each point in its turn."""
    assert not found["faults"], "; ".join(found["faults"])
    assert found["killed"] >= killed * found["runs"]
    assert found["twice"] >= again * found["runs"]
    names = {"points": SENDING, "doubles": [f"again {one}" for one in RECOVERING]}.get(found["kind"], ())
    assert all(found["points"].get(name, 0) >= least for name in names), found["points"]


def test_a_sender_killed_at_any_point_loses_and_doubles_nothing(harness: Harness) -> None:
    assert len(SENDING) >= 12
    kept(harness.run("points", 3 * len(SENDING), verified=20), 1.0)


def test_a_sender_killed_at_any_time_loses_and_doubles_nothing(harness: Harness) -> None:
    kept(harness.run("times", 64, verified=20), 1.0)


def test_a_sender_killed_again_in_its_recovery_loses_and_doubles_nothing(harness: Harness) -> None:
    kept(harness.run("doubles", 2 * len(RECOVERING), verified=20), 1.0, 1.0)


def test_the_check_catches_a_sender_that_sends_and_then_records(harness: Harness) -> None:
    """The control: the same runs, the same check."""
    found = harness.run("points", 2 * len(SENDING), program="naive", verified=100)
    assert found["doubled"] >= 4
    with pytest.raises(AssertionError, match="arrived 2 times"):
        kept(found, 0.9)


def test_a_sender_on_a_server_loses_and_doubles_nothing(harness: Harness, server: Server) -> None:
    kept(harness.run("points", len(SENDING), server=server.address("crashes"), verified=100), 1.0)


@pytest.mark.soak
def test_a_hundred_kills_at_each_point_lose_and_double_nothing(harness: Harness) -> None:
    kept(harness.run("points", 100 * len(SENDING), verified=10), 1.0, least=100)


@pytest.mark.soak
def test_two_thousand_kills_at_any_time_lose_and_double_nothing(harness: Harness) -> None:
    kept(harness.run("times", 2000, verified=10), 1.0)


@pytest.mark.soak
def test_eighteen_hundred_double_crashes_lose_and_double_nothing(harness: Harness) -> None:
    kept(harness.run("doubles", 1800, verified=10), 1.0, 1.0, least=80)


@pytest.mark.soak
def test_five_hundred_kills_on_a_server_lose_and_double_nothing(harness: Harness, server: Server) -> None:
    for kind, count in (("points", 168), ("times", 166), ("doubles", 166)):
        address = server.address(f"crashes_{kind}")
        kept(harness.run(kind, count, server=address, verified=83), 1.0, float(kind == "doubles"))


@pytest.mark.soak
def test_the_control_doubles_often(harness: Harness) -> None:
    """What the naive sender does, for the record."""
    found = harness.run("points", 20 * len(SENDING), program="naive", verified=10**6)
    assert found["doubled"] >= 2 * 20
