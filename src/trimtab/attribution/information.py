"""How much a signal knows: information coefficient, its decay, and the hit rate.

The information coefficient of a date is the rank correlation over the assets of scores and the excess returns that followed
(Grinold and Kahn 2000, "Active Portfolio Management"); ties share ranks, and a date on which all scores or fewer than three
pairs are known has none. With fewer than three assets there is no cross-section: then it is the pooled correlation of all
dates and assets, told by date as each date's share of it, so that the mean over dates is the correlation.

Errors of means are those of Newey and West (1987), as forward returns overlap in their causes; unknown dates are left out and
their neighbours count as adjacent. A decay is tested against the scatter of both parts about their own means, which is steadier
than that of a short recent part alone; with lag 0 it is Student's two-sample test with the normal in place of t.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.terms import TIE
from trimtab.numerics.newey_west import default_lag, long_run_variance, newey_west
from trimtab.numerics.normal import normal_cdf
from trimtab.numerics.rank_correlation import rank_correlation

LEVEL = 0.05  # how rare a fall must be to count as more than chance
CROSS_SECTION = 3  # assets that make a cross-section
_LEAST = 12  # dates a part must have to be compared


class Convention(Enum):
    """What an information coefficient is."""

    CROSS_SECTION = "rank correlation over the assets, by date"
    POOLED = "correlation over all dates and assets"


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over `count` dates, its Newey-West error, t, and two-sided normal p; NaN where there is none."""

    value: float
    error: float
    t: float
    p: float
    count: float


@dataclass(frozen=True, slots=True)
class Decay:
    """A mean over the recent dates against the dates before them.

    `fall` = before - recent. `chance` is how often a fall this large or larger comes about where nothing has changed
    (one-sided, normal); `noticeable` the least fall that would have been rare (5 %). NaN where a part has under 12 dates.
    """

    before: Mean
    recent: Mean
    fall: float
    error: float
    chance: float
    noticeable: float


@dataclass(frozen=True, slots=True)
class HitRate:
    """Share of dates x assets on which the asset went the signal's way, with a 95 % interval; neither side may be 0.

    The interval is that of Wilson (1927) for as many independent trials as the scatter over dates is worth (Newey-West, as
    assets of one date hit together), at most as many as were counted; one date, or all hits or none, is a trial a date.
    """

    rate: float
    low: float
    high: float
    count: int


class Hits(NamedTuple):
    """Hit rates of a whole record, of the part before, and of the recent one."""

    whole: HitRate
    before: HitRate
    recent: HitRate


def convention(assets: int) -> Convention:
    """Cross-section from three assets on."""
    return Convention.CROSS_SECTION if assets >= CROSS_SECTION else Convention.POOLED


def information_by_date(scores: Array, excess: Array) -> Array:
    """(..., D) information coefficients of scores (..., D, A) and the excess returns (D, A) that followed."""
    if excess.shape[-1] >= CROSS_SECTION:
        return rank_correlation(scores, excess, least=CROSS_SECTION)
    known = np.isfinite(scores) & np.isfinite(excess)
    pairs = known.sum((-2, -1), keepdims=True)
    one, two = _centred(scores, known, pairs), _centred(np.broadcast_to(excess, scores.shape), known, pairs)
    apart = np.sqrt(np.square(one).sum((-2, -1)) * np.square(two).sum((-2, -1)))[..., None]
    dates = known.any(-1)
    share = (one * two).sum(-1) * dates.sum(-1, keepdims=True) / np.where(apart > 0.0, apart, np.nan)
    return np.asarray(np.where(dates, share, np.nan))


