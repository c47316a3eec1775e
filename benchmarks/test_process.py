"""Whole processes: what a person waits for, and how much memory a backtest takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.conftest import ROOT, Table

MEMORY, HELP, DEMO = 300, 0.3, 4.0  # MiB, seconds, seconds
ENTRY = "import sys; from trimtab.surfaces.cli.main import main; sys.exit(main())"


def trimtab(arguments: list[str], folder: Path) -> float:
    """Wall seconds of one command in a fresh process."""
    script = Path(sys.executable).with_name("trimtab")
    start = [str(script)] if script.exists() else [sys.executable, "-c", ENTRY]
    begun = time.perf_counter()
    subprocess.run([*start, *arguments], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - begun


def test_help_answers_at_once(tmp_path: Path, table: Table):
    trimtab(["--help"], tmp_path)
    seconds = median(trimtab(["--help"], tmp_path) for _ in range(5))
    table.add("trimtab --help, seconds", f"{seconds:.2f}", f"{HELP}")
    assert seconds < HELP


def test_demo_when_warm(tmp_path: Path, table: Table):
    trimtab(["demo", "--quiet"], tmp_path)
    seconds = median(trimtab(["demo", "--quiet"], tmp_path) for _ in range(3))
    table.add("trimtab demo, whole process, seconds", f"{seconds:.2f}", f"{DEMO}")
    assert (tmp_path / "out" / "demo" / "report.html").exists()
    assert seconds < DEMO


def test_memory_of_a_backtest(table: Table):
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.work"], env=surroundings, check=True, capture_output=True, text=True
    )
    peak = json.loads(done.stdout)["peak_mib"]
    table.add("peak memory of a backtest, MiB", f"{peak:.0f}", f"{MEMORY}")
    assert peak < MEMORY
