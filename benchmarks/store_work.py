"""What the benchmarks of the market store do: 500 assets over 25 years, and 25 series with vintages.

Run as a module with the folder of a filled store, it loads it to a view and prints the peak memory of its process in MiB.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.work import peak_memory
from trimtab.core.terms import CLOSE
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.store.store import Store
from trimtab.data.view import MarketView, look

ASSETS, SESSIONS = 500, 6_300
NOW = np.datetime64("2026-01-31T22:00:00", "s")


def histories() -> list[History]:
    """Seeded random walks on weekdays from 2000 on."""
    random = np.random.default_rng(11)
    dates = np.busday_offset("2000-01-03", np.arange(SESSIONS)).astype("datetime64[D]")
    walks = 100.0 * np.exp(np.cumsum(random.normal(0.0003, 0.01, (ASSETS, SESSIONS)), axis=1))
    return [History(About(f"A{a:03d}", "", Kind.PRICE, "generated"), dates, {CLOSE: walks[a]}) for a in range(ASSETS)]


def filled(root: Path) -> Store:
    """A store that holds them."""
    store = Store.create(root)
    store.append(histories(), source="bench", now=NOW)
    return store


def look_at(store: Store) -> MarketView:
    """All of it, to a view at every month-end."""
    snapshot = store.as_of()
    names = snapshot.names()
    held = {history.about.name: history for history in snapshot.load(names)}
    market = assemble(tuple(Asset(name, name) for name in names), held)
    rows = np.arange(20, len(market.sessions), 21)
    return look(market, rows, cut_off=np.timedelta64(2, "h"), since=market.sessions[0])


def frame_of(files: list[Path]) -> Any:
    """The same files as pandas reads them."""
    import pandas as pd

    return pd.concat([pd.read_parquet(file) for file in files])


def revised() -> tuple[list[History], Any]:
    """25 monthly series over 30 years, each value printed and then revised four times; and as one long frame."""
    import pandas as pd

    random = np.random.default_rng(12)
    periods = np.arange("1995-01", "2025-01", dtype="datetime64[M]").astype("datetime64[D]")
    series, frames = [], []
    for s in range(25):
        first = np.repeat(periods, 5)
        lags = np.tile(np.array([40, 70, 100, 400, 800]), len(periods))
        known = (first + lags).astype("datetime64[s]") + np.timedelta64(13, "h")
        values = 100.0 + random.normal(0.0, 1.0, len(first))
        about = About(f"M{s:02d}", "", Kind.LEVEL, "generated", "monthly", restates=True)
        series.append(History(about, first, {CLOSE: values}, known))
        frames.append(pd.DataFrame({"series": about.name, "period": first, "known": known, "value": values}))
    return series, pd.concat(frames).sort_values("known", ignore_index=True)


if __name__ == "__main__":
    look_at(Store(Path(sys.argv[1])))
    sys.stdout.write(f"{peak_memory():.0f}")
