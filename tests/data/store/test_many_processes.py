"""Writers and readers side by side: no change is lost or mixed, and nobody who reads ever waits or fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.data.store.worlds import DAY, NOW, prices
from trimtab.data.store.store import Draft, Store
from trimtab.data.store.verify import faults

ROOT = Path(__file__).resolve().parents[3]

WRITE = """
import sys
from pathlib import Path
import numpy as np
from tests.data.store.worlds import DAY, NOW, prices
from trimtab.data.store.store import Store
store, name, count = Store(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
for k in range(count):
    store.append([prices(name, np.arange(1.0, k + 2.0))], source=name, now=NOW + k * DAY)
"""

READ = """
import sys
from pathlib import Path
from trimtab.data.store.store import Store
store, count = Store(Path(sys.argv[1])), int(sys.argv[2])
for _ in range(count):
    snapshot = store.as_of()
    for history in snapshot.load(snapshot.names()):
        values = history.values.tolist()
        assert values == [float(k + 1) for k in range(len(values))], values  # whole changes only
"""


def started(script: str, *words: str) -> subprocess.Popen[bytes]:
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    return subprocess.Popen([sys.executable, "-c", script, *words], cwd=ROOT, env=surroundings, stderr=subprocess.PIPE)


def together(root: Path, writes: int, reads: int) -> None:
    Store.create(root)
    running = [started(WRITE, str(root), name, str(writes)) for name in ("left", "right")]
    running += [started(READ, str(root), str(reads))]
    for process in running:
        _, error = process.communicate(timeout=300)
        assert process.returncode == 0, error.decode()
    store = Store(root)
    assert not faults(root, store.manifest())
    for history in store.as_of().load(["left", "right"]):
        assert history.values.tolist() == np.arange(1.0, writes + 1.0).tolist()
    assert store.manifest().number >= 2 * writes


def test_two_writers_and_a_reader(tmp_path: Path):
    together(tmp_path / "market", 25, 40)


@pytest.mark.soak
def test_two_writers_and_a_reader_for_long(tmp_path: Path):
    together(tmp_path / "market", 400, 600)


def test_without_the_lock_changes_are_lost(tmp_path: Path):
    """The control: two drafts of the same state, committed one after the other without a lock."""
    store = Store.create(tmp_path / "market")
    store.append([prices("base", [1.0])], source="x", now=NOW)
    late = Draft(store.root, store.manifest(), NOW + 2 * DAY)
    store.append([prices("left", [1.0])], source="left", now=NOW + DAY)
    assert store.as_of().names() == ("base", "left")
    late.take([prices("right", [1.0])], source="right")
    late.commit()
    assert "left" not in store.as_of().names()
