"""Valuation by fixed levels: a step at which a market counts as dear, and one at which it counts as cheap.

The levels are those of Portfolio Visualizer's model for Shiller's PE10: 22 and more is dear (40/60), below 14 is cheap
(80/20), between them neither (60/40). Fixed levels were chosen with hindsight; `Valuation` moves with the history.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import Positive, check_ranges
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.levels import latest, positive, require_names
from trimtab.signals.selection import chosen, listed, measured, silence, spread_over
from trimtab.signals.sides import side
from trimtab.signals.wording import amount


@dataclass(frozen=True, slots=True)
class ValuationRule(Term):
    """-1 where the latest `series` is at or above `dear`, +1 where it is below `cheap`, else 0. Shape (D, A); no memory.

    What lies within 1e-12 of a level relatively is at it. A value that is not above zero is missing: NaN (warm-up: one
    value), as on assets that are not listed (all are where `assets` is empty). The same on every listed asset.
    """

    series: str
    dear: Positive = 22.0
    cheap: Positive = 14.0
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        require_names(series=self.series)
        if not self.cheap < self.dear < np.inf:
            what = f"dear is {self.dear:g}, not above cheap {self.cheap:g}"
            raise ParameterError(what, field="dear", remedy="Give the level of a dear market, above that of a cheap one.")

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.series,)

    def __call__(self, view: View) -> Scores:
        """(D, A) steps."""
        return chosen(view, self.assets, spread_over(view, self._step(positive(latest(view, self.series)))))

    def measure(self, view: View) -> Measure:
        """(D, A) the level of the series."""
        return measured(view, self.assets, self.series, positive(latest(view, self.series)), percent=False)

    def sentence(self, view: View, asset: int) -> str:
        """The level and what it counts as, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        level = self._now(view)
        step = float(self._step(np.asarray(level)))
        if np.isnan(step):
            return f"{self.series} unknown: its latest value is missing"
        low, high = amount(self.cheap), amount(self.dear)
        place = {1.0: f"cheap, below {low}", -1.0: f"dear, at {high} or above"}.get(step, f"between {low} and {high}")
        return f"{self.series} {amount(level)} is {place}"

    def flip(self, view: View, asset: int) -> str:
        """The levels of the series at which the step changes; empty where it is unknown."""
        step = float(self._step(np.asarray(self._now(view))))
        if np.isnan(step) or not listed(view.assets, self.assets)[asset]:
            return ""
        falls, reaches = f"falls below {amount(self.cheap)}", f"reaches {amount(self.dear)}"
        if step == 0.0:
            return f"turns to +1 when {self.series} {falls}, to -1 when it {reaches}"
        leaves = f"reaches {amount(self.cheap)}" if step > 0.0 else f"falls below {amount(self.dear)}"
        return f"turns to 0 when {self.series} {leaves}"

    @property
    def words(self) -> str:
        """What it looks at."""
        return f"{self.series}, dear from {self.dear:g} on and cheap below {self.cheap:g}"

    def _step(self, level: Array) -> Array:
        dear, cheap = side(level, np.asarray(self.dear)) >= 0.0, side(level, np.asarray(self.cheap)) < 0.0
        return np.where(np.isnan(level), np.nan, np.where(dear, -1.0, np.where(cheap, 1.0, 0.0)))

    def _now(self, view: View) -> float:
        return float(positive(latest(view, self.series))[-1]) if len(view.days) else np.nan
