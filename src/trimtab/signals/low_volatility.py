"""Low volatility: the calmer an asset has been among the others, the higher it scores.

Ang, Hodrick, Xing and Zhang (2006, "The Cross-Section of Volatility and Expected Returns"); Frazzini and Pedersen (2014,
"Betting Against Beta") explain it by investors who may not borrow. Among assets of one class it is a tilt; across
classes it always prefers bonds: then say `within: class`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Span, sessions
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.ranking import Ranking, Within, placed, ranked
from trimtab.signals.selection import chosen, listed, measured, silence
from trimtab.signals.variation import deviation, unvaried
from trimtab.signals.wording import prices


@dataclass(frozen=True, slots=True)
class LowVolatility(Term):
    """Rank of minus the volatility of the returns over `window`, scaled evenly to [-1, 1]. Shape (D, A).

    1 for the calmest of the listed assets (all where `assets` is empty) or, `within: class`, of those of them in the same
    asset class; ties (1e-12 relatively) share their mean rank. Volatility is the standard deviation (ddof 1) of simple
    total returns. NaN where any of the `window` returns is unknown (warm-up: window + 1 rows), where they have not
    varied, and for an asset that has nobody to be ranked among.
    """

    window: Span = sessions(252)
    within: Within = Within.UNIVERSE
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.window.count < 2:
            remedy = "Give a window of at least two returns, such as 252D or 36M."
            raise ParameterError(f"window {self.window} has no volatility", field="window", remedy=remedy)

    def __call__(self, view: View) -> Scores:
        """(D, A) scaled ranks."""
        return chosen(view, self.assets, self._ranking(view).scaled)

    def measure(self, view: View) -> Measure:
        """(D, A) the volatility, per year."""
        return measured(view, self.assets, f"{self.window.words} volatility", self._volatility(view))

    def sentence(self, view: View, asset: int) -> str:
        """The volatility and its place among the others, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        found = self._volatility(view)
        if len(found) == 0 or np.isnan(found[-1, asset]):
            return f"{self.window.words} volatility {unvaried(prices(view, self.window + 1, asset))}"
        place = placed(self._ranking(view), asset, " from the calmest")
        return f"{self.window.words} volatility {100.0 * found[-1, asset]:.1f} % a year, {place}"

    def flip(self, view: View, asset: int) -> str:
        """Nothing: it depends on the next closes of all the others."""
        return ""

    @property
    def words(self) -> str:
        """What it looks at."""
        group = "the same asset class" if self.within is Within.CLASS else "all assets"
        return f"rank of the {self.window.words} volatility among {group}, the calmest first"

    def _volatility(self, view: View) -> Array:
        """(D, A) per year."""
        index = view.window(TOTAL_RETURN, self.window.count + 1, every=self.window.every)
        return np.asarray(deviation(index) * np.sqrt(view.per_year(self.window.every)))

    def _ranking(self, view: View) -> Ranking:
        return ranked(view, -self._volatility(view), self.assets, self.within)
