"""Maximum diversification (Choueifaty and Coignard 2008): the most risk of the parts for each unit of risk of the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.construction.form import Form
from trimtab.construction.long_only import chosen, date_by_date, parts, proven, reason
from trimtab.core.arrays import Array
from trimtab.core.terms import Fraction, check_ranges
from trimtab.core.values import Asset, Forecast, Regime, Scores, Today
from trimtab.numerics.active_set import Box, optimum
from trimtab.numerics.projection import project


@dataclass(frozen=True, slots=True)
class MaximumDiversification:
    """Weights (D, A) with the largest ratio w'σ / sqrt(w'Σw) under the forecast, each at least 0, with the sum 1.

    `at_most` caps each weight, `only` names the assets or classes that are meant (or all); the others get 0. A row is NaN
    where the covariance of these is unknown, where one has not varied, and where it is not positive definite. Exact, by
    an active set; where a cap binds, a convex programme (the extra `solver`).
    """

    at_most: Fraction = 1.0
    only: tuple[str, ...] = ()
    universe: tuple[Asset, ...] = ()

    reads_covariance = True

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.universe:
            chosen(self.universe, self.only, self.at_most, len(self.universe))

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A)."""
        count = scores.values.shape[-1]
        mask = chosen(self.universe, self.only, self.at_most, count)
        return date_by_date(forecast.covariance, mask, lambda covariance: most_diversified(covariance, self.at_most))

    def sentence(self, today: Today, asset: int) -> str:
        """How much of one asset, and of which portfolio; or why there is none."""
        mask = chosen(self.universe, self.only, self.at_most, len(today.aim))
        covariance = np.asarray(today.forecast.covariance)[np.ix_(mask, mask)]
        why = reason(covariance)
        if why:
            return f"unknown: {why}"
        share, ratio = 100.0 * today.aim[asset], diversification(today.aim[mask], covariance)
        return f"{share:.1f} % of the most diversified portfolio: the risk of its parts is {ratio:.2f} times its own"

    @property
    def words(self) -> str:
        """Where the weights come from."""
        whose = f" of {', '.join(self.only)}" if self.only else ""
        cap = f", each at most {100.0 * self.at_most:g} %" if self.at_most < 1.0 else ""
        return f"the most diversified portfolio{whose}{cap}"


def diversification(weights: Array, covariance: Array) -> float:
    """The diversification ratio of weights (N,): their average volatility over the volatility of the whole."""
    return float(weights @ np.sqrt(np.diagonal(covariance)) / np.sqrt(weights @ covariance @ weights))


def most_diversified(covariance: Array, at_most: float) -> Array | None:
    """Weights (N,) of the largest ratio under a positive definite covariance (N, N); None where none can be proven.

    The ratio does not change with the length of w: y = σw of least y'Cy with the sum 1, C the correlations, has it.
    """
    deviations, correlation = parts(covariance)
    count = len(deviations)
    row = np.full((1, count), 1.0 / np.sqrt(count))
    found = optimum(Box(correlation, row, row[:, 0], np.zeros(count), np.full(count, np.inf)))
    if found is None:
        return None
    weights = _whole(found.point, deviations)
    if (weights > at_most).any():
        weights = _capped(deviations, correlation, at_most)
    risks = covariance @ weights
    price = float(weights @ risks) / float(weights @ deviations)
    return weights if proven(risks - price * deviations, weights, at_most, float(weights @ risks)) else None


def _whole(risks: Array, deviations: Array) -> Array:
    """Weights (N,) with the sum 1 out of weights times deviations."""
    weights = risks / deviations * deviations.min()
    return np.asarray(weights / weights.sum())


def _capped(deviations: Array, correlation: Array, at_most: float) -> Array:
    """The same with w <= at_most * sum(w), as a programme; row i in units of the deviation i."""
    form, count = Form(), len(deviations)
    scaled = form.variables(count)
    form.bend(scaled, correlation)
    rows = np.arange(count)
    form.equal(np.ones(1), (np.zeros(count, dtype=int), scaled, 1.0))
    form.at_most(np.zeros(count), (rows, scaled, -1.0))
    share = at_most * deviations[:, None] / deviations
    form.at_most(np.zeros(count), (rows, scaled, 1.0), (rows[:, None] + np.zeros(count, dtype=int), scaled, -share))
    found = form.solve()
    if found is None:
        return np.full(count, np.nan)
    return project(_whole(np.maximum(found, 0.0), deviations), np.zeros(count), np.full(count, at_most))
