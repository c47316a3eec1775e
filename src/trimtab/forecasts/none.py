"""No forecast: nobody claims to know mean or covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.roles import View
from trimtab.core.values import Forecast, Regime, Scores


@dataclass(frozen=True, slots=True)
class NoForecast:
    """NaN everywhere: mean (D, A), covariance (D, A, A), both views of a single number that take no memory."""

    def __call__(self, view: View, scores: Scores, regime: Regime) -> Forecast:
        """Unknown."""
        count, unknown = len(view.assets), np.array(np.nan)
        shape = (len(view.days), count)
        return Forecast(np.broadcast_to(unknown, shape), np.broadcast_to(unknown, (*shape, count)))

    def sentence(self, view: View) -> str:
        """Nothing to say."""
        return "nothing is forecast"
