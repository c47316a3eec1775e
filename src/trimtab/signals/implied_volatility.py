"""Implied volatility as a state: off while an index such as the VIX is high for its own past, on again once it is low.

The index says what options cost on one market; the policy says for which assets that matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import Fraction, Span, Stat, check_ranges, sessions
from trimtab.core.values import Measure, Scores
from trimtab.numerics.ranks import rank_of_last
from trimtab.signals.algebra import Term
from trimtab.signals.holding import Holding
from trimtab.signals.levels import require_names
from trimtab.signals.percentiles import calm, place, require_apart, turn
from trimtab.signals.selection import chosen, listed, measured, silence, spread_over


@dataclass(frozen=True, slots=True)
class ImpliedVolatility(Holding, Term):
    """-1 where the percentile of `series` is above `off_above`, +1 below `on_below`. Shape (D, A), in {-1, 0, 1}; 0 holds.

    The latest known value is ranked among all since the policy's `since`, or among the last `history` where that is not 0,
    itself included; unknown ones are left out. The same on every listed asset (all where `assets` is empty), NaN on the
    others, where the latest value is unknown, where fewer than `minimum` values are known (the warm-up) and where they
    have not varied. A fold: 0 keeps the side before.
    """

    series: str
    history: Span = sessions(0)
    off_above: Fraction = 0.8
    on_below: Fraction = 0.6
    minimum: Annotated[int, Ge(2)] = 252
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        require_names(series=self.series)
        require_apart(self.on_below, self.off_above)
        if 0 < self.history.count < self.minimum:
            what = f"history {self.history} holds fewer than minimum {self.minimum} values"
            remedy = "Give a longer one, such as 1260D, a smaller minimum, or 0D for all since the policy's `since`."
            raise ParameterError(what, field="history", remedy=remedy)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.series,)

    @property
    def expands(self) -> bool:
        """Whether it ranks among everything since the policy's `since`."""
        return self.history.count == 0

    def __call__(self, view: View) -> Scores:
        """(D, A) sides before memory."""
        return chosen(view, self.assets, spread_over(view, calm(self._ranks(view), self.on_below, self.off_above)))

    def measure(self, view: View) -> Measure:
        """(D, A) the percentile, in (0, 1)."""
        return measured(view, self.assets, f"percentile of {self.series}", self._ranks(view))

    def sentence(self, view: View, asset: int) -> str:
        """The latest value and its percentile, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        latest = float(view.series(self.series, 1)[-1, -1]) if len(view.days) else np.nan
        if np.isnan(latest):
            return f"{self.series} is not known"
        rank, known = float(self._ranks(view)[-1]), int(self._known(view)[-1])
        if known < self.minimum:
            return f"percentile of {self.series} unknown: {known} values are known, {self.minimum} are needed"
        if np.isnan(rank):
            return f"percentile of {self.series} unknown: it has not varied"
        return f"{self.series} {latest:.4g}, {place(rank, self.on_below, self.off_above)} ({known} values)"

    def flip(self, view: View, asset: int) -> str:
        """The percentile at which the side changes; empty where it is unknown."""
        if len(view.days) == 0 or not listed(view.assets, self.assets)[asset]:
            return ""
        said = turn(float(self._ranks(view)[-1]), self.on_below, self.off_above)
        return f"{said} in the percentile of {self.series}" if said else ""

    @property
    def words(self) -> str:
        """What it looks at."""
        among = "all its values so far" if self.expands else f"its last {self.history.count}"
        edges = f"off above {100 * self.off_above:g} %, on below {100 * self.on_below:g} %"
        return f"percentile of {self.series} among {among}, {edges}"

    def _known(self, view: View) -> Array:
        """(D,) how many values are known."""
        if self.expands:
            return np.asarray(view.expanding(self.series, Stat.COUNT, every=self.history.every))
        return np.asarray(np.isfinite(self._rows(view)).sum(axis=1), dtype=float)

    def _ranks(self, view: View) -> Array:
        """(D,) percentiles."""
        if not self.expands:
            return rank_of_last(self._rows(view), least=self.minimum)
        known, rank, least, most = (
            view.expanding(self.series, stat, every=self.history.every) for stat in (Stat.COUNT, Stat.RANK, Stat.MIN, Stat.MAX)
        )
        return np.where((known >= self.minimum) & (most > least), rank, np.nan)

    def _rows(self, view: View) -> Array:
        return view.series(self.series, self.history.count, every=self.history.every)
