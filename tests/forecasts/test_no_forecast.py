"""No forecast: unknown everywhere, and no memory spent on it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from trimtab.core.values import Regime, Scores
from trimtab.forecasts.none import NoForecast


@pytest.mark.parametrize(("dates", "count"), [(0, 2), (1, 1), (5000, 100)])
def test_unknown_everywhere(dates: int, count: int) -> None:
    view: Any = SimpleNamespace(days=range(dates), assets=tuple(range(count)))
    forecast = NoForecast()(view, Scores((), np.empty((dates, 0))), Regime(("all",), np.ones((dates, 1))))
    assert forecast.mean.shape == (dates, count)
    assert forecast.covariance.shape == (dates, count, count)
    assert np.isnan(forecast.mean).all()
    assert np.isnan(forecast.covariance[-1:]).all()
    for values in (forecast.mean, forecast.covariance):
        assert not values.flags.writeable
        assert values.strides == (0,) * values.ndim  # one number, however many dates
