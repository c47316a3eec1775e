"""Where does the live result lie among what was expected before launch? Percentile of the fan at its age, in words.

Inside means between the 5th and the 95th percentile. Below is no proof of a fault: 1 of 20 sound strategies stands there at
any given age, and more of them do at some age. It is a reason to look, which is best decided upon before launch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError
from trimtab.core.terms import TIE
from trimtab.validation.expectations import MEASURES, SHOWN, Expectations
from trimtab.validation.percents import number, percent, signed


class Place(Enum):
    """Where a figure lies in the fan."""

    LOWEST = "below every path"
    BELOW = "below what 19 of 20 paths did"
    INSIDE = "inside"
    ABOVE = "above what 19 of 20 paths did"
    HIGHEST = "above every path"
    UNKNOWN = "not known yet"


@dataclass(frozen=True, slots=True)
class Mark:
    """A live figure, its percentile among the paths (0 to 100, the middle of equals), and where that is."""

    value: float
    percentile: float
    place: Place


@dataclass(frozen=True, slots=True)
class Standing:
    """The live record at `age` periods, judged by the fan at age `judged`; None where it is younger than the fan's first.

    `wealth` from 1, deepest `drawdown` so far, and `shortfall` (wealth over the benchmark's less 1), all at the age judged.
    """

    age: int
    judged: int | None
    wealth: Mark
    drawdown: Mark
    shortfall: Mark

    @property
    def inside(self) -> bool:
        """Whether nothing is worse than what 19 of 20 paths did. False where nothing is known."""
        return self.judged is not None and self.outside is None

    @property
    def outside(self) -> tuple[str, Mark] | None:
        """The first figure, by its name, that is worse than what 19 of 20 paths did; None where none is, or none is known."""
        named = {"wealth": self.wealth, "the deepest fall": self.drawdown, "the lead over the benchmark": self.shortfall}
        return next((one for one in named.items() if one[1].place in (Place.LOWEST, Place.BELOW)), None)

    @property
    def words(self) -> str:
        """One sentence."""
        if self.judged is None:
            return f"After {self.age} periods the record is too young to be compared with what was expected."
        said = (
            f"wealth {number(self.wealth.value)} is {_said(self.wealth)}",
            f"a deepest fall of {percent(abs(self.drawdown.value))} is {_said(self.drawdown)}",
            f"{signed(self.shortfall.value)} against the benchmark is {_said(self.shortfall)}",
        )
        return f"After {self.judged} periods {', '.join(said)}."


def stand(expected: Expectations, wealth: Array, benchmark: Array) -> Standing:
    """Where live `wealth` (A + 1,) and its `benchmark` (A + 1,), values since launch, lie among `expected`.

    Both in the periods of the fan; the first value is that at launch. A record between two ages of the fan is judged at the
    one before, one older than the fan at the fan's last. Raises DataError for values that are unknown or not positive (wealth
    may end at 0) or differ in number.
    """
    wealth, benchmark = _values(wealth, benchmark)
    age = len(wealth) - 1
    judged = max((one for one in expected.ages if one <= age), default=None)
    if judged is None:
        nothing = Mark(math.nan, math.nan, Place.UNKNOWN)
        return Standing(age, None, nothing, nothing, nothing)
    mine, theirs = wealth[: judged + 1] / wealth[0], benchmark[: judged + 1] / benchmark[0]
    deepest = float((mine / np.maximum.accumulate(mine) - 1.0).min())
    column = expected.ages.index(judged)
    figures = (float(mine[-1]), deepest, float(mine[-1] / theirs[-1] - 1.0))
    marks = (
        _mark(value, np.array(expected.levels), getattr(expected, name)[:, column])
        for name, value in zip(MEASURES, figures, strict=True)
    )
    return Standing(age, judged, *marks)


def _mark(value: float, levels: Array, fan: Array) -> Mark:
    """A figure among the percentiles `fan` (L,) at `levels` (L,)."""
    hair = TIE * max(1.0, abs(value))
    first, after = int(np.searchsorted(fan, value - hair, "left")), int(np.searchsorted(fan, value + hair, "right"))
    if first < after:  # equal to some: the middle of them, as where half the paths have not fallen yet
        percentile = float(levels[first] + levels[after - 1]) / 2.0
    elif first in (0, len(fan)):
        return Mark(value, 0.0 if first == 0 else 100.0, Place.LOWEST if first == 0 else Place.HIGHEST)
    else:
        part = (value - fan[first - 1]) / (fan[first] - fan[first - 1])
        percentile = float(levels[first - 1] + part * (levels[first] - levels[first - 1]))
    low, high = (float(fan[levels == level][0]) for level in (SHOWN[0], SHOWN[-1]))
    place = Place.BELOW if value < low - hair else Place.ABOVE if value > high + hair else Place.INSIDE
    return Mark(value, percentile, place)


def _said(mark: Mark) -> str:
    return f"{mark.place.value} (percentile {mark.percentile:.0f})"


def _values(wealth: Array, benchmark: Array) -> tuple[Array, Array]:
    """Both as arrays, checked."""
    wealth, benchmark = np.asarray(wealth, dtype=float), np.asarray(benchmark, dtype=float)
    if wealth.ndim != 1 or wealth.shape != benchmark.shape or not len(wealth):
        what = f"live wealth of shape {wealth.shape} stands beside a benchmark of shape {benchmark.shape}"
        raise DataError(what, remedy="Give both at the same dates since launch: (A + 1,).")
    known = np.isfinite(wealth).all() and np.isfinite(benchmark).all()
    if not known or wealth[0] <= 0.0 or wealth.min() < 0.0 or benchmark.min() <= 0.0:
        raise DataError("live values are unknown, negative or 0", remedy="Give net asset values above 0 since launch.")
    return wealth, benchmark
