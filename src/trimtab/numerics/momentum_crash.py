"""Momentum that shrinks, and turns, when a crash is likely (Daniel and Moskowitz 2016, "Momentum Crashes"; METHODS 3.4).

w = mean / (2 * aversion * variance), all as known at the end of the month before. The mean comes from the regression of
momentum's monthly return on (bear market) x (variance of the market), bear being a market that has lost money over 24
months: after such times losers rebound. Everything is real-time: the regression sees the months before alone.

One simplification: the paper forecasts the variance with a mix of GJR-GARCH and the realised variance of 126 days; here
it is the realised variance of 126 days alone. So the paper's own figures are not reproduced, and the tests check the
properties of the rule, not its profits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import ParameterError
from trimtab.numerics.managed import Managed, monthly_variance, months_of, next_month
from trimtab.numerics.returns import NO_SPREAD, over


@dataclass(frozen=True, slots=True)
class CrashRule:
    """The parameters: aversion to variance, months of a bear market, days of a variance, and months that a mean needs."""

    aversion: float
    bear: int = 24
    window: int = 126
    least: int = 60

    def __post_init__(self) -> None:
        if not self.aversion > 0.0:
            raise ParameterError(f"aversion is {self.aversion}", field="aversion", remedy="Give a number above 0, such as 2.")
        if min(self.bear, self.window) < 1 or self.least < 3:
            remedy = "Give at least 1 month, 1 day, and 3 months for the mean."
            raise ParameterError(f"{self} looks at nothing", remedy=remedy)


def crash_managed(momentum: Array, market: Array, dates: Dates, rule: CrashRule) -> Managed:
    """Momentum at the weights of Daniel and Moskowitz, by month, of daily simple returns (T,) on `dates` (T,).

    NaN until the bear market (24 months), both variances and the mean (`least` months) are known.
    """
    months, wide = months_of(momentum, dates), months_of(market, dates)
    fear = next_month(months, bear(wide.returns, rule.bear) * monthly_variance(market, dates, window=rule.window))
    variance = next_month(months, monthly_variance(momentum, dates, window=rule.window))
    mean = expected(months.returns, fear, rule.least)
    return Managed(months.returns, over(mean, 2.0 * rule.aversion * np.where(variance > NO_SPREAD**2, variance, np.nan)))


def bear(returns: Array, count: int) -> Array:
    """(M,) 1 where the last `count` monthly returns (M,) come to a loss, else 0; NaN where any is unknown."""
    out = np.full(len(returns), np.nan)
    if len(returns) >= count:
        windows = np.lib.stride_tricks.sliding_window_view(1.0 + returns, count)
        grown = windows.prod(-1)
        out[count - 1 :] = np.where(np.isfinite(grown), (grown < 1.0).astype(float), np.nan)
    return out


def expected(returns: Array, before: Array, least: int) -> Array:
    """(M,) what a regression of monthly returns on `before` (M,), known a month earlier, expects of each month.

    Fitted to the earlier months alone, at least `least` of them. Where `before` has not varied yet, the mean so far.
    """
    known = np.isfinite(returns) & np.isfinite(before)
    y, x = np.where(known, returns, 0.0), np.where(known, before, 0.0)
    n, sx, sy, sxx, sxy = (_so_far(part) for part in (known.astype(float), x, y, x * x, x * y))
    size = np.maximum(n, 1.0)
    spread = sxx - sx * sx / size
    varied = spread > NO_SPREAD * np.maximum(sxx, NO_SPREAD)
    slope = np.where(varied, sxy - sx * sy / size, 0.0) / np.where(varied, spread, 1.0)
    found = sy / size + slope * (before - sx / size)
    return np.where(n >= least, found, np.nan)


def _so_far(values: Array) -> Array:
    """(M,) the sum of all values before each."""
    return np.concatenate([np.zeros(1), np.cumsum(values)])[: len(values)]
