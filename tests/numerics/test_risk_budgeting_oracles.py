"""Risk budgets beside published tables, other libraries and a convex solver."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from tests.numerics.risk_samples import factor_covariance, skewed
from tests.numerics.sklearn_alone import no_plugins
from trimtab.core.arrays import Array
from trimtab.numerics.risk_budgeting import risk_budgets

both = pytest.mark.parametrize("compiled", [False, True], ids=["numpy", "numba"])

# Maillard, Roncalli and Teiletche 2010, example 2.
VOLATILITY = np.array([0.1, 0.2, 0.3, 0.4])
CORRELATION = np.array([[1, 0.8, 0, 0], [0.8, 1, 0, 0], [0, 0, 1, -0.5], [0, 0, -0.5, 1]])
FOUR = CORRELATION * VOLATILITY * VOLATILITY[:, None]
# Richard and Roncalli 2019, table 1.
NESTED = np.array(
    [[0.01, 0.0075, 0.01, 0.015], [0.0075, 0.0225, 0.015, 0.0225], [0.01, 0.015, 0.04, 0.045], [0.015, 0.0225, 0.045, 0.09]]
)


@both
def test_maillard_roncalli_and_teiletche(compiled: bool):
    found = risk_budgets(FOUR, np.ones(4), compiled=compiled)
    np.testing.assert_allclose(100.0 * found, [38.361, 19.181, 24.262, 18.196], atol=0.0005)
    assert abs(100.0 * np.sqrt(found @ FOUR @ found) - 10.293) < 0.0005


@both
def test_richard_and_roncalli(compiled: bool):
    found = risk_budgets(NESTED, np.ones(4), compiled=compiled)
    np.testing.assert_allclose(100.0 * found, [41.01, 27.34, 18.99, 12.66], atol=0.005)
    found = risk_budgets(NESTED, np.array([0.3, 0.3, 0.195, 0.205]), compiled=compiled)
    np.testing.assert_allclose(100.0 * found, [45.05, 30.04, 14.67, 10.24], atol=0.005)


def returns_with(covariance: Array) -> Array:
    """Returns (T, N) whose sample covariance is exactly the one given."""
    count = len(covariance)
    draws = np.random.default_rng(3).standard_normal((3 * count + 50, count))
    draws -= draws.mean(axis=0)
    white = np.linalg.solve(np.linalg.cholesky(np.cov(draws.T)), draws.T).T
    return white @ np.linalg.cholesky(covariance).T


@pytest.mark.parametrize("seed", range(3))
def test_skfolio_agrees(seed: int):
    from skfolio import RiskMeasure
    from skfolio.optimization import RiskBudgeting

    covariance, budgets = factor_covariance(6, seed) / 252.0, skewed(6, seed)
    asked = RiskBudgeting(risk_measure=RiskMeasure.VARIANCE, risk_budget=budgets)
    with no_plugins():
        theirs = asked.fit(returns_with(covariance)).weights_
    np.testing.assert_allclose(risk_budgets(covariance, budgets), theirs, atol=1e-4)  # as near as its solver comes


@pytest.mark.parametrize("seed", range(3))
def test_riskfolio_agrees(seed: int):
    pd = pytest.importorskip("pandas")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import riskfolio

        covariance, budgets = factor_covariance(6, seed) / 252.0, skewed(6, seed)
        frame = pd.DataFrame(returns_with(covariance), columns=[f"A{i}" for i in range(6)])
        held = riskfolio.Portfolio(returns=frame)
        held.solvers = ["CLARABEL"]
        held.assets_stats(method_mu="hist", method_cov="hist")
        theirs = held.rp_optimization(model="Classic", rm="MV", rf=0, b=budgets[:, None], hist=True).to_numpy().ravel()
    np.testing.assert_allclose(risk_budgets(covariance, budgets), theirs, atol=2e-5)


@pytest.mark.parametrize("seed", range(4))
def test_a_convex_solver_on_the_log_barrier_agrees(seed: int):
    import cvxpy as cp

    covariance, budgets = factor_covariance(8, seed), skewed(8, seed)
    y = cp.Variable(8)
    problem = cp.Problem(cp.Minimize(0.5 * cp.quad_form(y, cp.psd_wrap(100.0 * covariance)) - budgets @ cp.log(y)))
    problem.solve(solver="CLARABEL", tol_gap_abs=1e-11, tol_gap_rel=1e-11, tol_feas=1e-11)
    np.testing.assert_allclose(risk_budgets(covariance, budgets), y.value / y.value.sum(), atol=1e-6)