def mean_of(values: Array, weights: Array | None = None) -> Mean:
    """The mean of values (D,), weighted, and its error; unknown dates and those without weight count for nothing.

    NaN where all of them weigh less than one date.
    """
    known = np.isfinite(values)
    mass = np.ones(len(values)) if weights is None else np.nan_to_num(weights)
    values, mass = values[known], mass[known]
    total = float(mass.sum())
    if not total >= 1.0:  # less than one date's worth says nothing, however sure its t looks
        return Mean(np.nan, np.nan, np.nan, np.nan, total)
    value = float((mass * values).sum() / total)
    fit = newey_west(values, np.empty((len(values), 0)), weights=mass, corrected=True)
    return Mean(value, float(fit.errors[0]), float(fit.t[0]), float(fit.p[0]), total)


def decay_of(values: Array, start: int) -> Decay:
    """Whether the mean of values (D,) from row `start` on has fallen below that of the rows before."""
    parts = [part[np.isfinite(part)] for part in (values[:start], values[start:])]
    before, recent = (mean_of(part) for part in parts)
    fall, error = before.value - recent.value, np.nan
    counts = [len(part) for part in parts]
    if min(counts) >= _LEAST:
        apart = np.concatenate([part - part.mean() for part in parts])
        variance = float(long_run_variance(apart, default_lag(len(apart)))) * len(apart) / (len(apart) - 2)
        error = float(np.sqrt(variance * (1.0 / counts[0] + 1.0 / counts[1])))
    steady = error > TIE * max(abs(before.value), abs(recent.value))
    chance = float(normal_cdf(np.asarray(-fall / error))) if steady else np.nan
    return Decay(before, recent, fall, error, chance, NormalDist().inv_cdf(1.0 - LEVEL) * error if steady else np.nan)


def hit_rate(scores: Array, excess: Array, weights: Array | None = None) -> HitRate:
    """How often scores (D, A) and the excess returns (D, A) that followed have the same sign; `weights` (D,) of dates."""
    product = np.sign(scores) * np.sign(excess)
    counted = np.isfinite(product) & (product != 0.0)
    mass = np.ones(len(scores)) if weights is None else np.nan_to_num(weights)
    used = counted.any(-1) & (mass > 0.0)
    tries = (mass * counted.sum(-1))[used]
    hits = (mass * (counted & (product > 0.0)).sum(-1))[used]
    count = int(counted[used].sum())
    if not count:
        return HitRate(np.nan, np.nan, np.nan, 0)
    rate = float(hits.sum() / tries.sum())
    return HitRate(rate, *_wilson(rate, _trials(rate, hits, tries), NormalDist().inv_cdf(0.975)), count)


def _trials(rate: float, hits: Array, tries: Array) -> float:
    """How many independent trials hits (D,) of tries (D,) are worth, by their scatter over dates about `rate`."""
    dates, most = len(tries), max(float(tries.sum()), 1e-6)  # a regime may have next to no probability
    if dates < 2 or not 1e-12 < rate < 1.0 - 1e-12:
        return min(float(dates), most)
    away = (hits - rate * tries) / tries.mean()
    variance = float(long_run_variance(away, default_lag(dates))) / (dates - 1)
    return min(rate * (1.0 - rate) / variance, most) if variance > 0.0 else most


def _wilson(rate: float, count: float, width: float) -> tuple[float, float]:
    """Interval of a share of `count` independent trials."""
    shrink = 1.0 + width**2 / count
    middle = (rate + width**2 / (2.0 * count)) / shrink
    half = width * np.sqrt(rate * (1.0 - rate) / count + (width / (2.0 * count)) ** 2) / shrink
    return max(float(middle - half), 0.0), min(float(middle + half), 1.0)


def _centred(values: Array, known: Mask, pairs: Index) -> Array:
    """Values less the mean of those known, 0 where unknown."""
    filled = np.where(known, values, 0.0)
    away = np.where(known, filled - filled.sum((-2, -1), keepdims=True) / np.maximum(pairs, 1), 0.0)
    most, size = (np.abs(part).max((-2, -1), keepdims=True, initial=0.0) for part in (away, filled))
    return np.where(most > TIE * size, away, 0.0)  # a constant differs from its mean by rounding
