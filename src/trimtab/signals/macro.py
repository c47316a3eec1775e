"""Macro spreads: the sign of one published series less another, such as a slope or a credit spread.

Slope of the yield curve as a leading indicator: Estrella and Hardouvelis (1991). The view hands out the latest value
that was known at each cut-off; nothing here looks at effective dates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.selection import chosen, listed, measured, silence, spread_over
from trimtab.signals.sides import side
from trimtab.signals.wording import above_or_below, percent


@dataclass(frozen=True, slots=True)
class Spread(Term):
    """Sign of the latest known `long` less `short` against `threshold`, all rates per year in decimals. Shape (D, A).

    The same on every listed asset (all where `assets` is empty), NaN on the others and where either series is unknown
    (warm-up: one value of each). 0 at a tie within 1e-12 relatively. Where a wide spread is bad news, as with credit,
    swap the series and give the threshold below zero.
    """

    long: str
    short: str
    assets: tuple[str, ...] = ()
    threshold: float = 0.0

    def __post_init__(self) -> None:
        for name in ("long", "short"):
            if not getattr(self, name):
                raise ParameterError(f"{name} is empty", field=name, remedy="Give the name of a loaded series.")
        if not np.isfinite(self.threshold):
            what = f"threshold is {self.threshold}"
            raise ParameterError(what, field="threshold", remedy="Give a rate such as 0.01.")

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.long, self.short)

    def __call__(self, view: View) -> Scores:
        """(D, A) signs."""
        long, short = (view.series(name, 1)[:, -1] for name in (self.long, self.short))
        signs = side(long, short + self.threshold)
        return chosen(view, self.assets, spread_over(view, signs))

    def measure(self, view: View) -> Measure:
        """(D, A) the spread, per year."""
        long, short = (view.series(name, 1)[:, -1] for name in (self.long, self.short))
        return measured(view, self.assets, f"{self.long} less {self.short}", long - short)

    def sentence(self, view: View, asset: int) -> str:
        """Both rates and their difference, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        long, short = self._latest(view)
        if np.isnan(long - short):
            return f"{self.long} or {self.short} is not known yet"
        place = above_or_below(float(side(np.asarray(long), np.asarray(short + self.threshold))))
        rates = f"{self.long} {100.0 * long:.2f} % less {self.short} {100.0 * short:.2f} %"
        return f"{rates} is {percent(long - short, digits=2)}, {place} {percent(self.threshold, digits=2)}"

    def flip(self, view: View, asset: int) -> str:
        """The spread at which the sign changes; empty where it is unknown."""
        long, short = self._latest(view)
        where = float(side(np.asarray(long), np.asarray(short + self.threshold)))
        if np.isnan(where) or not listed(view.assets, self.assets)[asset]:
            return ""
        if where == 0.0:
            return f"turns as soon as {self.long} less {self.short} leaves {percent(self.threshold, digits=2)}"
        verb = "falls below" if where > 0.0 else "rises above"
        return f"flips when {self.long} less {self.short} {verb} {percent(self.threshold, digits=2)}"

    @property
    def words(self) -> str:
        """What it looks at."""
        return f"{self.long} less {self.short} against {percent(self.threshold, digits=2)}"

    def _latest(self, view: View) -> tuple[float, float]:
        if len(view.days) == 0:
            return np.nan, np.nan
        return float(view.series(self.long, 1)[-1, -1]), float(view.series(self.short, 1)[-1, -1])
