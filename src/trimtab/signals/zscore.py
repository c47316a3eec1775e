"""Composite z: signals put on one scale by their own history, then averaged.

z_t = (x_t - mean) / sd of everything since the policy's `since`, x_t included, ddof 1: never of the full sample, which
would look ahead. Mean and sd are carried on row by row (Welford 1962, "Note on a Method for Calculating Corrected Sums
of Squares and Products").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array
from trimtab.core.roles import Fold, State
from trimtab.core.terms import Positive, check_ranges
from trimtab.signals.mean import Mean
from trimtab.signals.sides import TIE


@dataclass(frozen=True, slots=True)
class ZScore:
    """A fold of rows (..., A): each element by its own expanding mean and sd (ddof 1), clipped to +- `clip`.

    NaN where the element is unknown, before it has `minimum_history` values, and where they have not varied. State:
    count, mean and sum of squared deviations.
    """

    minimum_history: Annotated[int, Ge(2)] = 24
    clip: Positive = 3.0

    def __post_init__(self) -> None:
        check_ranges(self)

    def start(self, row: Array) -> State:
        """No history."""
        return np.zeros(row.shape), np.zeros(row.shape), np.zeros(row.shape)

    def advance(self, state: State, row: Array) -> tuple[State, Array]:
        """The history with this row in it, and its z-scores."""
        count, mean, squares = state
        known = np.isfinite(row)
        count = count + known
        off = np.where(known, row - mean, 0.0)
        mean = mean + off / np.maximum(count, 1.0)
        left = np.where(known, row - mean, 0.0)
        squares = squares + off * left
        sd = np.sqrt(squares / np.maximum(count - 1.0, 1.0))
        valid = known & (count >= self.minimum_history) & (sd > TIE * np.abs(mean))
        z = left / np.where(valid, sd, 1.0)
        return (count, mean, squares), np.where(valid, np.clip(z, -self.clip, self.clip), np.nan)


@dataclass(frozen=True, slots=True)
class ZMean(Mean):
    """Weighted mean of the z-scores of the signals that speak. Shape (D, A).

    Each signal is scored on each asset by its own history first (`prepares`, a `ZScore`): NaN before `minimum_history`
    decision dates and while it has not varied. `weights` and `minimum_coverage` as in `Mean`.
    """

    minimum_history: Annotated[int, Ge(2)] = 24
    clip: Positive = 3.0

    @property
    def prepares(self) -> Fold | None:
        """The expanding z-score of every part."""
        return ZScore(self.minimum_history, self.clip)

    @property
    def words(self) -> str:
        """How the signals become one score."""
        whose = f"z-scores (own history of at least {self.minimum_history} dates, clipped at {self.clip:g})"
        return f"the mean of their {whose}{self._weighted}"
