"""Reward against risk, and against a benchmark: Sharpe, Sortino, information ratio, beta, capture.

Conventions (METHODS 0 and 8): `rf` is the riskless return of each period, scalar or (T,). Sharpe has an arithmetic
numerator by default (Sharpe 1994; PerformanceAnalytics from 2.1.0); `geometric=True` gives that of Bacon (2008). The
information ratio is the difference of geometric returns per year over tracking error. Standard error of Sharpe ratios
after Lo (2002). A ratio whose divisor is zero is NaN, never infinite.
"""

from __future__ import annotations

from enum import Enum
from statistics import NormalDist

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.numerics.returns import (
    cagr,
    divisor,
    downside_deviation,
    over,
    paired,
    total_return,
    unknown,
    volatility,
)


class Capture(Enum):
    """Which of four conventions an up or down capture follows; they differ in the second digit."""

    CUMULATIVE = "cumulative"  # compounded returns; a benchmark return of 0 counts as down (PerformanceAnalytics)
    STRICT = "strict"  # as cumulative, with down strictly below 0
    ANNUALISED = "annualised"  # returns per year of the chosen periods, down strictly below 0 (empyrical)
    MEANS = "means"  # ratio of the mean returns of the chosen periods


def sharpe(returns: Array, per_year: float, *, rf: Array | float = 0.0, geometric: bool = False) -> Array:
    """Excess return over its standard deviation (ddof 1), both per year, shape (...). NaN where excess is constant."""
    excess = returns - paired(returns, np.asarray(rf), "riskless rate")
    sd = divisor(excess)
    if not excess.shape[-1]:
        return unknown(excess)
    top = cagr(excess, per_year) / np.sqrt(per_year) if geometric else excess.mean(-1) * np.sqrt(per_year)
    return over(top, sd)


def sharpe_error(sharpe_a_period: Array | float, count: int) -> Array:
    """Standard error of a Sharpe ratio a PERIOD from `count` independent returns: sqrt((1 + S² / 2) / T) (Lo 2002)."""
    ratio = np.asarray(sharpe_a_period, dtype=float)
    return np.sqrt((1.0 + ratio**2 / 2.0) / count) if count else np.full(ratio.shape, np.nan)


def sharpe_interval(returns: Array, per_year: float, *, rf: Array | float = 0.0, level: float = 0.95) -> tuple[Array, Array]:
    """Lower and upper end, per year, of the two-sided interval from Lo's standard error for independent returns."""
    ratio = sharpe(returns, per_year, rf=rf)
    width = NormalDist().inv_cdf(0.5 + level / 2.0) * np.sqrt(per_year)
    error = sharpe_error(ratio / np.sqrt(per_year), returns.shape[-1])
    return ratio - width * error, ratio + width * error


def sharpe_scale(count: int, correlations: Array) -> float:
    """Factor from a Sharpe ratio a period to one over `count` periods with autocorrelations (count - 1,) (Lo 2002).

    Without autocorrelation it is sqrt(count).
    """
    lag = np.arange(1, count)
    return float(count / np.sqrt(count + 2.0 * ((count - lag) * correlations[: count - 1]).sum()))


def sortino(returns: Array, per_year: float, *, least: Array | float = 0.0) -> Array:
    """Mean return above `least` (a period) over downside deviation, both per year. NaN where nothing falls short."""
    if not returns.shape[-1]:
        return unknown(returns)
    risk = downside_deviation(returns, per_year, least=least)
    above = (returns - np.asarray(least)).mean(-1) * per_year
    return over(above, risk)


def tracking_error(returns: Array, benchmark: Array, per_year: float) -> Array:
    """Volatility per year of the difference to the benchmark, shape (...)."""
    return volatility(returns - paired(returns, benchmark), per_year)


def information_ratio(returns: Array, benchmark: Array, per_year: float, *, arithmetic: bool = False) -> Array:
    """Active return per year over tracking error, shape (...). NaN where the difference is constant.

    Active return is the difference of the two geometric returns, or the mean difference where `arithmetic`.
    """
    active = returns - paired(returns, benchmark)
    if not active.shape[-1]:
        return unknown(active)
    ahead = active.mean(-1) * per_year if arithmetic else cagr(returns, per_year) - cagr(benchmark, per_year)
    return over(ahead, divisor(active) * np.sqrt(per_year))


def beta(returns: Array, benchmark: Array, *, rf: Array | float = 0.0) -> Array:
    """Covariance with the benchmark over its variance, both in excess of `rf`, shape (...)."""
    rate = paired(returns, np.asarray(rf), "riskless rate")
    other = paired(returns, benchmark) - rate
    if returns.shape[-1] < 2:
        return unknown(returns - other)
    away = other - other.mean(-1, keepdims=True)
    steady = np.where(divisor(other) > 0.0, (away**2).sum(-1), np.nan)
    return over(((returns - rate) * away).sum(-1), steady)


def up_capture(returns: Array, benchmark: Array, per_year: float, *, convention: Capture = Capture.CUMULATIVE) -> Array:
    """Return over the benchmark's in the periods in which the benchmark rose, shape (...). NaN where it never rose."""
    return _capture(returns, benchmark, paired(returns, benchmark) > 0.0, per_year, convention)


def down_capture(returns: Array, benchmark: Array, per_year: float, *, convention: Capture = Capture.CUMULATIVE) -> Array:
    """Return over the benchmark's in the periods in which the benchmark fell, shape (...). NaN where it never fell."""
    other = paired(returns, benchmark)
    down = other <= 0.0 if convention is Capture.CUMULATIVE else other < 0.0
    return _capture(returns, benchmark, down, per_year, convention)


def _capture(returns: Array, benchmark: Array, chosen: Mask, per_year: float, convention: Capture) -> Array:
    """Ratio of the two returns over the `chosen` periods (..., T); the other periods count as 0 %."""
    if not returns.shape[-1]:
        return unknown(returns - benchmark)
    both = np.isfinite(returns) & np.isfinite(benchmark)  # an unknown return in any period makes the ratio unknown
    mine, theirs = np.where(chosen | ~both, returns, 0.0), np.where(chosen | ~both, benchmark, 0.0)
    if convention is Capture.MEANS:
        top, bottom = mine.sum(-1), theirs.sum(-1)
    else:
        top, bottom = total_return(mine), total_return(theirs)
        if convention is Capture.ANNUALISED:
            years = np.maximum(chosen.sum(-1), 1) / per_year
            with np.errstate(over="ignore"):
                top, bottom = (1.0 + top) ** (1.0 / years) - 1.0, (1.0 + bottom) ** (1.0 / years) - 1.0
    return over(top, bottom)
