"""A vote of signals with hysteresis (a Schmitt trigger): a state changes only when the other side has enough votes.

From + to - only when the score is at most -h and below 0, from - to + only when it is at least +h and above 0; a score
of 0 holds. Choose h by the turnover it saves, not by the return it would have made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array, Mask
from trimtab.core.roles import Fold, State
from trimtab.core.terms import TIE, Fraction, check_ranges
from trimtab.core.values import Parts, Regime, Scores
from trimtab.signals.sides import direction
from trimtab.signals.sums import summed
from trimtab.signals.weighting import copied, require_weights, weighted, weights_in_force


@dataclass(frozen=True, slots=True)
class Vote:
    """Sum of the signs of the signals over the number of those that speak, in [-1, 1]. Shape (D, A).

    A signal that is NaN is absent, one at 0 is present and neutral. With `weights` by the name of the signal, one for
    each, a sign counts as many times; `by_state` gives others by the name of a state of the regime (see
    `weights_in_force`); one without weight has no vote. NaN where fewer than `minimum` signals speak. A fold: the score
    where it agrees with the state held or may change it (`hysteresis`), else the last score that agreed; the first score
    that is not 0 sets the state, whatever the hysteresis.
    """

    hysteresis: Fraction = 0.0
    minimum: Annotated[int, Ge(1)] = 1
    weights: Mapping[str, float] = field(default_factory=dict, hash=False)
    by_state: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        require_weights(self.weights, self.by_state)
        weights, by_state = copied(self.weights, self.by_state)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "by_state", by_state)

    @property
    def prepares(self) -> Fold | None:
        """Signs need no memory before they are counted."""
        return None

    def __call__(self, parts: Parts, regime: Regime) -> Scores:
        """(D, A) scores of parts (K, D, A), before memory. Raises ParameterError where the weights fit no signals or states."""
        if self._all_speak(parts):
            signs = direction(parts.values)
            mean = signs[0] if len(signs) == 1 else summed(signs / len(signs), 0)
            return Scores(parts.assets, mean)  # the same bits
        votes = self._votes(parts, regime)
        quorum = summed((votes > 0.0).astype(float), 0) >= self.minimum
        return Scores(parts.assets, np.where(quorum, summed(_shared(votes, parts), 0), np.nan))

    def shares(self, parts: Parts, regime: Regime) -> Array:
        """(K, ..., A) what each signal adds to the score, before memory; 0 from those that are absent."""
        return _shared(self._votes(parts, regime), parts)

    def coverage(self, parts: Parts, regime: Regime) -> Array:
        """(..., A) the share of the votes that are cast; 0 where there are none."""
        whole = summed(weights_in_force(self.weights, self.by_state, parts, regime), 0)
        cast = summed(self._votes(parts, regime), 0)
        return np.asarray(np.minimum(cast / np.where(whole > 0.0, whole, 1.0), 1.0))

    @property
    def words(self) -> str:
        """How the signals become one score."""
        needs = f", a change of side needs a score of {self.hysteresis:g}" if self.hysteresis else ""
        return f"a vote of their signs (at least {self.minimum} must speak){needs}{weighted(self.weights, self.by_state)}"

    def _all_speak(self, parts: Parts) -> bool:
        """Whether every signal has one vote and casts it everywhere."""
        alike = not self.weights and not self.by_state
        return alike and len(parts.values) >= self.minimum and bool(np.isfinite(np.add.reduce(parts.values, axis=None)))

    def _votes(self, parts: Parts, regime: Regime) -> Array:
        """(K, ..., A) how many votes each signal casts; 0 where it is absent."""
        weights = weights_in_force(self.weights, self.by_state, parts, regime)
        return np.where(np.isfinite(parts.values), weights, 0.0)

    def start(self, row: Array) -> State:
        """No state, and no score that agreed with it."""
        return (np.zeros(row.shape),)

    def takes(self, rows: Array) -> Mask | None:
        """Every score that is not 0, where there is no hysteresis; else it depends on the side."""
        return np.asarray(np.abs(rows) > TIE) if self.hysteresis <= TIE else None

    def advance(self, state: State, row: Array) -> tuple[State, Array]:
        """The score held; see the class. State: the last score that was taken, 0 for none yet; its sign is the side."""
        (agreed,) = state
        size = np.abs(row)
        taken = (size > TIE) & ((row * agreed >= 0.0) | (size >= self.hysteresis - TIE))  # never where row is NaN
        agreed = np.where(taken, row, agreed)
        return (agreed,), np.where(np.isnan(row), np.nan, agreed)


def _shared(votes: Array, parts: Parts) -> Array:
    """(K, ..., A) the signs of the parts by the share of the votes (K, ..., A) that each casts."""
    total = summed(votes, 0)
    return np.asarray(np.where(votes > 0.0, direction(parts.values), 0.0) * votes / np.where(total > 0.0, total, 1.0))
