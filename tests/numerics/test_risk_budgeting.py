"""Risk budgets: laws, hand-worked cases, and covariances that defeat solvers."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.numerics.risk_samples import factor_covariance, rescaled, sample_covariance, skewed, spectral
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError
from trimtab.numerics import risk_budgeting, risk_budgeting_newton
from trimtab.numerics.risk_budgeting import refusal, risk_budgets
from trimtab.numerics.risk_contributions import contributions

ENGINES = [False, True]
both = pytest.mark.parametrize("compiled", ENGINES, ids=["numpy", "numba"])


def gap(weights: Array, covariance: Array, budgets: Array) -> float:
    return float(np.abs(contributions(weights, covariance) - budgets).max())


def equal(count: int) -> Array:
    return np.full(count, 1.0 / count)


# Laws.


@both
@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 30), seed=st.integers(0, 2**31), orders=st.integers(0, 12))
def test_shares_of_risk_are_the_budgets(compiled: bool, count: int, seed: int, orders: int):
    random = np.random.default_rng(seed)
    covariance = rescaled(factor_covariance(count, seed), 10.0 ** (-0.5 * orders * random.random(count)))
    budgets = skewed(count, seed)
    found = risk_budgets(covariance, budgets, compiled=compiled)
    assert gap(found, covariance, budgets) < 1e-10
    assert (found > 0.0).all()
    assert abs(found.sum() - 1.0) < 1e-14


@both
@settings(max_examples=25, deadline=None)
@given(count=st.integers(2, 12), seed=st.integers(0, 2**31))
def test_order_and_units_of_the_assets_play_no_part(compiled: bool, count: int, seed: int):
    random = np.random.default_rng(seed)
    covariance, budgets, order = factor_covariance(count, seed), skewed(count, seed), random.permutation(count)
    found = risk_budgets(covariance, budgets, compiled=compiled)
    permuted = risk_budgets(covariance[np.ix_(order, order)], budgets[order], compiled=compiled)
    np.testing.assert_allclose(permuted, found[order], rtol=0, atol=1e-12)
    np.testing.assert_allclose(risk_budgets(covariance * 10_000.0 / 3.0, budgets, compiled=compiled), found, rtol=0, atol=1e-12)
    np.testing.assert_allclose(risk_budgets(covariance, 250.0 * budgets, compiled=compiled), found, rtol=0, atol=1e-15)


@both
@pytest.mark.parametrize("count", [1, 2, 12, 64, 65, 90])
def test_a_row_alone_has_the_bits_it_has_in_a_batch(compiled: bool, count: int):
    kinds = [factor_covariance(count, 1), spectral(np.logspace(0, -8, count), 2), np.full((count, count), np.nan)]
    kinds += [rescaled(factor_covariance(count, 3), np.logspace(0, -6, count)), np.zeros((count, count)), np.eye(count)]
    whole = np.stack(kinds)
    budgets = np.stack([skewed(count, seed) for seed in range(len(kinds))])
    found = risk_budgets(whole, budgets, compiled=compiled)
    for d in range(len(kinds)):
        for rows in (slice(d, d + 1), slice(d, None), slice(None, d + 1)):
            part = risk_budgets(whole[rows], budgets[rows], compiled=compiled)
            assert part[d - (rows.start or 0)].tobytes() == found[d].tobytes()
    strided = np.asfortranarray(np.repeat(whole, 2, axis=1)[:, ::2])
    assert risk_budgets(strided, budgets, compiled=compiled).tobytes() == found.tobytes()


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 80), seed=st.integers(0, 2**31))
def test_both_engines_agree(count: int, seed: int):
    covariance, budgets = factor_covariance(count, seed), skewed(count, seed)
    plain, compiled = (risk_budgets(covariance, budgets, compiled=one) for one in ENGINES)
    np.testing.assert_allclose(compiled, plain, rtol=0, atol=1e-12)
    assert risk_budgets(covariance, budgets).tobytes() == compiled.tobytes()  # what is installed is taken


@both
def test_leading_axes_and_budgets_by_row(compiled: bool):
    covariance = np.stack([factor_covariance(4, seed) for seed in range(6)]).reshape(2, 3, 4, 4)
    budgets = np.stack([skewed(4, seed) for seed in range(3)])
    found = risk_budgets(covariance, budgets, compiled=compiled)
    assert found.shape == (2, 3, 4)
    assert found[1, 2].tobytes() == risk_budgets(covariance[1, 2], budgets[2], compiled=compiled).tobytes()
    assert risk_budgets(np.empty((0, 3, 3)), equal(3), compiled=compiled).shape == (0, 3)


# Closed forms.


@both
@pytest.mark.parametrize("rho", [-0.999, -0.5, 0.0, 0.3, 0.999999])
def test_two_assets_are_weighted_by_inverse_volatility(compiled: bool, rho: float):
    covariance = np.array([[0.04, rho * 0.02], [rho * 0.02, 0.01]])  # 20 and 10 %: a third and two thirds
    np.testing.assert_allclose(risk_budgets(covariance, equal(2), compiled=compiled), [1 / 3, 2 / 3], atol=1e-12)


@both
@pytest.mark.parametrize("count", [3, 10, 100])
def test_equal_correlations_are_weighted_by_inverse_volatility(compiled: bool, count: int):
    volatility = np.random.default_rng(count).uniform(0.01, 0.5, count)
    correlation = np.full((count, count), 0.4) + 0.6 * np.eye(count)
    want = 1.0 / volatility / (1.0 / volatility).sum()
    found = risk_budgets(correlation * volatility * volatility[:, None], equal(count), compiled=compiled)
    np.testing.assert_allclose(found, want, rtol=1e-12)


def test_one_asset_gets_everything():
    assert risk_budgets(np.array([[0.04]]), np.array([1.0])).tolist() == [1.0]


# Hard ones. Of riskless directions none is long only, or rounding would hide what risk is left.


@both
@pytest.mark.parametrize("count", [2, 3, 10, 50, 200, 500])
def test_a_condition_of_1e14(compiled: bool, count: int):
    one_small = np.append(np.ones(count - 1), 1e-14)
    alike = np.full((count, count), 1.0 - 1e-14) + 1e-14 * np.eye(count)
    tilted = spectral(one_small, 1) if count > 3 else alike
    for covariance in (alike, tilted, rescaled(tilted, np.logspace(0, -6, count))):
        assert gap(risk_budgets(covariance, skewed(count), compiled=compiled), covariance, skewed(count)) < 1e-10


@both
@pytest.mark.parametrize(("count", "rows"), [(3, 3), (10, 5), (50, 20), (200, 60), (500, 250)])
def test_sample_covariances_of_too_few_rows(compiled: bool, count: int, rows: int):
    covariance = sample_covariance(count, rows)
    assert np.linalg.matrix_rank(covariance) < count
    assert gap(risk_budgets(covariance, equal(count), compiled=compiled), covariance, equal(count)) < 1e-10


@both
def test_eigenvalues_over_fourteen_orders_whose_last_digits_rounding_hides(compiled: bool):
    covariance = spectral(np.logspace(0, -14, 200), 2)
    found = risk_budgets(covariance, equal(200), compiled=compiled)
    parts = [w * math.fsum((row * found).tolist()) for w, row in zip(found, covariance, strict=True)]
    exact = np.array(parts) / math.fsum(parts)  # sums without rounding; products still round
    assert np.abs(exact - equal(200)).max() < 3e-10
    assert not np.isnan(found).any()


@both
def test_a_thousand_assets(compiled: bool):
    scales = np.logspace(0, -6, 1000)
    for covariance in (factor_covariance(1000), rescaled(factor_covariance(1000, 1), scales)):
        assert gap(risk_budgets(covariance, equal(1000), compiled=compiled), covariance, equal(1000)) < 1e-10


# What has no answer.

REFUSED = [
    ([[np.nan, 0.0], [0.0, 1.0]], "the covariance of asset 0 is unknown"),
    ([[1.0, np.nan], [np.nan, 1.0]], "the covariance between asset 0, asset 1 is unknown"),
    ([[np.inf, 0.0], [0.0, 1.0]], "the covariance of asset 0 is unknown"),
    ([[1.0, 0.0], [0.0, 0.0]], "asset 1 has no variance"),
    ([[1.0, 0.0], [0.0, -1.0]], "asset 1 has no variance"),
    ([[1.0, 0.5], [0.2, 1.0]], "the covariance is not symmetric"),
    ([[1.0, 1.2], [1.2, 1.0]], "the covariance is not positive semidefinite"),
    ([[1.0, -0.9, -0.9], [-0.9, 1.0, -0.9], [-0.9, -0.9, 1.0]], "the covariance is not positive semidefinite"),
    ([[1.0, -1.0], [-1.0, 1.0]], "held long only, the assets hedge each other"),
]


@both
@pytest.mark.parametrize(("matrix", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_what_cannot_be_is_refused_with_a_reason(compiled: bool, matrix: list[list[float]], reason: str):
    covariance = np.array(matrix)
    good = factor_covariance(len(covariance))
    whole = np.stack([good, covariance, good])
    found = risk_budgets(whole, equal(len(covariance)), compiled=compiled)
    assert np.isnan(found[1]).all()
    assert found[0].tobytes() == found[2].tobytes() == risk_budgets(good, equal(len(good)), compiled=compiled).tobytes()
    assert refusal(covariance).startswith(reason)
    assert refusal(good) == ""


def test_reasons_name_the_assets():
    assert refusal(np.diag([1.0, 0.0]), names=("Bonds", "Cash")) == "Cash has no variance"


@both
@pytest.mark.parametrize("bad", [0.0, -0.1, np.nan, np.inf])
def test_a_budget_that_is_none_is_refused(compiled: bool, bad: float):
    budgets = np.array([[0.5, 0.5], [1.0, bad]])
    found = risk_budgets(np.stack([np.eye(2)] * 2), budgets, compiled=compiled)
    assert np.isnan(found).tolist() == [[False, False], [True, True]]
    assert refusal(np.eye(2), budgets[1]) == "a budget is not above 0"


@both
def test_budgets_that_are_all_negative_are_no_shares(compiled: bool):
    assert np.isnan(risk_budgets(np.eye(2), np.array([-1.0, -1.0]), compiled=compiled)).all()


def test_shapes_that_do_not_fit_stop():
    with pytest.raises(InvariantError, match="do not fit"):
        risk_budgets(np.eye(3), equal(2))
    with pytest.raises(InvariantError, match="do not fit"):
        risk_budgets(np.ones((2, 3)), equal(3))


def test_no_assets_have_no_weights():
    assert risk_budgets(np.empty((0, 0)), np.empty(0)).shape == (0,)
    assert refusal(np.empty((0, 0))) == "no asset takes part"


def test_without_numba_the_plain_engine_answers(monkeypatch: pytest.MonkeyPatch):
    plain = risk_budgets(factor_covariance(5), equal(5), compiled=False)
    monkeypatch.setattr(risk_budgeting, "find_spec", lambda _: None)
    risk_budgeting._engine.cache_clear()
    try:
        assert risk_budgets(factor_covariance(5), equal(5)).tobytes() == plain.tobytes()
        with pytest.raises(InvariantError, match="numba is not installed"):
            risk_budgets(factor_covariance(5), equal(5), compiled=True)
    finally:
        risk_budgeting._engine.cache_clear()


def test_an_engine_that_is_wrong_is_not_believed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(risk_budgeting, "newton", lambda _, budgets: np.ones_like(budgets))
    monkeypatch.setattr(risk_budgeting, "refined", lambda *given: given[-1])
    assert np.isnan(risk_budgets(factor_covariance(5), equal(5), compiled=False)).all()


def test_exact_gaps_are_exact():
    scaled, y = spectral(np.logspace(0, -14, 30), 3), np.random.default_rng(3).random(30)
    rows = [sum(Fraction(c) * Fraction(v) for c, v in zip(row, y, strict=True)) for row in scaled]
    parts = [Fraction(v) * row for v, row in zip(y, rows, strict=True)]
    want = np.array([float(Fraction(1, 30) - part / sum(parts)) for part in parts])
    found = risk_budgeting_newton.exact_gaps(scaled, np.full(30, 1 / 30), y)
    np.testing.assert_allclose(found, want, rtol=1e-12, atol=1e-16)


def test_a_singular_system_spoils_no_other():
    matrices = np.stack([np.eye(2), np.ones((2, 2)), 2.0 * np.eye(2)])
    found = risk_budgeting_newton.solved(matrices, np.ones((3, 2)))
    assert found[0].tolist() == [1.0, 1.0]
    assert np.isnan(found[1]).all()
    assert found[2].tolist() == [0.5, 0.5]


def test_what_is_compiled_is_what_is_written():
    numba_ = pytest.importorskip("trimtab.numerics.risk_budgeting_compiled")
    covariance, weights = factor_covariance(6)[None], np.empty((1, 6))
    names = ("_product", "_gaps", "_advance", "_moves", "_apply", "_sweep", "_swept", "_solve", "_equilibrate", "_definite")
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(numba_, name, getattr(numba_, name).py_func)
        numba_._quick.py_func(covariance, skewed(6)[None], 1e-12, weights)
    np.testing.assert_allclose(weights, numba_.quick(covariance, skewed(6)[None]), rtol=0, atol=1e-15)
