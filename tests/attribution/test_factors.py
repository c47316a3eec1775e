"""Factor attribution: the identity, planted betas, statsmodels, windows, and records without an answer."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.attribution.factors import Factors, Fitting, by_period, factor_attribution, rolling_factors
from trimtab.core.errors import ParameterError
from trimtab.numerics.newey_west import Unfit, default_lag

NAMES = ("market", "term")


def sample(seed: int, count: int = 120) -> tuple[np.ndarray, Factors, np.ndarray]:
    draw = np.random.default_rng(seed)
    factors = draw.normal([0.006, 0.001], [0.045, 0.02], (count, 2))
    rf = 0.002 + 0.0003 * draw.standard_normal(count)
    returns = rf + 0.001 + factors @ [0.8, 0.3] + 0.01 * draw.standard_normal(count)
    return returns, Factors(NAMES, factors), rf


@given(st.integers(0, 10_000), st.one_of(st.none(), st.floats(5.0, 200.0)))
@settings(max_examples=30, deadline=None)
def test_alpha_and_contributions_are_the_mean_excess_return_and_each_row_adds_up(seed: int, halflife: float | None) -> None:
    returns, factors, rf = sample(seed)
    found = factor_attribution(returns, factors, per_year=12, rf=rf, fitting=Fitting(halflife=halflife))
    assert float(found.alpha + found.contributions.sum()) == pytest.approx(float(found.excess), abs=1e-14)
    np.testing.assert_allclose(found.path.sum(-1) + found.rest, returns - rf, atol=1e-15)
    if halflife is None:
        assert float(found.excess) == pytest.approx(12 * float((returns - rf).mean()), abs=1e-14)
        np.testing.assert_allclose(12 * found.path.mean(0), found.contributions, atol=1e-14)
        assert 12 * found.rest.mean() == pytest.approx(float(found.alpha), abs=1e-14)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_mix_of_records_has_the_mix_of_their_parts(seed: int) -> None:
    (one, factors, _), (two, _, _) = sample(seed), sample(seed + 1)
    both = factor_attribution(np.stack([one, two, 0.3 * one + 0.7 * two]), factors, per_year=12)
    for part in (both.alpha, both.betas, both.contributions, both.excess):
        np.testing.assert_allclose(part[2], 0.3 * part[0] + 0.7 * part[1], atol=1e-13)


def test_one_factor_by_hand() -> None:
    # F 1, 2, 3 %, r 2, 2, 5 %: covariance sum (-1)(-1) + 0 + (1)(2) = 3, variance sum 2, beta 1.5. Mean r 3 = alpha + 1.5 * 2,
    # alpha 0. Twelve periods a year: contribution 36 %.
    found = factor_attribution(np.array([0.02, 0.02, 0.05]), Factors(("F",), np.array([[0.01], [0.02], [0.03]])), per_year=12)
    assert float(found.betas[0]) == pytest.approx(1.5, rel=1e-13)
    assert float(found.alpha) == pytest.approx(0.0, abs=1e-15)
    assert float(found.contributions[0]) == pytest.approx(0.36, rel=1e-13)


@pytest.mark.parametrize("corrected", [False, True])
def test_statsmodels_agrees(corrected: bool) -> None:
    returns, factors, rf = sample(5)
    found = factor_attribution(returns, factors, per_year=12, rf=rf, fitting=Fitting(corrected=corrected))
    words = {"maxlags": default_lag(120), "use_correction": corrected}
    theirs = sm.OLS(returns - rf, sm.add_constant(factors.returns)).fit(cov_type="HAC", cov_kwds=words)
    assert float(found.alpha) == pytest.approx(12 * theirs.params[0], rel=1e-10)
    np.testing.assert_allclose(found.betas, theirs.params[1:], rtol=1e-10)
    np.testing.assert_allclose(found.errors, theirs.bse * [12, 1, 1], rtol=1e-9)
    np.testing.assert_allclose(found.p, theirs.pvalues, rtol=1e-8, atol=1e-300)
    assert found.lag == 4
    assert float(found.spread) == pytest.approx(np.sqrt(12 * theirs.scale), rel=1e-10)


def test_planted_betas_are_found_within_their_errors() -> None:
    returns, factors, rf = sample(11, 2000)
    found = factor_attribution(returns, factors, per_year=12, rf=rf)
    assert (np.abs(found.betas - [0.8, 0.3]) < 4 * found.errors[1:]).all()
    assert abs(float(found.alpha) - 0.012) < 4 * found.errors[0]
    assert found.reasons == ("",)


@pytest.mark.parametrize("halflife", [None, 12.0])
def test_each_window_is_an_attribution_of_its_own(halflife: float | None) -> None:
    returns, factors, rf = sample(3, 300)  # more windows than are done at once
    fitting = Fitting(halflife=halflife)
    rolling = rolling_factors(returns, factors, 36, per_year=12, rf=rf, fitting=fitting)
    assert np.isnan(rolling.alpha[:35]).all()
    for t in (35, 36, 290, 299):
        part = slice(t - 35, t + 1)
        alone = factor_attribution(
            returns[part], Factors(NAMES, factors.returns[part]), per_year=12, rf=rf[part], fitting=fitting
        )
        for name in ("alpha", "betas", "errors", "contributions", "excess", "share", "spread"):
            np.testing.assert_allclose(getattr(rolling, name)[t], getattr(alone, name), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(rolling.alpha + rolling.contributions.sum(-1), rolling.excess, atol=1e-13)
    assert (rolling.fault[:35] == Unfit.SHORT).all()
    assert (rolling.fault[35:] == Unfit.FINE).all()


def test_a_period_is_explained_with_what_was_known_before_it() -> None:
    returns, factors, rf = sample(3, 80)
    rolling = rolling_factors(returns, factors, 36, per_year=12, rf=rf)
    np.testing.assert_allclose(rolling.path[36:], rolling.betas[35:-1] * factors.returns[36:], rtol=1e-13)
    np.testing.assert_allclose(rolling.path[36:].sum(-1) + rolling.rest[36:], (returns - rf)[36:], atol=1e-15)
    assert np.isnan(rolling.path[:36]).all()
    later = returns.copy()
    later[60:] += 1.0
    again = rolling_factors(later, factors, 36, per_year=12, rf=rf)
    np.testing.assert_array_equal(again.path[:61], rolling.path[:61])
    path, rest = by_period(returns, factors, np.array([0.8, 0.3]))
    np.testing.assert_allclose(path.sum(-1) + rest, returns, atol=1e-15)


def test_without_an_answer_there_is_a_reason() -> None:
    returns, factors, _ = sample(1)
    gap = returns.copy()
    gap[3] = np.nan
    found = factor_attribution(np.stack([returns, gap, np.zeros(120)]), factors, per_year=12)
    assert found.reasons == ("", Unfit.UNKNOWN.says, Unfit.FLAT.says)
    assert np.isnan(found.excess[1:]).all()
    assert np.isnan(found.contributions[1:]).all()
    empty = factor_attribution(np.empty(0), Factors(NAMES, np.empty((0, 2))), per_year=12)
    assert empty.reasons == (Unfit.SHORT.says,)
    short = rolling_factors(returns[:10], Factors(NAMES, factors.returns[:10]), 36, per_year=12)
    assert np.isnan(short.betas).all()
    assert short.betas.shape == (10, 2)
    gone = rolling_factors(np.empty(0), Factors(NAMES, np.empty((0, 2))), 36, per_year=12)
    assert gone.path.shape == (0, 2)
    spoiled = rolling_factors(gap, factors, 36, per_year=12)
    assert (spoiled.fault[35:39] == Unfit.UNKNOWN).all()
    assert spoiled.fault[39] == Unfit.FINE


def test_wrong_arguments_stop_at_the_door() -> None:
    returns, factors, _ = sample(1)
    with pytest.raises(ParameterError, match="names"):
        Factors(("market",), factors.returns)
    with pytest.raises(ParameterError, match="dates they share"):
        factor_attribution(returns[1:], factors, per_year=12)
    with pytest.raises(ParameterError, match="riskless"):
        factor_attribution(returns, factors, per_year=12, rf=np.zeros(7))
    with pytest.raises(ParameterError, match="too short"):
        rolling_factors(returns, factors, 3, per_year=12)
    with pytest.raises(ParameterError, match="half-life"):
        Fitting(halflife=0.0)


@pytest.mark.soak
def test_errors_of_ten_years_are_a_little_too_small() -> None:
    """docs/factors-and-risk.md says so: 7 of 100 true betas lie outside of two errors."""
    outside = []
    for seed in range(3000):
        returns, factors, rf = sample(seed)
        found = factor_attribution(returns, factors, per_year=12, rf=rf)
        outside.append(np.abs(found.betas - [0.8, 0.3]) > 1.96 * found.errors[1:])
    assert 0.06 < np.mean(outside) < 0.08
