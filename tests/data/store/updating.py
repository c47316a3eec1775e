"""A process that updates a store over and over until it is killed: `python -m tests.data.store.updating STORE SEED`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tests.data.store.worlds import DAY, NOW, prices
from trimtab.data.store.store import Store


def main() -> None:
    store, seed = Store(Path(sys.argv[1])), int(sys.argv[2])
    random = np.random.default_rng(seed)
    start = store.manifest().number
    for k in range(start, start + 100_000):
        # the k-th change says k everywhere: a store that mixes two changes gives itself away
        series = [prices(f"S{s}", np.full(40 + int(random.integers(0, 3)), float(k + 1))) for s in range(4)]
        store.append(series, source="kill", now=NOW + k * DAY)
        if k == start:  # all is imported; from here on changes follow each other without a pause
            sys.stdout.write("ready\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
