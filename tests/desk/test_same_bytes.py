"""R12: same inputs, same bytes: decisions, orders, journal, exports and reports (RELIABILITY 3).

On SQLite and PostgreSQL, whatever PYTHONHASHSEED says, with one and two threads of linear algebra. TRIMTAB_OTHER_PYTHON names
another interpreter that has the packages of the lock; the long form then asks it too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.accounting.database.servers import Server
from tests.desk.paper_year_policies import generated, written

ROOT = Path(__file__).resolve().parents[2]
OTHER = os.environ.get("TRIMTAB_OTHER_PYTHON", "")


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The inputs: one folder for all, as the journal says where they are."""
    return written(tmp_path_factory.mktemp("inputs") / "prices", generated(7))


def lived(prices: Path, folder: Path, *servers: str, seed: int = 0, threads: int = 1, python: str = "") -> dict[str, Any]:
    """What one process makes of the inputs, in a file and on these servers."""
    folder.mkdir()
    path = os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    surroundings = os.environ | {"PYTHONHASHSEED": str(seed), "OPENBLAS_NUM_THREADS": str(threads), "PYTHONPATH": path}
    surroundings.pop("COVERAGE_PROCESS_START", None)
    command = [python or sys.executable, "-m", "tests.desk.same_bytes", str(prices), str(folder / "session")]
    command += [str(folder / "book.db"), *servers]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=surroundings, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Every part is the same."""
    assert one.keys() == other.keys()
    assert [part for part in one if one[part] != other[part]] == []


def test_two_processes_and_two_databases_make_the_same_bytes(prices: Path, server: Server, tmp_path: Path) -> None:
    first = lived(prices, tmp_path / "a", server.address("same"), seed=0, threads=1)
    second = lived(prices, tmp_path / "b", seed=1, threads=2)
    assert first["book0"]["statuses"] == ["filled", "sent"]
    assert len(first["book0"]["journal"]) > 40
    assert first["code"] == second["code"], "the program was changed while it ran"
    same(first["book0"], first["book1"])
    same(first["book0"], second["book0"])
    assert first["backtest"] == second["backtest"]
    for control in ("set", "clock"):
        with pytest.raises(AssertionError, match="journal"):
            same(first[control], second[control])


@pytest.mark.soak
def test_twenty_one_seeds_of_hashes_make_the_same_bytes(prices: Path, server: Server, tmp_path: Path) -> None:
    told = []
    for seed in range(21):
        address = server.address(f"same{seed}")
        told.append(lived(prices, tmp_path / str(seed), address, seed=seed, threads=1 + seed % 2))
    for one in told:
        same(told[0]["book0"], one["book0"])
        same(told[0]["book0"], one["book1"])
        assert one["backtest"] == told[0]["backtest"]
    assert len({json.dumps(one["set"], sort_keys=True) for one in told}) > 1
    assert len({json.dumps(one["clock"], sort_keys=True) for one in told}) == len(told)


@pytest.mark.soak
def test_another_python_makes_the_same_bytes(prices: Path, server: Server, tmp_path: Path) -> None:
    if not OTHER:
        pytest.skip("TRIMTAB_OTHER_PYTHON names no other interpreter")
    first = lived(prices, tmp_path / "a", server.address("this"))
    second = lived(prices, tmp_path / "b", server.address("other"), python=OTHER)
    for book in ("book0", "book1"):
        same(first[book], second[book])
    assert first["backtest"] == second["backtest"]
