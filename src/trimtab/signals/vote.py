"""A vote of signals with hysteresis (a Schmitt trigger): a state changes only when the other side has enough votes.

From + to - only when the score is at most -h and below 0, from - to + only when it is at least +h and above 0; a score
of 0 holds. Choose h by the turnover it saves, not by the return it would have made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array, Mask
from trimtab.core.roles import Fold, State
from trimtab.core.terms import Fraction, check_ranges
from trimtab.core.values import Parts, Regime, Scores
from trimtab.signals.sides import TIE, direction
from trimtab.signals.sums import summed


@dataclass(frozen=True, slots=True)
class Vote:
    """Sum of the signs of the signals over the number of those that speak, in [-1, 1]. Shape (D, A).

    A signal that is NaN is absent, one at 0 is present and neutral. NaN where fewer than `minimum` signals speak. A
    fold: the score where it agrees with the state held or may change it (`hysteresis`), else the last score that
    agreed; the first score that is not 0 sets the state, whatever the hysteresis.
    """

    hysteresis: Fraction = 0.0
    minimum: Annotated[int, Ge(1)] = 1

    def __post_init__(self) -> None:
        check_ranges(self)

    @property
    def prepares(self) -> Fold | None:
        """Signs need no memory before they are counted."""
        return None

    def __call__(self, parts: Parts, regime: Regime) -> Scores:
        """(D, A) scores of parts (K, D, A), before memory."""
        return Scores(parts.assets, summed(self.shares(parts), 0) + self._quorum(parts))

    def shares(self, parts: Parts) -> Array:
        """(K, ..., A) what each signal adds to the score; 0 from those that are absent."""
        known = np.isfinite(parts.values)
        speaking = np.maximum(known.sum(0), 1)
        return np.asarray(np.where(known, direction(parts.values), 0.0) / speaking)

    def coverage(self, parts: Parts) -> Array:
        """(..., A) the share of the signals that speak; 0 where there are none."""
        return np.asarray(np.isfinite(parts.values).sum(0) / max(len(parts.names), 1))

    @property
    def words(self) -> str:
        """How the signals become one score."""
        needs = f", a change of side needs a score of {self.hysteresis:g}" if self.hysteresis else ""
        return f"a vote of their signs (at least {self.minimum} must speak){needs}"

    def _quorum(self, parts: Parts) -> Array:
        """0 where enough signals speak, else NaN."""
        return np.where(np.isfinite(parts.values).sum(0) >= self.minimum, 0.0, np.nan)

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
