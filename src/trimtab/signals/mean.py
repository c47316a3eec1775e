"""Weighted means of the signals that speak; a missing one drops out and the others share its weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.roles import Fold
from trimtab.core.terms import TIE, Fraction, NonNegative, check_ranges
from trimtab.core.values import Parts, Regime, Scores
from trimtab.signals.sums import summed
from trimtab.signals.weighting import copied, require_weights, weighted, weights_in_force


@dataclass(frozen=True, slots=True)
class Mean:
    """Weighted mean of the signals as they are. Shape (D, A).

    `weights` by the name of the signal, at least 0, one for each signal; equal where none are given. `by_state` gives
    others by the name of a state of the regime (see `weights_in_force`). NaN where the signals that speak carry less than
    `minimum_coverage` of the weight, or none of it. The score is cut at +- `cap`; 0: it is not.
    """

    weights: Mapping[str, float] = field(default_factory=dict, hash=False)
    minimum_coverage: Fraction = 0.5
    by_state: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)
    cap: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_ranges(self)
        require_weights(self.weights, self.by_state)
        weights, by_state = copied(self.weights, self.by_state)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "by_state", by_state)

    @property
    def prepares(self) -> Fold | None:
        """Nothing: the parts are taken as they are."""
        return None

    def __call__(self, parts: Parts, regime: Regime) -> Scores:
        """(D, A) means of parts (K, D, A). Raises ParameterError where the weights fit no signals or states."""
        return Scores(parts.assets, self.capped(self.mean(parts, regime)))

    def mean(self, parts: Parts, regime: Regime) -> Array:
        """(..., A) of parts (K, ..., A), before the cap; NaN where too little speaks."""
        values, weights = self.heard(parts), self._weights(parts, regime)
        covered = coverage_of(values, weights)
        enough = (covered > 0.0) & (covered >= self.minimum_coverage - TIE)
        return np.where(enough, summed(shares_of(values, weights), 0), np.nan)

    def heard(self, parts: Parts) -> Array:
        """(K, ..., A) the numbers that are averaged: the parts themselves."""
        return parts.values

    def capped(self, scores: Array) -> Array:
        """The scores within +- `cap`, where there is one."""
        return np.asarray(np.clip(scores, -self.cap, self.cap)) if self.cap else scores

    def shares(self, parts: Parts, regime: Regime) -> Array:
        """(K, ..., A) what each signal adds to the mean, before any cap and memory; 0 from those that are absent."""
        return shares_of(self.heard(parts), self._weights(parts, regime))

    def coverage(self, parts: Parts, regime: Regime) -> Array:
        """(..., A) the share of the weight that speaks; 0 where there is none."""
        return coverage_of(self.heard(parts), self._weights(parts, regime))

    def _weights(self, parts: Parts, regime: Regime) -> Array:
        return weights_in_force(self.weights, self.by_state, parts, regime)

    @property
    def words(self) -> str:
        """How the signals become one score."""
        return f"their mean{self._details}"

    @property
    def _details(self) -> str:
        """Weights and cap, after a comma."""
        return weighted(self.weights, self.by_state) + (f", within {self.cap:g}" if self.cap else "")


def shares_of(values: Array, weights: Array) -> Array:
    """(K, ..., A) what each of values (K, ..., A) adds to their weighted mean; 0 from those that are absent."""
    known = np.isfinite(values)
    total = summed(np.where(known, weights, 0.0), 0)
    return np.where(known, values, 0.0) * weights / np.where(total > 0.0, total, 1.0)


def coverage_of(values: Array, weights: Array) -> Array:
    """(..., A) the share of the weight whose values are known; 0 where there is no weight."""
    whole = summed(weights, 0)
    speaking = summed(np.where(np.isfinite(values), weights, 0.0), 0)
    return np.asarray(np.minimum(speaking / np.where(whole > 0.0, whole, 1.0), 1.0))
