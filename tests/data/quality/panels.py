"""Clean panels out of a generator: six assets, 600 weekdays, fat tails, crashes, dividends, splits, and holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from trimtab.core.arrays import Array, Dates, Mask
from trimtab.core.terms import CLOSE, DIVIDEND, SPLIT, VOLUME
from trimtab.data.history import About, History, Kind

NAMES = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
COLUMNS = ("close", "volume", "dividend", "split")


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Prices as they traded: dates (T,); everything else (T, 6). Where `open` is false the market is shut: no row."""

    dates: Dates
    close: Array
    volume: Array
    dividend: Array
    split: Array
    open: Mask

    def __post_init__(self) -> None:
        for name in (*COLUMNS, "open"):
            getattr(self, name).flags.writeable = False

    def changed(self, name: str, values: Array) -> Panel:
        return replace(self, **{name: np.array(values)})

    @property
    def sessions(self) -> Mapping[str, Dates]:
        """The calendar of each asset: it has a row on every day on which its market is open."""
        return {name: self.dates[self.open[:, a]] for a, name in enumerate(NAMES)}


def clean(seed: int, days: int = 600) -> Panel:
    """One sound panel. Prices fall by the dividend and by the split; a split makes more units trade."""
    rng = np.random.default_rng(seed)
    dates = _weekdays(rng, days)
    vol = rng.uniform(0.006, 0.018, 6)
    market = 0.004 * rng.standard_t(4, (days, 1))
    change = market + vol * rng.standard_t(4, (days, 6)) / np.sqrt(2.0)  # variance of t with 4 degrees is 2
    change = np.clip(change * _weather(rng, days), -0.25, 0.25)
    _crash(rng, change)
    split, dividend = np.full((days, 6), np.nan), np.zeros((days, 6))
    for a in (0, 1):  # two assets split, both ways
        split[rng.integers(200, 400), a] = rng.choice([2.0, 3.0, 4.0, 5.0, 10.0, 0.1, 0.2])
    close = rng.uniform(20.0, 300.0, 6)[None, :] * np.ones((days, 6))
    for t in range(1, days):
        ratio = np.nan_to_num(split[t], nan=1.0)
        whole = close[t - 1] * np.exp(change[t]) / ratio
        for a in range(4):  # four pay each quarter
            if t % 63 == 20 + 7 * a:
                dividend[t, a] = np.round(close[t - 1, a] / ratio[a] * (0.004 + 0.001 * a), 4)
        close[t] = np.maximum(whole - dividend[t], 0.02)
    volume = np.round(np.exp(rng.normal(13.0, 0.3, (days, 6))) * np.cumprod(np.nan_to_num(split, nan=1.0), axis=0))
    shut = np.zeros((days, 6), dtype=bool)
    shut[rng.choice(np.arange(5, days - 5), 12, replace=False), 4:] = True  # the last two trade elsewhere
    return Panel(dates, np.round(close, 4), volume, dividend, split, ~shut)


def _weekdays(rng: np.random.Generator, days: int) -> Dates:
    """Weekdays without the holidays that all markets share."""
    first = np.datetime64("2005-01-03") + rng.integers(0, 3000)
    every = np.busday_offset(first, np.arange(days + 20), roll="forward")
    return np.delete(every, rng.choice(np.arange(1, days), 20, replace=False))


def _weather(rng: np.random.Generator, days: int) -> Array:
    """Volatility that comes in waves."""
    wave = np.cumsum(rng.normal(0.0, 0.06, days))
    return np.exp(np.clip(wave - wave.mean(), -0.7, 0.9))[:, None]


def _crash(rng: np.random.Generator, change: Array) -> None:
    """A fall of all, with a partial recovery the day after in half of the panels; and one asset that falls alone."""
    day = rng.integers(60, 540)
    change[day] = -rng.uniform(0.08, 0.2) * rng.uniform(0.7, 1.3, 6)
    change[day + 1] = rng.choice([0.03, 0.06, -0.04]) * rng.uniform(0.5, 1.5, 6)
    change[rng.integers(60, 540), rng.integers(0, 6)] = -rng.uniform(0.15, 0.35)


def rows(panel: Panel) -> list[list[str]]:
    """The table as cells, without its header: by date, then by asset."""
    return [*_rows(panel)]


@lru_cache(maxsize=2)
def _rows(panel: Panel) -> tuple[list[str], ...]:
    days = [str(day) for day in panel.dates]
    columns = [getattr(panel, name).tolist() for name in COLUMNS]
    made = []
    for t, a in np.argwhere(panel.open).tolist():
        cells = ["" if (value := column[t][a]) != value else repr(value) for column in columns]
        cells[-1] = cells[-1] or "0"  # as vendors write that there is no split
        made.append([days[t], NAMES[a], *cells])
    return tuple(made)


HEADER = ["date", "ticker", *COLUMNS]


def text(table: list[list[str]], header: list[str] = HEADER, end: str = "\n") -> str:
    return end.join(",".join(row) for row in [header, *table]) + end


def write(folder: Path, data: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "panel.csv").write_bytes(data)
    return folder


def as_histories(panel: Panel) -> tuple[History, ...]:
    """The panel without a file between."""
    made = []
    for a, name in enumerate(NAMES):
        there = panel.open[:, a]
        columns = {CLOSE: panel.close, VOLUME: panel.volume, DIVIDEND: panel.dividend, SPLIT: panel.split}
        fields = {field: values[there, a].copy() for field, values in columns.items()}
        made.append(History(About(name, name, Kind.PRICE_AND_DIVIDENDS, "generated"), panel.dates[there], fields))
    return tuple(made)
