"""How likely is it that the true Sharpe ratio lies above a target?

Bailey and Lopez de Prado (2012), "The Sharpe ratio efficient frontier", Journal of Risk 15(2). The estimate S of T returns
with skewness g3 and kurtosis g4 has, by Mertens (2002), about the variance v / (T - 1) with v = 1 - g3 S + (g4 - 1) / 4 S^2,
so that

    PSR = Phi((S - S*) sqrt(T - 1) / sqrt(v)),    MinTRL = 1 + v (z / (S - S*))^2 observations.

Everything is per PERIOD, never per year, and kurtosis is NOT in excess: 3 for a normal distribution. The formula knows no
autocorrelation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.normal import normal_cdf, normal_quantile
from trimtab.numerics.ratios import sharpe
from trimtab.numerics.returns import divisor, finite, over
from trimtab.numerics.tail import excess_kurtosis, skewness


@dataclass(frozen=True, slots=True, eq=False)
class TrackRecord:
    """What the formulas need of returns: `sharpe` a period, `skew`, `kurtosis` (normal = 3), all (...), and T `periods`."""

    sharpe: Array
    skew: Array
    kurtosis: Array
    periods: int

    def above(self, target: Array | float = 0.0) -> Array:
        """Probability (...) that the true Sharpe ratio a period lies above `target`."""
        return probabilistic_sharpe(self.sharpe, target=target, periods=self.periods, skew=self.skew, kurtosis=self.kurtosis)

    def needed(self, target: Array | float = 0.0, *, level: float = 0.95) -> Array:
        """How many periods (...) such a record needs to show that it lies above `target`; see `minimum_track_record`."""
        return minimum_track_record(self.sharpe, target=target, skew=self.skew, kurtosis=self.kurtosis, level=level)


def track_record(returns: Array) -> TrackRecord:
    """The moments of returns (..., T) of one period each, in excess of what they are measured against.

    The Sharpe ratio has ddof 1, skewness and kurtosis are those of the population. NaN where a return is unknown, where
    returns do not vary, and for fewer than two.
    """
    values = np.asarray(returns, dtype=float)
    if not values.ndim:
        raise ParameterError("one number is no series of returns", remedy="Give an array (..., T).")
    with np.errstate(invalid="ignore", over="ignore"):  # an unknown or infinite return: NaN comes out, as stated
        varies = np.isfinite(divisor(values))
        skew, kurtosis = skewness(values), excess_kurtosis(values) + 3.0
        return TrackRecord(
            finite(sharpe(values, 1.0)), np.where(varies, skew, np.nan), np.where(varies, kurtosis, np.nan), values.shape[-1]
        )


def probabilistic_sharpe(
    sharpe: Array | float,
    *,
    periods: Array | float,
    target: Array | float = 0.0,
    skew: Array | float = 0.0,
    kurtosis: Array | float = 3.0,
) -> Array:
    """Probability (...) that the true Sharpe ratio a period lies above `target`, from T `periods`; all broadcast.

    NaN where a number is unknown, below two periods, and where the moments allow no variance (no distribution has them).
    Raises ParameterError for a kurtosis below 1: it is in excess.
    """
    ratio, count = np.asarray(sharpe, dtype=float), np.asarray(periods, dtype=float)
    root = np.sqrt(np.where(count >= 2.0, count - 1.0, np.nan))
    return normal_cdf(over((ratio - target) * root, np.sqrt(sharpe_variance(ratio, skew=skew, kurtosis=kurtosis))))


def minimum_track_record(
    sharpe: Array | float,
    *,
    target: Array | float = 0.0,
    skew: Array | float = 0.0,
    kurtosis: Array | float = 3.0,
    level: float = 0.95,
) -> Array:
    """Observations (...) from which on the probability of a Sharpe ratio above `target` is `level`; not rounded up.

    NaN where the ratio does not lie above its target: no record is long enough. Raises ParameterError for a kurtosis below
    1 and for a level outside (0.5, 1).
    """
    ratio = np.asarray(sharpe, dtype=float)
    ahead = ratio - target
    z = confidence(level)
    need = over(z * np.sqrt(sharpe_variance(ratio, skew=skew, kurtosis=kurtosis)), np.where(ahead > 0.0, ahead, np.nan))
    with np.errstate(over="ignore"):
        return finite(1.0 + need**2)


def sharpe_variance(sharpe: Array | float, *, skew: Array | float = 0.0, kurtosis: Array | float = 3.0) -> Array:
    """1 - g3 S + (g4 - 1) / 4 S^2 (...): the variance of a Sharpe ratio a period, times T - 1 (Mertens 2002).

    NaN where it is not above 0, which no distribution allows. Raises ParameterError for a kurtosis below 1.
    """
    ratio, tails = np.asarray(sharpe, dtype=float), np.asarray(kurtosis, dtype=float)
    if (tails < 1.0 - 1e-9).any():  # moments of a series that only ever takes two values may round to below 1
        remedy = "Give it as it is, not in excess of the normal distribution's 3."
        raise ParameterError(f"kurtosis is {float(np.nanmin(tails)):g}, which none is", field="kurtosis", remedy=remedy)
    with np.errstate(over="ignore", invalid="ignore"):
        variance = 1.0 - np.asarray(skew, dtype=float) * ratio + (tails - 1.0) / 4.0 * ratio**2
    return np.where((variance > 0.0) & np.isfinite(variance), variance, np.nan)


def confidence(level: float) -> float:
    """The one-sided normal quantile of `level`. Raises ParameterError outside (0.5, 1)."""
    if not 0.5 < level < 1.0:
        raise ParameterError(f"level {level:g} is not between 0.5 and 1", field="level", remedy="Use 0.95 for 95 %.")
    return float(-normal_quantile(np.asarray(1.0 - level)))
