"""Least squares of many windows: laws, by hand, against statsmodels, and what cannot be fitted."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.arrays import Array
from trimtab.numerics.regression import least_squares, robust_least_squares


def same(one: Array, other: Array) -> bool:
    """Bit for bit, except that one NaN is like another."""
    return one.shape == other.shape and bool(((one == other) | (np.isnan(one) & np.isnan(other))).all())


def drawn(seed: int, dates: int = 4, n: int = 24, assets: int = 3, k: int = 2) -> tuple[Array, Array]:
    """Returns of assets (D, n, A) that depend on those of factors (D, n, k)."""
    rng = np.random.default_rng(seed)
    x = 0.004 + 0.03 * rng.standard_normal((dates, n, k))
    y = x @ rng.standard_normal((k, assets)) + 0.02 * rng.standard_normal((dates, n, assets))
    return y, x


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_one_date_or_asset_alone_has_the_same_bits(seed: int) -> None:
    y, x = drawn(seed)
    whole = least_squares(y, x)
    for d in range(4):
        alone = least_squares(np.asfortranarray(y[d : d + 1]), x[[d]])
        assert same(alone.slopes[0], whole.slopes[d])
        assert same(alone.t[0], whole.t[d])
    order = [2, 0, 1]
    assert same(least_squares(y[..., order], x).t, whole.t[..., order])
    assert same(least_squares(y[..., [1]], x).slopes, whole.slopes[..., [1]])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1e-3, 0.1, 10.0]))
def test_units_and_added_factors(seed: int, scale: float) -> None:
    y, x = drawn(seed)
    plain = least_squares(y, x)
    assert np.allclose(least_squares(y, scale * x).slopes, plain.slopes / scale, rtol=1e-9)
    assert np.allclose(least_squares(y, scale * x).t, plain.t, rtol=1e-9)
    assert np.allclose(least_squares(y + 2.0 * x[..., :1] + 0.5, x).slopes[..., 0, :], plain.slopes[..., 0, :] + 2.0, atol=1e-9)


def test_by_hand() -> None:
    # x = -1, 0, 1, 2 (mean 1/2), y = 0, 0, 3, 3 (mean 3/2): slope (2.25 + .75 + .75 + 2.25) / 5 = 6/5. Residuals
    # .3, -.9, .9, -.3: squares 1.8, two degrees of freedom: spread sqrt(.9), t = 1.2 / sqrt(.9 / 5) = 2 sqrt 2.
    fit = least_squares(np.array([0.0, 0.0, 3.0, 3.0])[:, None], np.array([-1.0, 0.0, 1.0, 2.0])[:, None])
    assert fit.slopes[0, 0] == pytest.approx(1.2, rel=1e-12)
    assert fit.spread[0] == pytest.approx(np.sqrt(0.9), rel=1e-12)
    assert fit.t[0, 0] == pytest.approx(2.0 * np.sqrt(2.0), rel=1e-12)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 4), n=st.integers(8, 40))
def test_against_statsmodels(seed: int, k: int, n: int) -> None:
    y, x = drawn(seed, dates=2, n=n, assets=2, k=k)
    fit = least_squares(y, x)
    for d in range(2):
        for a in range(2):
            known = sm.OLS(y[d, :, a], sm.add_constant(x[d])).fit()
            assert fit.slopes[d, :, a] == pytest.approx(known.params[1:], rel=1e-9, abs=1e-12)
            assert fit.t[d, :, a] == pytest.approx(known.tvalues[1:], rel=1e-9, abs=1e-9)
            assert fit.spread[d, a] == pytest.approx(np.sqrt(known.mse_resid), rel=1e-9)


def test_nearly_collinear_factors_against_statsmodels() -> None:
    y, x = drawn(3, dates=1, k=2)
    x[..., 1] = x[..., 0] + 1e-3 * x[..., 1]  # correlated to all but a millionth
    known = sm.OLS(y[0, :, 0], sm.add_constant(x[0])).fit()
    assert least_squares(y, x).slopes[0, :, 0] == pytest.approx(known.params[1:], rel=1e-6)


@pytest.mark.parametrize("what", ["twice", "scaled", "sum", "constant", "gap"])
def test_factors_that_cannot_be_told_apart_give_no_answer(what: str) -> None:
    y, x = drawn(4, dates=3, k=3)
    x[1, :, 2] = {
        "twice": x[1, :, 0],
        "scaled": 0.01 - 3.0 * x[1, :, 0],
        "sum": x[1, :, 0] + x[1, :, 1],
        "constant": 0.01,
        "gap": np.where(np.arange(24) == 7, np.nan, x[1, :, 2]),
    }[what]
    fit = least_squares(y, x)
    assert np.isnan(fit.slopes[1]).all()
    assert np.isnan(fit.t[1]).all()
    assert np.isfinite(fit.t[[0, 2]]).all()


def test_assets_that_cannot_be_fitted_leave_the_others_alone() -> None:
    y, x = drawn(5)
    plain = least_squares(y, x)
    y[1, 3, 0] = np.nan
    y[2, :, 1] = 0.1 + 1e-17 * np.arange(24)
    fit = least_squares(y, x)
    assert np.isnan(fit.t[1, :, 0]).all()
    assert np.isnan(fit.t[2, :, 1]).all()
    assert np.isnan(fit.slopes[2, :, 1]).all()
    assert same(fit.t[..., 2], plain.t[..., 2])
    assert np.isfinite(fit.t[[0, 0, 3], :, [0, 1, 0]]).all()


def test_a_perfect_fit_is_large_and_not_infinite() -> None:
    _, x = drawn(6, k=1)
    fit = least_squares(np.concatenate([2.0 * x, -x], axis=2), x)
    assert fit.slopes[0, 0] == pytest.approx([2.0, -1.0])
    assert np.isfinite(fit.t).all()
    assert (np.abs(fit.t) > 1e9).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_without_a_degree_of_freedom_nothing_is_known(n: int) -> None:
    fit = least_squares(np.ones((2, n, 3)), np.ones((2, n, 2)))
    assert fit.slopes.shape == fit.t.shape == (2, 2, 3)
    assert fit.spread.shape == (2, 3)
    assert np.isnan(fit.t).all()


def test_no_dates_or_assets() -> None:
    assert least_squares(np.ones((0, 9, 3)), np.ones((0, 9, 2))).t.shape == (0, 2, 3)
    assert least_squares(np.ones((2, 9, 0)), np.ones((2, 9, 2))).t.shape == (2, 2, 0)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 4), n=st.integers(8, 40))
def test_robust_errors_against_statsmodels(seed: int, k: int, n: int) -> None:
    y, x = drawn(seed, dates=2, n=n, assets=2, k=k)
    x = x + 3.0  # a mean far from 0, so that the intercept's error is not that of the mean
    fit = robust_least_squares(y, x)
    for d in range(2):
        for a in range(2):
            known = sm.OLS(y[d, :, a], sm.add_constant(x[d])).fit(cov_type="HC1")
            assert fit.intercept[d, a] == pytest.approx(known.params[0], rel=1e-8, abs=1e-10)
            assert fit.slopes[d, :, a] == pytest.approx(known.params[1:], rel=1e-8, abs=1e-10)
            assert fit.errors[d, :, a] == pytest.approx(known.bse, rel=1e-8)
            assert fit.share[d, a] == pytest.approx(known.rsquared, rel=1e-8, abs=1e-10)
            assert fit.spread[d, a] == pytest.approx(np.sqrt(known.mse_resid), rel=1e-9)


def test_robust_errors_are_unknown_where_the_slopes_are() -> None:
    y, x = drawn(7, dates=2)
    y[0, 3, 0] = np.nan
    fit = robust_least_squares(y, x)
    assert np.isnan(fit.errors[0, :, 0]).all()
    assert np.isnan([fit.intercept[0, 0], fit.share[0, 0]]).all()
    assert np.isfinite(fit.errors[1]).all()
    short = robust_least_squares(np.ones((2, 2, 3)), np.ones((2, 2, 2)))
    assert short.errors.shape == (2, 3, 3)
    assert short.intercept.shape == (2, 3)
    assert np.isnan(short.errors).all()
