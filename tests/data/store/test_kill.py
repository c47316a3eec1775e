"""Killed with -9 in the middle of an update, at any moment: the store opens, verifies, and holds one whole change."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.data.store.worlds import DAY, NOW, prices
from trimtab.data.store import manifest as module
from trimtab.data.store.store import Store
from trimtab.data.store.verify import faults

ROOT = Path(__file__).resolve().parents[3]


def killed_after(store: Path, seed: int, wait: float) -> None:
    """Start an updating process, and kill it `wait` seconds after it has begun."""
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "tests.data.store.updating", str(store), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=surroundings, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()


def require_whole(root: Path) -> int:
    """The number of the change that the store holds; every series tells the same one."""
    store = Store(root)
    manifest = store.manifest()
    assert not faults(root, manifest)
    snapshot = store.as_of()
    names = snapshot.names()
    ends = {float(history.values[0]) for history in snapshot.load(names)}
    assert len(ends) <= 1, f"a mix of changes: {ends}"
    assert bool(names) == bool(ends)
    return int(ends.pop()) if ends else 0


def killed_often(root: Path, times: int, seed: int) -> int:
    """Kill an update so many times at random moments; the last change that got through."""
    random_ = random.Random(seed)
    last = 0
    for k in range(times):
        killed_after(root, seed * 1000 + k, random_.uniform(0.0, 0.25))
        now = require_whole(root)
        assert now >= last, "an acknowledged change was lost"
        last = now
    store = Store(root)  # the next writer sweeps what the killed ones left
    store.append([prices("after", [1.0])], source="x", now=NOW + 10**6 * DAY)
    manifest = store.manifest()
    named = {part.name for part in manifest.parts} | set(manifest.retired)
    assert {str(file.relative_to(root)) for file in root.rglob("*.parquet")} <= named
    assert not list(root.rglob(".draft-*"))
    return last


def test_killed_a_few_times(tmp_path: Path):
    root = tmp_path / "market"
    Store.create(root)
    assert killed_often(root, 6, seed=1) > 0


@pytest.mark.soak
def test_killed_two_hundred_times(tmp_path: Path):
    root = tmp_path / "market"
    Store.create(root)
    seed = int(os.environ.get("TRIMTAB_SOAK_SEED", "20260101"))
    assert killed_often(root, 200, seed=seed) > 0


@pytest.mark.parametrize("step", range(1, 12))
def test_stopped_at_every_step_of_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int):
    """The power goes at the n-th fsync: nothing after it happens, and the store is the old or the new one."""
    root = tmp_path / "market"
    store = Store.create(root)
    store.append([prices(f"S{s}", np.full(3, 1.0)) for s in range(4)], source="x", now=NOW)
    count = 0

    class PowerCutError(BaseException):
        """Nothing may be cleaned up after it."""

    real = os.fsync

    def fsync(handle: int) -> None:
        nonlocal count
        count += 1
        if count >= step:
            raise PowerCutError
        real(handle)

    monkeypatch.setattr(module.os, "fsync", fsync)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)  # the dead clean nothing up
    try:
        store.append([prices(f"S{s}", np.full(3, 2.0)) for s in range(4)], source="x", now=NOW + DAY)
        done = True
    except PowerCutError:
        done = False
    monkeypatch.undo()
    found = require_whole(root)
    assert found in (1, 2)
    assert found == 2 if done else True


def test_a_writer_that_changes_files_in_place_is_caught(tmp_path: Path):
    """The control: the same check must see a store whose file was written over halfway."""
    root = tmp_path / "market"
    store = Store.create(root)
    store.append([prices("S0", np.full(300, 1.0))], source="x", now=NOW)
    place = root / store.manifest().of("observations")[0].name
    place.write_bytes(place.read_bytes()[:-40])
    with pytest.raises(AssertionError):
        require_whole(root)
