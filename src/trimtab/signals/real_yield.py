"""Real yield: what a bond pays beyond the rise of consumer prices over the last twelve months (Fisher 1930).

Both are taken as published by the cut-off: a price index comes weeks late and may be revised, and the view hands out
the vintage of the day. The last year's rise stands in for the expected one (Asness 2000 reads bonds in the same way).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array
from trimtab.core.roles import View
from trimtab.core.terms import MONTH, Reads, check_ranges
from trimtab.core.values import Measure, Scores
from trimtab.numerics.periods import by_period
from trimtab.signals.algebra import Term
from trimtab.signals.levels import crossing, fresh, latest, positive, require_finite, require_names
from trimtab.signals.selection import chosen, listed, measured, silence, spread_over
from trimtab.signals.sides import side
from trimtab.signals.wording import above_or_below, percent

_YEAR = 12


@dataclass(frozen=True, slots=True)
class RealYield(Term):
    """Sign of the latest `nominal` yield less the twelve-month rise of `cpi` against `threshold`. Shape (D, A).

    `nominal` is a yield per year in decimals, `cpi` a price index with one row a month; the year is counted by the calendar,
    so a month in between that was never published changes nothing. In {-1, 0, 1}; 0 at a tie (1e-12 of growth) is no
    opinion and has no memory. NaN where either is unknown or older than `max_age` days, the index also where its value a
    year before is (warm-up: 13 months) or where it is not above zero; NaN on assets that are not listed (all are where
    `assets` is empty). The same on every listed asset.
    """

    nominal: str
    cpi: str
    threshold: float = 0.0
    max_age: Annotated[int, Ge(1)] = 100
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        require_names(nominal=self.nominal, cpi=self.cpi)
        require_finite(threshold=self.threshold)

    @property
    def reads(self) -> dict[str, Reads]:
        """What the series are taken for."""
        return {self.nominal: Reads.RATE, self.cpi: Reads.INDEX}

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.nominal, self.cpi)

    def __call__(self, view: View) -> Scores:
        """(D, A) signs."""
        nominal, rise = self._rates(view)
        return chosen(view, self.assets, spread_over(view, self._side(nominal, rise)))

    def measure(self, view: View) -> Measure:
        """(D, A) the real yield, per year."""
        nominal, rise = self._rates(view)
        return measured(view, self.assets, f"{self.nominal} less the 12-month rise of {self.cpi}", nominal - rise)

    def sentence(self, view: View, asset: int) -> str:
        """Both rates and their difference, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        nominal, rise = self._now(view)
        if np.isnan(nominal - rise):
            return f"real yield unknown: {self._trouble(view)}"
        rates = f"{self.nominal} {percent(nominal, digits=2)} less {percent(rise, digits=2)} of {self.cpi} over 12 months"
        place = above_or_below(float(self._side(np.asarray(nominal), np.asarray(rise))))
        return f"{rates} is {percent(nominal - rise, digits=2)}, {place} {percent(self.threshold, digits=2)}"

    def flip(self, view: View, asset: int) -> str:
        """The nominal yield at which the sign changes until the next index is published; empty where it is unknown."""
        if not listed(view.assets, self.assets)[asset]:
            return ""
        nominal, rise = self._now(view)
        where = float(self._side(np.asarray(nominal), np.asarray(rise)))
        return crossing(self.nominal, where, percent(rise + self.threshold, digits=2))

    @property
    def words(self) -> str:
        """What it looks at."""
        return f"{self.nominal} less the 12-month rise of {self.cpi} against {percent(self.threshold, digits=2)}"

    def _side(self, nominal: Array, rise: Array) -> Array:
        return side(1.0 + nominal, 1.0 + rise + self.threshold)  # growth against growth: the rise is a ratio less one

    def _rates(self, view: View) -> tuple[Array, Array]:
        """(D,) each: the nominal yield, and the rise of the index; NaN where stale."""
        index = self._year(view)
        rise = index[:, -1] / index[:, 0] - 1.0
        nominal = latest(view, self.nominal)
        return nominal * fresh(view, self.nominal, self.max_age), rise * fresh(view, self.cpi, self.max_age)

    def _year(self, view: View) -> Array:
        """(D, 13) months of the index by the calendar, the latest known last; NaN for one that was never published."""
        rows, dates = view.series(self.cpi, _YEAR + 1, every=MONTH), view.stamps(self.cpi, _YEAR + 1, every=MONTH)
        return positive(by_period(rows, dates, MONTH))

    def _now(self, view: View) -> tuple[float, float]:
        if len(view.days) == 0:
            return np.nan, np.nan
        nominal, rise = self._rates(view)
        return float(nominal[-1]), float(rise[-1])

    def _trouble(self, view: View) -> str:
        """Why the last real yield is not known."""
        for name in self.needs:
            age = view.age(name)[-1] if len(view.days) else np.nan
            if age > self.max_age:
                return f"{name} is {age:.0f} days old, more than {self.max_age}"
        return f"{self.nominal} or twelve months of {self.cpi} are not known"
