"""Exponential weights: the newest row counts most, each older one `decay` times as much as the one after it.

RiskMetrics (1996) writes lambda for the decay. Weights are normalised over the rows at hand, so that a finite window is a
weighted mean and decay 1 is the plain one.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array


def exponential_weights(n: int, decay: float) -> Array:
    """(n,) weights that sum to 1, oldest first."""
    weights = decay ** np.arange(n - 1, -1, -1, dtype=float)
    return np.asarray(weights / weights.sum())


def decay_of_halflife(halflife: float) -> float:
    """The decay at which a row `halflife` rows older counts half as much."""
    return float(0.5 ** (1.0 / halflife))


def decay_of_centre(centre: float) -> float:
    """The decay whose weights have their centre of mass `centre` rows back: decay / (1 - decay) = centre."""
    return centre / (1.0 + centre)


def rows_for(decay: float, share: float = 0.99) -> int:
    """How many rows hold `share` of all the weight that an endless history would have."""
    return max(1, int(np.ceil(np.log(1.0 - share) / np.log(decay)))) if decay < 1.0 else 1
