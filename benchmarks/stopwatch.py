"""CPU seconds of a piece of work, as the benchmarks take them."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Any


def seconds(work: Callable[[], Any], rounds: int, *, times: int = 1, warm: bool = True, best: bool = False) -> float:
    """Median (the least, with `best`) CPU seconds of one call, of rounds of so many; one round goes before."""
    found = []
    for _ in range(rounds + warm):
        gc.collect()
        begun = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - begun) / times)
    return min(found[warm:]) if best else median(found[warm:])
