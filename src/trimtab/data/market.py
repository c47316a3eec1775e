"""A market: histories aligned on shared sessions, ready to be looked at through a view or traded against (see `assembly`).

Sessions are the dates on which any asset of the universe has an observation. T sessions, A assets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Instants, Mask, frozen
from trimtab.core.calendar import FREQUENCIES, Frequency, closes, period_ends, steps_per_year
from trimtab.core.opinions import Opinion
from trimtab.core.terms import MONTH, OPEN, PER_YEAR, Field, Step
from trimtab.core.values import Asset
from trimtab.data.history import About, History, Issue
from trimtab.data.vintages import instants_of


@dataclass(frozen=True, slots=True)
class Earlier:
    """A value of asset `asset` on session `row` that was in force from one instant until another, then restated."""

    row: int
    asset: int
    since: np.datetime64
    until: np.datetime64
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Prices and series of a universe.

    `fields` maps a field to (T, A), NaN where unknown. `known` (T, A) are the instants at which the rows first became
    known, or None where every row was known at its own session's close. `series` are named histories that nobody holds.
    `splits` (T, A) holds units after per unit before on ex-dates and 1 elsewhere; None: no split. Prices are then as they
    traded. `earlier` holds restated values by field. `closing` (T,) is when the last member market closes; None: New York.
    `endings` say for a session which assets have stopped trading before it, and what is paid a unit for them. `closed`
    (T, A) marks prices of the session before that still hold, because the asset's market was closed; None: there are none.
    `opinions` are discretionary views, as they were written down.
    """

    assets: tuple[Asset, ...]
    sessions: Dates
    fields: Mapping[Field, Array]
    about: tuple[About, ...]
    series: Mapping[str, History] = field(default_factory=dict)
    known: Instants | None = None
    issues: tuple[Issue, ...] = ()
    splits: Array | None = None
    earlier: Mapping[Field, tuple[Earlier, ...]] = field(default_factory=dict)
    closing: Instants | None = None
    endings: Mapping[int, Mapping[int, float]] = field(default_factory=dict)
    closed: Mask | None = None
    opinions: tuple[Opinion, ...] = ()
    per_year: int = field(init=False, repr=False)  # how many sessions a year has: 252, 365, 52, 12, 4 or 1
    _ends: dict[Frequency | Step, Index] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sessions", frozen(self.sessions))
        object.__setattr__(self, "per_year", steps_per_year(self.sessions))
        object.__setattr__(self, "fields", {name: frozen(values) for name, values in self.fields.items()})

    @property
    def monthly(self) -> bool:
        """Whether sessions lie a month or more apart, so that no next session exists to trade on."""
        return self.per_year <= PER_YEAR[MONTH]

    @property
    def frequency(self) -> str:
        """`daily`, `weekly` and so on."""
        return FREQUENCIES[self.per_year]

    def ends(self, every: Frequency | Step) -> Index:
        """Rows of the last session of each period; the last session always counts as an end."""
        if every not in self._ends:
            self._ends[every] = frozen(period_ends(self.sessions, every))
        return self._ends[every]

    @property
    def has_open(self) -> bool:
        """Whether any opening price is known."""
        return OPEN in self.fields and bool(np.isfinite(self.fields[OPEN]).any())

    @property
    def averages(self) -> tuple[str, ...]:
        """Names of the series that are averages over a period."""
        every = (*self.about, *(history.about for history in self.series.values()))
        return tuple(dict.fromkeys(about.name for about in every if about.is_average))

    @property
    def digest(self) -> str:
        """SHA-256 over everything a backtest can see."""
        sha = hashlib.sha256(self.sessions.tobytes())
        for name in sorted(self.fields, key=lambda f: f.name):
            sha.update(name.name.encode() + np.ascontiguousarray(self.fields[name]).tobytes())
        for key, history in sorted(self.series.items()):
            sha.update(key.encode() + history.dates.tobytes() + history.values.tobytes())
            sha.update(instants_of(history).tobytes())
        for array in (self.known, self.splits, self.closing, self.closed):
            if array is not None:
                sha.update(array.tobytes())
        for name, versions in self.earlier.items():
            sha.update(f"{name.name}{versions}".encode())
        if self.opinions:
            sha.update(repr(self.opinions).encode())
        if self.endings:
            sha.update(repr(sorted((row, sorted(ends.items())) for row, ends in self.endings.items())).encode())
        return sha.hexdigest()

    def closes_at(self, rows: Index) -> Instants:
        """(D,) when the last member market closed on the sessions `rows` (D,)."""
        return self.closing[rows] if self.closing is not None else closes(self.sessions[rows])

    @property
    def split_events(self) -> tuple[tuple[int, int, float], ...]:
        """Row, asset and ratio of every split, oldest first."""
        if self.splits is None:
            return ()
        rows, columns = np.nonzero(self.splits != 1.0)
        return tuple(zip(rows.tolist(), columns.tolist(), self.splits[rows, columns].tolist(), strict=True))


def last_known(values: Array, splits: Array | None = None) -> tuple[Array, Mask]:
    """Values (T, A) with each gap showing the last one before it, for marking positions only; and where that happened.

    A price that is carried over a split stands in the units after it.
    """
    if np.isfinite(values).all():
        return values, np.zeros(values.shape, dtype=bool)
    rows = np.where(np.isfinite(values), np.arange(len(values))[:, None], 0)
    np.maximum.accumulate(rows, axis=0, out=rows)
    carried = np.take_along_axis(values, rows, axis=0)
    gaps = ~np.isfinite(values) & np.isfinite(carried)
    if splits is not None:
        factor = np.cumprod(splits, axis=0)
        carried = np.where(gaps, carried * np.take_along_axis(factor, rows, axis=0) / factor, carried)
    return carried, gaps
