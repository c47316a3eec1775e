"""GARCH volatilities with a weighted correlation: put together by hand from `arch` and the recursion."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from arch import arch_model
from arch.data import nasdaq, sp500

from tests.forecasts.covariance_laws import asked
from tests.signals.array_view import panel
from trimtab.core.terms import sessions
from trimtab.forecasts.garch import GarchCorrelation


def test_arch_and_the_recursion_agree() -> None:
    index = np.column_stack([data.load()["Adj Close"].to_numpy()[-1300:] for data in (sp500, nasdaq)])
    view = panel(index, daily=True).at(1299)
    forecaster = GarchCorrelation()
    found = asked(forecaster, view).covariance[0]
    rows = (index[1:] / index[:-1] - 1.0)[-1260:]
    for k, one in enumerate(100.0 * rows.T):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = arch_model(one, rescale=False).fit(disp="off", backcast=((one - one.mean()) ** 2).mean(), tol=1e-12)
        ahead = fit.forecast(horizon=1, reindex=False).variance.iloc[-1, 0] / 1e4
        assert found[k, k] == pytest.approx(252.0 * ahead, rel=1e-4)
    state = np.zeros((2, 2))
    for row in rows:
        state = 0.97 * state + 0.03 * np.outer(row, row)
    correlation = state[0, 1] / np.sqrt(state[0, 0] * state[1, 1])
    assert found[0, 1] == pytest.approx(correlation * np.sqrt(found[0, 0] * found[1, 1]), rel=1e-9)
    said = forecaster.sentence(view)
    assert said.startswith("last 1260 days: volatility ")
    assert f"average correlation {correlation:+.2f}, persistence of variance 0.9" in said


def test_a_fit_that_did_not_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from trimtab.numerics import garch as numerics

    index = 100.0 * np.cumprod(1.0 + 0.01 * np.random.default_rng(0).standard_normal((60, 2)), axis=0)
    monkeypatch.setattr(numerics, "MOST_STEPS", 1)
    said = GarchCorrelation(sessions(50)).sentence(panel(index, daily=True))
    assert said.endswith("not every fit came to its end")


def test_words() -> None:
    assert GarchCorrelation(overlap=3).words == (
        "GARCH(1,1) variances of the next row and exponentially weighted correlations (decay 0.97) of 3-row returns "
        "over a 1260-day window"
    )
