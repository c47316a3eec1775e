"""How unusual a macro spread is: its z-score over a rolling window of months.

z = (x - mean) / sd of the last n rows, x included, ddof 1, clipped. A number instead of the sign of `Spread`: a slope that
is flat for its time speaks before it inverts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import Positive, Span, check_ranges, months
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.levels import require_names
from trimtab.signals.published import counted, differences, known_of, needed, titled
from trimtab.signals.selection import chosen, listed, measured, silence, spread_over
from trimtab.signals.standing import Standing, standing
from trimtab.signals.wording import above_or_below, percent


@dataclass(frozen=True, slots=True)
class SpreadScore(Term):
    """z-score of `long` less `short` over its last `window`, within +- `clip`. Shape (D, A); no memory.

    Without `short`, `long` is a spread itself. The same on every listed asset (all where `assets` is empty), NaN on the
    others, where any of the rows is unknown (warm-up: `window`) and where they have not varied.
    """

    long: str
    short: str = ""
    assets: tuple[str, ...] = ()
    window: Span = months(120)
    clip: Positive = 3.0

    def __post_init__(self) -> None:
        check_ranges(self)
        require_names(long=self.long)
        if self.window.count < 3:
            what = f"window {self.window} is too short for a standard deviation"
            raise ParameterError(what, field="window", remedy="Give at least three rows, such as 120M.")

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return needed(self.long, self.short)

    def __call__(self, view: View) -> Scores:
        """(D, A) z-scores."""
        z = np.clip(self._standing(view).z(self.window.count), -self.clip, self.clip)
        return chosen(view, self.assets, spread_over(view, z))

    def measure(self, view: View) -> Measure:
        """(D, A) the spread, per year."""
        return measured(view, self.assets, self._title, self._rows(view)[:, -1])

    def sentence(self, view: View, asset: int) -> str:
        """The spread and its mean, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        if len(view.days) == 0:
            return f"{self._title} is not known yet"
        rows, now = self._rows(view)[-1], self._standing(view).only(-1)
        if np.isnan(rows).any():
            return known_of(rows, self.window, self._title)
        z = float(now.z(self.window.count))
        if np.isnan(z):
            return f"{self._title} unknown: it has not varied in {counted(self.window)}"
        place = f"{abs(z):.2f} standard deviations {above_or_below(z)}" if z else "level with"
        return f"{self._title} is {percent(float(now.value), digits=2)}, {place} its {self._average(now)}"

    def flip(self, view: View, asset: int) -> str:
        """The mean at which the sign changes; empty where it is unknown."""
        if len(view.days) == 0 or np.isnan(self(view).values[-1, asset]):
            return ""
        now = self._standing(view).only(-1)
        verb = "falls below" if now.value > now.mean else "rises above"
        return f"changes sign when {self._title} {verb} its {self._average(now)}"

    @property
    def words(self) -> str:
        """What it looks at."""
        return f"z-score of {self._title} over {self.window}, within {self.clip:g}"

    @property
    def _title(self) -> str:
        return titled(self.long, self.short)

    def _average(self, now: Standing) -> str:
        return f"{self.window.words} mean {percent(float(now.mean), digits=2)}"

    def _standing(self, view: View) -> Standing:
        """(D,) the latest spread among its rows."""
        return standing(self._rows(view), unit=1.0)

    def _rows(self, view: View) -> Array:
        return differences(view, self.long, self.short, self.window)
