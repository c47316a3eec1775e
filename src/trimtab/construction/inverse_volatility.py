"""Inverse volatility: weights in proportion to 1 / volatility, "naive risk parity" (Maillard, Roncalli and Teiletche 2010).

Risk parity itself where all correlations are equal, as between two assets they always are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.construction.taking_part import covariance_of, members, spread
from trimtab.core.arrays import Array
from trimtab.core.values import Asset, Forecast, Regime, Scores, Today


@dataclass(frozen=True, slots=True)
class InverseVolatility:
    """(1 / volatility) over its sum, for the assets that `only` names by id or class, or all; the others get nothing.

    Volatilities are those of the forecast. A date on which one is unknown or zero is NaN.
    """

    reads_covariance: ClassVar[bool] = True

    only: tuple[str, ...] = ()
    universe: tuple[Asset, ...] = ()

    def __post_init__(self) -> None:
        members(self.universe, self.only if self.universe else ())

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A)."""
        some = members(self.universe or scores.assets, self.only)
        inverse = 1.0 / _volatility(covariance_of(forecast.covariance, some))
        return spread(inverse / np.add.reduce(inverse, -1, keepdims=True), some, scores.values.shape[-1])

    @property
    def words(self) -> str:
        """Where the weights come from."""
        return "in proportion to 1 / volatility" + (f" of {', '.join(self.only)}" if self.only else "")

    def sentence(self, today: Today, asset: int) -> str:
        """The asset's volatility and the mean that its weight stands for, or why there are no weights."""
        assets = today.aims.assets
        some = members(self.universe or assets, self.only)
        if asset not in some:
            return "takes no part"
        volatility = _volatility(covariance_of(today.forecast.covariance, some))
        unknown = [assets[i].title for i, one in zip(some, volatility, strict=True) if np.isnan(one)]
        if unknown:
            return f"no weights: {', '.join(unknown)} has no known volatility above 0"
        own, mean = volatility[list(some).index(asset)], len(some) / np.add.reduce(1.0 / volatility)
        return f"volatility {100.0 * own:.1f} %, {len(some)} assets with a harmonic mean of {100.0 * mean:.1f} %"


def _volatility(covariance: Array) -> Array:
    """Volatilities (..., n) of covariances (..., n, n); NaN where unknown or zero."""
    variance = np.ascontiguousarray(np.diagonal(covariance, axis1=-2, axis2=-1))
    return np.sqrt(np.where((variance > 0.0) & (variance < np.inf), variance, np.nan))
