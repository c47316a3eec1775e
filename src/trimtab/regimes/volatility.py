"""Volatility regime: how nervous the portfolio is, in view of its own past (METHODS 1.6 and 4).

Realised volatility sqrt(252 / n * sum of r^2), mean zero, ranked among its own last values: a level that is high for
bonds is low for shares, a percentile is the same for both.
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
from trimtab.core.values import Measure, Regime
from trimtab.numerics.volatility import realised, rolling_realised
from trimtab.regimes.dwelling import Dwelling
from trimtab.regimes.levels import in_words, place, require_apart, require_two, two_states
from trimtab.regimes.windows import (
    by_dates,
    changes,
    known_of,
    numbers,
    ordinal,
    percentile,
    require_length,
    require_same_step,
)


@dataclass(frozen=True, slots=True)
class VolatilityRegime(Dwelling):
    """Two states by the percentile of realised volatility. Shape (D, 2); evidence, see `Dwelling`.

    Of one `asset`; where none is named, of the benchmark: the returns of the assets times its weights, brought to a sum
    of 1 over the assets that have one. Volatility over `window`, ranked among its last `history` values; the second of
    `states` is entered above the percentile `enter` and left below `exit`. NaN where any return of an asset that counts
    is unknown, where volatility has not varied, and without any weight above 0. Warm-up: history + window rows.
    """

    asset: str = ""
    window: Span = sessions(21)
    history: Span = sessions(1260)
    enter: Fraction = 0.8
    exit: Fraction = 0.6
    states: tuple[str, str] = ("calm", "stressed")
    dwell: Annotated[int, Ge(1)] = 1
    benchmark: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        require_apart(self.enter, self.exit, share=True, rising=True)
        require_two(self.states)
        require_length(self.window, 1, "window")
        require_length(self.history, 2, "history")
        require_same_step(self.window, self.history, "history")

    @property
    def words(self) -> str:
        """What it looks at."""
        where = in_words(self.enter, self.exit, self.states, lambda level: f"the {ordinal(level)}")
        return f"{self.window.words} volatility of {self.asset or 'the benchmark'}, {where}"

    def __call__(self, view: View) -> Regime:
        """(D, 2) evidence."""
        return Regime(self.states, two_states(self._ranks(view), self.enter, self.exit))

    def measure(self, view: View) -> Measure:
        """(D, 1) the percentile rank of volatility."""
        return Measure(f"percentile of {self.window.words} volatility", self._ranks(view)[:, None])

    def sentence(self, view: View) -> str:
        """Volatility per year, its percentile, and where that lies."""
        subject = f"{self.window.words} volatility of {self.asset or 'the benchmark'}"
        if len(view.days) == 0:
            return f"{subject} unknown: no date to look at"
        if self._shares(view) is None:
            return f"{subject} unknown: the benchmark has no weight in any asset"
        rows = self._portfolio(changes(view.window(TOTAL_RETURN, self._count + 1, every=self.window.every)[-1:]), view)
        rank = float(self._ranked(rows)[0])
        if not np.isfinite(rows).all():
            return f"{subject} {known_of(rows[0], 'returns')}"
        if np.isnan(rank):
            return f"{subject} unknown: it has not varied over its last {self.history.count} values"
        now = 100.0 * float(realised(rows[0, -self.window.count :], view.per_year(self.window.every))[0])
        where = place(rank, (self.enter, self.exit), self.states, lambda level: f"the {ordinal(level)}")
        return f"{subject} {now:.1f} %, at the {ordinal(rank)} of its last {self.history.count} values, is {where}"

    @property
    def _count(self) -> int:
        """Returns that an answer rests on."""
        return self.history.count + self.window.count - 1

    def _shares(self, view: View) -> Array | None:
        """(A,) weights that sum to 1; None where nothing has one. Raises ParameterError where they do not fit."""
        if self.asset:
            return np.asarray(np.eye(len(view.assets))[numbers(view.assets, (self.asset,), "asset")[0]])
        if self.benchmark and len(self.benchmark) != len(view.assets):
            what = f"the benchmark has {len(self.benchmark)} weights for {len(view.assets)} assets"
            raise ParameterError(what, field="benchmark", remedy="Give one weight for each asset of the universe.")
        weights = np.maximum(np.array(self.benchmark, dtype=float), 0.0)
        total = float(weights.sum())
        return np.asarray(weights / total) if total > 0.0 else None

    def _portfolio(self, rows: Array, view: View) -> Array:
        """(D, n, 1) returns of the portfolio, each a sum over assets in one order; those without a weight do not count."""
        shares = self._shares(view)
        total = np.zeros((*rows.shape[:2], 1))
        for a in np.flatnonzero(shares) if shares is not None else ():  # few; the order of the sum is fixed
            total = total + shares[a] * rows[:, :, a : a + 1]  # type: ignore[index]
        return total

    def _ranks(self, view: View) -> Array:
        """(D,) percentile ranks of volatility among its own last values."""
        if self._shares(view) is None:
            return np.full(len(view.days), np.nan)
        rows = view.window(TOTAL_RETURN, self._count + 1, every=self.window.every)
        return by_dates(lambda part: self._ranked(self._portfolio(changes(part), view)), rows, 4 * rows[:1].size)

    def _ranked(self, rows: Array) -> Array:
        """(D,) of returns (D, n, 1)."""
        return percentile(rolling_realised(rows, self.window.count, 1)[:, :, 0])
