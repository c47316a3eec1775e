"""Timing: each asset is in, at its benchmark weight, or out, in cash (Faber 2007: five sleeves, each on its own)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, require_shape
from trimtab.core.values import Forecast, Regime, Scores, Today


@dataclass(frozen=True, slots=True)
class Timing:
    """An asset stands at its benchmark weight while its score is above 0; else that weight stands in cash.

    A fully dynamic allocation: an asset without a score (NaN) gets zero.
    """

    reads_scores = True

    benchmark: tuple[float, ...] = ()

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A)."""
        benchmark = np.array(self.benchmark)
        require_shape("the benchmark of a timing allocation", benchmark, scores.values.shape[-1:])
        return np.asarray((scores.values > 0.0) * benchmark)

    @property
    def words(self) -> str:
        """Where the weights come from."""
        return "the benchmark weight of each asset whose score is above 0; of all others, cash"

    def sentence(self, today: Today, asset: int) -> str:
        """Whether one asset is in or out today, and why."""
        score = float(today.scores.values[asset])
        if np.isnan(score):
            return "out, for its score is unknown"
        return f"in, for its score is {score:+.2f}" if score > 0.0 else f"out, for its score, {score:+.2f}, is not above 0"
