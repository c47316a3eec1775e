"""Minimum variance: laws, the published example, skfolio, PyPortfolioOpt and cvxpy, degenerate covariances."""

from __future__ import annotations

from dataclasses import replace

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypfopt import EfficientFrontier

from tests.construction.programmes import covariance_of
from tests.construction.reference import aims_of, universe
from tests.numerics.sklearn_alone import no_plugins
from trimtab.construction.min_variance import MinimumVariance
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.values import Forecast, Regime, Scores

few = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 100_000)
VOLATILITY = np.array([0.1, 0.2, 0.3, 0.4])
CORRELATION = np.array([[1.0, 0.8, 0.0, 0.0], [0.8, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -0.5], [0.0, 0.0, -0.5, 1.0]])
MAILLARD = CORRELATION * VOLATILITY * VOLATILITY[:, None]


def ours(model: MinimumVariance, covariances: Array) -> Array:
    """Weights (D, A) of covariances (D, A, A)."""
    unknown = np.full(covariances.shape[:-1], np.nan)
    scores = Scores(universe(covariances.shape[-1]), unknown)
    return model(scores, Regime((), np.empty((len(covariances), 0))), Forecast(unknown, covariances))


def stack(seed: int, dates: int, count: int, spread: float = 0.5) -> Array:
    rng = np.random.default_rng(seed)
    return np.array([covariance_of(rng, count, spread=spread) for _ in range(dates)])


# Laws.


@few
@given(seeds, st.integers(1, 15), st.sampled_from([1.0, 0.5, 0.25]))
def test_no_portfolio_within_the_cap_has_less_variance(seed: int, count: int, cap: float):
    if count * cap < 1.0:
        return
    sigma, rng = stack(seed, 2, count), np.random.default_rng(seed)
    found = ours(MinimumVariance(cap), sigma)
    np.testing.assert_allclose(found.sum(-1), 1.0, atol=1e-12)
    assert (found >= 0.0).all()
    assert (found <= cap).all()
    for d in range(2):
        for _ in range(30):
            other = rng.dirichlet(np.full(count, 0.5))
            mixed = found[d] + 1e-3 * (other - found[d])
            if (mixed <= cap).all():
                assert mixed @ sigma[d] @ mixed >= (found[d] @ sigma[d] @ found[d]) * (1.0 - 1e-10)


@few
@given(seeds, st.integers(2, 8), st.floats(1e-8, 1e8))
def test_scale_changes_nothing_and_permutation_permutes(seed: int, count: int, scale: float):
    sigma, order = stack(seed, 1, count), np.random.default_rng(seed).permutation(count)
    found = ours(MinimumVariance(0.7), sigma)
    np.testing.assert_allclose(ours(MinimumVariance(0.7), scale * sigma), found, atol=1e-9)
    moved = ours(MinimumVariance(0.7), np.ascontiguousarray(sigma[:, order][:, :, order]))
    np.testing.assert_allclose(moved, found[:, order], atol=1e-9)


@few
@given(seeds)
def test_a_date_alone_has_the_bits_it_has_in_a_batch(seed: int):
    sigma = stack(seed, 5, 6)
    whole = ours(MinimumVariance(0.4), sigma)
    for d in range(5):
        assert ours(MinimumVariance(0.4), sigma[d : d + 1]).tobytes() == whole[d : d + 1].tobytes()


# By hand, and as published.


def test_without_correlation_weights_are_inverse_variances():
    # 1/0.04, 1/0.01, 1/0.16 = 25, 100, 6.25: shares of 131.25.
    found = ours(MinimumVariance(), np.diag([0.04, 0.01, 0.16])[None])
    np.testing.assert_allclose(found[0], np.array([25.0, 100.0, 6.25]) / 131.25, atol=1e-12)
    # Capped at 60 %: the second at 0.6, the others 0.4 by 25 : 6.25 = 0.32 and 0.08.
    np.testing.assert_allclose(ours(MinimumVariance(0.6), np.diag([0.04, 0.01, 0.16])[None])[0], [0.32, 0.6, 0.08], atol=1e-12)


def test_maillard_roncalli_and_teiletche():
    """METHODS 2.2: 74.48, 0, 15.17, 10.34 %, volatility 8.63 % (published and reproduced)."""
    found = ours(MinimumVariance(), MAILLARD[None])[0]
    np.testing.assert_allclose(100.0 * found, [74.48, 0.0, 15.17, 10.34], atol=0.006)
    assert found[1] == 0.0
    assert 100.0 * np.sqrt(found @ MAILLARD @ found) == pytest.approx(8.63, abs=0.005)


# Outside oracles.


