"""How strong an effect the history at hand could have shown at all: the power of the deflated Sharpe ratio.

A ratio a period passes where `deflated_sharpe` gives `level` or more. With n = T - 1, k = (kurtosis - 1) / 4, g the skewness
and S* the expected best by luck, the lowest ratio that passes, the bar, is the larger root of

    n (x - S*)^2 = z(level)^2 (1 - g x + k x^2).

The estimate of a true ratio S is about normal with the variance (1 - g S + k S^2) / n (Mertens 2002), so the chance to pass
is Phi((S - bar) sqrt(n / (1 - g S + k S^2))), and the smallest S with a given chance solves the same equation with the bar in
place of S*. It is the chance of the trial that has the effect; that the others leave it the best is taken for granted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.normal import normal_cdf, normal_quantile
from trimtab.numerics.returns import over
from trimtab.validation.deflation import expected_maximum_sharpe
from trimtab.validation.sharpe_probability import confidence, sharpe_variance


@dataclass(frozen=True, slots=True)
class History:
    """What is at hand: T `periods` of which `per_year` make a year, the number of `trials`, and their `variance`.

    `variance` is that of Sharpe ratios a PERIOD across trials (see `deflation`); `skew` and `kurtosis` (normal = 3) are of
    returns a period. `level` is the probability that the deflated Sharpe ratio must reach.
    """

    periods: int
    per_year: float
    trials: float
    variance: float
    skew: float = 0.0
    kurtosis: float = 3.0
    level: float = 0.95

    def __post_init__(self) -> None:
        """Raise ParameterError for fewer than two periods, and for what the formulas refuse."""
        if self.periods < 2:
            raise ParameterError(f"{self.periods} periods", field="periods", remedy="A Sharpe ratio needs two or more.")
        if not 0.0 < self.per_year < np.inf:
            raise ParameterError(f"per_year is {self.per_year}", field="per_year", remedy="Give 252, 52, 12, 4 or 1.")
        confidence(self.level)
        expected_maximum_sharpe(self.trials, self.variance)
        sharpe_variance(0.0, skew=self.skew, kurtosis=self.kurtosis)


@dataclass(frozen=True, slots=True)
class Detectable:
    """All Sharpe ratios a YEAR: `luck` is what the best trial shows without merit, `bar` the lowest that passes, `sharpe` the
    smallest true one that passes with the chance `power`. NaN where the history is too short for any.
    """

    luck: float
    bar: float
    sharpe: float
    power: float
    years: float
    trials: float

    @property
    def words(self) -> str:
        """One sentence."""
        said = f"{self.years:.3g} years and {self.trials:,.3g} trials"
        if np.isnan(self.sharpe):
            return f"{said} are too little to show an effect of any size."
        return (
            f"Over {said}, only a true Sharpe ratio of {self.sharpe:.2f} a year or more would have passed "
            f"with a chance of {self.power:.0%}; luck alone shows {self.luck:.2f}, and {self.bar:.2f} passes."
        )


def passing_sharpe(history: History) -> float:
    """The bar: the lowest Sharpe ratio a YEAR whose deflated probability is `history.level`. NaN where none is high enough."""
    luck = float(expected_maximum_sharpe(history.trials, history.variance))
    return _root(history, luck, confidence(history.level)) * float(np.sqrt(history.per_year))


def power_at(sharpe: Array | float, history: History) -> Array:
    """The chance (...) that a trial with the true `sharpe` a YEAR (...) passes. NaN where no ratio passes."""
    scale = np.sqrt(history.per_year)
    truth = np.asarray(sharpe, dtype=float) / scale
    variance = sharpe_variance(truth, skew=history.skew, kurtosis=history.kurtosis)
    ahead = truth - passing_sharpe(history) / scale
    return normal_cdf(over(ahead * np.sqrt(history.periods - 1.0), np.sqrt(variance)))


def detectable(history: History, *, power: float = 0.8) -> Detectable:
    """The smallest true Sharpe ratio a YEAR that passes with the chance `power`. Raises ParameterError outside (0, 1)."""
    if not 0.0 < power < 1.0:
        raise ParameterError(f"power {power:g} is not between 0 and 1", field="power", remedy="Use 0.8 for 80 %.")
    scale = float(np.sqrt(history.per_year))
    luck = float(expected_maximum_sharpe(history.trials, history.variance)) * scale
    bar = passing_sharpe(history)
    least = _root(history, bar / scale, float(normal_quantile(np.asarray(power)))) * scale
    return Detectable(luck, bar, least, power, history.periods / history.per_year, history.trials)


def _root(history: History, centre: float, z: float) -> float:
    """The x on the side of z from `centre` with n (x - centre)^2 = z^2 (1 - g x + k x^2); NaN where it runs away.

    With y = x - centre: (n - z^2 k) y^2 + z^2 (g - 2 k centre) y - z^2 v(centre) = 0, which has one root on either side.
    """
    spread = float(sharpe_variance(centre, skew=history.skew, kurtosis=history.kurtosis))
    tails, square = (history.kurtosis - 1.0) / 4.0, z * z
    bend, slope = history.periods - 1.0 - square * tails, square * (history.skew - 2.0 * tails * centre)
    if not bend > 0.0 or not np.isfinite(spread):
        return float("nan")
    root = np.sqrt(slope * slope + 4.0 * bend * square * spread)
    return float(centre + (np.copysign(root, z) - slope) / (2.0 * bend))
