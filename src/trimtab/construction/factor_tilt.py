"""Factor tilt: more of what scores above the benchmark's own average, less of what scores below it (METHODS 3).

As index providers tilt: weight = benchmark weight x (1 + strength x (score - mean)), the mean weighted as the benchmark
is, so that the tilts add up to nothing (FTSE Russell, MSCI: tilt indices). Long-only: what cannot be sold is not bought
elsewhere, by the Euclidean projection onto the box. Grinold and Kahn (2000, "Active Portfolio Management") on the budget.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from trimtab.construction.active import DUST, require_benchmark, risk, room, told
from trimtab.core.arrays import Array, Mask, require_shape
from trimtab.core.terms import Fraction, Positive, check_ranges
from trimtab.core.values import Asset, Forecast, Regime, Scores, Today
from trimtab.numerics.projection import project


class Sized(Enum):
    """In what an asset's tilt is counted: its own benchmark weight, or the same for all, the average benchmark weight."""

    BENCHMARK = "benchmark"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class FactorTilt:
    """Benchmark weight plus strength x size x (score - mean score), at most `tilt` of it, never below 0. Shape (D, A).

    `sized: benchmark`: the size is the benchmark weight, and so are the weights of the mean: an asset that the benchmark
    does not hold gets nothing. `sized: equal`: the size is the average benchmark weight, the mean a plain one. A
    `strength` of 1 doubles what scores 1 above the mean. What a bound cuts off is spread over the others in equal parts,
    as far as their own bounds allow, so that active weights add up to 0. `tracking_error` (per year; 0 for none) is a
    budget: active weights above it are scaled down to it. Assets without a finite score keep their benchmark weight.

    NaN in all weights of a date where the budget needs a covariance that is unknown or that sees no risk.
    """

    tilt: Fraction = 0.10
    strength: Positive = 1.0
    sized: Sized = Sized.BENCHMARK
    tracking_error: Fraction = 0.0
    benchmark: tuple[float, ...] = ()
    universe: tuple[Asset, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        require_benchmark(self.benchmark, self.universe)

    @property
    def reads_covariance(self) -> bool:
        """Only a budget does."""
        return self.tracking_error > 0.0

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A). A date on which nothing has a score, or all the same one, gets the benchmark."""
        benchmark = np.array(self.benchmark, dtype=float)
        require_shape("the benchmark of a factor tilt", benchmark, scores.values.shape[-1:])
        rows = np.ascontiguousarray(scores.values)  # sums run along rows, in a batch as in a row alone
        active = self._bounded(self._wanted(rows), np.isfinite(rows), benchmark)
        if self.reads_covariance:
            active = active * self._kept(risk(active, forecast.covariance))[:, None]
        return np.asarray(benchmark + active)

    @property
    def words(self) -> str:
        """Where the weights come from."""
        unit = "its benchmark weight" if self.sized is Sized.BENCHMARK else "the average benchmark weight"
        budget = f", within a tracking error of {100.0 * self.tracking_error:g} % a year" if self.reads_covariance else ""
        return (
            f"the benchmark, each asset tilted by {self.strength:g} x {unit} for a score of 1 above the mean, "
            f"by up to {100.0 * self.tilt:g} %, long only{budget}"
        )

    def sentence(self, today: Today, asset: int) -> str:
        """The tilt, the score against the mean, and the tracking error where there is a budget."""
        row = today.scores.values[None]
        benchmark = np.array(self.benchmark, dtype=float)
        active = self._bounded(self._wanted(row), np.isfinite(row), benchmark)
        if not np.isfinite(row[0, asset]):
            return f"{told(benchmark[asset], 0.0)}: it has no score"
        against = f"a score of {row[0, asset]:+.2f} against a mean of {float(self._mean(row)[0, 0]):+.2f}"
        if not self.reads_covariance:
            return f"{told(benchmark[asset], active[0, asset])} for {against}"
        taken = risk(active, today.forecast.covariance[None])
        if np.isnan(taken[0]):
            return f"unknown: the tracking error of the tilts is ({against})"
        kept = float(self._kept(taken)[0])
        budget = f"tracking error {100.0 * taken[0] * kept:.1f} % a year, at most {100.0 * self.tracking_error:g} %"
        return f"{told(benchmark[asset], active[0, asset] * kept)} for {against}; {budget}"

    def _sizes(self, known: Mask) -> Array:
        """(D, A) what a tilt is counted in; 0 without a score."""
        own = np.maximum(np.array(self.benchmark, dtype=float), 0.0)
        size = own if self.sized is Sized.BENCHMARK else np.full(len(own), own.sum() / max(len(own), 1))
        return np.where(known, size, 0.0)

    def _mean(self, scores: Array) -> Array:
        """(D, 1) mean score, weighted by the sizes; 0 where nothing that has a size has a score."""
        known = np.isfinite(scores)
        size = self._sizes(known)
        total = size.sum(-1, keepdims=True)
        found = (size * np.where(known, scores, 0.0)).sum(-1, keepdims=True)
        return np.asarray(found / np.where(total > 0.0, total, 1.0))

    def _wanted(self, scores: Array) -> Array:
        """(D, A) active weights before bounds, which add up to 0."""
        known = np.isfinite(scores)
        return self.strength * self._sizes(known) * (np.where(known, scores, 0.0) - self._mean(scores))

    def _bounded(self, wanted: Array, known: Mask, benchmark: Array) -> Array:
        """(D, A) the nearest active weights that keep all bounds; those without a score stay at 0."""
        low, high = room(benchmark, self.tilt)
        moves = np.ascontiguousarray(known & (self._sizes(known) > 0.0))
        active = np.zeros(wanted.shape)
        for pattern in np.unique(moves, axis=0):  # the bounds of a projection are those of all its rows
            mine = (moves == pattern).all(-1)
            if pattern.any():
                active[mine] = project(wanted[mine], np.where(pattern, low, 0.0), np.where(pattern, high, 0.0), total=0.0)
        moved = np.abs(active).max(-1, keepdims=True, initial=0.0) > DUST  # else rounding of equal scores
        return np.where(moved, active, 0.0)

    def _kept(self, taken: Array) -> Array:
        """(D,) by what active weights are scaled to keep the budget; NaN where their risk is unknown."""
        return np.where(taken > self.tracking_error, self.tracking_error / np.where(taken > 0.0, taken, 1.0), 1.0 + 0.0 * taken)