@pytest.mark.parametrize("cap", [1.0, 0.3])
@pytest.mark.parametrize("seed", range(6))
def test_pyportfolioopt_and_cvxpy_find_the_same(seed: int, cap: float):
    sigma = stack(seed, 1, 8)[0]
    found = ours(MinimumVariance(cap), sigma[None])[0]
    frontier = EfficientFrontier(None, sigma, weight_bounds=(0.0, cap), solver="CLARABEL")
    frontier.min_volatility()
    np.testing.assert_allclose(found, frontier.weights, atol=1e-5)
    w = cp.Variable(8)
    quadratic = cp.quad_form(w, cp.psd_wrap(sigma / np.abs(sigma).max()))
    cp.Problem(cp.Minimize(quadratic), [w >= 0, w <= cap, cp.sum(w) == 1]).solve(solver="CLARABEL", tol_gap_abs=1e-11)
    np.testing.assert_allclose(found, w.value, atol=1e-5)
    assert found @ sigma @ found <= w.value @ sigma @ w.value + 1e-9


def test_skfolio_finds_the_same():
    with no_plugins():
        from skfolio.optimization import MeanRisk

        rows = np.random.default_rng(5).normal(size=(300, 6)) * [0.01, 0.02, 0.005, 0.015, 0.01, 0.03]
        rows += 0.01 * np.random.default_rng(6).normal(size=(300, 1))
        want = MeanRisk(min_weights=0.0, max_weights=0.5).fit(rows).weights_
    found = ours(MinimumVariance(0.5), np.cov(rows.T)[None] * 252.0)[0]
    np.testing.assert_allclose(found, want, atol=2e-4)  # its solver stops earlier
    assert found @ np.cov(rows.T) @ found <= want @ np.cov(rows.T) @ want


# Degenerate.


@pytest.mark.parametrize("spread", [4.0, 7.0])
def test_badly_scaled_covariances(spread: float):
    sigma = stack(9, 5, 6, spread)
    found = ours(MinimumVariance(0.5), sigma)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(-1), 1.0, atol=1e-12)


def test_a_nearly_singular_covariance_is_answered_and_a_singular_one_is_not():
    near = np.array([[0.04, 0.04 * (1.0 - 1e-9), 0.0], [0.04 * (1.0 - 1e-9), 0.04, 0.0], [0.0, 0.0, 0.04]])
    found = ours(MinimumVariance(), near[None])[0]
    np.testing.assert_allclose(found, [0.25, 0.25, 0.5], atol=1e-6)
    singular = np.array([[0.04, 0.04, 0.0], [0.04, 0.04, 0.0], [0.0, 0.0, 0.04]])
    assert np.isnan(ours(MinimumVariance(), singular[None])).all()


FAULTS = {
    "not known": np.array([[0.04, np.nan], [np.nan, 0.01]]),
    "has not varied": np.array([[0.04, 0.0], [0.0, 0.0]]),
    "not symmetric": np.array([[0.04, 0.01], [0.0, 0.01]]),
    "not positive definite": np.array([[0.04, 0.08], [0.08, 0.04]]),
}


@pytest.mark.parametrize("why", FAULTS)
def test_what_cannot_be_worked_out_is_unknown_and_says_why(why: str):
    good = np.diag([0.04, 0.01])
    found = ours(MinimumVariance(), np.array([good, FAULTS[why], good]))
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(found[[0, 2]], [[0.2, 0.8], [0.2, 0.8]])
    aims = aims_of(found[1:2])
    today = replace(aims, forecast=Forecast(np.zeros((1, 2)), FAULTS[why][None])).row(0)
    assert why in MinimumVariance().sentence(today, 0)


def test_only_some_assets_are_meant():
    sigma = np.diag([0.04, 0.01, 0.16, 0.04])
    sigma[3] = sigma[:, 3] = np.nan
    model = MinimumVariance(only=("A0", "A2"), universe=universe(4))
    np.testing.assert_allclose(ours(model, sigma[None])[0], [0.8, 0.0, 0.2, 0.0], atol=1e-12)
    assert "A0, A2" in model.words
    aims = aims_of(np.array([[0.8, 0.0, 0.2, 0.0]]))
    today = replace(aims, forecast=Forecast(np.zeros((1, 4)), sigma[None])).row(0)
    assert model.sentence(today, 0) == "80.0 % of the portfolio of least variance, whose volatility is 17.9 %"


def test_one_asset_is_all_of_it_and_no_date_no_answer():
    np.testing.assert_array_equal(ours(MinimumVariance(), np.array([[[0.04]]])), [[1.0]])
    assert ours(MinimumVariance(), np.empty((0, 3, 3))).shape == (0, 3)


def test_parameters_are_checked():
    with pytest.raises(ParameterError, match="do not make a whole portfolio"):
        MinimumVariance(0.3, universe=universe(3))
    with pytest.raises(ParameterError, match="no asset or class"):
        MinimumVariance(only=("X",), universe=universe(3))
    with pytest.raises(ParameterError, match="without a universe"):
        ours(MinimumVariance(only=("X",)), np.eye(3)[None])
