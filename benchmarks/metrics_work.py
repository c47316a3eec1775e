"""Ten thousand daily series and a benchmark, measured in one call.

`python -m benchmarks.metrics_work` does it once and prints CPU seconds, peak memory in MiB and how many figures, as JSON.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from benchmarks.work import peak_memory
from trimtab.core.arrays import Array, Dates
from trimtab.numerics.measures import measures

SERIES, DAYS = 10_000, 6_300  # 504 MB


def sessions() -> Dates:
    """Business days from 2000 on."""
    days = np.arange("2000-01-03", "2026-01-01", dtype="datetime64[D]")
    return days[np.is_busday(days)][:DAYS]


def returns(series: int = SERIES) -> Array:
    """Daily returns (series, DAYS), drawn in place: the input is held once."""
    rng, rows = np.random.default_rng(8), np.empty((series, DAYS))
    for row in rows:
        rng.standard_normal(out=row)
    rows *= 0.01
    rows += 0.0003
    return rows


def main() -> None:
    """Measure, and print what it took."""
    rows, dates = returns(), sessions()
    benchmark = rows[:20].mean(axis=0)
    begun = time.process_time()
    found = measures(rows, 252, benchmark=benchmark, dates=dates)
    spent = time.process_time() - begun
    unknown = int(sum(np.isnan(value).sum() for value in found.values()))
    answer = {"cpu": spent, "peak_mib": peak_memory(), "figures": len(found), "unknown": unknown}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
