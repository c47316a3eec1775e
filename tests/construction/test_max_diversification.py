"""Maximum diversification: laws, cases by hand, skfolio and cvxpy, degenerate covariances."""

from __future__ import annotations

from dataclasses import replace

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.programmes import covariance_of
from tests.construction.reference import aims_of, universe
from tests.numerics.sklearn_alone import no_plugins
from trimtab.construction.max_diversification import MaximumDiversification, diversification
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.values import Forecast, Regime, Scores

few = settings(max_examples=50, deadline=None)
seeds = st.integers(0, 100_000)


def ours(model: MaximumDiversification, covariances: Array) -> Array:
    """Weights (D, A) of covariances (D, A, A)."""
    unknown = np.full(covariances.shape[:-1], np.nan)
    scores = Scores(universe(covariances.shape[-1]), unknown)
    return model(scores, Regime((), np.empty((len(covariances), 0))), Forecast(unknown, covariances))


def stack(seed: int, dates: int, count: int, spread: float = 0.5) -> Array:
    rng = np.random.default_rng(seed)
    return np.array([covariance_of(rng, count, spread=spread) for _ in range(dates)])


# Laws.


@few
@given(seeds, st.integers(1, 12), st.sampled_from([1.0, 0.5, 0.3]))
def test_no_portfolio_within_the_cap_is_more_diversified(seed: int, count: int, cap: float):
    if count * cap < 1.0:
        return
    sigma, rng = stack(seed, 1, count), np.random.default_rng(seed)
    found = ours(MaximumDiversification(cap), sigma)[0]
    assert found.sum() == pytest.approx(1.0, abs=1e-12)
    assert (found >= 0.0).all()
    assert (found <= cap + 1e-12).all()
    for _ in range(50):
        mixed = found + rng.choice([1e-3, 0.1]) * (rng.dirichlet(np.full(count, 0.5)) - found)
        if (mixed <= cap).all():
            assert diversification(mixed, sigma[0]) <= diversification(found, sigma[0]) * (1.0 + 1e-8)


@few
@given(seeds, st.integers(2, 8))
def test_it_depends_on_correlations_alone(seed: int, count: int):
    """Choueifaty and Coignard: scaling one asset by k divides its weight by k, before the sum is brought to 1."""
    sigma, rng = stack(seed, 1, count), np.random.default_rng(seed)
    factors, order = 10.0 ** rng.uniform(-2.0, 2.0, count), rng.permutation(count)
    found = ours(MaximumDiversification(), sigma)[0]
    scaled = ours(MaximumDiversification(), sigma * factors * factors[:, None])[0] * factors
    np.testing.assert_allclose(scaled / scaled.sum(), found, atol=1e-8)
    moved = ours(MaximumDiversification(), np.ascontiguousarray(sigma[:, order][:, :, order]))[0]
    np.testing.assert_allclose(moved, found[order], atol=1e-8)


@few
@given(seeds, st.sampled_from([1.0, 0.3]))
def test_a_date_alone_has_the_bits_it_has_in_a_batch(seed: int, cap: float):
    sigma = stack(seed, 4, 5)
    whole = ours(MaximumDiversification(cap), sigma)
    for d in range(4):
        assert ours(MaximumDiversification(cap), sigma[d : d + 1]).tobytes() == whole[d : d + 1].tobytes()


# By hand.


def test_equal_correlations_give_inverse_volatilities():
    # With one correlation for all pairs y = sigma w is even: w goes with 1/sigma: 10, 5, 2.5 of 17.5.
    volatility = np.array([0.1, 0.2, 0.4])
    sigma = np.where(np.eye(3) > 0.0, 1.0, 0.3) * volatility * volatility[:, None]
    np.testing.assert_allclose(ours(MaximumDiversification(), sigma[None])[0], np.array([10.0, 5.0, 2.5]) / 17.5, atol=1e-12)
    # Capped at half: A at 0.5; of B and C, at equal volatility-weighted slopes, the ratio decides: checked with cvxpy below.
    assert ours(MaximumDiversification(0.5), sigma[None])[0, 0] == pytest.approx(0.5, abs=1e-9)


