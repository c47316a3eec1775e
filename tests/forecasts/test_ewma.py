"""Exponentially weighted covariance: the recursion of RiskMetrics, pandas, and equal weights at decay 1."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.forecasts.covariance_laws import asked
from tests.signals.array_view import panel, random_panel
from trimtab.core.terms import TOTAL_RETURN, sessions
from trimtab.forecasts.ewma import Ewma
from trimtab.forecasts.sample import Sample


def test_by_hand() -> None:
    # Returns 10 % and 20 %, decay 1/2: weights 1/3 and 2/3; (0.01 + 2 * 0.04) / 3 = 0.03 a row, mean 0. Times 252.
    view = panel([100.0, 110.0, 132.0], daily=True).at(2)
    np.testing.assert_allclose(asked(Ewma(sessions(2), decay=0.5), view).covariance[0], [[7.56]], rtol=1e-12)
    # Centred: mean (0.1 + 2 * 0.2) / 3 = 1/6; 0.03 - 1/36 = 1/450.
    centred = asked(Ewma(sessions(2), decay=0.5, centred=True), view).covariance[0]
    np.testing.assert_allclose(centred, [[252.0 / 450.0]], rtol=1e-12)


def test_it_is_the_recursion_of_riskmetrics() -> None:
    # S_t = decay S_{t-1} + (1 - decay) r r' from 0, divided by 1 - decay^n, is the normalised weighted mean.
    view = random_panel(2, 301, 3, daily=True)
    index = view.fields[TOTAL_RETURN]
    rows = index[1:] / index[:-1] - 1.0
    state = np.zeros((3, 3))
    for row in rows:
        state = 0.94 * state + 0.06 * np.outer(row, row)
    found = asked(Ewma(sessions(300)), view.at(300)).covariance[0]
    np.testing.assert_allclose(found, 252.0 * state / (1.0 - 0.94**300), rtol=1e-10)


def test_pandas_agrees() -> None:
    view = random_panel(3, 80, 4, daily=True).at(79)
    returns = pd.DataFrame(view.fields[TOTAL_RETURN]).pct_change().tail(60)
    for name, asked_for in (("alpha", {"decay": 0.9}), ("halflife", {"halflife": sessions(7)})):
        value = 0.1 if name == "alpha" else 7
        want = returns.ewm(**{name: value}).cov(bias=True).tail(4).to_numpy() * 252.0
        found = asked(Ewma(sessions(60), centred=True, **asked_for), view).covariance[0]
        np.testing.assert_allclose(found, want, rtol=1e-9)


def test_at_decay_one_all_rows_count_alike() -> None:
    view = random_panel(4, 60, 4, daily=True)
    equal = asked(Ewma(sessions(40), decay=1.0, centred=True), view).covariance
    sample = asked(Sample(sessions(40)), view).covariance * (39.0 / 40.0)  # ddof 0
    np.testing.assert_allclose(equal, sample, rtol=1e-10)
    near = asked(Ewma(sessions(40), decay=1.0 - 1e-9, centred=True), view).covariance
    np.testing.assert_allclose(near, sample, rtol=1e-6, atol=1e-8)


def test_words() -> None:
    assert Ewma().words == "exponentially weighted covariance (decay 0.94) over a 252-day window"
    assert Ewma(halflife=sessions(33)).words == "exponentially weighted covariance (half-life 33D) over a 252-day window"
