"""Momentum over several lookbacks, the latest weighted most (Keller and Keuning 2017, there called 13612W).

The mean of 12 r1, 4 r3, 2 r6 and 1 r12, where r_k is the total return of the last k months: each return at its yearly
rate, so that the last month counts in all four. Unlike `Momentum` it keeps its size, so that assets can be ranked by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import TIE, TOTAL_RETURN, Reads, Span, months
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.selection import chosen, listed, measured, silence
from trimtab.signals.sides import apart
from trimtab.signals.wording import above_or_below, close_next, percent, prices, turning, upcoming


@dataclass(frozen=True, slots=True)
class WeightedMomentum(Term):
    """Mean over `lookbacks` of weight times total return. Shape (D, A); a fraction per year with the weights by default.

    `weights` are at least 0, one for each lookback, in their order. `excess_of` names a total-return series, such as bills:
    its return over the same rows is taken off each. A sum within 1e-12 of 0 is 0: no change. NaN where the value at any
    end is unknown (warm-up: the longest lookback + 1 rows) and on assets that are not listed (all are where `assets` is
    empty).
    """

    lookbacks: tuple[Span, ...] = (months(1), months(3), months(6), months(12))
    weights: tuple[float, ...] = (12.0, 4.0, 2.0, 1.0)
    excess_of: str = ""
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        said = ", ".join(map(str, self.lookbacks)) or "nothing"
        steps = {span.every for span in self.lookbacks}
        if not self.lookbacks or len(set(self.lookbacks)) < len(self.lookbacks) or len(steps) > 1:
            remedy = "Give different spans of one unit, such as [1M, 3M, 6M, 12M]."
            raise ParameterError(f"lookbacks holds {said}", field="lookbacks", remedy=remedy)
        if min(span.count for span in self.lookbacks) < 1:
            raise ParameterError(f"lookbacks holds {said}", field="lookbacks", remedy="Give spans of at least one step.")
        if len(self.weights) != len(self.lookbacks):
            what = f"weights has {len(self.weights)} numbers for {len(self.lookbacks)} lookbacks"
            raise ParameterError(what, field="weights", remedy="Give one for each lookback.")
        if not (np.isfinite(self.weights).all() and min(self.weights) >= 0.0 and max(self.weights) > 0.0):
            what = f"weights is {', '.join(f'{weight:g}' for weight in self.weights)}"
            raise ParameterError(what, field="weights", remedy="Give numbers of at least 0, one of them above.")

    @property
    def rows(self) -> Span:
        """How many rows it looks at."""
        return max(self.lookbacks, key=lambda span: span.count) + 1

    @property
    def reads(self) -> dict[str, Reads]:
        """What the series are taken for."""
        return dict.fromkeys(self.needs, Reads.INDEX)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.excess_of,) if self.excess_of else ()

    def __call__(self, view: View) -> Scores:
        """(D, A) weighted means of the returns."""
        return chosen(view, self.assets, self._mean(view))

    def measure(self, view: View) -> Measure:
        """(D, A) the weighted mean itself."""
        return measured(view, self.assets, f"weighted return over {self._spans}", self._mean(view))

    def sentence(self, view: View, asset: int) -> str:
        """The returns and their weighted mean, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        what = f"weighted momentum over {self._spans}"
        found = self._mean(view)
        if len(found) == 0 or np.isnan(found[-1, asset]):
            return f"{what} unknown: history is too short or has gaps"
        score = float(found[-1, asset])
        gains = [float(gain[-1, asset]) for gain in self._gains(view)]
        parts = ", ".join(f"{span} {percent(gain)}" for span, gain in zip(self.lookbacks, gains, strict=True))
        over = f" in excess of {self.excess_of}" if self.excess_of else ""
        return f"{what} {percent(score)}, {above_or_below(score)} zero ({parts}{over})"

    def flip(self, view: View, asset: int) -> str:
        """The close that changes the sign next, exactly; empty where it is unknown, or depends on what bills earn."""
        if self.excess_of or len(view.days) == 0 or not listed(view.assets, self.assets)[asset]:
            return ""
        score = float(self._mean(view)[-1, asset])
        rows = upcoming(view, self.rows.every, prices(view, self.rows, asset))
        if np.isnan(score):
            return ""
        starts = np.array([rows[-span.count] for span in self.lookbacks])
        counted = np.array(self.weights) > 0.0
        if not (starts[counted] > 0.0).all():
            return ""
        level = sum(self.weights) / float(np.sum(np.array(self.weights)[counted] / starts[counted]))
        return turning(score, level, level, close_next(view, self.rows.every))

    @property
    def words(self) -> str:
        """What it looks at."""
        by = ", ".join(f"{weight:g}" for weight in self.weights)
        over = f" in excess of {self.excess_of}" if self.excess_of else ""
        return f"mean of the total returns over {self._spans}{over}, times {by}"

    @property
    def _spans(self) -> str:
        return ", ".join(map(str, self.lookbacks))

    def _gains(self, view: View) -> list[Array]:
        """The return (D, A) over each lookback, less that of bills where they are named."""
        rows = self.rows
        index = view.window(TOTAL_RETURN, rows.count, every=rows.every)
        found = [apart(index[:, -1], index[:, -1 - span.count]) for span in self.lookbacks]
        if self.excess_of:
            bills = view.series(self.excess_of, rows.count, every=rows.every)[..., np.newaxis]
            rival = [apart(bills[:, -1], bills[:, -1 - span.count]) for span in self.lookbacks]
            found = [gain - less for gain, less in zip(found, rival, strict=True)]
        return found

    def _mean(self, view: View) -> Array:
        """(D, A) in the order of the lookbacks."""
        total = np.zeros((len(view.days), len(view.assets)))
        for weight, gain in zip(self.weights, self._gains(view), strict=True):
            total = total + weight * gain
        tie = np.abs(total) <= TIE * sum(self.weights)
        return np.asarray(np.where(tie, 0.0, total) / len(self.lookbacks))
