"""GARCH volatilities with an exponentially weighted correlation (Bollerslev 1986, 1990).

Each asset has a variance of its own, that of the next row by a GARCH(1,1) fitted to the window; correlations move slowly
and are weighted means of products, as in `ewma`. Both are estimated anew at every date, on that date's window alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Interval

from trimtab.core.arrays import Array
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Span, check_ranges, sessions
from trimtab.core.values import Forecast, Regime, Scores
from trimtab.forecasts.telling import told
from trimtab.forecasts.windowed import at_least_two, blocks, overlapping, unmeant
from trimtab.numerics.covariance import correlation_of, covariance
from trimtab.numerics.exponential import exponential_weights
from trimtab.numerics.garch import Garch, garch

CELLS = 2**23  # returns worked on at once: 64 MB


@dataclass(frozen=True, slots=True)
class GarchCorrelation:
    """Covariance (D, A, A) per year: the next row's GARCH variance of each asset, and exponentially weighted correlations.

    Fitted to the last `window` returns (warm-up: `window` + `overlap` rows); an asset with any of them unknown has a row
    and a column of NaN. Correlations have mean 0, weights `decay`^(age in rows), and are of returns over `overlap` rows;
    variances are of single rows. One row ahead, times rows a year: after a shock it is higher than a year will be.
    """

    no_mean = True

    window: Span = sessions(1260)
    overlap: Annotated[int, Ge(1)] = 1
    decay: Annotated[float, Interval(gt=0.0, le=1.0)] = 0.97

    def __post_init__(self) -> None:
        check_ranges(self)
        at_least_two(self.window)

    def __call__(self, view: View, scores: Scores, regime: Regime) -> Forecast:
        """(D, A) NaN and (D, A, A) covariances per year."""
        index = self._index(view)
        per_year = view.per_year(self.window.every)
        found = [self._covariance(index[part], self._fits(index[part]), per_year) for part in blocks(index, CELLS)]
        empty = np.empty((0, index.shape[-1], index.shape[-1]))
        return unmeant(np.concatenate([empty, *found]))

    def sentence(self, view: View) -> str:
        """What the covariance of the last date rests on, or why it is unknown."""
        if len(view.days) == 0:
            return "covariance unknown: no date is looked at"
        index = self._index(view)[-1:]
        fits = self._fits(index)
        left = fits.persistence[np.isfinite(fits.persistence)]
        more = [f"persistence of variance {left.min():.3f} to {left.max():.3f}"] if len(left) else []
        if not fits.done[np.isfinite(fits.persistence)].all():
            more.append("not every fit came to its end")
        rows = np.where(np.isfinite(fits.variance), overlapping(index, self.overlap)[0], self._rows(index)[0])
        return told(view, self.window, rows, self._covariance(index, fits, view.per_year(self.window.every))[0], more)

    @property
    def needs(self) -> tuple[str, ...]:
        """No named series."""
        return ()

    @property
    def words(self) -> str:
        """What it is."""
        over = f" of {self.overlap}-row returns" if self.overlap > 1 else ""
        weighted = f"exponentially weighted correlations (decay {self.decay:g}){over}"
        return f"GARCH(1,1) variances of the next row and {weighted} over a {self.window.words} window"

    def _index(self, view: View) -> Array:
        return view.window(TOTAL_RETURN, self.window.count + self.overlap, every=self.window.every)

    def _rows(self, index: Array) -> Array:
        """(D, n, A) returns of single rows."""
        return overlapping(index[:, self.overlap - 1 :], 1)

    def _fits(self, index: Array) -> Garch:
        return garch(self._rows(index))

    def _covariance(self, index: Array, fits: Garch, per_year: int) -> Array:
        rows = overlapping(index, self.overlap)
        weighted = covariance(rows, exponential_weights(self.window.count, self.decay), centred=False)
        known = np.isfinite(np.diagonal(weighted, axis1=-2, axis2=-1)) & np.isfinite(fits.variance)
        correlation = np.nan_to_num(correlation_of(weighted))  # an asset that does not vary correlates with nothing
        correlation = np.where(np.eye(index.shape[-1]) > 0.0, 1.0, correlation)
        deviation = np.sqrt(fits.variance * per_year)
        found = correlation * (deviation[..., :, None] * deviation[..., None, :])
        return np.where(known[..., :, None] & known[..., None, :], found, np.nan)
