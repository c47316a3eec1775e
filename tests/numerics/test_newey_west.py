"""Regressions with Newey-West errors: laws, an example by hand, statsmodels, and what has no answer."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.numerics.newey_west import HacFit, Unfit, default_lag, long_run_variance, newey_west


def sample(seed: int, count: int = 60, k: int = 2) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    x = 0.04 * draw.standard_normal((count, k)) + 0.01
    noise = draw.standard_normal(count)
    noise[1:] += 0.5 * noise[:-1]  # residuals with memory, so that lags matter
    return 0.002 + x @ draw.uniform(-1.0, 1.5, k) + 0.02 * noise, x


@given(st.integers(0, 10_000), st.floats(0.1, 50.0), st.floats(-5.0, 5.0))
@settings(max_examples=30, deadline=None)
def test_units_and_levels_change_only_what_they_must(seed: int, scale: float, shift: float) -> None:
    y, x = sample(seed)
    fit, again = newey_west(y, x), newey_west(scale * y, x + shift)
    np.testing.assert_allclose(again.slopes, scale * fit.slopes, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(again.t[1:], fit.t[1:], rtol=1e-7, atol=1e-9)
    assert again.share == pytest.approx(float(fit.share), rel=1e-9)
    assert again.spread == pytest.approx(scale * float(fit.spread), rel=1e-9)


@given(st.integers(0, 10_000), st.permutations(range(3)))
@settings(max_examples=30, deadline=None)
def test_the_order_of_regressors_is_no_matter_and_residuals_are_orthogonal(seed: int, order: list[int]) -> None:
    y, x = sample(seed, k=3)
    fit, again = newey_west(y, x), newey_west(y, x[:, order])
    np.testing.assert_allclose(again.slopes, fit.slopes[order], rtol=1e-10)
    np.testing.assert_allclose(again.errors[1:], fit.errors[1:][order], rtol=1e-10)
    np.testing.assert_allclose(fit.residuals @ np.column_stack([np.ones(60), x]), 0.0, atol=1e-13)
    assert fit.intercept + fit.slopes @ x.mean(0) == pytest.approx(y.mean(), abs=1e-15)


def test_a_batch_is_its_rows() -> None:
    pairs = [sample(seed) for seed in range(4)]
    batch = newey_west(np.stack([y for y, _ in pairs]), np.stack([x for _, x in pairs]), lag=3)
    for row, (y, x) in enumerate(pairs):
        alone = newey_west(y, x, lag=3)
        np.testing.assert_allclose(batch.errors[row], alone.errors, rtol=1e-12)
        np.testing.assert_allclose(batch.coefficients[row], alone.coefficients, rtol=1e-11)


def test_the_error_of_a_mean_by_hand() -> None:
    # 1, 2, 4, 1: mean 2, away -1, 0, 2, -1. Squares 6, one apart 0 + 0 - 2 = -2. Lag 1 weighs it 1/2, twice: 6 - 2 = 4.
    # Variance of the mean 4 / 16, its error 1/2, t = 4. Without lag sqrt(6) / 4; with the correction times sqrt(4 / 3).
    y, none = np.array([1.0, 2.0, 4.0, 1.0]), np.empty((4, 0))
    fit = newey_west(y, none, lag=1)
    assert (float(fit.intercept), float(fit.errors[0]), float(fit.t[0])) == pytest.approx((2.0, 0.5, 4.0), rel=1e-14)
    assert float(newey_west(y, none, lag=0).errors[0]) == pytest.approx(6.0**0.5 / 4.0, rel=1e-14)
    assert float(newey_west(y, none, lag=1, corrected=True).errors[0]) == pytest.approx(0.5 * (4 / 3) ** 0.5, rel=1e-14)
    assert float(long_run_variance(y - 2.0, 1)) == pytest.approx(1.0, rel=1e-14)


@pytest.mark.parametrize(("count", "lag"), [(100, 4), (24, 2), (300, 5), (6300, 10), (1, 1)])
def test_the_default_lag(count: int, lag: int) -> None:
    assert default_lag(count) == lag


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lag", [None, 0, 1, 7])
@pytest.mark.parametrize("corrected", [False, True])
def test_statsmodels_agrees(seed: int, lag: int | None, corrected: bool) -> None:
    y, x = sample(seed, 80, 3)
    fit = newey_west(y, x, lag=lag, corrected=corrected)
    words = {"maxlags": default_lag(80) if lag is None else lag, "use_correction": corrected}
    compare(fit, sm.OLS(y, sm.add_constant(x)).fit(cov_type="HAC", cov_kwds=words), 80)


def compare(fit: HacFit, theirs: object, count: int) -> None:
    for ours, name in ((fit.coefficients, "params"), (fit.errors, "bse"), (fit.t, "tvalues"), (fit.p, "pvalues")):
        np.testing.assert_allclose(ours, getattr(theirs, name), rtol=1e-8, atol=1e-300)
    assert float(fit.share) == pytest.approx(theirs.rsquared, rel=1e-10)
    assert float(fit.spread) ** 2 == pytest.approx(theirs.scale, rel=1e-10)
    assert fit.residuals.shape == (count,)


@pytest.mark.parametrize("corrected", [False, True])
def test_statsmodels_agrees_where_observations_weigh_differently(corrected: bool) -> None:
    y, x = sample(9, 80, 2)
    weights = 0.97 ** np.arange(79, -1, -1)
    theirs = sm.WLS(y, sm.add_constant(x), weights=weights / weights.mean())
    words = {"maxlags": 4, "use_correction": corrected}
    compare(newey_west(y, x, weights=weights, lag=4, corrected=corrected), theirs.fit(cov_type="HAC", cov_kwds=words), 80)


def test_correlated_regressors_of_unlike_size_lose_no_digits() -> None:
    y, x = sample(3, 200, 3)
    alike = x[:, 0] + 1e-3 * x[:, 1]  # the t of its slope is that of the slope on what it has beyond the first
    theirs = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": 4})
    ours = newey_west(y, np.column_stack([1e-6 * x[:, 0], alike + 3.0, 1e4 * x[:, 2] + 50.0]), lag=4)
    np.testing.assert_allclose(ours.t[2:], theirs.tvalues[2:], rtol=1e-8)


def test_what_has_no_answer_says_why() -> None:
    y, x = sample(1)
    gap = y.copy()
    gap[5] = np.nan
    twice = np.column_stack([x, 2.0 * x[:, 0] + 0.3])
    still = np.column_stack([x, np.full(60, 0.1)])
    for fit, why in (
        (newey_west(gap, x), Unfit.UNKNOWN),
        (newey_west(y[:3], x[:3]), Unfit.SHORT),
        (newey_west(np.empty(0), np.empty((0, 2))), Unfit.SHORT),
        (newey_west(np.array([np.nan]), np.empty((1, 0))), Unfit.UNKNOWN),
        (newey_west(np.full(60, 0.1), x), Unfit.FLAT),
        (newey_west(y, twice), Unfit.COLLINEAR),
        (newey_west(y, still), Unfit.COLLINEAR),
        (newey_west(y, x, weights=np.eye(60)[0]), Unfit.SHORT),
    ):
        assert Unfit(int(fit.fault)) is why
        assert why.says
        parts = (fit.coefficients, fit.errors, fit.t, fit.p, fit.share, fit.spread, fit.residuals)
        assert all(np.isnan(part).all() for part in parts)
    assert Unfit(int(newey_west(y, x).fault)).says == ""


def test_a_perfect_fit_has_coefficients_and_no_t() -> None:
    _, x = sample(1)
    fit = newey_west(0.01 + x @ [0.5, 2.0], x)
    assert Unfit(int(fit.fault)) is Unfit.EXACT
    np.testing.assert_allclose(fit.coefficients, [0.01, 0.5, 2.0], rtol=1e-12)
    assert (fit.errors == 0.0).all()
    assert np.isnan(fit.t).all()
    assert fit.share == pytest.approx(1.0)


def test_one_bad_row_spoils_no_other() -> None:
    (y, x), (other, _) = sample(1), sample(2)
    spoiled = other.copy()
    spoiled[0] = np.inf
    fit = newey_west(np.stack([y, spoiled, np.zeros(60)]), x)
    np.testing.assert_allclose(fit.t[0], newey_west(y, x).t, rtol=1e-12)
    assert fit.fault.tolist() == [Unfit.FINE, Unfit.UNKNOWN, Unfit.FLAT]


def test_wrong_arguments_stop_at_the_door() -> None:
    y, x = sample(1)
    with pytest.raises(ParameterError, match="lag"):
        newey_west(y, x, lag=-1)
    with pytest.raises(ParameterError, match="dates"):
        newey_west(y[1:], x)
    with pytest.raises(ParameterError, match="weight"):
        newey_west(y, x, weights=np.full(60, -1.0))


def test_regressors_far_from_zero_lose_no_more_than_their_own_digits() -> None:
    draw = np.random.default_rng(5)
    small = draw.integers(-1000, 1000, (30, 2)) * 2.0**-40  # 1 + small is exact
    y = draw.integers(-1000, 1000, 30) * 2.0**-40
    near, far = newey_west(y, small, lag=0), newey_west(1.0 + y, 1.0 + small, lag=0)
    assert far.slopes == pytest.approx(near.slopes, rel=1e-4)
    assert far.errors[1:] == pytest.approx(near.errors[1:], rel=1e-4)
