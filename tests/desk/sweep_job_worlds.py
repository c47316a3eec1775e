"""Small sweeps for the tests of jobs: a plain policy on three total returns, and a process that dies in the middle of one.

`python -m tests.desk.sweep_job_worlds WORKSPACE` is killed by itself after the line of the second part, before its results.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.terms import CLOSE
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk import sweep_cutting, sweeping
from trimtab.desk.crew import Crew
from trimtab.desk.grid import Grid
from trimtab.desk.load import policy_from
from trimtab.desk.parts_store import PartsStore
from trimtab.desk.policy import Policy
from trimtab.desk.sweeping import SweepPlan, carry_out_sweep, plan
from trimtab.numerics.lanes_running import Engine

AXES = ("signals.average.window=20D..80D:20", "costs.bps=0,5,10", "schedule.offset=0,3")  # 24 variants


def policy(**changes: Any) -> Policy:
    """Three assets above their average, else cash."""
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "swept",
        "since": "2001-01-02",
        "universe": {name: {} for name in "ABC"},
        "benchmark": dict.fromkeys("ABC", 0.3),
        "signals": {"average": {"use": "trend", "window": "40D"}},
        "combine": {"use": "vote"},
        "allocator": {"use": "timing"},
        "costs": {"use": "linear", "bps": 10},
        "schedule": {"decide": "month-end", "trade": "same_close"},
        "execution": {"rounding": "none", "digits": 10},
    }
    return policy_from(values | changes)


def market(held: Policy, count: int = 400) -> Market:
    """Total returns on weekdays."""
    days = np.busday_offset("2001-01-02", np.arange(count))
    steps = np.random.default_rng(5).normal(0.0005, 0.01, (count, len(held.universe)))
    closes = 50.0 * np.exp(np.cumsum(steps, axis=0))
    histories = {
        asset.series: History(About(asset.series, asset.series, Kind.TOTAL_RETURN, "generated"), days, {CLOSE: closes[:, a]})
        for a, asset in enumerate(held.universe)
    }
    return assemble(held.universe, histories)


def planned(workspace: Path, *axes: str, **more: Any) -> SweepPlan:
    """The sweep of `policy`, by numpy."""
    held = policy()
    return plan(held, Grid.parse(axes or AXES), workspace, market=market(held), **{"engine": Engine.NUMPY, **more})


def dying_at(part: int) -> None:
    """The second part is counted, and never kept."""
    keep = PartsStore.keep

    def killed(self: PartsStore, index: int, columns: Mapping[str, Any]) -> None:
        if index == part:
            os.kill(os.getpid(), signal.SIGKILL)
        keep(self, index, columns)

    PartsStore.keep = killed  # type: ignore[method-assign]


if __name__ == "__main__":
    sweep_cutting.LEAST = 6
    sweeping.code_version = lambda: "tested"  # type: ignore[assignment]
    dying_at(1)
    carry_out_sweep(planned(Path(sys.argv[1])), Crew())
