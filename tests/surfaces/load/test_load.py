"""Under load nothing fails and memory stays where it is; how fast it is, `make bench` says (benchmarks/test_serving.py)."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.surfaces.load.loading import loaded, memory, sweeping
from tests.surfaces.web.served_desk import Served, demo_desk_built, served_alone

__all__ = ["demo_desk_built", "served_alone"]


def descriptors(served: Served) -> int:
    return len(list(Path(f"/proc/{served.process.pid}/fd").iterdir()))


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="memory is read from /proc")  # noqa: PTH110
def test_thousands_of_answers_while_a_sweep_runs_and_not_one_fails(served_alone: Served) -> None:
    first = loaded(served_alone, 1.0)
    held, files = memory(served_alone), descriptors(served_alone)
    job = sweeping(served_alone)
    found = loaded(served_alone, 5.0)
    assert first["errors"] == found["errors"] == 0
    assert found["answers"] > 500
    state = served_alone.api().get(f"/jobs/{job}").json()["state"]
    assert state == "running"
    served_alone.api("alan").delete(f"/jobs/{job}")
    deadline = time.monotonic() + 30
    while served_alone.api().get(f"/jobs/{job}").json()["state"] in ("waiting", "running") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert memory(served_alone) < 1.25 * held
    assert descriptors(served_alone) < files + 10


@pytest.mark.soak
def test_half_an_hour_of_load_leaves_memory_flat(served_alone: Served) -> None:
    minutes = float(os.environ.get("TRIMTAB_LOAD_MINUTES", "30"))
    loaded(served_alone, 60.0)  # what is to be kept is kept by then
    held, errors, seen = memory(served_alone), 0.0, list[float]()
    until = time.monotonic() + 60.0 * minutes
    while time.monotonic() < until:
        found = loaded(served_alone, 30.0)
        errors += found["errors"]
        seen.append(memory(served_alone) / held)
    print(f"load: {minutes:g} minutes, memory at most {max(seen):.3f} of {held / 1e6:.0f} MB, last {seen[-1]:.3f}")  # noqa: T201
    assert not errors
    assert seen[-1] < 1.05
