"""Momentum that shrinks before a crash: the properties of the rule (METHODS 3.4; its figures are not reproduced)."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.numerics.test_managed import drawn, french, sharpe
from trimtab.numerics.momentum_crash import CrashRule, bear, crash_managed, expected

few = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def test_a_bear_market_is_a_loss_over_its_months() -> None:
    # 1.1 x .9 = .99 is a loss, .9 x 1.2 = 1.08 is none.
    assert np.isnan(bear(np.array([0.1]), 2)).all()
    found = bear(np.array([0.1, -0.1, 0.2, np.nan, 0.1]), 2)
    assert found[1:3].tolist() == [1.0, 0.0]
    assert np.isnan(found[[0, 3, 4]]).all()


@few
@given(seed=seeds)
def test_the_expected_return_is_that_of_a_regression_on_the_past(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, returns = np.abs(rng.standard_normal(40)), rng.standard_normal(40)
    before[:5] = np.nan
    found = expected(returns, before, 10)
    assert np.isnan(found[:15]).all()
    for m in range(15, 40):
        fit = sm.OLS(returns[5:m], sm.add_constant(before[5:m])).fit()
        assert found[m] == pytest.approx(fit.params @ [1.0, before[m]], rel=1e-8, abs=1e-10)


def test_without_a_bear_market_the_mean_so_far_is_expected() -> None:
    assert expected(np.arange(6.0), np.zeros(6), 3)[3:].tolist() == [1.0, 1.5, 2.0]


@few
@given(seed=seeds)
def test_twice_the_aversion_halves_the_weights(seed: int) -> None:
    (returns, dates), market = drawn(seed), drawn(seed + 1)[0]
    once, twice = (crash_managed(returns, market, dates, CrashRule(a, 6, 60, 6)).weights for a in (1.0, 2.0))
    assert np.isfinite(once[-6:]).all()
    assert np.allclose(once, 2.0 * twice, rtol=1e-12, equal_nan=True)


def test_on_french_momentum_the_rule_beats_the_constant_weight_and_is_short_at_times() -> None:
    # The paper: about twice the static Sharpe ratio; with the simpler variance and the 2x3 factor only the direction holds.
    frame = french().dropna()[:"2013-12"]
    dates = frame.index.to_numpy().astype("datetime64[D]")
    managed = crash_managed(frame["mom"].to_numpy(), (frame["mkt_rf"] + frame["rf"]).to_numpy(), dates, CrashRule(2.0))
    raw, returns = managed.both
    assert sharpe(returns) > 1.5 * sharpe(raw)
    assert 0.0 < (managed.weights < 0.0).mean() < 0.1
