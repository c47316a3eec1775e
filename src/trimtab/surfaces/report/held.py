"""What a portfolio held over time, as weights: of a backtest, or of positions that somebody hands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, Mask
from trimtab.desk.result import Result


@dataclass(frozen=True, slots=True, eq=False)
class Ribbon:
    """The likeliest state of a regime on D dates: `chosen` (D, S) is true for one state a date, or none where unknown."""

    states: tuple[str, ...]
    dates: Dates
    chosen: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Weights (T, A) of A assets at T dates; cash is what they leave of 1. `ribbon`: the regime, where there is one."""

    titles: tuple[str, ...]
    dates: Dates
    weights: Array
    ribbon: Ribbon | None = None

    @property
    def cash(self) -> Array:
        """Weight of cash (T,), below zero where it is borrowed."""
        return np.asarray(1.0 - self.weights.sum(axis=1))


def held_in(result: Result) -> Held:
    """The weights of a backtest at each close."""
    titles = tuple(asset.title for asset in result.assets)
    return Held(titles, result.dates, result.weights, _ribbon(result))


def held_of(values: Array, dates: Dates, titles: Sequence[str]) -> Held:
    """Weights of positions (T, A) and cash in the last column (T, A + 1), all in one currency; NaN where they sum to zero."""
    total = values.sum(axis=1, keepdims=True)
    whole = np.where(total > 0.0, total, np.nan)
    return Held(tuple(titles), dates, np.asarray(values[:, :-1] / whole))


def _ribbon(result: Result) -> Ribbon | None:
    """The likeliest state on each decision date; None where the policy knows one state only."""
    regime, first = result.aims.regime, len(result.aims) - len(result.decisions)
    if len(regime.states) < 2 or not result.decisions:
        return None
    found = regime.probabilities[first:]
    known = np.isfinite(found).all(axis=1)
    likeliest = np.where(known, np.nan_to_num(found).argmax(axis=1), -1)
    chosen = likeliest[:, np.newaxis] == np.arange(len(regime.states))
    return Ribbon(tuple(regime.states), result.aims.days.dates[first:], chosen)
