"""Realised volatility as a state: off where an asset has been unusually volatile for itself, on again once it is calm.

sqrt(252 / n * sum of r^2) over n days, mean zero, simple returns, against its own values of the last five years. The
percentile decides, so that bonds and equities are asked the same question. Volatility-managed portfolios: Moreira and
Muir (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Fraction, Span, check_ranges, sessions
from trimtab.core.values import Measure, Scores
from trimtab.numerics.ranks import rank_of_last
from trimtab.numerics.volatility import rolling_realised
from trimtab.signals.algebra import Term
from trimtab.signals.holding import Holding
from trimtab.signals.percentiles import calm, place, require_apart, turn
from trimtab.signals.selection import chosen, listed, measured, silence

_CELLS = 1 << 17  # numbers that are worked on at a time: a megabyte stays in the cache of a processor
_TIE = 1e-9  # relatively; the square of a small return loses digits that a price in another currency changes


@dataclass(frozen=True, slots=True)
class RealisedVolatility(Holding, Term):
    """-1 where the percentile of volatility is above `off_above`, +1 below `on_below`. Shape (D, A), in {-1, 0, 1}; 0 holds.

    Volatility of the last `window` returns, ranked among its own last `history` values, itself included; those that are
    unknown are left out. NaN where the latest is unknown (any of its returns is), where fewer than `minimum` values are
    known (warm-up: `window` + `minimum` rows; the rank is of all `history` from `window` + `history` rows on), where it
    has not varied, and on assets that are not listed (all are where `assets` is empty). A fold: 0 keeps the side before.
    """

    window: Span = sessions(21)
    history: Span = sessions(1260)
    off_above: Fraction = 0.8
    on_below: Fraction = 0.6
    minimum: Annotated[int, Ge(2)] = 252
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        require_apart(self.on_below, self.off_above)
        if self.window.count < 2:
            raise ParameterError(f"window {self.window} is too short", field="window", remedy="Give at least 2D, such as 21D.")
        if self.history.every is not self.window.every:
            what = f"history {self.history} has another step than window {self.window}"
            raise ParameterError(what, field="history", remedy="Use the same unit for both.")
        if self.history.count < self.minimum:
            what = f"history {self.history} holds fewer than minimum {self.minimum} values"
            raise ParameterError(what, field="history", remedy="Give a longer one, such as 1260D, or a smaller minimum.")

    @property
    def rows(self) -> Span:
        """How many rows it looks at."""
        return self.history + self.window

    def __call__(self, view: View) -> Scores:
        """(D, A) sides before memory."""
        return chosen(view, self.assets, calm(self._ranks(view), self.on_below, self.off_above))

    def measure(self, view: View) -> Measure:
        """(D, A) the percentile, in (0, 1)."""
        return measured(view, self.assets, f"percentile of {self._title}", self._ranks(view))

    def sentence(self, view: View, asset: int) -> str:
        """The volatility per year and its percentile, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        if len(view.days) == 0:
            return f"{self._title} is not known yet"
        index = self._index(view)[-1:, :, asset : asset + 1]
        recent = int(np.isfinite(simple_returns(index)[0, -self.window.count :, 0]).sum())
        if recent < self.window.count:
            return f"{self._title} unknown: {recent} of {self.window.count} returns are known"
        values = self._volatility(index, view.per_year(self.window.every))[0, :, 0]
        rank, known = float(self._rank(index)[0, 0]), int(np.isfinite(values).sum())
        if known < self.minimum:
            return f"percentile of {self._title} unknown: {known} values are known, {self.minimum} are needed"
        if np.isnan(rank):
            return f"percentile of {self._title} unknown: it has not varied"
        return f"{self._title} {100.0 * values[-1]:.1f} % a year, {place(rank, self.on_below, self.off_above)}"

    def flip(self, view: View, asset: int) -> str:
        """The percentile at which the side changes; empty where it is unknown."""
        if len(view.days) == 0 or not listed(view.assets, self.assets)[asset]:
            return ""
        rank = float(self._rank(self._index(view)[-1:, :, asset : asset + 1])[0, 0])
        said = turn(rank, self.on_below, self.off_above)
        return f"{said} in the percentile of {self._title}" if said else ""

    @property
    def words(self) -> str:
        """What it looks at."""
        edges = f"off above {100 * self.off_above:g} %, on below {100 * self.on_below:g} %"
        return f"percentile of {self._title} among its last {self.history.count}, {edges}"

    @property
    def _title(self) -> str:
        return f"{self.window.words} volatility"

    def _index(self, view: View) -> Array:
        return view.window(TOTAL_RETURN, self.rows.count, every=self.rows.every)

    def _ranks(self, view: View) -> Array:
        """(D, A) percentiles, block by block: all dates at once would need gigabytes for the volatilities alone."""
        index = self._index(view)
        days, rows, assets = index.shape
        out = np.full((days, assets), np.nan)
        wide = max(1, min(assets, _CELLS // rows))
        deep = max(1, _CELLS // (rows * wide))
        for a in range(0, assets, wide):
            for d in range(0, days, deep):
                out[d : d + deep, a : a + wide] = self._rank(index[d : d + deep, :, a : a + wide])
        return out

    def _rank(self, index: Array) -> Array:
        """(D, A) percentile of the last volatility of index values (D, n, A)."""
        return rank_of_last(np.moveaxis(self._volatility(index, 1), 1, -1), least=self.minimum, tie=_TIE)

    def _volatility(self, index: Array, per_year: int) -> Array:
        """(D, history, A) per year of so many rows."""
        return rolling_realised(simple_returns(index), self.window.count, per_year)


def simple_returns(index: Array) -> Array:
    """(D, n - 1, A) of index values (D, n, A); NaN where either value is unknown or not above 0."""
    good = np.where(index > 0.0, index, np.nan)
    return np.asarray(good[:, 1:] / good[:, :-1] - 1.0)
