"""Probabilistic Sharpe ratio and minimum track record: laws, published figures, purgedcv beside them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from purgedcv import min_track_record_length, probabilistic_sharpe_ratio
from scipy import stats

from trimtab.core.errors import ParameterError
from trimtab.validation.sharpe_probability import (
    minimum_track_record,
    probabilistic_sharpe,
    sharpe_variance,
    track_record,
)

few = settings(max_examples=40, deadline=None)
ratios, skews = st.floats(-0.5, 0.5), st.floats(-2.0, 2.0)

# Laws.


@few
@given(ratios, ratios, st.integers(2, 3000), skews, st.floats(0.1, 10.0))
def test_more_is_likelier_and_the_target_itself_is_even(
    sharpe: float, target: float, periods: int, skew: float, tails: float
) -> None:
    kurtosis = 1.0 + skew**2 + tails  # above Pearson's bound, as all distributions are
    found = probabilistic_sharpe(sharpe, target=target, periods=periods, skew=skew, kurtosis=kurtosis)
    assert 0.0 <= found <= 1.0
    assert (found > 0.5) <= (sharpe > target)
    assert probabilistic_sharpe(sharpe, target=sharpe, periods=periods, skew=skew, kurtosis=kurtosis) == 0.5
    assert probabilistic_sharpe(sharpe, target=target - 0.1, periods=periods, skew=skew, kurtosis=kurtosis) >= found


@few
@given(ratios, st.floats(0.01, 0.5), skews, st.floats(0.1, 10.0), st.floats(0.6, 0.999))
def test_the_minimum_record_is_where_the_probability_is_the_level(
    target: float, ahead: float, skew: float, tails: float, level: float
) -> None:
    shape = {"target": target, "skew": skew, "kurtosis": 1.0 + skew**2 + tails}
    need = float(minimum_track_record(target + ahead, level=level, **shape))
    if need >= 2.0:
        assert probabilistic_sharpe(target + ahead, periods=need, **shape) == pytest.approx(level, abs=1e-9)


@few
@given(st.integers(0, 1000), st.floats(0.001, 100.0))
def test_leverage_changes_nothing_and_rows_are_answered_alone(seed: int, scale: float) -> None:
    returns = np.random.default_rng(seed).normal(0.01, 0.04, (2, 3, 60))
    record = track_record(returns)
    assert record.above().shape == record.needed(0.0).shape == (2, 3)
    np.testing.assert_allclose(track_record(returns * scale).above(0.1), record.above(0.1), rtol=1e-9)
    np.testing.assert_allclose(track_record(returns[1, 2]).above(0.1), record.above(0.1)[1, 2], rtol=1e-12)


# By hand, and published: Bailey and Lopez de Prado 2012.


def test_the_two_records_of_the_paper() -> None:
    # sqrt(23) * .458 / sqrt(1 + .5 * .458^2) = 2.1965 / 1.0511 = 2.0897, of which the normal distribution has .9817 below.
    assert probabilistic_sharpe(0.458, periods=24) == pytest.approx(0.9817, abs=5e-5)
    assert probabilistic_sharpe(0.458, periods=24, skew=-2.448, kurtosis=10.164) == pytest.approx(0.9134, abs=5e-5)


def test_kurtosis_counts_where_performanceanalytics_leaves_it_out() -> None:
    ask = {"target": 1 / 12**0.5, "periods": 59, "skew": -0.72}
    assert probabilistic_sharpe(2 / 12**0.5, kurtosis=5.78, **ask) == pytest.approx(0.948693, abs=5e-7)
    assert probabilistic_sharpe(2 / 12**0.5, kurtosis=3.0, **ask) == pytest.approx(0.9597, abs=5e-5)  # its default
    need = minimum_track_record(2 / 12**0.5, target=1 / 12**0.5, skew=-0.72, kurtosis=[5.78, 3.0])
    np.testing.assert_allclose(need, [59.90, 52.37], atol=0.005)


@pytest.mark.parametrize(("per_year", "years"), [(252, 2.731), (52, 2.829), (12, 3.240)])
def test_the_years_that_two_against_one_takes(per_year: int, years: float) -> None:
    root = per_year**0.5
    assert minimum_track_record(2 / root, target=1 / root) / per_year == pytest.approx(years, abs=5e-4)


def test_the_years_that_hedge_funds_take() -> None:
    need = minimum_track_record(2 / 12**0.5, target=1 / 12**0.5, skew=-0.72, kurtosis=5.78)
    assert need / 12 == pytest.approx(4.991, abs=5e-4)


# An outside oracle. purgedcv takes returns, with ddof 0 and moments corrected for the sample: its moments are handed to ours.


@pytest.mark.parametrize("seed", range(4))
def test_purgedcvs_probability_and_record(seed: int) -> None:
    returns = np.random.default_rng(seed).standard_t(6, 200) * 0.01 + 0.001
    moments = {
        "skew": float(stats.skew(returns, bias=False)),
        "kurtosis": float(stats.kurtosis(returns, bias=False, fisher=False)),
    }
    ratio = returns.mean() / returns.std()
    ours = probabilistic_sharpe(ratio, target=0.02, periods=200, **moments)
    assert ours == pytest.approx(probabilistic_sharpe_ratio(returns, 0.02), abs=1e-12)
    need = minimum_track_record(0.15, target=0.02, level=0.95, **moments)
    assert np.ceil(need) == min_track_record_length(0.15, 0.02, 0.05, **moments)


def test_the_probability_is_how_often_it_is_right() -> None:
    # 4,000 records of 120 normal months at a true ratio of .1: the probability to lie above .1 is uniform, so it exceeds .95 in
    # 5 % of them, with a standard error of .34 points.
    returns = np.random.default_rng(2).normal(0.1, 1.0, (4000, 120))
    assert (track_record(returns).above(0.1) > 0.95).mean() == pytest.approx(0.05, abs=0.012)


# Edges.


@pytest.mark.parametrize("returns", [[], [0.01], [0.01] * 20, [np.nan] * 20, [0.01, np.nan, 0.02], [0.1, np.inf, 0.0]])
def test_returns_without_a_sharpe_ratio_have_no_probability(returns: list[float]) -> None:
    record = track_record(np.array(returns, dtype=float))
    assert np.isnan(record.above())
    assert np.isnan(record.needed())
    assert record.periods == len(returns)


def test_ruin_is_a_return_like_others_and_one_number_is_refused() -> None:
    assert 0.0 < track_record(np.array([0.1, -1.0, 0.2, 0.0])).above() < 0.5
    with pytest.raises(ParameterError, match="no series"):
        track_record(np.array(0.1))
    assert track_record(np.empty((3, 0))).above().shape == (3,)


def test_figures_without_an_answer_are_nan() -> None:
    assert np.isnan(probabilistic_sharpe(0.1, periods=[0, 1, np.nan])).all()
    assert np.isnan(minimum_track_record([0.1, 0.05, np.nan], target=0.1)).all()
    assert np.isnan(sharpe_variance(1.0, skew=2.0, kurtosis=3.0))  # 1 - 2 + .5: no distribution is like that
    assert np.isnan(probabilistic_sharpe(1.0, periods=50, skew=2.0, kurtosis=3.0))


def test_the_door() -> None:
    with pytest.raises(ParameterError, match="not in excess"):
        probabilistic_sharpe(0.1, periods=24, kurtosis=-0.57)
    for level in (0.5, 1.0, 95.0, np.nan):
        with pytest.raises(ParameterError, match="not between"):
            minimum_track_record(0.1, level=level)
