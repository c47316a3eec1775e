"""Possible futures: 10,000 histories of 25 years by month, signals recomputed, on one core and in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.conftest import Table
from benchmarks.resampled_work import PATHS, YEARS, done
from benchmarks.stopwatch import seconds
from trimtab.desk.resampled import fan_of

SECONDS, WIDE, FAN, MEMORY = 3.0, 6.5, 1.5, 512

pytestmark = pytest.mark.usefixtures("pinned")


@pytest.mark.parametrize(("assets", "bound"), [(5, SECONDS), (12, WIDE)])
def test_ten_thousand_histories(table: Table, assets: int, bound: float) -> None:
    spent = seconds(lambda: done(assets), 3)
    table.add(f"bootstrap, {PATHS:,} histories x {YEARS} years x {assets} assets, CPU seconds", f"{spent:.2f}", f"{bound:g}")
    assert spent < bound


def test_the_fan_of_all_of_them(table: Table) -> None:
    found = done(5)
    spent = seconds(lambda: fan_of(found), 3)
    table.add("  fan and odds of lagging, CPU seconds", f"{spent:.2f}", f"{FAN:g}")
    assert spent < FAN


def test_a_fresh_process(table: Table) -> None:
    here = Path(__file__).parents[1]
    surroundings = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(here)}
    command = [sys.executable, "-m", "benchmarks.resampled_work"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=here, env=surroundings).stdout)
    table.add(
        "  in a fresh process: CPU seconds, peak MiB", f"{told['cpu']:.2f}, {told['mib']:.0f}", f"{1.3 * SECONDS:g}, {MEMORY}"
    )
    assert told["paths"] == PATHS
    assert told["cpu"] < 1.3 * SECONDS
    assert told["mib"] < MEMORY
