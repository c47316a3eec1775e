"""Composite z: signals put on one scale by their own history, then averaged.

z_t = (x_t - mean) / sd of everything since the policy's `since`, x_t included, ddof 1: never of the full sample, which
would look ahead. Mean and sd are carried on row by row (Welford 1962, "Note on a Method for Calculating Corrected Sums
of Squares and Products").
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array, Mask
from trimtab.core.roles import Fold, State
from trimtab.core.terms import TIE, Positive, check_ranges
from trimtab.core.values import Parts, Regime, Scores
from trimtab.signals.mean import Mean


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
        state, sd = grown(state, row, self.minimum_history)
        valid = np.isfinite(sd)
        z = np.where(valid, row - state[1], 0.0) / np.where(valid, sd, 1.0)
        return state, np.where(valid, np.clip(z, -self.clip, self.clip), np.nan)


def grown(state: State, row: Array, least: int) -> tuple[State, Array]:
    """Count, mean and sum of squared deviations (...) with `row` (...) in them, and the sd (ddof 1).

    NaN sd where the element of the row is unknown, where fewer than `least` values are, and where they have not varied.
    """
    count, mean, squares = state
    known = np.isfinite(row)
    count = count + known
    off = np.where(known, row - mean, 0.0)
    mean = mean + off / np.maximum(count, 1.0)
    squares = squares + off * np.where(known, row - mean, 0.0)
    sd = np.sqrt(squares / np.maximum(count - 1.0, 1.0))
    valid = known & (count >= least) & (sd > TIE * np.abs(mean))
    return (count, mean, squares), np.where(valid, sd, np.nan)


class Standardise(Enum):
    """What the mean of z-scores is divided by: it varies less than one of them, the less the more they disagree."""

    NONE = "none"
    EXPANDING = "expanding"  # its own standard deviation so far


@dataclass(frozen=True, slots=True)
class ZMean(Mean):
    """Weighted mean of the z-scores of the signals that speak. Shape (D, A).

    Each signal is scored on each asset by its own history first (`prepares`, a `ZScore`): NaN before `minimum_history`
    decision dates and while it has not varied. `weights`, `by_state` and `minimum_coverage` as in `Mean`. A fold: with
    `standardise` the mean is divided by its own expanding sd (ddof 1), and unknown until that rests on `minimum_history`
    means; the cap comes last.
    """

    minimum_history: Annotated[int, Ge(2)] = 24
    clip: Positive = 3.0
    standardise: Standardise = Standardise.EXPANDING

    @property
    def prepares(self) -> Fold | None:
        """The expanding z-score of every part."""
        return ZScore(self.minimum_history, self.clip)

    def __call__(self, parts: Parts, regime: Regime) -> Scores:
        """(D, A) means of the prepared parts (K, D, A), before memory."""
        mean = self.mean(parts, regime)
        return Scores(parts.assets, self.capped(mean) if self.standardise is Standardise.NONE else mean)

    def start(self, row: Array) -> State:
        """No history of means."""
        return np.zeros(row.shape), np.zeros(row.shape), np.zeros(row.shape)

    def takes(self, rows: Array) -> Mask | None:
        """All that is known, where nothing is standardised; else it depends on the history."""
        return np.asarray(np.isfinite(rows)) if self.standardise is Standardise.NONE else None

    def advance(self, state: State, row: Array) -> tuple[State, Array]:
        """The history with this row in it, and the row in its own standard deviations."""
        if self.standardise is Standardise.NONE:
            return state, row
        state, sd = grown(state, row, self.minimum_history)
        return state, self.capped(row / sd)

    @property
    def words(self) -> str:
        """How the signals become one score."""
        whose = f"z-scores (own history of at least {self.minimum_history} dates, clipped at {self.clip:g})"
        over = " over its own standard deviation so far" if self.standardise is Standardise.EXPANDING else ""
        return f"the mean of their {whose}{over}{self._details}"
