"""Absorption ratio: how much of all variance a few factors carry (Kritzman, Li, Page and Rigobon 2011).

A high ratio says that assets hang together and a shock to one is a shock to all: fragile, not yet falling. States are
told apart by the level of the ratio. The paper's own trading rule, on a shift of one standard deviation, could not be
verified and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Fraction, NonNegative, Span, check_ranges, sessions
from trimtab.core.values import Measure, Regime
from trimtab.numerics.absorption import absorption_ratio, factors_of
from trimtab.numerics.covariance import covariance
from trimtab.numerics.exponential import decay_of_halflife, exponential_weights
from trimtab.regimes.dwelling import Dwelling
from trimtab.regimes.levels import in_words, place, require_apart, require_two, two_states
from trimtab.regimes.windows import by_dates, changes, known_of, numbers, require_length


@dataclass(frozen=True, slots=True)
class Absorption(Dwelling):
    """Two states by the level of the absorption ratio. Shape (D, 2); evidence, see `Dwelling`.

    The share of variance in the largest eigenvalues, `fraction` of their number (rounded, halves up), of the covariance
    of the last `window` returns of the listed assets, or all; with a `halflife` in rows (0: weighted alike). The second
    of `states` is entered above `enter` and left below `exit`. What is high depends on the assets: 0.8 is much for twenty
    classes and little for five funds of shares. NaN where a return is unknown, where nothing varies, for one asset, and
    where no factor or every factor counts. Warm-up: window + 1 rows.
    """

    fraction: Fraction = 0.2
    window: Span = sessions(500)
    halflife: NonNegative = 250.0
    enter: Fraction = 0.8
    exit: Fraction = 0.7
    states: tuple[str, str] = ("resilient", "fragile")
    assets: tuple[str, ...] = ()
    dwell: Annotated[int, Ge(1)] = 1

    def __post_init__(self) -> None:
        check_ranges(self)
        require_apart(self.enter, self.exit, share=True, rising=True)
        require_two(self.states)
        require_length(self.window, 2, "window")
        if not self.halflife < np.inf:
            remedy = "Give a number of rows, such as 250."
            raise ParameterError(f"halflife is {self.halflife}", field="halflife", remedy=remedy)

    @property
    def words(self) -> str:
        """What it looks at."""
        where = in_words(self.enter, self.exit, self.states, lambda level: f"{100 * level:g} %")
        return f"{self.window.words} absorption ratio of {', '.join(self.assets) or 'all assets'}, {where}"

    def __call__(self, view: View) -> Regime:
        """(D, 2) evidence."""
        return Regime(self.states, two_states(self._ratios(view), self.enter, self.exit))

    def measure(self, view: View) -> Measure:
        """(D, 1) the absorption ratio."""
        return Measure("absorption ratio", self._ratios(view)[:, None])

    def sentence(self, view: View) -> str:
        """The ratio, how many factors it counts, and where it lies."""
        if len(view.days) == 0:
            return "absorption ratio unknown: no date to look at"
        rows = self._rows(view)[-1:]
        count = rows.shape[-1]
        factors, found = factors_of(self.fraction, count), float(self._ratio(rows)[0])
        if np.isnan(found):
            return f"absorption ratio {self._unknown(changes(rows)[0], factors)}"
        where = place(found, (self.enter, self.exit), self.states, lambda level: f"{100 * level:g} %")
        return f"{factors} of {count} factors absorb {100 * found:.1f} % of all variance, {where}"

    def _rows(self, view: View) -> Array:
        """(D, n + 1, N) total-return indices of the assets that count."""
        index = view.window(TOTAL_RETURN, self.window.count + 1, every=self.window.every)
        return index[:, :, numbers(view.assets, self.assets, "assets")] if self.assets else index

    def _ratios(self, view: View) -> Array:
        """(D,) absorption ratios."""
        rows = self._rows(view)
        return by_dates(self._ratio, rows, 4 * rows[:1].size)

    def _ratio(self, rows: Array) -> Array:
        """(D,) of indices (D, n + 1, N)."""
        factors = factors_of(self.fraction, rows.shape[-1])
        if not 0 < factors < rows.shape[-1]:
            return np.full(len(rows), np.nan)
        weights = exponential_weights(self.window.count, decay_of_halflife(self.halflife)) if self.halflife else None
        return absorption_ratio(covariance(changes(rows), weights), factors)

    def _unknown(self, moves: Array, factors: int) -> str:
        """Why there is no ratio, from the returns (n, N) of the last date."""
        count = moves.shape[-1]
        if not 0 < factors < count:
            return f"unknown: {factors} of {count} factors are counted, which says nothing"
        return known_of(moves, "returns") if not np.isfinite(moves).all() else "unknown: nothing has varied"
