"""Forecast overlay: tilts from views, as far as an overlay may go (He and Litterman 1999, over the bounds of METHODS 5.1).

The optimum without limits is w* = (delta S)^-1 mu, with mu and S the mean and covariance of a Black-Litterman forecast.
There w* = (w_eq + P'L) / (1 + tau) (METHODS 5.4), w_eq the benchmark: the covariance is wider by tau, so without views w*
is the benchmark over 1 + tau. That factor is no view and is undone: (1 + tau) w* - b = P'L is 0 on every asset that no
view mentions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trimtab.construction.funding import CASH, funds, paid, payers
from trimtab.core.arrays import Array, Mask, require_shape
from trimtab.core.terms import TIE, Fraction, NonNegative, Positive, check_ranges
from trimtab.core.values import Asset, Forecast, Regime, Scores, Today
from trimtab.numerics.covariance import correlation_of, diagonal

SINGULAR = 1e-10  # a correlation matrix with a smaller eigenvalue cannot be told from a singular one
STILL = 1e-9  # a smaller tilt is what solving leaves


@dataclass(frozen=True, slots=True)
class ForecastOverlay:
    """Benchmark plus clip(strength * ((1 + tau) w* - benchmark), -tilt, tilt), with w* the forecast's optimum.

    `risk_aversion` and `tau` are those of the forecast (`delta` and `tau` of `black_litterman`, over the same benchmark);
    tau is 0 where the forecast's covariance is not that of an uncertain mean, as with `equilibrium`. What the tilts add
    up to is paid for as in `Overlay`: by the `funding` (asset ids, classes or cash), without names by the assets that are
    not tilted, or by all. An asset whose mean or variance is unknown has no view. Weights (D, A) are NaN on a date on
    which no asset is known, or the covariance of those that are is not, or is not positive definite.
    """

    tilt: Fraction = 0.10
    strength: Positive = 1.0
    risk_aversion: Positive = 2.5
    tau: NonNegative = 0.05
    funding: tuple[str, ...] = ()
    benchmark: tuple[float, ...] = ()
    universe: tuple[Asset, ...] = ()
    _funds: Mask = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        object.__setattr__(self, "_funds", funds(self.universe, self.benchmark, self.funding))

    @property
    def reads_mean(self) -> bool:
        """The views are in it."""
        return True

    @property
    def reads_covariance(self) -> bool:
        """It turns means into weights."""
        return True

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A)."""
        benchmark = np.array(self.benchmark)
        require_shape("the benchmark of an overlay", benchmark, forecast.mean.shape[-1:])
        wanted = self.wanted(forecast)
        unknown = np.isnan(wanted).any(-1, keepdims=True)
        tilts = np.clip(self.strength * np.where(unknown, 0.0, wanted), -self.tilt, self.tilt)
        found = paid(benchmark, tilts, payers(self._funds, self.funding, tilts == 0.0), by_cash=CASH in self.funding)
        return np.where(unknown, np.nan, found)

    def wanted(self, forecast: Forecast) -> Array:
        """(D, A) how far the views pull away from the benchmark, before clipping; 0 where there are none, a row of NaN
        where that is unknown.
        """
        mean, covariance = np.ascontiguousarray(forecast.mean), np.ascontiguousarray(forecast.covariance)
        variance = diagonal(covariance)
        known = np.isfinite(mean) & np.isfinite(variance) & (variance > 0.0)
        both = known[..., :, np.newaxis] & known[..., np.newaxis, :]
        sigma = np.where(both, covariance, np.eye(known.shape[-1]))
        usable = known.any(-1) & _regular(sigma)
        sigma = np.where(usable[..., np.newaxis, np.newaxis], sigma, np.eye(known.shape[-1]))
        asked = np.where(known, mean, 0.0) * ((1.0 + self.tau) / self.risk_aversion)
        terms = np.where(both, sigma, 0.0) * np.array(self.benchmark)
        gap = asked - terms.sum(-1)
        scale = np.abs(asked) + np.abs(terms).sum(-1)
        gap = np.where(known & (np.abs(gap) > TIE * scale), gap, 0.0)  # what rounding leaves of no views at all
        deviation = np.sqrt(diagonal(sigma))
        correlation = sigma / (deviation[..., :, np.newaxis] * deviation[..., np.newaxis, :])
        found = np.linalg.solve(correlation, (gap / deviation)[..., np.newaxis])[..., 0] / deviation
        return np.where(usable[..., np.newaxis], np.where(np.abs(found) > STILL, found, 0.0), np.nan)

    @property
    def words(self) -> str:
        """Where the weights come from."""
        much = f" ({self.strength:g} times)" if self.strength != 1.0 else ""
        who = ", ".join(self.funding) or "the assets that no view mentions"
        return (
            f"the benchmark, each asset tilted towards what the forecast makes optimal at a risk aversion of "
            f"{self.risk_aversion:g}{much}, by up to {100.0 * self.tilt:g} %, paid for by {who}"
        )

    def sentence(self, today: Today, asset: int) -> str:
        """How far the views pull one asset from its benchmark weight, and how far they may."""
        row = Forecast(today.forecast.mean[np.newaxis], today.forecast.covariance[np.newaxis])
        pull = float(self.wanted(row)[0, asset])
        if np.isnan(pull):
            return "no weights: the forecast is unknown, or its covariance is not positive definite"
        if pull == 0.0:
            return "no view pulls it from its benchmark weight, beyond its part of the funding"
        bound = f", of which {100.0 * self.tilt:g} % are allowed" if abs(self.strength * pull) > self.tilt else ""
        return f"views pull it {100.0 * self.strength * pull:+.1f} % from its benchmark weight{bound}"


def _regular(covariance: Array) -> Mask:
    """(...) whether a covariance (..., A, A) is known throughout and positive definite, whatever the units of its assets."""
    correlation = correlation_of(covariance)
    known = np.asarray(np.isfinite(correlation).all(axis=(-2, -1)))
    safe = np.where(known[..., np.newaxis, np.newaxis], correlation, np.eye(covariance.shape[-1]))
    return np.asarray(known & (np.linalg.eigvalsh(safe)[..., 0] > SINGULAR))
