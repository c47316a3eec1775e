"""How strong an effect the history at hand could have shown at all: the power of the ruling.

The ruling lets a ratio through where two checks do (`findings`): data snooping, from the ratio `asked` on, and the deflated
Sharpe ratio, which fails below the best by luck S*. The higher of the two is the bar; as a rule that is data snooping. With
n = (T - 1) / V, V the `persistence`, k = (kurtosis - 1) / 4 and g the skewness, the estimate of a true ratio S is about normal
with the variance (1 - g S + k S^2) / n (Mertens 2002; Lo 2002 for V), so the chance to pass is
Phi((S - bar) sqrt(n / (1 - g S + k S^2))), and the smallest S with the chance Phi(z) is the larger root of

    n (S - bar)^2 = z^2 (1 - g S + k S^2).

It is the chance of the trial that has the effect, whether the others have it or not. What the two checks of halves say is
left out: of 160 simulated effects of that size, one among 20 or 100 strangers without any, they failed none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.normal import normal_cdf, normal_quantile
from trimtab.numerics.returns import over
from trimtab.validation.deflation import expected_maximum
from trimtab.validation.sharpe_probability import sharpe_variance


@dataclass(frozen=True, slots=True)
class History:
    """What is at hand: T `periods` of which `per_year` make a year, and trials worth so many independent ones.

    `asked` is the lowest Sharpe ratio a YEAR, as observed, that passes data snooping, NaN where none does; `persistence` the
    variance of the mean over that of independent returns; `skew` and `kurtosis` (normal = 3) are of returns a period.
    """

    periods: int
    per_year: float
    trials: float
    asked: float
    persistence: float = 1.0
    skew: float = 0.0
    kurtosis: float = 3.0

    def __post_init__(self) -> None:
        """Raise ParameterError for fewer than two periods, and for what the formulas refuse."""
        if self.periods < 2:
            raise ParameterError(f"{self.periods} periods", field="periods", remedy="A Sharpe ratio needs two or more.")
        if not 0.0 < self.per_year < np.inf:
            raise ParameterError(f"per_year is {self.per_year}", field="per_year", remedy="Give 252, 52, 12, 4 or 1.")
        if not 1.0 <= self.persistence < np.inf:
            raise ParameterError(f"persistence is {self.persistence}", field="persistence", remedy="It is 1 or above.")
        expected_maximum(self.trials)
        sharpe_variance(0.0, skew=self.skew, kurtosis=self.kurtosis)

    @property
    def worth(self) -> float:
        """As many independent periods, less one, tell as much."""
        return (self.periods - 1.0) / self.persistence

    @property
    def luck(self) -> float:
        """The Sharpe ratio a YEAR that the best trial shows without merit, below which the deflated one fails."""
        return float(expected_maximum(self.trials)) * float(np.sqrt(self.per_year / self.worth))

    @property
    def bar(self) -> float:
        """The lowest Sharpe ratio a YEAR, as observed, that is not put down to luck. NaN where none is high enough."""
        return float(np.maximum(self.luck, self.asked))


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
        said = f"{self.years:.3g} years and {self.trials:,.3g} independent trials"
        if np.isnan(self.sharpe):
            return f"{said} are too little to show an effect of any size."
        return (
            f"Over {said}, only a true Sharpe ratio of {self.sharpe:.2f} a year or more would have passed "
            f"with a chance of {self.power:.0%}; luck alone shows {self.luck:.2f}, and {self.bar:.2f} passes."
        )


def power_at(sharpe: Array | float, history: History) -> Array:
    """The chance (...) that a trial with the true `sharpe` a YEAR (...) passes. NaN where no ratio passes."""
    scale = np.sqrt(history.per_year)
    truth = np.asarray(sharpe, dtype=float) / scale
    variance = sharpe_variance(truth, skew=history.skew, kurtosis=history.kurtosis)
    return normal_cdf(over((truth - history.bar / scale) * np.sqrt(history.worth), np.sqrt(variance)))


def detectable(history: History, *, power: float = 0.8) -> Detectable:
    """The smallest true Sharpe ratio a YEAR that passes with the chance `power`. Raises ParameterError outside (0, 1)."""
    if not 0.0 < power < 1.0:
        raise ParameterError(f"power {power:g} is not between 0 and 1", field="power", remedy="Use 0.8 for 80 %.")
    scale = float(np.sqrt(history.per_year))
    least = _root(history, history.bar / scale, float(normal_quantile(np.asarray(power)))) * scale
    return Detectable(history.luck, history.bar, least, power, history.periods / history.per_year, history.trials)


def _root(history: History, centre: float, z: float) -> float:
    """The x on the side of z from `centre` with n (x - centre)^2 = z^2 (1 - g x + k x^2); NaN where it runs away.

    With y = x - centre: (n - z^2 k) y^2 + z^2 (g - 2 k centre) y - z^2 v(centre) = 0, which has one root on either side.
    """
    spread = float(sharpe_variance(centre, skew=history.skew, kurtosis=history.kurtosis))
    tails, square = (history.kurtosis - 1.0) / 4.0, z * z
    bend, slope = history.worth - square * tails, square * (history.skew - 2.0 * tails * centre)
    if not bend > 0.0 or not np.isfinite(spread):
        return float("nan")
    root = np.sqrt(slope * slope + 4.0 * bend * square * spread)
    return float(centre + (np.copysign(root, z) - slope) / (2.0 * bend))
