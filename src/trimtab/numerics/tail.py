"""The shape of returns and their tail: skewness, kurtosis, value at risk, expected shortfall.

Moments are population moments (divided by T). Value at risk and shortfall are returns, so a loss is below zero; they
speak of one period. Modified figures are Cornish-Fisher (Favre and Galeano 2002; Boudt, Peterson and Croux 2008), the
historical shortfall is that of Rockafellar and Uryasev (2002), who share out the return that straddles the quantile.
"""

from __future__ import annotations

import math
from enum import Enum
from statistics import NormalDist

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.returns import NO_SPREAD, finite, over, unknown

NORMAL = NormalDist()


class Risk(Enum):
    """How value at risk is estimated."""

    HISTORICAL = "historical"  # the quantile, linear between returns
    GAUSSIAN = "Gaussian"  # normal with the population variance
    MODIFIED = "modified"  # Cornish-Fisher


class Shortfall(Enum):
    """How expected shortfall is estimated."""

    HISTORICAL = "historical"  # mean of the worst share of returns, the last one counted in part
    BELOW_QUANTILE = "mean below the quantile"  # mean of the returns not above historical value at risk
    WHOLE_TAIL = "whole tail"  # mean of the worst floor(share * T) returns
    GAUSSIAN = "Gaussian"
    MODIFIED = "modified"


def _standard(returns: Array) -> tuple[Array, Array, Array]:
    """Mean (...), population standard deviation (...) (NaN where returns do not vary) and z-scores (..., T)."""
    if returns.shape[-1] < 2:
        return unknown(returns), unknown(returns), np.full(returns.shape, np.nan)
    mean, sd = returns.mean(-1), returns.std(-1)
    sd = np.where(sd > NO_SPREAD, sd, np.nan)
    return mean, sd, (returns - mean[..., None]) / sd[..., None]


def skewness(returns: Array) -> Array:
    """Third population moment of z-scores, shape (...)."""
    z = _standard(returns)[2]
    return np.asarray((z**3).mean(-1)) if returns.shape[-1] else unknown(returns)


def excess_kurtosis(returns: Array) -> Array:
    """Fourth population moment of z-scores less 3 (0 for a normal distribution), shape (...)."""
    z = _standard(returns)[2]
    return np.asarray((z**4).mean(-1) - 3.0) if returns.shape[-1] else unknown(returns)


def sample_skewness(returns: Array) -> Array:
    """Skewness corrected for a small sample (Joanes and Gill 1998, G1), shape (...). NaN for fewer than three returns."""
    n = returns.shape[-1]
    return skewness(returns) * math.sqrt(n * (n - 1.0)) / (n - 2.0) if n > 2 else unknown(returns)


def sample_kurtosis(returns: Array) -> Array:
    """Excess kurtosis corrected for a small sample (Joanes and Gill 1998, G2), shape (...). NaN for fewer than four."""
    n = returns.shape[-1]
    if n < 4:
        return unknown(returns)
    return np.asarray(((n + 1.0) * excess_kurtosis(returns) + 6.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0)))


def _share(level: float) -> float:
    """The share of returns in the tail. Raises ParameterError where `level` is not between 0.5 and 1."""
    if not 0.5 < level < 1.0:
        raise ParameterError(f"level is {level}", field="level", remedy="Give a confidence such as 0.95.")
    return 1.0 - level


def bent_quantile(skew: Array, kurtosis: Array, z: float) -> Array:
    """The normal quantile `z` bent by skewness and excess kurtosis (Cornish and Fisher 1938)."""
    s, k = skew, kurtosis
    return np.asarray(z + (z**2 - 1.0) * s / 6.0 + (z**3 - 3.0 * z) * k / 24.0 - (2.0 * z**3 - 5.0 * z) * s**2 / 36.0)


def value_at_risk(returns: Array, *, level: float = 0.95, method: Risk = Risk.HISTORICAL) -> Array:
    """The return of one period that is undercut in 1 - `level` of periods, shape (...); below 0 is a loss."""
    share = _share(level)
    if not returns.shape[-1]:
        return unknown(returns)
    if method is Risk.HISTORICAL:
        known = np.asarray(np.isfinite(returns).all(-1))
        return np.where(known, np.quantile(np.where(known[..., None], returns, 0.0), share, axis=-1), np.nan)
    mean, sd, _ = _standard(returns)
    z = NORMAL.inv_cdf(share)
    if method is Risk.MODIFIED:
        return np.asarray(mean + sd * bent_quantile(skewness(returns), excess_kurtosis(returns), z))
    return np.asarray(mean + sd * z)


def expected_shortfall(returns: Array, *, level: float = 0.95, method: Shortfall = Shortfall.HISTORICAL) -> Array:
    """The mean return of one period in the worst 1 - `level` of periods, shape (...); below 0 is a loss."""
    share = _share(level)
    if not returns.shape[-1]:
        return unknown(returns)
    if method is Shortfall.GAUSSIAN:
        mean, sd, _ = _standard(returns)
        return np.asarray(mean - sd * NORMAL.pdf(NORMAL.inv_cdf(share)) / share)
    if method is Shortfall.MODIFIED:
        mean, sd, _ = _standard(returns)
        return finite(mean - sd * bent_tail(skewness(returns), excess_kurtosis(returns), share))
    if method is Shortfall.BELOW_QUANTILE:
        below = returns <= value_at_risk(returns, level=level)[..., None]
        count = below.sum(-1)
        return over(np.where(below, returns, 0.0).sum(-1), count)
    return _worst_mean(returns, share, whole=method is Shortfall.WHOLE_TAIL)


def _worst_mean(returns: Array, share: float, *, whole: bool) -> Array:
    """Mean of the worst `share` of returns: whole ones only (at least one), or the last one in part."""
    count = round(share * returns.shape[-1], 9)
    if whole:
        count = max(math.floor(count), 1)
    ordered = np.sort(returns, axis=-1)
    weight = np.clip(count - np.arange(returns.shape[-1]), 0.0, 1.0)
    return np.where(np.isnan(ordered[..., -1]), np.nan, (ordered * weight).sum(-1) / weight.sum())


def bent_tail(skew: Array, kurtosis: Array, share: float) -> Array:
    """Mean size of the worst `share`, in standard deviations, by the Edgeworth density below the bent quantile h.

    Boudt, Peterson and Croux (2008, eq. 13), integrated.
    """
    s, k, h = skew, kurtosis, bent_quantile(skew, kurtosis, NORMAL.inv_cdf(share))
    by_skew = s / 6.0 * h**3
    by_kurtosis = k / 24.0 * (h**4 - 2.0 * h**2 - 1.0)
    by_square = s**2 / 72.0 * (h**6 - 9.0 * h**4 + 9.0 * h**2 + 3.0)
    density = np.exp(-(h**2) / 2.0) / math.sqrt(2.0 * math.pi)
    return np.asarray(density / share * (1.0 + by_skew + by_kurtosis + by_square))
