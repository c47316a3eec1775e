"""How many independent trials are N trials worth that are more or less alike?

As many as have the same expected best when none has any merit: that is what the deflated Sharpe ratio asks of the number.
Without merit the Sharpe ratios of N trials are about normal with the correlations of their returns, so their best is drawn as
the largest of X'g / |x|, where X (T, N) are the returns less their means, |x| their lengths, and g is normal noise (T,): a
draw of every trial's luck in the periods at hand (a multiplier bootstrap; Chernozhukov, Chetverikov and Kato 2013). Each g
counts with both signs, so that one trial has a mean best of exactly 0. The mean is turned into a number by the exact expected
maximum of n independent normals, the integral of x over d Phi(x)^n, which has an answer for every n >= 1.

Copies of one trial are worth 1, N independent ones N, k blocks of copies k. The same draws serve every trial, so that the
order of trials changes nothing and one more trial never lowers the number. `trial_clusters` names the groups (Lopez de Prado
and Lewis 2019 count those); a count of groups takes one for each however much its members differ, and sees no likeness below
its cut: of 100 trials whose returns all correlate by 0.8 it makes 1 and by 0.3 it makes 100, where the best looks as good as
that of 5 and of 31.

Where there are more trials than periods the number is too small: T periods hold T - 1 directions of luck at most, so that the
returns of independent trials are alike by chance, and that is taken for likeness. Of independent trials it makes:

    trials    12 periods    36    60    120    240    1,200
       100            47    78    82     88     96       99
     1,000           140   480   590    770    900      960

With it the best is deflated by too little. Ten times as many periods as trials are enough for a few in a hundred.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.correlation import possible
from trimtab.numerics.normal import normal_cdf
from trimtab.numerics.returns import NO_SPREAD

DRAWS = 500  # pairs: by the draws alone the expected best is right to about 0.013, the number to 4 % at 100 trials
AT_ONCE = 1_000_000  # draws of single trials held at a time: 8 MB
_GRID = np.linspace(-9.0, 9.0, 1441)  # where the integral is taken; beyond lies nothing that double precision sees
_BELOW = normal_cdf(_GRID)
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class EffectiveTrials:
    """`count` independent trials, in [1, N], look as good by luck as the `trials` N that were run.

    `best` is their expected best, in standard errors of a Sharpe ratio. Trials whose returns do not vary have no Sharpe ratio
    and cannot be the best; they are in N only.
    """

    count: float
    trials: int
    best: float

    @property
    def words(self) -> str:
        """For sentences."""
        return f"{self.trials:,} trials, worth {self.count:,.1f} independent ones"


def effective_trials(returns: Array, *, seed: int, draws: int = DRAWS) -> EffectiveTrials:
    """The effective number of trials from their returns (T, N) over the same periods, by `draws` pairs of draws.

    Work and time are draws * T * N, memory a copy of the returns of AT_ONCE / draws trials. Raises DataError for unknown
    returns, fewer than three periods or no trial, ParameterError for no draws.
    """
    values = trial_returns(returns)
    noise = np.random.default_rng(seed).normal(size=(_some(draws), len(values)))
    high, low, varying = np.full(draws, -np.inf), np.full(draws, np.inf), 0
    step = max(1, AT_ONCE // max(draws, len(values)))
    for place in range(0, values.shape[1], step):
        units = unit_columns(values[:, place : place + step])
        if units.shape[1]:
            varying += units.shape[1]
            luck = noise @ units
            high, low = np.maximum(high, luck.max(axis=1)), np.minimum(low, luck.min(axis=1))
    return _worth(high, low, values.shape[1], varying)


def effective_trials_of(correlations: Array, *, seed: int, draws: int = DRAWS) -> EffectiveTrials:
    """The effective number of trials from the correlations (N, N) of their returns.

    As `effective_trials`, but the order of trials changes the draws. Raises ParameterError where they are no correlations: not
    square, unknown, not symmetric, indefinite, or without 1 on the diagonal; and for no draws.
    """
    matrix = np.asarray(correlations, dtype=float)
    square = matrix.ndim == 2 and len(matrix) > 0 and len(matrix) == matrix.shape[1]
    if not square or not possible(matrix) or np.abs(np.diagonal(matrix) - 1.0).max() > 1e-9:
        remedy = "Give a square, symmetric matrix of known correlations, with 1 on its diagonal."
        raise ParameterError(f"an array of shape {matrix.shape} is no matrix of correlations", remedy=remedy)
    variances, directions = np.linalg.eigh(matrix)
    noise = np.random.default_rng(seed).normal(size=(_some(draws), len(matrix)))
    luck = (noise * np.sqrt(np.maximum(variances, 0.0))) @ directions.T
    return _worth(luck.max(axis=1), luck.min(axis=1), len(matrix), len(matrix))


def expected_best(trials: float) -> float:
    """The expected maximum of `trials` (1 or more, not only whole numbers) independent standard normals, by integration.

    2: 1 / sqrt(pi) = 0.5642; 100: 2.5076. Raises ParameterError for fewer than one.
    """
    if not 1.0 <= trials < math.inf:
        raise ParameterError(f"{trials} trials", field="trials", remedy="Give 1 or more.")
    return max(0.0, float(np.trapezoid((_GRID > 0.0) + 0.5 * (_GRID == 0.0) - _BELOW**trials, _GRID)))


def trial_returns(returns: Array) -> Array:
    """Returns (T, N) of trials as an array. Raises DataError for unknown ones, fewer than three periods or no trial."""
    values = np.asarray(returns, dtype=float)
    if values.ndim != 2 or not values.shape[1] or len(values) < 3:
        remedy = "Give three or more periods (rows) of one or more trials (columns)."
        raise DataError(f"returns of shape {values.shape} are no trials", remedy=remedy)
    if unknown := int((~np.isfinite(values)).any(axis=0).sum()):
        remedy = "Cut all to the periods that they share."
        raise DataError(f"{unknown} of {values.shape[1]} trials have unknown returns", remedy=remedy)
    return values


def unit_columns(values: Array) -> Array:
    """The columns of (T, N) that vary, less their means and scaled to length 1."""
    away = values - values.mean(axis=0)
    length = np.sqrt((away**2).sum(axis=0))
    varies = length > NO_SPREAD * math.sqrt(len(values))
    return np.asarray(away[:, varies] / length[varies])


def _some(draws: int) -> int:
    if draws < 1:
        raise ParameterError(f"{draws} draws", field="draws", remedy="Give 1 or more; 500 are usual.")
    return draws


def _worth(high: Array, low: Array, trials: int, varying: int) -> EffectiveTrials:
    """The number with the mean of the largest and of the largest with the other sign, which is less the smallest."""
    best = 0.5 * float((high - low).mean()) if varying else 0.0
    least, most = 0.0, math.log(max(varying, 1))
    for _ in range(_HALVINGS):
        middle = 0.5 * (least + most)
        least, most = (middle, most) if expected_best(math.exp(middle)) < best else (least, middle)
    return EffectiveTrials(min(math.exp(most), float(max(varying, 1))), trials, best)
