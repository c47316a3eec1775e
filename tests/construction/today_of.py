"""One date of aims under a covariance, for tests of what allocators say."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.values import Aims, Asset, Days, Forecast, Parts, Regime, Scores, Today


def seen(universe: tuple[Asset, ...], covariance: Array) -> tuple[Scores, Regime, Forecast]:
    """What an allocator is asked with, of covariances (D, A, A) alone."""
    shape = covariance.shape[:-1]
    nothing = np.full(shape, np.nan)
    return Scores(universe, nothing), Regime((), np.empty((shape[0], 0))), Forecast(nothing, covariance)


def today_of(universe: tuple[Asset, ...], covariance: Array, aim: Array) -> Today:
    """The one date of a covariance (A, A) and an aim (A,)."""
    scores, regime, forecast = seen(universe, covariance[None])
    days = Days(np.array(["2024-05-31"], dtype="datetime64[D]"), np.array(["2024-05-31T22"], dtype="datetime64[s]"))
    parts = Parts(universe, (), np.empty((0, *aim.shape))[:, None])
    relaxed = np.zeros(1, dtype=bool)
    return Aims(days, universe, parts, regime, scores, forecast, aim[None], aim[None], relaxed, days.cutoffs).row(0)
