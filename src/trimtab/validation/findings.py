"""The checks of a choice among variants, each a figure with its light and its sentence; see `verdict`."""

from __future__ import annotations

import math

import numpy as np

from trimtab.core.arrays import Array
from trimtab.validation.checks import (
    DATA_SNOOPING,
    DEFLATED_SHARPE,
    OTHER_HALF,
    OVERFITTING,
    SIGNIFICANCE,
    Check,
    Light,
    lit,
)
from trimtab.validation.deflation import deflated_sharpe
from trimtab.validation.overfitting import probability_of_overfitting
from trimtab.validation.sharpe_probability import track_record
from trimtab.validation.thresholds import CHANCE, EVEN, FEW, SURE

BLOCKS = 16  # as Bailey et al. 2017
FEWEST_ROWS = 4  # of a block; fewer have no standard deviation to speak of
STILL = "the chosen variant never differs from the benchmark by an amount that varies"


def snooping(score: float, p: float, trials: int, unseen: float) -> Check:
    """How often luck does as well as the chosen variant, from the p-value among the variants at hand.

    `score` is NaN where the variant does not vary; `unseen` is how many times more trials there were: each set of them is
    taken to be independent of the others (Sidak 1967).
    """
    name = DATA_SNOOPING if trials > 1 else SIGNIFICANCE
    if math.isnan(score) or math.isnan(p):
        return Check(name, math.nan, CHANCE, Light.UNKNOWN, f"no answer: {STILL}")
    value = p if unseen == 1.0 else 1.0 if p >= 1.0 else -math.expm1(unseen * math.log1p(-p))
    many = f"the best of {trials:,} variants without merit does" if trials > 1 else "a variant without merit does"
    words = f"{many} as well in {100.0 * value:.1f} of 100 histories"
    return Check(name, value, CHANCE, lit(value, passes=value <= CHANCE, fails=value > CHANCE), words)


def deflated(returns: Array, stretch: float, effective: float, trials: int) -> tuple[Check, ...]:
    """The probability that the true Sharpe ratio of returns (T,) is above the best by luck; none where one was tried."""
    if trials == 1:
        return ()
    record = track_record(returns)
    luck = 1.0 / (record.periods - 1)
    ratio = record.sharpe / np.sqrt(stretch)
    found = deflated_sharpe(
        ratio, periods=record.periods, trials=effective, variance=luck, skew=record.skew, kurtosis=record.kurtosis
    )
    value = float(found.probability)
    if math.isnan(value):
        return (Check(DEFLATED_SHARPE, value, SURE, Light.UNKNOWN, f"no answer: {STILL}"),)
    words = f"{100.0 * value:.0f} % sure that it is above the best by luck of {trials:,} trials, worth {effective:.1f}"
    return (Check(DEFLATED_SHARPE, value, SURE, lit(value, passes=value >= SURE, fails=value < EVEN), words),)


def halves(rows: Array) -> tuple[Check, ...]:
    """What becomes of the best of one half of history in the other, from returns (T, N); none for one variant."""
    if rows.shape[1] < 2:
        return ()
    blocks = min(BLOCKS, len(rows) // FEWEST_ROWS // 2 * 2)
    if blocks < 2:
        words = f"no answer: {len(rows)} periods cannot be halved"
        return tuple(Check(name, math.nan, EVEN, Light.UNKNOWN, words) for name in (OVERFITTING, OTHER_HALF))
    found = probability_of_overfitting(rows, blocks=blocks)
    if math.isnan(found.pbo) or math.isnan(found.loss):
        return tuple(
            Check(name, math.nan, EVEN, Light.UNKNOWN, f"no answer: {found.says}") for name in (OVERFITTING, OTHER_HALF)
        )
    rank = f"the best of one half is in the lower half of the other in {100.0 * found.pbo:.0f} of 100 splits"
    lost = f"the best of one half falls behind the benchmark in the other in {100.0 * found.loss:.0f} of 100 splits"
    if found.pbo > EVEN and found.loss <= EVEN:
        rank += ": which one is chosen hardly matters"
    low = lit(found.pbo, passes=found.pbo <= FEW, fails=found.pbo > EVEN and found.loss > EVEN)
    light = lit(found.loss, passes=found.loss <= FEW, fails=found.loss > EVEN)
    return Check(OVERFITTING, found.pbo, EVEN, low, rank), Check(OTHER_HALF, found.loss, EVEN, light, lost)
