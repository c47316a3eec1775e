"""The market store beside pandas: whole histories to a view, and what was known at each of many dates."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.conftest import ROOT, Table
from benchmarks.store_work import ASSETS, NOW, SESSIONS, filled, frame_of, histories, look_at, revised
from trimtab.core.terms import CLOSE
from trimtab.data.store.store import Store

LOADING, MEMORY, PANEL = 1.5, 600, 50.0  # times pandas, MiB, times faster than the loop


def paired(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> tuple[float, float, float]:
    """Median seconds of both, run in turn, and the median of the ratios pair by pair."""
    ours(), theirs()
    pairs = []
    for _ in range(rounds):
        gc.collect()
        begun = time.perf_counter()
        ours()
        between = time.perf_counter()
        theirs()
        pairs.append((between - begun, time.perf_counter() - between))
    one, two = (median(pair[k] for pair in pairs) for k in (0, 1))
    return one, two, median(a / b for a, b in pairs)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return filled(tmp_path_factory.mktemp("bench") / "market")


def test_loading_to_a_view(store: Store, table: Table):
    files = [store.root / part.name for part in store.manifest().of("observations")]
    ours, theirs, ratio = paired(lambda: look_at(store), lambda: frame_of(files), 9)
    table.add(
        f"{ASSETS} assets x {SESSIONS} days, store to a view, over pandas.read_parquet of the same files",
        f"{ratio:.2f}",
        f"{LOADING}",
    )
    table.add("  seconds: ours, pandas", f"{ours:.3f}, {theirs:.3f}")
    frame = frame_of(files)
    view = look_at(store)
    wide = frame.pivot_table(index="effective", columns="id", values="value")
    assert np.array_equal(wide.to_numpy(), view.market.fields[CLOSE])
    assert ratio < LOADING


def test_memory_of_loading(store: Store, table: Table):
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "benchmarks.store_work", str(store.root)]
    done = subprocess.run(command, env=surroundings, check=True, capture_output=True, text=True)
    peak = float(done.stdout)
    table.add("  peak memory of the process that loads them, MiB", f"{peak:.0f}", f"{MEMORY}")
    assert peak < MEMORY


def test_an_as_of_panel(tmp_path: Path, table: Table):
    series, frame = revised()
    store = Store.create(tmp_path / "market")
    store.append(series, source="revised", now=NOW)
    names = [history.about.name for history in series]
    instants = pd.date_range("2000-01-31", periods=300, freq="ME", tz="UTC") + pd.Timedelta(hours=23)
    cutoffs = instants.tz_localize(None).to_numpy().astype("datetime64[s]")

    def ours() -> Any:
        return store.as_of().panel(names, cutoffs)

    def theirs() -> list[Any]:
        return [frame[frame["known"] <= cutoff].groupby(["series", "period"])["value"].last() for cutoff in cutoffs]

    one, two, ratio = paired(ours, theirs, 3)
    table.add(
        "as-of panel, 300 dates x 25 revised series, pandas filter-and-last over ours", f"{1 / ratio:.0f}", f"{PANEL:.0f}"
    )
    table.add("  seconds: ours, pandas", f"{one:.3f}, {two:.2f}")
    found, answers = ours(), theirs()
    for d in (0, 150, 299):
        want = answers[d].unstack("series").reindex(index=found.periods, columns=names)
        assert np.array_equal(want.to_numpy(), found.values[d], equal_nan=True)
    assert 1 / ratio > PANEL


def test_nothing_new_is_found_quickly(store: Store, table: Table):
    begun = time.perf_counter()
    changes = store.append(histories(), source="bench", now=NOW)
    table.add("  the same histories again: seconds until nothing new is said", f"{time.perf_counter() - begun:.1f}")
    assert {change.words for change in changes} == {"nothing new"}
