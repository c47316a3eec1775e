"""Minimum variance: the long-only portfolio with the least risk, whatever it earns (Markowitz 1952; Haugen and Baker 1991)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.construction.long_only import chosen, date_by_date, parts, proven, reason
from trimtab.core.arrays import Array
from trimtab.core.terms import Fraction, check_ranges
from trimtab.core.values import Asset, Forecast, Regime, Scores, Today
from trimtab.numerics.active_set import Box, optimum


@dataclass(frozen=True, slots=True)
class MinimumVariance:
    """Weights (D, A) of least variance under the forecast, each at least 0 and at most `at_most`, with the sum 1.

    `only` names the assets or classes that are meant (or all); the others get 0. A row is NaN where their covariance is
    unknown, where one of them has not varied, and where the covariance is not positive definite (as after fewer returns
    than assets: shrink it then). Exact, by an active set; scale and order of the assets do not matter.
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
        return date_by_date(forecast.covariance, mask, lambda covariance: least_variance(covariance, self.at_most))

    def sentence(self, today: Today, asset: int) -> str:
        """How much of one asset, and of which portfolio; or why there is none."""
        mask = chosen(self.universe, self.only, self.at_most, len(today.aim))
        covariance = np.asarray(today.forecast.covariance)
        why = reason(covariance[np.ix_(mask, mask)])
        if why:
            return f"unknown: {why}"
        weights = today.aim
        risk = float(np.sqrt(weights @ np.where(mask[:, None] & mask, covariance, 0.0) @ weights))
        return f"{100.0 * weights[asset]:.1f} % of the portfolio of least variance, whose volatility is {100.0 * risk:.1f} %"

    @property
    def words(self) -> str:
        """Where the weights come from."""
        whose = f" of {', '.join(self.only)}" if self.only else ""
        cap = f", each at most {100.0 * self.at_most:g} %" if self.at_most < 1.0 else ""
        return f"the portfolio of least variance{whose}{cap}"


def least_variance(covariance: Array, at_most: float) -> Array | None:
    """Weights (N,) of least variance under a positive definite covariance (N, N); None where no answer can be proven."""
    deviations, correlation = parts(covariance)
    load = 1.0 / deviations
    length = float(np.sqrt(load @ load))
    units = deviations * length  # weights times these have a row of length 1 and a sum of 1
    box = Box(correlation, (1.0 / units)[None], np.ones(1), np.zeros(len(units)), at_most * units)
    found = optimum(box)
    if found is None:
        return None
    weights = found.point / units
    weights = np.minimum(weights / weights.sum(), at_most)
    slopes = covariance @ weights
    return weights if proven(slopes, weights, at_most, float(weights @ slopes)) else None
