"""Judging a thousand variants: every split of 16 blocks, and a thousand drawn histories, on one core and in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.conftest import Table
from benchmarks.overfitting_work import BLOCKS, DAYS, DRAWS, VARIANTS, returns
from benchmarks.stopwatch import seconds
from trimtab.validation.overfitting import probability_of_overfitting

SPLITS, SECONDS, MEMORY = 12_870, 0.5, 400  # of all splits: CPU seconds, and MiB of the process with the input
DRAWN = 5.0  # CPU seconds of the test for superior ability, its block length included

pytestmark = pytest.mark.usefixtures("pinned")


def test_every_split_of_sixteen_blocks(table: Table):
    rows = returns()
    spent = seconds(lambda: probability_of_overfitting(rows, blocks=BLOCKS), 5)
    table.add(f"CSCV, {BLOCKS} blocks x {VARIANTS:,} variants x {DAYS:,} days, CPU seconds", f"{spent:.2f}", f"{SECONDS:g}")
    assert spent < SECONDS


def test_memory_and_drawn_histories(table: Table):
    here = Path(__file__).parents[1]
    surroundings = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(here)}
    command = [sys.executable, "-m", "benchmarks.overfitting_work"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=here, env=surroundings)
    found = json.loads(done.stdout)
    table.add("  peak memory with the input, MiB", f"{found['pbo_mib']:.0f}", f"{MEMORY}")
    table.add(
        f"superior ability, {DRAWS:,} draws x {VARIANTS:,} variants x {DAYS:,} days, CPU seconds",
        f"{found['spa_cpu']:.2f}",
        f"{DRAWN:g}",
    )
    table.add("  peak memory with the input, MiB", f"{found['spa_mib']:.0f}", f"{MEMORY}")
    assert (found["splits"], found["draws"]) == (SPLITS, DRAWS)
    assert max(found["pbo_mib"], found["spa_mib"]) < MEMORY
    assert found["pbo_cpu"] < 2.0 * SECONDS  # once, in a cold process
    assert found["spa_cpu"] < DRAWN
