"""Bayes-Stein means: historical means drawn to the return of the minimum-variance portfolio (Jorion 1986).

mu = (1 - phi) m + phi m0,  m0 = 1'S^-1 m / 1'S^-1 1,  phi = (N + 2) / ((N + 2) + T (m - m0)'S^-1(m - m0)),

with N assets, T returns, m their means and S their covariance, all per row. Per year, T becomes the length of the window in
years. Means that stand far apart for their risk are kept, those that could be chance are drawn together. S is what the
forecaster of the covariance gives; Jorion's own was the sample covariance times (T - 1) / (T - N - 2). What he added to
it for the error of the mean is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.roles import AForecaster, View
from trimtab.core.saying import sentence_of
from trimtab.core.terms import Span, months
from trimtab.core.values import Forecast, Regime, Scores
from trimtab.forecasts.historical import at_least, mean_of, past_returns
from trimtab.forecasts.within import Within, asked_alone, filled, percent, regular, varying


@dataclass(frozen=True, slots=True)
class BayesStein(Within):
    """Shrunk means per year of the total returns over `window` (D, A), with the covariance of `covariance` (D, A, A).

    An asset whose mean or variance is unknown, or which has not varied, is NaN and left out of N. All are NaN where the
    covariance of the others is not known throughout or not positive definite. The returns of the total-return series
    `excess_of`, such as bills, are taken off where it is named. Warm-up: `window` + 1 rows, or that of the covariance.
    """

    covariance: AForecaster
    window: Span = months(60)
    excess_of: str = ""

    def __post_init__(self) -> None:
        at_least(self.window, 2)

    def years(self, view: View) -> float:
        """The length of the window."""
        return self.window.count / view.per_year(self.window.every)

    def __call__(self, view: View, scores: Scores, regime: Regime) -> Forecast:
        """(D, A) means and (D, A, A) covariances, per year."""
        asked = self.covariance(view, scores, regime)
        means = mean_of(past_returns(view, self.window, self.excess_of), view.per_year(self.window.every))
        phi, target = shrinkage(means, asked.covariance, self.years(view))
        shrunk = phi[:, None] * target[:, None] + (1.0 - phi[:, None]) * means
        return Forecast(np.where(varying(asked.covariance), shrunk, np.nan), asked.covariance, asked.repaired)

    def sentence(self, view: View) -> str:
        """How far the means of the last date are drawn, and to what; then the covariance."""
        if len(view.days) == 0:
            return "unknown: no date is looked at"
        means = mean_of(past_returns(view, self.window, self.excess_of), view.per_year(self.window.every))
        phi, target = (
            values[-1] for values in shrinkage(means, asked_alone(self.covariance, view).covariance, self.years(view))
        )
        known, count = int(np.isfinite(means[-1]).sum()), len(view.assets)
        what = f"means of the last {self.window.words} returns"
        if np.isnan(phi):
            drawn = f"{what} unknown: {known} of {count} are known, and their covariance has to be one that can be inverted"
        else:
            drawn = f"{what} of {known} of {count} assets, drawn by {100.0 * phi:.0f} % to {percent(target)} a year"
        return f"{drawn}; {sentence_of(self.covariance, view)}"

    @property
    def words(self) -> str:
        """What it rests on."""
        what = f"means of the last {self.window.words} returns drawn to that of the minimum-variance portfolio (Bayes-Stein)"
        return f"{what}, {self.covariance_words}"


def shrinkage(means: Array, covariance: Array, years: float) -> tuple[Array, Array]:
    """Phi and m0 (D,) of means (D, A) and covariances (D, A, A) per year; NaN as in `BayesStein`."""
    known = np.isfinite(means) & varying(covariance)
    matrix = filled(covariance, known)
    sound = regular(matrix) & known.any(axis=-1)
    matrix = np.where(sound[:, None, None], matrix, np.eye(means.shape[-1]))
    ones, seen = known.astype(float), np.where(known, means, 0.0)
    solved = np.linalg.solve(matrix, np.stack([ones, seen], axis=-1))  # S^-1 1 and S^-1 m, 0 where not known
    with np.errstate(invalid="ignore", divide="ignore"):
        target = _sum(solved[..., 1]) / _sum(solved[..., 0])
    apart = np.where(known, seen - target[:, None], 0.0)
    distance = np.maximum(_sum(apart * (solved[..., 1] - target[:, None] * solved[..., 0])), 0.0)
    count = ones.sum(axis=-1) + 2.0
    phi = count / (count + years * distance)
    return np.where(sound, phi, np.nan), np.where(sound, target, np.nan)


def _sum(values: Array) -> Array:
    """Over the assets (..., A), in their order."""
    return np.asarray(np.cumsum(values, axis=-1)[..., -1])
