"""How good does the best of many trials look by luck alone, and what is left of a Sharpe ratio beside that?

The expected maximum of N independent normal trials with mean 0 and variance V is about

    E = sqrt(V) ((1 - g) z(1 - 1 / N) + g z(1 - 1 / (N e))),    g = 0.5772... (Euler), z the normal quantile.

The deflated Sharpe ratio is the probability that the true one lies above that (Bailey and Lopez de Prado 2014, "The deflated
Sharpe ratio", Journal of Portfolio Management 40(5)). The minimum backtest length is the number of years below which the best
of N trials without any merit is expected to show a given Sharpe ratio (Bailey, Borwein, Lopez de Prado and Zhu 2014,
"Pseudo-mathematics and financial charlatanism", Notices of the AMS 61(5)).

N and V belong together. The variance of the Sharpe ratios over all trials goes with the number of all trials: where all are
alike it is small for that reason. An effective number (`effective_trials`) stands for independent trials and goes with the
variance of one of those: `variance_of_trials`. The small variance with the small number would count likeness twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.normal import normal_quantile
from trimtab.numerics.returns import finite
from trimtab.validation.sharpe_probability import probabilistic_sharpe


@dataclass(frozen=True, slots=True, eq=False)
class Deflated:
    """`target` (...) is what the best of the trials shows by luck, a period; `probability` (...) that the truth is above it."""

    target: Array
    probability: Array


def expected_maximum_sharpe(trials: Array | float, variance: Array | float) -> Array:
    """Expected best Sharpe ratio (...) of `trials` without merit whose Sharpe ratios have `variance`; per period if that is.

    `trials` need not be whole; one trial has no best: 0, whatever the variance. Between one and two, where the approximation
    falls below 0, it is the straight line. Raises ParameterError for fewer than one trial or a negative variance.
    """
    count, spread = _trials(trials), np.asarray(variance, dtype=float)
    if (spread < 0.0).any():
        raise ParameterError(f"a variance of {float(np.nanmin(spread)):g}", field="variance", remedy="It is 0 or above.")
    count, spread = np.broadcast_arrays(count, spread)
    return np.where(count == 1.0, 0.0, finite(np.sqrt(spread) * expected_maximum(count)))


def expected_maximum(trials: Array | float) -> Array:
    """Expected best (...) of `trials` independent standard normals, approximated as in `expected_maximum_sharpe`."""
    count = _trials(trials)
    two = np.maximum(count, 2.0)
    best = -(1.0 - np.euler_gamma) * normal_quantile(1.0 / two) - np.euler_gamma * normal_quantile(1.0 / (two * math.e))
    return np.asarray(np.where(count < 2.0, count - 1.0, 1.0) * best)


def minimum_backtest_length(trials: Array | float, sharpe: Array | float = 1.0) -> Array:
    """Years (...) below which the best of `trials` without merit is expected to show `sharpe` (a YEAR), from luck.

    NaN where `sharpe` is not above 0. Raises ParameterError for fewer than one trial.
    """
    ratio = np.asarray(sharpe, dtype=float)
    with np.errstate(over="ignore"):
        return finite((expected_maximum(trials) / np.where(ratio > 0.0, ratio, np.nan)) ** 2)


def deflated_sharpe(
    sharpe: Array | float,
    *,
    periods: Array | float,
    trials: Array | float,
    variance: Array | float,
    skew: Array | float = 0.0,
    kurtosis: Array | float = 3.0,
) -> Deflated:
    """What is left of a Sharpe ratio a period, the best of `trials` whose Sharpe ratios a period have `variance`.

    All broadcast; `kurtosis` is not in excess. NaN and errors as in `probabilistic_sharpe` and `expected_maximum_sharpe`.
    """
    target = expected_maximum_sharpe(trials, variance)
    return Deflated(target, probabilistic_sharpe(sharpe, periods=periods, target=target, skew=skew, kurtosis=kurtosis))


def variance_of_trials(sharpes: Array, *, periods: int) -> Array:
    """The variance (...) to go with an EFFECTIVE number of trials, from the Sharpe ratios a period (..., N) of all.

    That of all trials (ddof 1, the unknown left out), and no less than 1 / (T - 1), the variance of one trial without merit:
    trials that are alike spread less, but the number counts each kind once. Raises ParameterError below two periods.
    """
    if periods < 2:
        raise ParameterError(f"{periods} periods", field="periods", remedy="A Sharpe ratio needs two or more.")
    ratios = np.asarray(sharpes, dtype=float)
    known = np.isfinite(ratios)
    count = known.sum(-1)
    mean = np.where(known, ratios, 0.0).sum(-1) / np.maximum(count, 1)
    square = (np.where(known, ratios - mean[..., None], 0.0) ** 2).sum(-1)
    return np.asarray(np.maximum(square / np.maximum(count - 1, 1), 1.0 / (periods - 1)))


def _trials(trials: Array | float) -> Array:
    count = np.asarray(trials, dtype=float)
    if not ((count >= 1.0) & np.isfinite(count)).all():
        raise ParameterError(f"{trials} trials", field="trials", remedy="Count every variant that was ever run: 1 or more.")
    return count
