"""Risk budgets within bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.numerics.risk_samples import factor_covariance, rescaled, skewed, spectral
from trimtab.numerics import risk_budgeting_boxed
from trimtab.numerics.risk_budgeting import risk_budgets
from trimtab.numerics.risk_budgeting_boxed import boxed_risk_budgets
from trimtab.numerics.risk_contributions import contributions


@settings(max_examples=60, deadline=None)
@given(count=st.integers(2, 12), seed=st.integers(0, 2**31), narrow=st.sampled_from([0.0, 0.3, 0.8, 0.999]))
def test_the_conditions_of_the_minimum_hold(count: int, seed: int, narrow: float):
    random = np.random.default_rng(seed)
    middle, budgets, covariance = random.dirichlet(np.full(count, 3.0)), skewed(count, seed), factor_covariance(count, seed)
    low, high = narrow * middle, middle + (1.0 - narrow) * random.random(count)
    found = boxed_risk_budgets(covariance, budgets, low, high)
    if np.isnan(found).any():  # only where the least variance within the bounds, which no lambda goes below, is above 1 in sum
        assert low.sum() > 0.0
        return
    assert abs(found.sum() - 1.0) < 1e-10
    assert ((found >= low - 1e-15) & (found <= high + 1e-15)).all()
    ratio = contributions(found, covariance) / budgets
    free = (found > low * (1 + 1e-9)) & (found < high * (1 - 1e-9))
    if free.any():
        level = ratio[free].mean()
        assert np.abs((ratio - level) * budgets)[free].max() < 1e-9
        assert (ratio[found <= low * (1 + 1e-12)] >= level - 1e-7).all()
        assert (ratio[found >= high * (1 - 1e-12)] <= level + 1e-7).all()


def test_bounds_that_bind_nowhere_change_nothing():
    covariance, budgets = factor_covariance(7), skewed(7)
    np.testing.assert_allclose(boxed_risk_budgets(covariance, budgets, 0.0, 1.0), risk_budgets(covariance, budgets), atol=1e-11)


def test_a_row_alone_has_the_bits_it_has_in_a_batch():
    whole = np.stack(
        [factor_covariance(6, seed) for seed in range(8)] + [np.full((6, 6), np.nan), spectral(np.logspace(0, -9, 6))]
    )
    found = boxed_risk_budgets(whole, np.ones(6), 0.05, 0.25)
    for d in range(len(whole)):
        assert boxed_risk_budgets(whole[d : d + 1], np.ones(6), 0.05, 0.25)[0].tobytes() == found[d].tobytes()
        assert boxed_risk_budgets(whole[d:], np.ones(6), 0.05, 0.25)[0].tobytes() == found[d].tobytes()
    assert np.isnan(found[8]).all()
    assert not np.isnan(found[:8]).any()


def test_order_and_units_play_no_part():
    random, covariance = np.random.default_rng(5), factor_covariance(6, 5)
    order, low, high = random.permutation(6), np.full(6, 0.1), np.linspace(0.15, 0.4, 6)
    found = boxed_risk_budgets(covariance, np.ones(6), low, high)
    permuted = boxed_risk_budgets(covariance[np.ix_(order, order)], np.ones(6), low[order], high[order])
    np.testing.assert_allclose(permuted, found[order], atol=1e-12)
    np.testing.assert_allclose(boxed_risk_budgets(1e4 * covariance / 3.0, np.ones(6), low, high), found, atol=1e-12)


def test_two_assets_by_hand():
    # Inverse volatility gives 1/3 and 2/3; at most 60 % in the second leaves 40 % for the first.
    covariance = np.array([[0.04, 0.01], [0.01, 0.01]])
    np.testing.assert_allclose(boxed_risk_budgets(covariance, np.ones(2), 0.0, 0.6), [0.4, 0.6], atol=1e-12)
    np.testing.assert_allclose(boxed_risk_budgets(covariance, np.ones(2), 0.35, 1.0), [0.35, 0.65], atol=1e-12)


def test_richard_and_roncalli_2019_table_6():
    volatility = np.array([0.15, 0.20, 0.25, 0.30, 0.10])
    correlation = np.eye(5)
    pairs = {(0, 1): 0.1, (0, 2): 0.4, (0, 3): 0.5, (0, 4): 0.5, (1, 2): 0.7, (1, 3): 0.4, (1, 4): 0.4}
    for (i, j), rho in (pairs | {(2, 3): 0.8, (2, 4): 0.05, (3, 4): 0.1}).items():
        correlation[i, j] = correlation[j, i] = rho
    covariance = correlation * volatility * volatility[:, None]
    middle = np.array([0.25, 0.25, 0.10, 0.10, 0.30])
    found = boxed_risk_budgets(covariance, np.full(5, 0.2), middle - 0.05, middle + 0.05)
    np.testing.assert_allclose(100.0 * found, [22.89, 20.00, 11.69, 10.42, 35.00], atol=0.005)
    assert abs(contributions(found, covariance)[1] - 0.2455) < 0.00005


@pytest.mark.parametrize("seed", range(3))
def test_a_convex_solver_agrees(seed: int):
    import cvxpy as cp

    covariance, budgets = factor_covariance(6, seed), skewed(6, seed)
    found = boxed_risk_budgets(covariance, budgets, 0.08, 0.3)
    variance = found @ covariance @ found
    share = contributions(found, covariance) / budgets
    free = (found > 0.08 + 1e-9) & (found < 0.3 - 1e-9)
    mu = float(share[free].mean() * variance)
    x = cp.Variable(6)
    risk = 0.5 * cp.quad_form(x, cp.psd_wrap(covariance / mu))
    solved = cp.Problem(cp.Minimize(risk - budgets @ cp.log(x)), [x >= 0.08, x <= 0.3])
    solved.solve(solver="CLARABEL", tol_gap_abs=1e-11, tol_gap_rel=1e-11, tol_feas=1e-11)
    np.testing.assert_allclose(found, x.value, atol=2e-6)


@pytest.mark.parametrize(("low", "high"), [(0.6, 1.0), (0.0, 0.4), (0.5, 0.3), (-0.1, 1.0), (0.0, 0.0), (np.nan, 1.0)])
def test_bounds_that_leave_no_portfolio_are_refused(low: float, high: float):
    assert np.isnan(boxed_risk_budgets(np.eye(2), np.ones(2), low, high)).all()


def test_bounds_that_leave_one_portfolio_give_that_one():
    covariance, one = factor_covariance(4), np.array([0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(boxed_risk_budgets(covariance, np.ones(4), one, 1.0), one, atol=1e-12)
    np.testing.assert_allclose(boxed_risk_budgets(covariance, np.ones(4), 0.0, one), one, atol=1e-12)
    np.testing.assert_allclose(boxed_risk_budgets(covariance, np.ones(4), one, one), one, atol=1e-12)


def test_an_answer_that_is_no_minimum_is_not_believed(monkeypatch: pytest.MonkeyPatch):
    wrong = (np.full((1, 4), 0.25), np.full((1, 1), 0.01))  # sums to 1 within the bounds, and is no minimum
    monkeypatch.setattr(risk_budgeting_boxed, "_rooted", lambda _: wrong)
    covariance = rescaled(factor_covariance(4), np.array([1.0, 1.1, 1.2, 1.3]))  # variances in one unit
    assert risk_budgets(covariance, np.ones(4)).max() > 0.27  # or they would be the answer, within the bounds
    assert np.isnan(boxed_risk_budgets(covariance, np.ones(4), 0.1, 0.27)).all()


@pytest.mark.parametrize("matrix", [np.zeros((2, 2)), np.full((2, 2), np.nan), np.array([[1.0, 2.0], [2.0, 1.0]])])
def test_what_is_no_covariance_is_refused(matrix: np.ndarray):
    assert np.isnan(boxed_risk_budgets(matrix, np.ones(2), 0.1, 0.9)).all()
    assert np.isnan(boxed_risk_budgets(np.eye(2), np.array([1.0, 0.0]), 0.1, 0.9)).all()
    assert boxed_risk_budgets(np.empty((0, 2, 2)), np.ones(2), 0.1, 0.9).shape == (0, 2)


@pytest.mark.parametrize("most", [1.0, 0.6])
@pytest.mark.parametrize("correlation", [-0.99, -0.99999, -0.999999])
def test_assets_that_hedge_each_other_well_are_no_reason_to_refuse(correlation: float, most: float):
    deviations, budgets = np.array([0.2, 0.11]), np.array([0.29, 0.71])
    covariance = np.outer(deviations, deviations) * np.array([[1.0, correlation], [correlation, 1.0]])
    free = risk_budgets(covariance, budgets)  # about 0.11 to 0.2, as for two assets that hedge each other it must be
    found = boxed_risk_budgets(covariance, budgets, 0.0, most)
    np.testing.assert_allclose(found, free if most == 1.0 else [1.0 - most, most], atol=1e-9)
