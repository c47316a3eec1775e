"""Historical means: what assets earned on average over a window, per year.

mean = f / n * sum of r, arithmetic, f rows a year. Its standard error is volatility / sqrt(years): about 7 % a year
after five years of a stock market (Merton 1980), so it wants shrinking (`shrunk_mean`) or a prior (`black_litterman`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import AForecaster, View
from trimtab.core.saying import sentence_of
from trimtab.core.terms import TOTAL_RETURN, Span, months
from trimtab.core.values import Forecast, Regime, Scores
from trimtab.forecasts.windowed import overlapping
from trimtab.forecasts.within import Within, percent


@dataclass(frozen=True, slots=True)
class Historical(Within):
    """Arithmetic mean per year of the total returns over `window` (D, A), with the covariance of `covariance` (D, A, A).

    Returns are simple; those of the total-return series `excess_of`, such as bills, are taken off where it is named. NaN
    where any of them is unknown (warm-up: `window` + 1 rows).
    """

    covariance: AForecaster
    window: Span = months(60)
    excess_of: str = ""

    def __post_init__(self) -> None:
        at_least(self.window, 2)

    def __call__(self, view: View, scores: Scores, regime: Regime) -> Forecast:
        """(D, A) means and (D, A, A) covariances, per year."""
        asked = self.covariance(view, scores, regime)
        means = mean_of(past_returns(view, self.window, self.excess_of), view.per_year(self.window.every))
        return Forecast(means, asked.covariance, asked.repaired)

    def sentence(self, view: View) -> str:
        """The mean of each asset on the last date, or how many of its returns are known; then the covariance."""
        if len(view.days) == 0:
            return "unknown: no date is looked at"
        returns = past_returns(view, self.window, self.excess_of)[-1]
        means = mean_of(returns[None], view.per_year(self.window.every))[0]
        known = np.isfinite(returns).sum(axis=0).tolist()
        n = self.window.count
        each = (
            f"{asset.title} {percent(mean)}" if np.isfinite(mean) else f"{asset.title} unknown: {k} of {n} returns are known"
            for asset, mean, k in zip(view.assets, means.tolist(), known, strict=True)
        )
        return (
            f"mean of the last {self.window.words} returns, per year: {', '.join(each)}; {sentence_of(self.covariance, view)}"
        )

    @property
    def words(self) -> str:
        """What it rests on."""
        return f"means of the last {self.window.words} returns, {self.covariance_words}"


def at_least(window: Span, rows: int) -> None:
    """Raise ParameterError where `window` is shorter than `rows`."""
    if window.count < rows:
        remedy = f"Give at least {rows} returns, such as 60M or 3Y."
        raise ParameterError(f"window {window} is too short for a mean", field="window", remedy=remedy)


def past_returns(view: View, window: Span, excess_of: str = "") -> Array:
    """(D, n, A) simple total returns of the last `window`, oldest first, less those of a series where one is named.

    NaN where unknown, infinite or below -100 %. The series is read by position: its latest returns, a step late or not.
    """
    returns = overlapping(view.window(TOTAL_RETURN, window.count + 1, every=window.every), 1)
    if excess_of:
        returns = returns - overlapping(view.series(excess_of, window.count + 1, every=window.every)[..., None], 1)
    return returns


def mean_of(returns: Array, per_year: int) -> Array:
    """(D, A) arithmetic mean per year of returns (D, n, A), added oldest first; NaN where any is unknown."""
    return np.asarray(np.cumsum(returns, axis=1)[:, -1] * (per_year / returns.shape[1]))
