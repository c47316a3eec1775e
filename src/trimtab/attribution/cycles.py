"""Results over full market cycles, from peak to peak: a calendar year may hold only one side of the market.

A peak is the last high of a market index before it falls by `fall` (20 %, the convention for a bear market) of it; the trough
is the lowest value after it. A fall is over when the index is back at its peak or, where `rise` is given, when it has risen
by that much from the trough (the filter of Lunde and Timmermann 2004, "Duration Dependence in Stock Prices"; a lower low may
then follow that is no new fall, not being deep enough from the last high). Pagan and
Sossounov (2003, "A simple framework for analysing bull and bear markets") date by local extremes of months instead, with
shortest lengths for phases and cycles, and ask for no depth: their dates differ where falls are long and shallow.

Cycles tile the dates: each ends where the next begins. Times before the first peak and after the last are no full cycles, and
are named for what they are. Nothing under a year is put on a yearly basis.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from trimtab.attribution.flows import annualised
from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.terms import TIE

BEAR = 0.2  # the fall that makes a bear market, by convention


class Part(Enum):
    """How much of a cycle a row holds."""

    BEFORE = "before the first peak"
    FULL = "peak to peak"
    CUT = "begins within a fall"  # the first value is the highest: the peak may lie before it
    OPEN = "not over yet"


@dataclass(frozen=True, slots=True)
class Turn:
    """Rows of a peak and of the trough that followed; `over`: whether the fall has ended since."""

    peak: int
    trough: int
    over: bool


@dataclass(frozen=True, slots=True)
class Leg:
    """A stretch from one value to a later one; returns as fractions, over the whole and a year (NaN under a year)."""

    first: np.datetime64
    last: np.datetime64
    portfolio: float
    benchmark: float
    portfolio_a_year: float
    benchmark_a_year: float

    @property
    def days(self) -> int:
        """Days from first to last."""
        return int((self.last - self.first).astype(int))


@dataclass(frozen=True, slots=True)
class Cycle:
    """From peak to peak, and its ways down and up: no `down` before the first peak, no `up` from a low on the last day."""

    part: Part
    whole: Leg
    down: Leg | None
    up: Leg | None

    @property
    def complete(self) -> bool:
        """Whether both peaks are known."""
        return self.part is Part.FULL


def cycles(
    index: Array, dates: Dates, portfolio: Array, benchmark: Array, *, fall: float = BEAR, rise: float | None = None
) -> tuple[Cycle, ...]:
    """Cycles of a market `index` (T,), oldest first; what values or wealth of `portfolio` and `benchmark` (T,) made of each.

    All lie on `dates` (T,). Empty for fewer than two dates. A return between unknown values is NaN. Raises DataError where
    dates do not rise or the index has no value above zero, ParameterError for other parameters.
    """
    dates = np.asarray(dates, dtype="datetime64[D]")
    paths = np.stack([_path(name, path, dates) for name, path in (("portfolio", portfolio), ("benchmark", benchmark))])
    if np.isnat(dates).any() or (np.diff(dates) <= np.timedelta64(0, "D")).any():
        raise DataError("the dates of the index do not rise", remedy="Sort them and drop duplicates.")
    turns = turning_points(_path("index", index, dates), fall=fall, rise=rise)
    if len(dates) < 2:
        return ()

    def leg(first: int, last: int) -> Leg | None:
        return _leg(dates, paths, first, last) if last > first else None

    bounds = [*(turn.peak for turn in turns), len(dates) - 1]
    found = []
    if whole := leg(0, bounds[0]):
        found.append(Cycle(Part.BEFORE, whole, None, whole))
    for k, turn in enumerate(turns):
        end = bounds[k + 1]
        part = Part.OPEN if k == len(turns) - 1 else Part.FULL if turn.peak else Part.CUT
        found.append(Cycle(part, _leg(dates, paths, turn.peak, end), leg(turn.peak, turn.trough), leg(turn.trough, end)))
    return tuple(found)


def turning_points(index: Array, *, fall: float = BEAR, rise: float | None = None) -> tuple[Turn, ...]:
    """Peaks and troughs of an index (T,), oldest first. Of the last one the trough is the lowest value so far.

    Raises ParameterError where `fall` is not between 0 and 1 or `rise` not above 0, DataError for a value not above zero.
    """
    if not 0.0 < fall < 1.0 or (rise is not None and not rise > 0.0):
        raise ParameterError(f"fall {fall:g}, rise {rise}", remedy="Use fractions: 0.2 for 20 %. A fall is below 1.")
    if not (np.isfinite(index) & (index > 0.0)).all():
        row = int(np.flatnonzero(~(np.isfinite(index) & (index > 0.0)))[0])
        raise DataError(f"the index is {index[row]:g} in row {row}", remedy="Cut it to where it is known and above zero.")
    found: list[Turn] = []
    high = low = 0
    falling = False
    for t, value in enumerate(index.tolist()):  # what a value means depends on the turn before it
        if not falling:
            high = t if value >= index[high] else high
            falling, low = value <= index[high] * (1.0 - fall) * (1.0 + TIE), t
            continue
        low = t if value < index[low] else low
        if value >= (index[high] if rise is None else index[low] * (1.0 + rise) * (1.0 - TIE)):
            found.append(Turn(high, low, over=True))
            falling, high = False, t
    return (*found, Turn(high, low, over=False)) if falling else tuple(found)


def _path(name: str, path: Array, dates: Dates) -> Array:
    """A path as numbers, of the length of the dates."""
    path = np.asarray(path, dtype=float)
    if path.shape != dates.shape:
        raise ParameterError(f"{name} has shape {path.shape}, its dates {dates.shape}", remedy="Give one value a date.")
    return path


def _leg(dates: Dates, paths: Array, first: int, last: int) -> Leg:
    """What the two paths (2, T) made between two rows; NaN after a value that is not above zero."""
    start = np.where(paths[:, first] > 0.0, paths[:, first], np.nan)
    total = paths[:, last] / start - 1.0
    days = int((dates[last] - dates[first]).astype(int))
    yearly = annualised(total, days)
    return Leg(dates[first], dates[last], float(total[0]), float(total[1]), float(yearly[0]), float(yearly[1]))
