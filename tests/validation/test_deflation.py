"""The best of many trials by luck, and deflated Sharpe ratios: laws, published figures, purgedcv, simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from purgedcv import deflated_sharpe_ratio_full
from purgedcv import minimum_backtest_length as purgedcv_length
from scipy import stats

from trimtab.core.errors import ParameterError
from trimtab.validation.deflation import (
    deflated_sharpe,
    expected_maximum,
    expected_maximum_sharpe,
    minimum_backtest_length,
    variance_of_trials,
)
from trimtab.validation.effective_trials import effective_trials
from trimtab.validation.sharpe_probability import probabilistic_sharpe, track_record

few = settings(max_examples=40, deadline=None)

# Laws.


@few
@given(st.floats(1.0, 1e6), st.floats(1.0, 2.0), st.floats(1e-6, 1.0))
def test_more_trials_or_more_spread_raise_the_target_and_lower_the_probability(
    trials: float, more: float, variance: float
) -> None:
    ask = {"periods": 240, "skew": -0.5, "kurtosis": 5.0}
    one = deflated_sharpe(0.3, trials=trials, variance=variance, **ask)
    two = deflated_sharpe(0.3, trials=trials * more, variance=variance, **ask)
    assert 0.0 <= one.target <= two.target
    assert two.probability <= one.probability
    np.testing.assert_allclose(expected_maximum_sharpe(trials, 4.0 * variance), 2.0 * one.target, rtol=1e-12)


@pytest.mark.parametrize("variance", [0.0, 0.2, np.nan])
def test_one_trial_is_not_deflated(variance: float) -> None:
    found = deflated_sharpe(0.2, periods=60, trials=1, variance=variance)
    assert found.target == 0.0
    assert found.probability == probabilistic_sharpe(0.2, periods=60)


def test_between_one_and_two_trials_there_is_no_step() -> None:
    near = expected_maximum([1.0, 1.0 + 1e-9, 2.0 - 1e-9, 2.0])
    assert near[0] == 0.0
    assert near[1] == pytest.approx(0.0, abs=1e-8)
    assert near[2] == pytest.approx(near[3], abs=1e-8)


@few
@given(st.floats(1.5, 1e5), st.floats(0.2, 3.0))
def test_over_the_minimum_length_the_best_by_luck_is_the_ratio(trials: float, sharpe: float) -> None:
    years = minimum_backtest_length(trials, sharpe)
    assert expected_maximum_sharpe(trials, 1.0 / years) == pytest.approx(sharpe)  # a year's ratio varies by 1 / years


# Published: Bailey, Borwein, Lopez de Prado and Zhu 2014; Bailey and Lopez de Prado 2014.


def test_five_years_bear_45_trials() -> None:
    many, few_of_them = minimum_backtest_length([45, 7])
    assert many == pytest.approx(4.998087, abs=5e-7)
    assert few_of_them == pytest.approx(1.92, abs=5e-3)


def test_the_example_of_the_paper() -> None:
    found = deflated_sharpe(2.5 / 250**0.5, periods=1250, trials=100, variance=0.5 / 250, skew=-3, kurtosis=10)
    assert found.target == pytest.approx(0.113172, abs=5e-7)
    assert found.target * 250**0.5 == pytest.approx(1.7894, abs=5e-5)
    assert found.probability == pytest.approx(0.900397, abs=5e-7)


# Outside: purgedcv, and chance itself.


@pytest.mark.parametrize("trials", [1, 2, 45, 1000])
def test_purgedcvs_deflation(trials: int) -> None:
    returns = np.random.default_rng(trials).standard_t(6, 300) * 0.01 + 0.002
    theirs = deflated_sharpe_ratio_full(returns, trials, 0.01)
    skew, kurtosis = float(stats.skew(returns, bias=False)), float(stats.kurtosis(returns, bias=False, fisher=False))
    ours = deflated_sharpe(
        returns.mean() / returns.std(), periods=300, trials=trials, variance=0.01, skew=skew, kurtosis=kurtosis
    )
    assert (ours.target, ours.probability) == pytest.approx((theirs.sr_star, theirs.dsr), abs=1e-12)
    assert minimum_backtest_length(trials, 0.8) == pytest.approx(purgedcv_length(trials, 0.8))


@pytest.mark.parametrize("trials", [10, 200])
def test_the_best_of_noise_is_as_good_as_said(trials: int) -> None:
    # The mean of 4,000 bests has a standard error of about .5 / sqrt(4,000) = .008; the approximation is 1 to 2 % too high.
    best = np.random.default_rng(5).normal(size=(4000, trials)).max(axis=1).mean()
    assert best - 0.025 <= expected_maximum(trials) <= best + 0.07


# The variance that goes with an effective number.


def test_trials_that_are_alike_spread_no_less_than_one_alone() -> None:
    assert variance_of_trials(np.full(50, 0.2), periods=101) == 0.01
    assert variance_of_trials(np.array([-0.5, 0.5]), periods=101) == 0.5  # (.25 + .25) / (2 - 1)
    assert variance_of_trials(np.array([-0.5, np.nan, 0.5]), periods=101) == 0.5
    np.testing.assert_array_equal(variance_of_trials(np.full((2, 3), np.nan), periods=11), [0.1, 0.1])
    assert variance_of_trials(np.empty(0), periods=11) == 0.1
    with pytest.raises(ParameterError, match="1 periods"):
        variance_of_trials(np.zeros(3), periods=1)


# Edges.


def test_unknown_spread_is_an_unknown_target() -> None:
    found = deflated_sharpe([0.1, 0.2], periods=60, trials=10, variance=np.nan)
    assert np.isnan(found.target).all()
    assert np.isnan(found.probability).all()
    assert np.isnan(minimum_backtest_length(10, [0.0, -1.0, np.nan])).all()
    assert expected_maximum_sharpe(1e300, 1.0) > 36.0  # the normal has 1e-300 beyond 37: no infinity
    assert expected_maximum_sharpe(np.ones((2, 1)), np.zeros(3)).shape == (2, 3)


def test_the_door() -> None:
    for trials in (0, 0.99, -3, np.nan, np.inf):
        with pytest.raises(ParameterError, match="trials"):
            expected_maximum_sharpe(trials, 0.1)
        with pytest.raises(ParameterError, match="trials"):
            minimum_backtest_length(trials)
    with pytest.raises(ParameterError, match="variance"):
        deflated_sharpe(0.1, periods=60, trials=10, variance=-0.1)


@pytest.mark.soak
def test_noise_passes_as_seldom_as_said_where_number_and_variance_belong_together() -> None:
    # 100 trials without merit that all correlate by .8: the best passes at 95 % in about 5 % of worlds, with all trials and
    # their own variance, or their worth and the variance of one; the worth with the small variance lets through about 15 %.
    rng, worlds, passed = np.random.default_rng(9), 400, np.zeros(3)
    for seed in range(worlds):
        returns = np.sqrt(0.8) * rng.normal(size=(240, 1)) + np.sqrt(0.2) * rng.normal(size=(240, 100))
        record = track_record(returns.T)
        best = int(record.sharpe.argmax())
        own, worth = float(record.sharpe.var(ddof=1)), effective_trials(returns, seed=seed).count
        pairs = np.array([(100.0, own), (worth, variance_of_trials(record.sharpe, periods=240)), (worth, own)])
        shape = {"skew": record.skew[best], "kurtosis": record.kurtosis[best]}
        found = deflated_sharpe(record.sharpe[best], periods=240, trials=pairs[:, 0], variance=pairs[:, 1], **shape)
        passed += found.probability >= 0.95
    assert (passed[:2] / worlds < 0.09).all()
    assert passed[2] / worlds > 0.1
