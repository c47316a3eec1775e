"""What the benchmarks share: the prices, one pinned core, the peer's process, and the table in out/bench.md."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trimtab
from benchmarks.prices import Prices, generated

ROOT = Path(__file__).parents[1]
PEER = "TRIMTAB_PEER_BT"


@dataclass(slots=True)
class Table:
    """Rows of what was measured, with the bound that a test holds it to (or none)."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, what: str, measured: str, bound: str = "") -> None:
        """One line."""
        self.rows.append((what, measured, bound))

    def write(self, place: Path) -> None:
        """The table as Markdown; nothing where nothing was measured."""
        if not self.rows:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        machine = f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}, {os.cpu_count()} cores"
        lines = [f"# Benchmarks of trimtab {trimtab.__version__}", "", f"{machine}. Times do not travel; ratios do.", ""]
        lines += ["| what | measured | bound |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in self.rows)]
        place.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def table() -> Iterator[Table]:
    found = Table()
    yield found
    found.write(ROOT / "out" / "bench.md")


@pytest.fixture(scope="session")
def prices() -> Prices:
    return generated()


@pytest.fixture
def pinned() -> Iterator[None]:
    """One core for this process and those that it starts, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    yield
    os.sched_setaffinity(0, before)


@dataclass(frozen=True, slots=True)
class Peer:
    """A running peer; each call does the work once and tells the CPU seconds and the final wealth."""

    process: subprocess.Popen[str]

    def __call__(self) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the peer stopped with code {self.process.wait()}"
        return json.loads(line)  # type: ignore[no-any-return]


@pytest.fixture
def bt(prices: Prices, tmp_path: Path) -> Iterator[Peer]:
    """The peer bt in an environment of its own, on the same prices."""
    python = os.environ.get(PEER)
    if not python:
        pytest.skip(f"{PEER} names no Python with bt; `make bench` makes one")
    file = tmp_path / "prices.npz"
    np.savez(file, dates=prices.dates, names=np.array(prices.names), closes=prices.closes)
    command = [python, str(Path(__file__).with_name("peer_bt.py")), str(file)]
    surroundings = os.environ | {"PYTHONPATH": ""}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=surroundings) as process:
        yield Peer(process)
        assert process.stdin is not None
        process.stdin.close()
