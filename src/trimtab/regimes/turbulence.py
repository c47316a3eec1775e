"""Financial turbulence: how unusual a day is, in view of how assets have moved, and moved together (Kritzman and Li 2010).

d_t = (1/n) (r_t - mu)' S^-1 (r_t - mu), with mu and S of the `window` rows that END the row before: the paper takes them
from the full sample, which looks ahead. Every d_t that a decision ranks has a window of its own. Ranking the newest
against the rows of one shared window would be cheaper and biased: rows lie closer to a mean that they have made, by
(T - 1) / T on average, than a new one does, so that a calm day would rank too high.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Fraction, Span, check_ranges, sessions
from trimtab.core.values import Measure, Regime
from trimtab.numerics.mahalanobis import rolling_moments, squared_distance
from trimtab.regimes.dwelling import Dwelling
from trimtab.regimes.levels import in_words, place, require_apart, require_two, two_states
from trimtab.regimes.windows import (
    STILL,
    by_dates,
    changes,
    known_of,
    numbers,
    ordinal,
    percentile,
    require_length,
    require_same_step,
    rolling_mean,
)


@dataclass(frozen=True, slots=True)
class Turbulence(Dwelling):
    """Two states by the percentile of turbulence among its last `history` values. Shape (D, 2); evidence, see `Dwelling`.

    Over the listed assets, or all. The second of `states` is entered above the percentile `enter` (0.75 in the paper) and
    left below `exit`. One day says little about a month: `smoothing` ranks the mean of the last days instead (the paper's
    own is 1D, a day). NaN where a return is unknown, and where a covariance has no inverse: an asset that does not vary,
    two that are one, or a window with no more rows than assets. Warm-up: window + history + smoothing rows.
    """

    window: Span = sessions(500)
    history: Span = sessions(500)
    smoothing: Span = sessions(1)
    enter: Fraction = 0.75
    exit: Fraction = 0.5
    states: tuple[str, str] = ("calm", "turbulent")
    assets: tuple[str, ...] = ()
    dwell: Annotated[int, Ge(1)] = 1

    def __post_init__(self) -> None:
        check_ranges(self)
        require_apart(self.enter, self.exit, share=True, rising=True)
        require_two(self.states)
        require_length(self.window, 2, "window")
        require_length(self.history, 2, "history")
        require_same_step(self.window, self.history, "history")
        require_length(self.smoothing, 1, "smoothing")
        if self.smoothing.count > 1:
            require_same_step(self.window, self.smoothing, "smoothing")

    @property
    def words(self) -> str:
        """What it looks at."""
        where = in_words(self.enter, self.exit, self.states, lambda level: f"the {ordinal(level)}")
        return f"{self._named} of {self._whose} against the {self.window.words} window before, {where}"

    def __call__(self, view: View) -> Regime:
        """(D, 2) evidence."""
        return Regime(self.states, two_states(percentile(self._distances(view)), self.enter, self.exit))

    def measure(self, view: View) -> Measure:
        """(D, 1) turbulence: 1 is an ordinary day."""
        return Measure(self._named, self._distances(view)[:, -1:], percent=False)

    def sentence(self, view: View) -> str:
        """Turbulence, its percentile, and where that lies."""
        if len(view.days) == 0:
            return "turbulence unknown: no date to look at"
        rows = self._rows(view)[-1:]
        found = self._distance(rows)
        smooth = rolling_mean(found, self.smoothing.count)
        rank = float(percentile(smooth)[0])
        if np.isnan(rank):
            return f"turbulence {self._unknown(view, changes(rows)[0], found)}"
        where = place(rank, (self.enter, self.exit), self.states, lambda level: f"the {ordinal(level)}")
        value = f"{self._named} of {self._whose} {smooth[0, -1]:.2f}"
        return f"{value}, at the {ordinal(rank)} of its last {self.history.count} values, is {where}"

    @property
    def _named(self) -> str:
        return f"{self.smoothing.words} mean of turbulence" if self.smoothing.count > 1 else "turbulence"

    @property
    def _whose(self) -> str:
        return ", ".join(self.assets) or "all assets"

    def _rows(self, view: View) -> Array:
        """(D, n + 1, N) total-return indices of the assets that count."""
        index = view.window(TOTAL_RETURN, self.window.count + self._count + 1, every=self.window.every)
        return index[:, :, numbers(view.assets, self.assets, "assets")] if self.assets else index

    def _distances(self, view: View) -> Array:
        """(D, history) turbulence, smoothed, oldest first."""
        rows = self._rows(view)
        found = by_dates(self._distance, rows, 6 * rows[:1].size * max(rows.shape[-1], 1))
        return rolling_mean(found, self.smoothing.count) if len(rows) else np.empty((0, self.history.count))

    @property
    def _count(self) -> int:
        """Values of single rows that an answer rests on."""
        return self.history.count + self.smoothing.count - 1

    def _distance(self, rows: Array) -> Array:
        """(D, history + smoothing - 1) turbulence of single rows, of indices (D, n + 1, N)."""
        moves, n = changes(rows), self.window.count
        if n <= moves.shape[-1]:
            return np.full((len(moves), self._count), np.nan)
        mean, covariance = rolling_moments(moves[:, :-1], n)
        return np.asarray(squared_distance(moves[:, n:] - mean, covariance) / moves.shape[-1])

    def _unknown(self, view: View, moves: Array, found: Array) -> str:
        """Why there is no percentile, from the returns (n, N) of the last date."""
        if not np.isfinite(moves).all():
            return known_of(moves, "returns")
        count = moves.shape[-1]
        if self.window.count <= count:
            return f"unknown: a window of {self.window.count} rows says too little about {count} assets"
        ids = self.assets or [asset.id for asset in view.assets]
        still = [one for one, rows in zip(ids, moves.T, strict=True) if np.ptp(rows) <= STILL]
        if still:
            return f"unknown: {still[0]} has not varied"
        bad = int(np.isnan(found).sum())
        return f"unknown: {bad} of {self._count} covariances have no inverse" if bad else "unknown: it has not varied"
