"""Static: the benchmark itself, the strategic allocation that every tactical one must beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, require_shape
from trimtab.core.values import Forecast, Regime, Scores


@dataclass(frozen=True, slots=True)
class Static:
    """The benchmark weights at every date, whatever the scores."""

    benchmark: tuple[float, ...] = ()

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A)."""
        benchmark = np.array(self.benchmark)
        require_shape("the benchmark of a static allocation", benchmark, scores.values.shape[-1:])
        return np.full(scores.values.shape, benchmark)

    @property
    def words(self) -> str:
        """Where the weights come from."""
        return "those of the benchmark"
