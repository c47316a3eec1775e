"""Dividend yield of each asset beside its own history (Fama and French 1988, "Dividend Yields and Expected Stock Returns").

The yield comes out of the total-return index and the price: what the one gained over twelve months beyond the other. It
is thereby that of a unit bought a year ago and held with its dividends reinvested.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import CLOSE, MONTH, TIE, TOTAL_RETURN, Positive, Span, check_ranges, months
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.levels import positive
from trimtab.signals.selection import chosen, listed, measured, silence
from trimtab.signals.standing import CONSTANT, Standing, standing
from trimtab.signals.wording import percent

_YEAR = 12


@dataclass(frozen=True, slots=True)
class DividendYield(Term):
    """z-score of the twelve-month yield in its last `window` months, clipped to +- `clip`. Shape (D, A); no memory.

    High is cheap: above zero. NaN where the yield is unknown (the index or the price at either end, or not above zero),
    where fewer than `minimum` months of it are known (warm-up: `minimum` + 12 months), where it has not varied, and where
    nothing at all was paid in the window: such an asset's data are a price alone. NaN on assets that are not listed (all
    are where `assets` is empty). Holds for daily and monthly data; splits do not touch it.
    """

    window: Span = months(120)
    minimum: Annotated[int, Ge(2)] = 60
    clip: Positive = 3.0
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.window.every is not MONTH:
            raise ParameterError(f"window {self.window} is not in months", field="window", remedy="Write for example 120M.")
        if self.window.count < self.minimum:
            what = f"minimum {self.minimum} is more than the {self.window.count} months of the window"
            raise ParameterError(what, field="minimum", remedy=f"Give at most {self.window.count}, or a longer window.")

    def __call__(self, view: View) -> Scores:
        """(D, A) scores, above zero where the yield is high."""
        z = standing(self._yields(view, self.window.count), unit=1.0).z(self.minimum)
        return chosen(view, self.assets, np.clip(z, -self.clip, self.clip) + 0.0)

    def measure(self, view: View) -> Measure:
        """(D, A) the twelve-month yield."""
        return measured(view, self.assets, "12-month dividend yield", self._yields(view, 1)[:, -1])

    def sentence(self, view: View, asset: int) -> str:
        """The yield and its distance from its mean, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        if len(view.days) == 0:
            return "dividend yield unknown: history is too short"
        yields = self._yields(view, self.window.count)[-1:]
        now = standing(yields, unit=1.0).only(-1, asset)
        z = float(now.z(self.minimum))
        if np.isnan(z):
            return f"dividend yield unknown: {self._trouble(now)}"
        mean = f"its mean {percent(float(now.mean), digits=2)} of {int(now.count)} months"
        return f"dividend yield {percent(float(now.value), digits=2)} is {z:+.2f} standard deviations from {mean}"

    def flip(self, view: View, asset: int) -> str:
        """Empty: until something is paid, index and price move together, so that no close by itself turns it."""
        return ""

    @property
    def words(self) -> str:
        """What it looks at."""
        return f"12-month dividend yield in its last {self.window.count} months, high is cheap"

    def _yields(self, view: View, count: int) -> Array:
        """(D, count, A) the yield at the end of each of the last `count` months."""
        total, price = (positive(view.window(field, count + _YEAR, every=MONTH)) for field in (TOTAL_RETURN, CLOSE))
        return np.asarray((total[:, _YEAR:] / total[:, :-_YEAR]) / (price[:, _YEAR:] / price[:, :-_YEAR]) - 1.0)

    def _trouble(self, now: Standing) -> str:
        why = now.trouble(self.minimum)
        nothing = why == CONSTANT and abs(float(now.mean)) <= TIE
        return "it pays nothing, its data are a price alone" if nothing else why
