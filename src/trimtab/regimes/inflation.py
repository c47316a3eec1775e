"""Inflation and growth: stable, inflationary or deflationary, from prices and activity as they were known then.

Shares and bonds answer to surprises in growth and in inflation (Ilmanen, Maloney and Ross 2014, "Exploring Macroeconomic
Sensitivities"). Here a shock is a gap: inflation far above its own mean of five years, or activity below the year before.
All ratios are taken within one vintage, so that a new base year of an index is no news.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import MONTH, NonNegative, Reads, Span, check_ranges, months
from trimtab.core.values import Measure, Regime
from trimtab.numerics.periods import by_period
from trimtab.regimes.dwelling import Dwelling, evidence
from trimtab.regimes.levels import above
from trimtab.regimes.windows import known_of, require_length

YEAR = 12
STATES = ("stable", "inflationary", "deflationary")
ENOUGH = 0.9  # share of the changes that must be known: one month in ten years is sometimes never published


@dataclass(frozen=True, slots=True)
class InflationGrowth(Dwelling):
    """`stable`, `inflationary` or `deflationary` from two monthly indices. Shape (D, 3); evidence, see `Dwelling`.

    Gap: the change of `prices` over twelve months less the mean of that figure over the `history` months before. Growth:
    the change of `growth` over `growth_span`, as it is, not per year. Each shock has a level that enters it and a nearer
    one that leaves it:

    * inflationary: gap above `enter_inflation`, until it is not above `exit_inflation`;
    * deflationary: activity down by more than `enter_growth`, until it is down by no more than `exit_growth`;
    * where both are entered it is inflationary (bonds do not help then); stable where neither holds.

    Months are counted by the calendar. NaN where the latest month or the one that it is held against is missing or not
    above 0, where the oldest month or more than a tenth of the changes in the mean are, and where the latest month of either
    index began more than `max_age` days ago. Warm-up: history + 13 months of prices, growth_span + 1 of activity.
    """

    prices: str
    growth: str
    history: Span = months(60)
    growth_span: Span = months(12)
    enter_inflation: NonNegative = 0.015
    exit_inflation: NonNegative = 0.005
    enter_growth: NonNegative = 0.02
    exit_growth: NonNegative = 0.0
    max_age: Annotated[int, Ge(1)] = 150
    dwell: Annotated[int, Ge(1)] = 1

    def __post_init__(self) -> None:
        check_ranges(self)
        for name in ("prices", "growth"):
            if not getattr(self, name):
                raise ParameterError(f"{name} is empty", field=name, remedy="Give the name of a loaded series.")
        for name in ("history", "growth_span"):
            require_length(getattr(self, name), 1, name)
            if getattr(self, name).every is not MONTH:
                what = f"{name} is {getattr(self, name)}"
                raise ParameterError(what, field=name, remedy="Give months, such as 60M.")
        for name in ("inflation", "growth"):
            enter, leave = getattr(self, f"enter_{name}"), getattr(self, f"exit_{name}")
            if not leave < enter < np.inf:
                what = f"exit_{name} {leave:g} is not below enter_{name} {enter:g}"
                raise ParameterError(what, field=f"exit_{name}", remedy="What lies between the two changes nothing.")

    @property
    def reads(self) -> dict[str, Reads]:
        """What the series are taken for."""
        return dict.fromkeys(self.needs, Reads.INDEX)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.prices, self.growth)

    @property
    def words(self) -> str:
        """What it looks at."""
        mean = f"12-month change of {self.prices} against its {self.history.words} mean"
        return f"{mean}, and {self.growth_span.words} change of {self.growth}"

    def __call__(self, view: View) -> Regime:
        """(D, 3) evidence."""
        (inflation, mean), growth = self._inflation(view), self._growth(view)
        speaks, allows = self._says(inflation - mean, growth)
        known = np.isfinite(inflation - mean) & np.isfinite(growth)
        return Regime(STATES, np.where(known[:, None], evidence(speaks, allows), np.nan))

    def measure(self, view: View) -> Measure:
        """(D, 1) inflation less its mean."""
        inflation, mean = self._inflation(view)
        return Measure(f"12-month change of {self.prices} less its mean", (inflation - mean)[:, None])

    def sentence(self, view: View) -> str:
        """Inflation, its mean, growth, and what they speak for."""
        if len(view.days) == 0:
            return "inflation and growth unknown: no date to look at"
        (inflation, mean), growth = (tuple(part[-1] for part in self._inflation(view)), self._growth(view)[-1])
        if np.isnan(inflation - mean) or np.isnan(growth):
            return self._unknown(view)
        rows, allows = (part[-1] for part in self._says(np.array([inflation - mean]), np.array([growth])))
        speaks = STATES[int(np.argmax(rows))]
        stays = [f"{name} stays if it was" for k, name in enumerate(STATES) if allows[k] and not rows[k]]
        prices = f"{self.prices} {100 * inflation:+.1f} % in twelve months, {100 * mean:.1f} % on average before"
        activity = f"{self.growth} {100 * growth:+.1f} % in {self.growth_span.count} months"
        return f"{prices}; {activity}: {', '.join([speaks, *stays])}"

    def _inflation(self, view: View) -> tuple[Array, Array]:
        """(D,) inflation as known at each date, and its mean over the months before."""
        rows = self._seen(view, self.prices, self.history.count + YEAR + 1)
        found = rows[:, YEAR:] / rows[:, :-YEAR] - 1.0
        total, known = np.zeros(len(found)), np.isfinite(found[:, :-1]).sum(axis=1)
        for k in range(self.history.count):  # oldest first: the order of the sum is fixed
            total = total + np.nan_to_num(found[:, k])
        enough = np.isfinite(rows[:, 0]) & (known >= ENOUGH * self.history.count)
        mean = np.where(enough, total / np.maximum(known, 1), np.nan)
        return np.ascontiguousarray(found[:, -1]), mean

    def _growth(self, view: View) -> Array:
        """(D,) change of activity as known at each date."""
        rows = self._seen(view, self.growth, self.growth_span.count + 1)
        return np.asarray(rows[:, -1] / rows[:, 0] - 1.0)

    def _seen(self, view: View, name: str, count: int) -> Array:
        """(D, n) months of one index by the calendar; NaN where missing or not above 0, and all of it where it is too old."""
        fresh = view.age(name) <= self.max_age
        found = by_period(view.series(name, count, every=MONTH), view.stamps(name, count, every=MONTH), MONTH)
        return np.where((found > 0.0) & fresh[:, None], found, np.nan)

    def _says(self, gap: Array, growth: Array) -> tuple[Mask, Mask]:
        """(D, 3) the state that each date speaks for, and those that may stay."""
        rising = above(gap, self.enter_inflation)
        falling = above(-growth, self.enter_growth) & ~rising
        speaks = np.stack([~rising & ~falling, rising, falling], axis=-1)
        dear, down = above(gap, self.exit_inflation), above(-growth, self.exit_growth)
        nothing = np.zeros(len(gap), dtype=bool)
        allows = np.stack([nothing, dear & ~rising, down & ~rising], axis=-1)
        return speaks, allows

    def _unknown(self, view: View) -> str:
        """Why there is no answer."""
        for name, count in ((self.prices, self.history.count + YEAR + 1), (self.growth, self.growth_span.count + 1)):
            age = float(view.age(name)[-1])
            if np.isnan(age):
                return f"{name} unknown: nothing is known yet"
            if age > self.max_age:
                return f"{name} unknown: its latest month began {age:.0f} days ago, more than {self.max_age}"
            rows = self._seen(view, name, count)[-1]
            if not np.isfinite(rows).all():
                return f"{name} {known_of(rows, 'months')}"
        return "inflation and growth unknown"
