"""Possible futures as a benchmark: ten-month timing of monthly data, signals recomputed on 10,000 histories of 25 years.

`python -m benchmarks.resampled_work` does it once for five assets in a fresh process and prints CPU seconds and peak memory
in MiB, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from functools import cache
from typing import Any

import numpy as np

from benchmarks.prices import generated
from benchmarks.work import peak_memory
from trimtab.core.terms import CLOSE
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.resampled import Resampled, resample
from trimtab.numerics.resampling import Futures

PATHS, YEARS, SEED = 10_000, 25, 1


@cache
def world(assets: int) -> tuple[Policy, Market]:
    """The first assets of the prices at their month ends: an equal weight each while above its ten-month average."""
    prices = generated()
    months = prices.dates.astype("datetime64[M]").astype(np.int64)
    ends = np.flatnonzero(np.append(np.diff(months) != 0, True))
    names = prices.names[:assets]
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "futures",
        "since": "1999-01-01",
        "universe": {name: {} for name in names},
        "benchmark": dict.fromkeys(names, 1.0 / assets),
        "signals": {"average": {"use": "trend", "window": "10M"}},
        "combine": {"use": "vote"},
        "allocator": {"use": "timing"},
        "costs": {"use": "linear", "bps": 10},
        "schedule": {"decide": "month-end", "trade": "same_close"},
    }
    policy = policy_from(values)
    histories = {
        name: History(About(name, name, Kind.TOTAL_RETURN, "generated"), prices.dates[ends], {CLOSE: prices.closes[ends, k]})
        for k, name in enumerate(names)
    }
    return policy, assemble(policy.universe, histories)


def done(assets: int, paths: int = PATHS) -> Resampled:
    """Policy and benchmark on all histories."""
    return resample(*world(assets), Futures(YEARS, SEED, paths))


if __name__ == "__main__":
    world(5)
    begun = time.process_time()
    found = done(5)
    spent = time.process_time() - begun
    sys.stdout.write(json.dumps({"cpu": spent, "mib": peak_memory(), "paths": len(found.wealth)}) + "\n")
