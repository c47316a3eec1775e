"""Weighted means of the signals that speak; a missing one drops out and the others share its weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import Fold
from trimtab.core.terms import Fraction, check_ranges
from trimtab.core.values import Parts, Regime, Scores
from trimtab.signals.sides import TIE
from trimtab.signals.sums import summed


@dataclass(frozen=True, slots=True)
class Mean:
    """Weighted mean of the signals as they are. Shape (D, A).

    `weights` by the name of the signal, at least 0, one for each signal; equal where none are given. NaN where the
    signals that speak carry less than `minimum_coverage` of the weight, or none of it.
    """

    weights: Mapping[str, float] = field(default_factory=dict, hash=False)
    minimum_coverage: Fraction = 0.5

    def __post_init__(self) -> None:
        check_ranges(self)
        require_weights(self.weights)
        object.__setattr__(self, "weights", dict(self.weights))  # the caller's own may change later

    @property
    def prepares(self) -> Fold | None:
        """Nothing: the parts are taken as they are."""
        return None

    def __call__(self, parts: Parts, regime: Regime) -> Scores:
        """(D, A) means of parts (K, D, A). Raises ParameterError where the weights do not fit the signals."""
        covered = self.coverage(parts)
        enough = (covered > 0.0) & (covered >= self.minimum_coverage - TIE)
        return Scores(parts.assets, np.where(enough, summed(self.shares(parts), 0), np.nan))

    def shares(self, parts: Parts) -> Array:
        """(K, ..., A) what each signal adds to the mean; 0 from those that are absent."""
        known, weights = np.isfinite(parts.values), weights_of(self.weights, parts)
        total = summed(np.where(known, weights, 0.0), 0)
        return np.where(known, parts.values, 0.0) * weights / np.where(total > 0.0, total, 1.0)

    def coverage(self, parts: Parts) -> Array:
        """(..., A) the share of the weight that speaks; 0 where there is none."""
        weights = weights_of(self.weights, parts)
        whole = float(weights.sum()) or 1.0
        return summed(np.where(np.isfinite(parts.values), weights, 0.0), 0) / whole

    @property
    def words(self) -> str:
        """How the signals become one score."""
        return f"their mean{self._weighted}"

    @property
    def _weighted(self) -> str:
        return ", weighted " + ", ".join(f"{name} {w:g}" for name, w in self.weights.items()) if self.weights else ""


def require_weights(weights: Mapping[str, float]) -> None:
    """Raise ParameterError where a weight is negative or not finite, or all are 0."""
    for name, weight in weights.items():
        if not 0.0 <= weight < np.inf:
            remedy = "Give weights of at least 0."
            raise ParameterError(f"weights gives {name} {weight}", field="weights", remedy=remedy)
    if weights and not any(weights.values()):
        raise ParameterError("weights are all 0", field="weights", remedy="Give at least one above 0.")


def weights_of(weights: Mapping[str, float], parts: Parts) -> Array:
    """(K, 1, ...) the weight of each signal, ready to multiply its values; 1 each where no weights are given."""
    if weights and set(weights) != set(parts.names):
        unknown = [name for name in weights if name not in parts.names]
        without = [name for name in parts.names if name not in weights]
        what = f"weights names {unknown[0]!r}, no signal" if unknown else f"weights leaves out the signal {without[0]!r}"
        remedy = f"Give one for each of {', '.join(parts.names) or 'no signals'}; 0 leaves a signal out."
        raise ParameterError(what, field="weights", remedy=remedy)
    row = np.array([weights[name] if weights else 1.0 for name in parts.names], dtype=float)
    return row.reshape((-1,) + (1,) * (parts.values.ndim - 1))
