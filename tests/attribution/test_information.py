"""Information coefficients, their decay, and hit rates."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from trimtab.attribution.information import Convention, convention, decay_of, hit_rate, information_by_date, mean_of


def sample(seed: int, dates: int = 40, assets: int = 5) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    scores = draw.standard_normal((dates, assets))
    excess = 0.02 * (0.4 * scores + draw.standard_normal((dates, assets)))
    scores[draw.random(scores.shape) < 0.05] = np.nan
    return scores, excess


@given(st.integers(0, 10_000), st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_permuting_assets_changes_nothing_and_flipping_the_sign_flips_it(seed: int, assets: int) -> None:
    scores, excess = sample(seed, assets=assets)
    order = np.random.default_rng(seed).permutation(assets)
    by_date = information_by_date(scores, excess)
    np.testing.assert_allclose(information_by_date(scores[:, order], excess[:, order]), by_date, atol=1e-12)
    np.testing.assert_allclose(information_by_date(-scores, excess), -by_date, atol=1e-12)
    one, two = hit_rate(scores, excess), hit_rate(-scores, excess)
    assert one.rate + two.rate == pytest.approx(1.0)
    assert (one.low, one.high) == pytest.approx((1.0 - two.high, 1.0 - two.low), abs=1e-12)
    assert hit_rate(scores[:, order], excess[:, order]).rate == pytest.approx(one.rate)


@pytest.mark.parametrize("assets", [1, 2])
def test_without_a_cross_section_the_mean_is_the_pooled_correlation(assets: int) -> None:
    scores, excess = sample(3, assets=assets)
    assert convention(assets) is Convention.POOLED
    known = np.isfinite(scores)
    expected = stats.pearsonr(scores[known], excess[known]).statistic
    assert mean_of(information_by_date(scores, excess)).value == pytest.approx(expected, abs=1e-12)


def test_with_three_assets_each_date_has_its_rank_correlation() -> None:
    assert convention(3) is Convention.CROSS_SECTION
    scores, excess = sample(4, assets=5)
    for d, found in enumerate(information_by_date(scores, excess)):
        known = np.isfinite(scores[d])
        assert found == pytest.approx(stats.spearmanr(scores[d, known], excess[d, known]).statistic, abs=1e-12)


def test_statsmodels_has_the_same_t_of_the_mean() -> None:
    values = np.random.default_rng(1).normal(0.05, 0.3, 150)
    values[[3, 60]] = np.nan
    known = values[np.isfinite(values)]
    theirs = sm.OLS(known, np.ones(148)).fit(cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True})
    found = mean_of(values)
    assert (found.value, found.t, found.p) == pytest.approx((theirs.params[0], theirs.tvalues[0], theirs.pvalues[0]), rel=1e-9)
    weights = np.random.default_rng(2).random(150)
    assert mean_of(values, weights).value == pytest.approx(np.average(known, weights=weights[np.isfinite(values)]))


def test_a_decay_without_memory_is_the_two_sample_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trimtab.attribution.information.default_lag", lambda _: 0)
    values = np.random.default_rng(5).normal(0.05, 0.3, 150)
    found = decay_of(values, 114)
    theirs = stats.ttest_ind(values[:114], values[114:])
    assert found.fall / found.error == pytest.approx(theirs.statistic, rel=1e-12)
    assert found.chance == pytest.approx(stats.norm.sf(theirs.statistic), rel=1e-12)
    assert found.noticeable == pytest.approx(stats.norm.isf(0.05) * found.error, rel=1e-12)


def test_one_independent_asset_has_the_interval_of_the_binomial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trimtab.attribution.information.default_lag", lambda _: 0)
    excess = np.where(np.arange(50) % 5 < 3, 0.01, -0.02)[:, None]
    found = hit_rate(np.ones((50, 1)), excess)
    assert (found.rate, found.count) == (pytest.approx(0.6), 50)
    assert (found.low, found.high) == pytest.approx(proportion_confint(0.6 * 49, 49, method="wilson"), rel=1e-12)
    sure = hit_rate(np.ones((50, 1)), np.abs(excess))
    assert (sure.low, sure.high) == pytest.approx(proportion_confint(50, 50, method="wilson"), rel=1e-12)


def test_few_dates_that_agree_leave_a_wide_interval() -> None:
    # On each date two of three assets go the signal's way: no scatter over dates, and still no certainty.
    for dates in (1, 2, 3):
        found = hit_rate(np.ones((dates, 3)), np.tile([0.01, 0.02, -0.01], (dates, 1)))
        assert found.low < 0.5 < found.rate < found.high < 1.0
    draw = np.random.default_rng(6)
    held = 0
    for _ in range(200):
        found = hit_rate(np.ones((12, 5)), np.where(draw.random((12, 5)) < 0.55, 0.01, -0.01))
        held += found.low <= 0.55 <= found.high
    assert held >= 182  # 95 % less three standard errors
    rare = hit_rate(np.ones((12, 1)), np.full((12, 1), 0.01), np.full(12, 1e-200))
    assert (rare.rate, rare.high) == (1.0, pytest.approx(1.0))


@pytest.mark.parametrize("score", [0.1, 1.0 / 3.0, 0.7])
def test_a_constant_score_knows_nothing(score: float) -> None:
    excess = np.random.default_rng(83).normal(0.0, 0.03, (240, 2))
    assert np.isnan(information_by_date(np.full((240, 2), score), excess)).all()


def test_hits_by_hand() -> None:
    # Scores +, -, 0 and +, NaN, -; returns 1, 2, 3 and -1, 2, -3 %. Counted: hit, miss; miss, hit: two of four.
    scores = np.array([[1.0, -0.2, 0.0], [2.0, np.nan, -1.0]])
    found = hit_rate(scores, np.array([[0.01, 0.02, 0.03], [-0.01, 0.02, -0.03]]))
    assert (found.rate, found.count) == (0.5, 4)


def test_nothing_known_is_nothing_said() -> None:
    for dates in (0, 1, 5):
        scores = np.full((dates, 3), np.nan)
        by_date = information_by_date(scores, np.zeros((dates, 3)))
        assert np.isnan(by_date).all()
        assert np.isnan(mean_of(by_date).value)
        assert np.isnan(decay_of(by_date, dates // 2).chance)
        assert hit_rate(scores, np.zeros((dates, 3))).count == 0
    assert np.isnan(information_by_date(np.ones((4, 3)), np.ones((4, 3)))).all()
    assert np.isnan(information_by_date(np.ones((4, 1)), np.ones((4, 1)))).all()
    same = decay_of(np.full(40, 0.2), 20)
    assert same.fall == pytest.approx(0.0, abs=1e-15)
    assert np.isnan(same.chance)
    assert np.isnan(decay_of(np.random.default_rng(1).random(40), 35).chance)
    assert mean_of(np.array([0.3])).value == 0.3
    assert np.isnan(mean_of(np.array([0.3])).error)


def test_a_regime_that_hardly_occurred_says_nothing() -> None:
    values = np.random.default_rng(3).normal(0.1, 0.2, 60)
    hardly = mean_of(values, np.full(60, 1e-3))
    assert np.isnan([hardly.value, hardly.t]).all()
    assert mean_of(values, np.full(60, 0.5)).value == pytest.approx(values.mean())
