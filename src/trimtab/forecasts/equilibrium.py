"""Equilibrium returns: those at which the benchmark is the portfolio that everybody wants (He and Litterman 1999).

Pi = delta Sigma w, in excess of cash: w the benchmark, delta the aversion to risk, about 2.5 for the world's market.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.roles import AForecaster, Forecaster, View
from trimtab.core.saying import sentence_of
from trimtab.core.terms import Positive, check_ranges
from trimtab.core.values import Forecast, Regime, Scores
from trimtab.forecasts.within import Within, asked_alone, percent, weights_of


@dataclass(frozen=True, slots=True)
class Equilibrium(Within):
    """Pi (D, A), excess returns over cash per year, with the covariance of `covariance` (D, A, A). Warm-up: its own.

    NaN for an asset whose own variance is unknown, or its covariance with any asset that the benchmark holds; an unknown
    asset without benchmark weight spoils no other. `benchmark` (A,) comes from the policy.
    """

    covariance: AForecaster
    delta: Positive = 2.5
    benchmark: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)

    def __call__(self, view: View, scores: Scores, regime: Regime) -> Forecast:
        """(D, A) implied excess returns and (D, A, A) covariances, per year."""
        asked = self.covariance(view, scores, regime)
        implied = implied_returns(asked.covariance, weights_of(self.benchmark, view), self.delta)
        return Forecast(implied, asked.covariance, asked.repaired)

    def sentence(self, view: View) -> str:
        """The implied return of each asset on the last date; then the covariance."""
        return f"{implied_sentence(self.covariance, view, self.benchmark, self.delta)}; {sentence_of(self.covariance, view)}"

    @property
    def words(self) -> str:
        """What it rests on."""
        return f"excess returns that make the benchmark optimal at a risk aversion of {self.delta:g}, {self.covariance_words}"


def implied_returns(covariance: Array, weights: Array, delta: float) -> Array:
    """Pi (..., A) of covariances (..., A, A) and weights (A,), added in the order of the assets; NaN as in `Equilibrium`."""
    terms = np.where(weights != 0.0, covariance * weights, 0.0)
    implied = delta * np.cumsum(terms, axis=-1)[..., -1]
    own = np.isfinite(np.diagonal(covariance, axis1=-2, axis2=-1))
    return np.asarray(np.where(own, implied, np.nan))


def implied_sentence(covariance: Forecaster, view: View, benchmark: tuple[float, ...], delta: float) -> str:
    """Pi of each asset on the last date of `view`, or that it is unknown."""
    if len(view.days) == 0:
        return "unknown: no date is looked at"
    implied = implied_returns(asked_alone(covariance, view).covariance[-1], weights_of(benchmark, view), delta)
    each = (
        f"{asset.title} {percent(gain)}" if np.isfinite(gain) else f"{asset.title} unknown"
        for asset, gain in zip(view.assets, implied.tolist(), strict=True)
    )
    return f"excess returns implied by the benchmark, per year: {', '.join(each)}"
