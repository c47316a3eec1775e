"""Overlay: tilts around a benchmark, sized by the scores and paid for by other assets or by cash (METHODS 5.1).

The classical tactical overlay on a strategic allocation: w = b + tilt, with the tilts of a date adding up to zero over
assets and cash.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from trimtab.construction.funding import CASH, DUST, funds, paid, payers
from trimtab.core.arrays import Array, Mask, require_shape
from trimtab.core.slots import later
from trimtab.core.terms import Fraction, Positive, check_ranges
from trimtab.core.values import Asset, Forecast, Regime, Scores, Today


class Neutral(Enum):
    """What is taken off the scores of a date before tilts are sized, so that only their differences tilt."""

    NO = "no"  # nothing: the same score on everything tilts everything
    EQUAL = "equal"  # their mean
    BENCHMARK = "benchmark"  # their mean by benchmark weight


@dataclass(frozen=True, slots=True)
class Overlay:
    """Benchmark weight plus clip(tilt * strength * score, -tilt, tilt) for each asset with a score.

    An asset without one (NaN) has no view: it keeps its benchmark weight, but may serve as funding. What the tilts of
    a date add up to is taken from the funding, pro rata to benchmark weights:

    * `funding` names asset ids, asset classes, or `cash` (whose benchmark weight is what the others leave of 1);
    * without names, the assets without a view on that date; where all have one, all assets. (Pro rata to the benchmark:
      the same tilt on everything makes large assets smaller, 60/40 with two full tilts becomes 58/42.)

    `neutral` takes the mean of the date's known scores off first (`equal`, or by `benchmark` weight, where any of those
    assets has one): then the same score on everything is no view at all, and 60/40 stays 60/40. A score that stands alone
    tilts nothing then.

    Where the funding has no benchmark weight, cash pays. Funding may move an asset by more than `tilt`, or below zero:
    limits are for the rules.
    """

    tilt: Fraction = 0.10
    strength: Positive = 1.0  # tilts, in units of `tilt`, for a score of 1
    funding: tuple[str, ...] = ()
    benchmark: tuple[float, ...] = ()
    universe: tuple[Asset, ...] = ()
    neutral: Neutral = later(Neutral.NO)
    _funds: Mask = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        object.__setattr__(self, "_funds", funds(self.universe, self.benchmark, self.funding))

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A). A date on which nothing has a score gets the benchmark."""
        views = np.ascontiguousarray(scores.values)
        benchmark = np.array(self.benchmark)
        require_shape("the benchmark of an overlay", benchmark, views.shape[-1:])
        silent = np.isnan(views)
        if self.neutral is not Neutral.NO:
            views = self._differences(views, silent, benchmark)
        tilts = np.where(silent, 0.0, self.tilt * np.clip(self.strength * views, -1.0, 1.0))
        return paid(benchmark, tilts, payers(self._funds, self.funding, silent), by_cash=CASH in self.funding)

    def _differences(self, views: Array, silent: Mask, benchmark: Array) -> Array:
        """(D, A) scores without the mean of those that are known; an infinite one counts as that of a full tilt."""
        full = np.copysign(1.0 / self.strength, views)
        heard = np.where(silent, 0.0, np.where(np.isinf(views), full, views))
        count = np.where(silent, 0.0, 1.0)
        weights = count * np.where(benchmark > DUST, benchmark, 0.0) if self.neutral is Neutral.BENCHMARK else count
        weights = np.where(weights.sum(-1, keepdims=True) > 0.0, weights, count)
        whole = weights.sum(-1, keepdims=True)
        return np.asarray(heard - (weights * heard).sum(-1, keepdims=True) / np.where(whole > 0.0, whole, 1.0))

    @property
    def words(self) -> str:
        """Where the weights come from."""
        much = f" ({self.strength:g} tilts for a score of 1)" if self.strength != 1.0 else ""
        by = {Neutral.NO: "", Neutral.EQUAL: " less the mean score", Neutral.BENCHMARK: " less the benchmark's mean score"}
        who = ", ".join(self.funding) or "the assets without a score"
        score = f"its score{by[self.neutral]}"
        return f"the benchmark, each asset tilted by {score}, by up to {100.0 * self.tilt:g} %{much}, paid for by {who}"

    def sentence(self, today: Today, asset: int) -> str:
        """The benchmark weight of one asset and how far it is tilted today."""
        score, weight = float(today.scores.values[asset]), self.benchmark[asset]
        moved = f"{100.0 * weight:.1f} % of the benchmark {100.0 * (float(today.aim[asset]) - weight):+.1f} %"
        return f"{moved}: {'no score' if np.isnan(score) else f'a score of {score:+.2f}'}, and its part of the funding"
