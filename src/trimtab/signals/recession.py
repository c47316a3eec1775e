"""Odds of a recession from the slope of the yield curve: p = Phi(alpha + beta * slope), a probit.

Estrella and Mishkin (1998), "Predicting U.S. Recessions: Financial Variables as Leading Indicators". The slope is the
mean of daily spreads over a month. Yields are not revised; the dates of recessions are, and come late: they are needed
once, to estimate alpha and beta outside, and never here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import Reads, Span, sessions
from trimtab.core.values import Measure, Scores
from trimtab.numerics.normal import normal_cdf
from trimtab.signals.algebra import Term
from trimtab.signals.levels import require_finite, require_names
from trimtab.signals.published import differences, known_of, needed, titled
from trimtab.signals.selection import chosen, listed, measured, silence, spread_over
from trimtab.signals.sums import averaged
from trimtab.signals.wording import percent


@dataclass(frozen=True, slots=True)
class RecessionOdds(Term):
    """1 - 2 p, where p is the probability of a recession. Shape (D, A), in [-1, 1]; no memory.

    The slope is the mean of `long` less `short` (of `long` alone where that is a spread itself) over the last
    `smoothing` rows, per year in DECIMALS: a beta estimated on percentage points is to be multiplied by 100. `alpha` and
    `beta` have no default: estimate them by a probit, for the horizon that the policy looks ahead. The same on every
    listed asset (all where `assets` is empty), NaN on the others and where any row is unknown (warm-up: `smoothing`).
    """

    long: str
    alpha: float
    beta: float
    short: str = ""
    smoothing: Span = sessions(21)
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_names(long=self.long)
        require_finite(alpha=self.alpha, beta=self.beta)
        if self.beta == 0.0:
            remedy = "A flat curve warns of recessions: estimate it, it should be below 0."
            raise ParameterError("beta is 0: the slope plays no part", field="beta", remedy=remedy)
        if self.smoothing.count < 1:
            raise ParameterError("smoothing is 0 steps long", field="smoothing", remedy="Give at least 1D.")

    @property
    def reads(self) -> dict[str, Reads]:
        """What the series are taken for."""
        return dict.fromkeys(self.needs, Reads.RATE)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return needed(self.long, self.short)

    def __call__(self, view: View) -> Scores:
        """(D, A) scores: 1 where a recession is out of the question, -1 where it is certain."""
        return chosen(view, self.assets, spread_over(view, 1.0 - 2.0 * self.odds(self._slope(view))))

    def odds(self, slope: Array) -> Array:
        """The probability of a recession at a slope in decimals; any shape."""
        return normal_cdf(self.alpha + self.beta * slope)

    def measure(self, view: View) -> Measure:
        """(D, A) the probability."""
        return measured(view, self.assets, "odds of a recession", self.odds(self._slope(view)))

    def sentence(self, view: View, asset: int) -> str:
        """The slope and the probability, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        if len(view.days) == 0:
            return f"{self._title} is not known yet"
        slope = self._slope(view)[-1:]
        if np.isnan(slope[0]):
            return known_of(differences(view, self.long, self.short, self.smoothing)[-1], self.smoothing, self._title)
        odds = float(self.odds(slope)[0])
        return f"odds of a recession {100.0 * odds:.1f} %: {self._mean} is {percent(float(slope[0]), digits=2)}"

    def flip(self, view: View, asset: int) -> str:
        """The slope at which the odds pass one half; empty where they are unknown."""
        if len(view.days) == 0 or np.isnan(score := self(view).values[-1, asset]):
            return ""
        even = -self.alpha / self.beta
        verb = "falls below" if (score > 0.0) == (self.beta < 0.0) else "rises above"
        return f"odds pass one half when {self._mean} {verb} {percent(even, digits=2)}"

    @property
    def words(self) -> str:
        """What it looks at."""
        return f"odds of a recession, Phi({self.alpha:g} {self.beta:+g} x {self._mean})"

    @property
    def _title(self) -> str:
        return titled(self.long, self.short)

    @property
    def _mean(self) -> str:
        return f"the {self.smoothing.words} mean of {self._title}"

    def _slope(self, view: View) -> Array:
        """(D,) the mean spread."""
        return averaged(differences(view, self.long, self.short, self.smoothing))
