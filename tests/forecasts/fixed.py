"""Covariances for the tests of means: one that never changes, one out of the sample, and one that had to be repaired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.terms import PER_YEAR, TOTAL_RETURN, Span, months
from trimtab.core.values import Forecast, Regime, Scores
from trimtab.numerics.covariance import covariance


@dataclass(frozen=True, slots=True)
class Fixed:
    """The covariance `rows` (A, A) on every date."""

    rows: tuple[tuple[float, ...], ...]
    repaired: float = 0.0

    def __call__(self, view: Any, scores: Any, regime: Any) -> Forecast:
        days, count = len(view.days), len(self.rows)
        mean = np.full((days, count), np.nan)
        every = np.broadcast_to(np.array(self.rows), (days, count, count))
        return Forecast(mean, every, np.full(days, self.repaired))

    def sentence(self, view: Any) -> str:
        return "a covariance that never changes"

    @property
    def words(self) -> str:
        return "always the same"


@dataclass(frozen=True, slots=True)
class Sampled:
    """The sample covariance of the last `window` returns, per year, written out anew."""

    window: Span = months(12)
    series: str = ""

    def __call__(self, view: Any, scores: Any, regime: Any) -> Forecast:
        index = view.window(TOTAL_RETURN, self.window.count + 1, every=self.window.every)
        found = covariance(index[:, 1:] / index[:, :-1] - 1.0) * PER_YEAR[self.window.every]
        return Forecast(np.full(found.shape[:2], np.nan), found)

    def sentence(self, view: Any) -> str:
        return f"covariance of {self.window.count} returns"

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.series,) if self.series else ()


def fixed(matrix: Any) -> Fixed:
    """A matrix as a forecaster."""
    return Fixed(tuple(map(tuple, np.asarray(matrix, dtype=float).tolist())))


def ask(forecaster: Any, view: Any) -> Forecast:
    """The forecast without scores or a regime."""
    days = len(view.days)
    unknown = Scores(view.assets, np.full((days, len(view.assets)), np.nan))
    return forecaster(view, unknown, Regime(("all",), np.ones((days, 1))))  # type: ignore[no-any-return]


def flat(forecast: Forecast) -> Array:
    """Mean and covariance of each date in one row."""
    return np.concatenate([forecast.mean, forecast.covariance.reshape(len(forecast.mean), -1)], axis=1)