def test_two_twins_and_a_stranger():
    # Two assets in step (0.999) and one apart, one volatility: the twins share what one of them would have, 1/4, 1/4, 1/2
    # up to the 0.001: C y = 1 with y = (a, a, b): 1.999 a = 1, b = 1: a = 0.50025; weights a / (2 a + b).
    sigma = 0.04 * np.array([[1.0, 0.999, 0.0], [0.999, 1.0, 0.0], [0.0, 0.0, 1.0]])
    a = 1.0 / 1.999
    want = np.array([a, a, 1.0]) / (2.0 * a + 1.0)
    np.testing.assert_allclose(ours(MaximumDiversification(), sigma[None])[0], want, atol=1e-10)


# Outside oracles.


@pytest.mark.parametrize("cap", [1.0, 0.25])
@pytest.mark.parametrize("seed", range(6))
def test_cvxpy_finds_the_same(seed: int, cap: float):
    sigma = stack(seed, 1, 8)[0]
    found = ours(MaximumDiversification(cap), sigma[None])[0]
    x, root = cp.Variable(8), np.linalg.cholesky(sigma).T
    limits = [x >= 0, np.sqrt(np.diagonal(sigma)) @ x == 1, x <= cap * cp.sum(x)]
    cp.Problem(cp.Minimize(cp.sum_squares(root @ x)), limits).solve(solver="CLARABEL", tol_gap_abs=1e-11, tol_gap_rel=1e-11)
    want = x.value / x.value.sum()
    np.testing.assert_allclose(found, want, atol=1e-5)
    assert diversification(found, sigma) >= diversification(want, sigma) - 1e-7


@pytest.mark.parametrize("cap", [1.0, 0.3])
def test_skfolio_finds_the_same(cap: float):
    with no_plugins():
        from skfolio.optimization import MaximumDiversification as Theirs

        rows = np.random.default_rng(5).normal(size=(300, 6)) * [0.01, 0.02, 0.005, 0.015, 0.01, 0.03]
        rows += 0.01 * np.random.default_rng(6).normal(size=(300, 1))
        want = Theirs(min_weights=0.0, max_weights=cap).fit(rows).weights_
    found = ours(MaximumDiversification(cap), np.cov(rows.T)[None] * 252.0)[0]
    np.testing.assert_allclose(found, want, atol=2e-4)  # its solver stops earlier
    assert diversification(found, np.cov(rows.T)) >= diversification(want, np.cov(rows.T)) - 1e-8


# Degenerate.


@pytest.mark.parametrize("cap", [1.0, 0.4])
def test_badly_scaled_covariances(cap: float):
    found = ours(MaximumDiversification(cap), stack(9, 5, 6, 5.0))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(-1), 1.0, atol=1e-12)


@pytest.mark.parametrize(
    ("why", "bad"),
    [
        ("not known", np.full((2, 2), np.nan)),
        ("has not varied", np.diag([0.04, 0.0])),
        ("not positive definite", np.array([[0.04, 0.04], [0.04, 0.04]])),
    ],
)
def test_what_cannot_be_worked_out_is_unknown_and_says_why(why: str, bad: Array):
    found = ours(MaximumDiversification(), np.array([np.diag([0.04, 0.01]), bad]))
    np.testing.assert_allclose(found[0], [1.0 / 3.0, 2.0 / 3.0])
    assert np.isnan(found[1]).all()
    today = replace(aims_of(found[1:]), forecast=Forecast(np.zeros((1, 2)), bad[None])).row(0)
    assert why in MaximumDiversification().sentence(today, 1)


def test_only_some_assets_are_meant_and_it_says_what_it_holds():
    sigma = np.diag([0.04, 0.01, 0.16])
    model = MaximumDiversification(only=("A0", "A2"), universe=universe(3))
    found = ours(model, sigma[None])
    np.testing.assert_allclose(found[0], [2.0 / 3.0, 0.0, 1.0 / 3.0], atol=1e-12)
    today = replace(aims_of(found), forecast=Forecast(np.zeros((1, 3)), sigma[None])).row(0)
    # (2/3 * 0.2 + 1/3 * 0.4) / sqrt(2) / (2/3 * 0.2) = 0.26667 / 0.18856 = 1.41
    assert model.sentence(today, 0) == "66.7 % of the most diversified portfolio: the risk of its parts is 1.41 times its own"
    assert "A0, A2" in model.words


def test_one_asset_is_all_of_it_and_a_cap_must_leave_a_portfolio():
    np.testing.assert_array_equal(ours(MaximumDiversification(), np.array([[[0.04]]])), [[1.0]])
    with pytest.raises(ParameterError, match="do not make a whole portfolio"):
        MaximumDiversification(0.3, universe=universe(3))
