"""Valuation: how dear a market is beside its own history, as a z-score (Campbell and Shiller 1998, on the CAPE).

x = ln v (or v), z = (x - mean) / sd with ddof 1 over everything known since the policy's `since`, or over a rolling
window; never over the full sample, which would look ahead. A dear market scores below zero. When earnings were known is
the business of the data: a view hands out what had been published by the cut-off.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array
from trimtab.core.calendar import Frequency, is_complete
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import DAY, MONTH, WEEK, Positive, Span, Stat, check_ranges, months
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.levels import latest, positive, require_names
from trimtab.signals.selection import chosen, listed, measured, silence, spread_over
from trimtab.signals.sides import direction, side
from trimtab.signals.standing import Standing, standing
from trimtab.signals.wording import amount

_STEPS = {DAY: "daily", WEEK: "weekly", MONTH: "monthly"}
_ENDS = {DAY: Frequency.DAILY, WEEK: Frequency.WEEK_END, MONTH: Frequency.MONTH_END}


class Cheap(Enum):
    """Which values of a series mean cheap: low ones of a ratio such as the CAPE, high ones of a yield."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Valuation(Term):
    """How cheap `series` is beside its history, in standard deviations, clipped to +- `clip`. Shape (D, A); no memory.

    Of its logarithm, or with `log: false` of the value itself. History is one value a step of `window` (months; the
    latest of each): the last `window` of them, or with a window of 0 all since the policy's `since`. A value that is not
    above zero is missing. NaN where the latest is missing, where fewer than `minimum` are known, and while they have not
    varied; NaN on assets that are not listed (all are where `assets` is empty). The same on every listed asset.
    """

    series: str
    log: bool = True
    window: Span = months(0)
    minimum: Annotated[int, Ge(2)] = 120
    clip: Positive = 3.0
    cheap_is: Cheap = Cheap.LOW
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        require_names(series=self.series)
        if 0 < self.window.count < self.minimum:
            what = f"minimum {self.minimum} is more than the {self.window.count} values of the window"
            raise ParameterError(what, field="minimum", remedy=f"Give at most {self.window.count}, or a longer window.")

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.series,)

    @property
    def expands(self) -> bool:
        """Whether it reads everything since the policy's `since`."""
        return self.window.count == 0

    def __call__(self, view: View) -> Scores:
        """(D, A) scores, above zero where the market is cheap."""
        z = np.clip(self._sign * self._standing(view).z(self.minimum), -self.clip, self.clip)
        return chosen(view, self.assets, spread_over(view, z + 0.0))

    def measure(self, view: View) -> Measure:
        """(D, A) the z-score of the series itself, unclipped: above zero where it is high."""
        z = self._standing(view).z(self.minimum)
        return measured(view, self.assets, f"z-score of {self._what}", z, percent=False)

    def sentence(self, view: View, asset: int) -> str:
        """The level, its distance from its mean and what that means, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        if len(view.days) == 0:
            return f"{self.series} is not known yet"
        now = self._standing(view).only(-1)
        z = float(now.z(self.minimum))
        if np.isnan(z):
            return f"z-score of {self._what} unknown: {now.trouble(self.minimum)}"
        verdict = {1.0: "cheap", -1.0: "dear"}.get(self._sign * float(direction(np.asarray(z))), "neither cheap nor dear")
        mean = amount(self._level(float(now.mean)))
        place = f"{z:+.2f} standard deviations from its mean {mean} of {int(now.count)} {_STEPS[self.window.every]} values"
        return f"{self.series} {amount(self._level(float(now.value)))} is {place}: {verdict}"

    def flip(self, view: View, asset: int) -> str:
        """The next value of the series at which the score is zero, exactly; empty where the score is unknown.

        With S the sum of the other n - 1 values of the next history, x is its own mean (S + x) / n at x = S / (n - 1).
        """
        if len(view.days) == 0 or not listed(view.assets, self.assets)[asset]:
            return ""
        now = self._standing(view).only(-1)
        where = float(direction(now.z(self.minimum)))
        if np.isnan(where):
            return ""
        edge = self._edge(view, now)
        if where == 0.0:
            return f"turns as soon as {self.series} leaves {amount(self._level(edge))}"
        stays = float(side(now.value, np.asarray(edge))) == where  # else the oldest value that drops out turns it by itself
        move = "falls below" if (where > 0.0) == stays else "rises above"
        return f"flips {'when' if stays else 'unless'} {self.series} {move} {amount(self._level(edge))}"

    @property
    def words(self) -> str:
        """What it looks at."""
        where = f"its last {self.window.count} {_STEPS[self.window.every]} values" if self.window.count else "its history"
        return f"z-score of {self._what} in {where}, cheap where {self.cheap_is.value}"

    @property
    def _sign(self) -> float:
        return 1.0 if self.cheap_is is Cheap.HIGH else -1.0

    @property
    def _what(self) -> str:
        return f"ln {self.series}" if self.log else self.series

    def _level(self, x: float) -> float:
        return float(np.exp(x)) if self.log else x

    def _x(self, values: Array) -> Array:
        """What is measured of values of the series; NaN for what is not above zero."""
        known = positive(values)
        return np.log(known) if self.log else known

    def _standing(self, view: View) -> Standing:
        """(D,) where the latest value stands."""
        unit = 1.0 if self.log else 0.0
        if self.window.count:
            return standing(self._x(view.series(self.series, self.window.count, every=self.window.every)), unit=unit)
        mean, sd = (Stat.LOG_MEAN, Stat.LOG_STD) if self.log else (Stat.POSITIVE_MEAN, Stat.POSITIVE_STD)
        count, middle, spread = (
            view.expanding(self.series, stat, every=self.window.every) for stat in (Stat.POSITIVE_COUNT, mean, sd)
        )
        return Standing(self._x(latest(view, self.series)), count, middle, spread, unit)

    def _edge(self, view: View, now: Standing) -> float:
        """The mean, on the scale of x, of the values that will be in the history beside the next one."""
        opens = self._opens(view)
        if not self.window.count:
            total, count = now.mean * now.count, now.count
            return float(now.mean if opens else (total - now.value) / (count - 1.0))
        rows = self._x(view.series(self.series, self.window.count, every=self.window.every)[-1])
        kept = rows[1:] if opens else rows[:-1]
        return float(np.mean(kept[np.isfinite(kept)]))

    def _opens(self, view: View) -> bool:
        """Whether the next value opens a step of its own, as always with one value a step; else it replaces the last."""
        every = self.window.every
        values, ends = (view.series(self.series, self.minimum, every=step)[-1] for step in (DAY, every))
        if np.array_equal(values, ends, equal_nan=True):
            return True
        effective = view.days.dates[-1:].astype("datetime64[D]") - int(view.age(self.series)[-1])
        return is_complete(effective, _ENDS[every])
