"""All measures of a 25-year daily series beside quantstats' full metrics, and of ten thousand series in one call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.conftest import Table
from benchmarks.metrics_work import DAYS, SERIES, returns, sessions
from benchmarks.stopwatch import seconds
from trimtab.numerics.measures import KEYS, measures
from trimtab.surfaces.metrics import metrics

RATIO = 30.0  # times faster than quantstats' full metrics
SECONDS, MEMORY = 3.0, 1.5 * 1024  # of ten thousand series: CPU seconds, and MiB with the input

pytestmark = pytest.mark.usefixtures("pinned")


def test_a_thirtieth_of_quantstats(table: Table):
    pytest.importorskip("quantstats")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import quantstats
    row, dates = returns(1)[0], sessions()
    other = 0.6 * row + 0.4 * np.random.default_rng(9).normal(0.0003, 0.01, DAYS)
    index = pd.DatetimeIndex(dates)
    mine, theirs = pd.Series(row, index, name="strategy"), pd.Series(other, index, name="benchmark")

    def peer() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            quantstats.reports.metrics(mine, benchmark=theirs, mode="full", display=False)

    peers = seconds(peer, 3)
    ours = seconds(lambda: measures(row, 252, benchmark=other, dates=dates), 9, times=20)
    whole = seconds(lambda: metrics(mine, theirs), 9, times=10)
    table.add("full metrics of 25 years of days: quantstats over ours, arrays", f"{peers / ours:.0f}", f"{RATIO:.0f}")
    table.add("  quantstats over trimtab.metrics, from pandas to pandas", f"{peers / whole:.0f}", f"{RATIO:.0f}")
    table.add("  CPU milliseconds: arrays, pandas, quantstats", f"{1e3 * ours:.2f}, {1e3 * whole:.2f}, {1e3 * peers:.0f}")
    found = metrics(mine, theirs)
    assert len(found) == len(KEYS)
    assert found["sharpe"] == pytest.approx(float(quantstats.stats.sharpe(mine)), rel=1e-9)  # the same question
    assert peers / ours > RATIO
    assert peers / whole > RATIO


def test_ten_thousand_series_in_one_call(table: Table):
    here = Path(__file__).parents[1]
    surroundings = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(here)}
    command = [sys.executable, "-m", "benchmarks.metrics_work"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=here, env=surroundings)
    found = json.loads(done.stdout)
    table.add(
        f"all {found['figures']} metrics of {SERIES:,} x {DAYS:,} returns, CPU seconds", f"{found['cpu']:.2f}", f"{SECONDS:g}"
    )
    table.add("  peak memory with the input, MiB", f"{found['peak_mib']:.0f}", f"{MEMORY:.0f}")
    assert (found["figures"], found["unknown"]) == (len(KEYS), 0)
    assert found["cpu"] < SECONDS
    assert found["peak_mib"] < MEMORY
