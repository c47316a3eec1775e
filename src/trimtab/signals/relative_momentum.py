"""Cross-sectional momentum: an asset's past return against that of the others.

Jegadeesh and Titman (1993, "Returns to Buying Winners and Selling Losers") for stocks; Asness, Moskowitz and Pedersen
(2013, "Value and Momentum Everywhere") across asset classes. Both leave out the last month, in which returns reverse.
Unlike `Momentum` it says which assets, not whether any: half of them score below 0 in every market.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Span, check_ranges, months
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.ranking import Ranking, Within, placed, ranked
from trimtab.signals.selection import chosen, listed, measured, silence
from trimtab.signals.sides import apart
from trimtab.signals.wording import percent


@dataclass(frozen=True, slots=True)
class RelativeMomentum(Term):
    """Rank of the total return over `lookback`, the last `skip` left out, scaled evenly to [-1, 1]. Shape (D, A).

    Among the listed assets (all where `assets` is empty) or, `within: class`, among those of them in the same asset
    class. Ties (1e-12 relatively) share their mean rank. With `top` k above 0: 1 for the k best and -1 for the others;
    those level with the k-th best are in with it, so that there may be more than k. NaN where the value at either end is
    unknown (warm-up: lookback + skip + 1 rows), and for an asset that has nobody to be ranked among. The defaults are
    the "12-1" of the literature: from twelve months ago to one month ago.
    """

    lookback: Span = months(11)
    skip: Span = months(1)
    within: Within = Within.UNIVERSE
    top: Annotated[int, Ge(0)] = 0
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.lookback.count < 1:
            raise ParameterError("lookback is 0 steps long", field="lookback", remedy="Give at least 1M, 1W or 1D.")
        if self.skip.count and self.skip.every is not self.lookback.every:
            what = f"skip {self.skip} has another step than lookback {self.lookback}"
            raise ParameterError(what, field="skip", remedy="Use the same unit for both.")

    @property
    def rows(self) -> Span:
        """How many rows it looks at."""
        return self.lookback + self.skip.count + 1

    def __call__(self, view: View) -> Scores:
        """(D, A) scaled ranks, or 1 and -1."""
        found = self._ranking(view)
        return chosen(view, self.assets, found.best(self.top) if self.top else found.scaled)

    def measure(self, view: View) -> Measure:
        """(D, A) the return."""
        return measured(view, self.assets, f"{self.lookback.words} return{self._left_out}", self._growth(view) - 1.0)

    def sentence(self, view: View, asset: int) -> str:
        """The return and its place among the others, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        what = f"{self.lookback.words} total return{self._left_out}"
        growth = self._growth(view)
        if len(growth) == 0 or np.isnan(growth[-1, asset]):
            return f"{what} unknown: history is too short"
        return f"{what} {percent(float(growth[-1, asset]) - 1.0)}, {placed(self._ranking(view), asset)}{self._cut}"

    def flip(self, view: View, asset: int) -> str:
        """Nothing: it depends on the next closes of all the others."""
        return ""

    @property
    def words(self) -> str:
        """What it looks at."""
        group = "the same asset class" if self.within is Within.CLASS else "all assets"
        return f"rank of the {self.lookback.words} total return{self._left_out} among {group}{self._cut}"

    def _growth(self, view: View) -> Array:
        """(D, A) the end of the return over its start; NaN where either is unknown."""
        index = view.window(TOTAL_RETURN, self.rows.count, every=self.rows.every)
        return 1.0 + apart(index[:, -1 - self.skip.count], index[:, 0])

    def _ranking(self, view: View) -> Ranking:
        return ranked(view, self._growth(view), self.assets, self.within)

    @property
    def _left_out(self) -> str:
        return f" leaving out the last {self.skip}" if self.skip.count else ""

    @property
    def _cut(self) -> str:
        return f", the best {self.top} are in" if self.top else ""
