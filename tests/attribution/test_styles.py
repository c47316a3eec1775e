"""Style analysis: optimality, planted mixes, two outside solvers, windows, and records without an answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, nnls

from trimtab.attribution.factors import Factors, Fitting
from trimtab.attribution.styles import rolling_styles, style_analysis
from trimtab.core.errors import ParameterError
from trimtab.numerics.newey_west import Unfit


def sample(seed: int, count: int = 60, many: int = 4) -> tuple[np.ndarray, Factors]:
    draw = np.random.default_rng(seed)
    rows = draw.normal(0.005, 1.0, (count, many)) * np.geomspace(0.05, 0.01, many) + 0.02 * draw.standard_normal((count, 1))
    weights = draw.dirichlet(np.full(many, 0.4))
    return rows @ weights + 0.01 * draw.standard_normal(count), Factors(tuple(f"style {n}" for n in range(many)), rows)


@given(st.integers(0, 100_000), st.integers(1, 8), st.sampled_from([None, 20.0]))
@settings(max_examples=60, deadline=None)
def test_no_money_moved_between_styles_brings_the_mix_nearer(seed: int, many: int, halflife: float | None) -> None:
    """Karush, Kuhn and Tucker: the slope is the same for all held, and no lower for those that are not."""
    returns, styles = sample(seed, many=many)
    found = style_analysis(returns, styles, per_year=12, fitting=Fitting(halflife=halflife))
    mass = np.full(60, 1 / 60) if halflife is None else 0.5 ** (np.arange(59, -1, -1) / halflife)
    mass = mass / mass.sum()
    apart, rest = styles.returns - mass @ styles.returns, found.rest - mass @ found.rest
    slope = -2.0 * apart.T @ (mass * rest)
    level = slope @ found.weights
    size = np.abs(slope).max() + 2 * np.abs(apart).max() ** 2
    assert (slope >= level - 1e-10 * size).all()
    np.testing.assert_allclose(slope[found.weights > 0.0], level, atol=1e-10 * size)
    assert (found.weights >= 0.0).all()
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-14)
    np.testing.assert_allclose(found.path.sum(-1) + found.rest, returns, atol=1e-15)


@given(st.integers(0, 10_000), st.permutations(range(4)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_styles_and_a_constant_are_no_matter(seed: int, order: list[int]) -> None:
    returns, styles = sample(seed)
    found = style_analysis(returns, styles, per_year=12)
    again = style_analysis(returns + 0.01, Factors(styles.names, styles.returns[:, order]), per_year=12)
    np.testing.assert_allclose(again.weights, found.weights[order], atol=1e-10)
    assert again.selection == pytest.approx(found.selection + 0.12, abs=1e-10)
    assert again.share == pytest.approx(found.share, abs=1e-10)


def test_two_styles_by_hand() -> None:
    # S1 1, -1, 1, -1; S2 1, 1, -1, -1 %: uncorrelated, same variance. r = .75 S1 + .25 S2 + .1 %: weights .75 and .25,
    # nothing else left: selection .1 % a month, 1.2 % a year, share 1. A record of 2 S1 - S2 is nearest to S1 alone:
    # r - S1 = S1 - S2 has the variance 2, r has 5, share 1 - 2 / 5.
    one, two = np.array([1.0, -1.0, 1.0, -1.0]) / 100, np.array([1.0, 1.0, -1.0, -1.0]) / 100
    styles = Factors(("one", "two"), np.column_stack([one, two]))
    found = style_analysis(0.75 * one + 0.25 * two + 0.001, styles, per_year=12)
    np.testing.assert_allclose(found.weights, [0.75, 0.25], atol=1e-14)
    assert (found.share, found.selection) == pytest.approx((1.0, 0.012), abs=1e-14)
    assert found.tracking == pytest.approx(0.0, abs=1e-14)
    far = style_analysis(2 * one - two, styles, per_year=12)
    np.testing.assert_allclose(far.weights, [1.0, 0.0], atol=1e-14)
    assert far.share == pytest.approx(0.6, abs=1e-14)


@pytest.mark.parametrize("seed", range(6))
def test_outside_solvers_find_the_same_mix(seed: int) -> None:
    returns, styles = sample(seed, 120, 6)
    found = style_analysis(returns, styles, per_year=12)
    rows, away = styles.returns - styles.returns.mean(0), returns - returns.mean()
    scaled = 1e4 * rows.T @ rows / 120, 1e4 * rows.T @ away / 120
    theirs = minimize(
        lambda w: w @ scaled[0] @ w - 2 * scaled[1] @ w,
        np.full(6, 1 / 6),
        jac=lambda w: 2 * (scaled[0] @ w - scaled[1]),
        bounds=[(0, 1)] * 6,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        options={"ftol": 1e-15, "maxiter": 500},
    )
    np.testing.assert_allclose(found.weights, theirs.x, atol=2e-6)
    heavy = 1e4  # a row of ones this heavy makes the sum bind in non-negative least squares
    least, _ = nnls(np.vstack([rows / rows.std(), np.full((1, 6), heavy)]), np.append(away / rows.std(), heavy))
    np.testing.assert_allclose(found.weights, least, atol=1e-5)
    assert ((away - rows @ found.weights) ** 2).sum() <= ((away - rows @ theirs.x) ** 2).sum() + 1e-12


def test_each_window_is_a_style_of_its_own_and_selection_looks_back() -> None:
    returns, styles = sample(4, 90)
    rolling = rolling_styles(returns, styles, 36)
    for t in (35, 60, 89):
        part = slice(t - 35, t + 1)
        alone = style_analysis(returns[part], Factors(styles.names, styles.returns[part]), per_year=12)
        np.testing.assert_array_equal(rolling.weights[t], alone.weights)
        assert rolling.share[t] == alone.share
    assert rolling.selection[50] == pytest.approx(returns[50] - rolling.weights[49] @ styles.returns[50], abs=1e-15)
    assert np.isnan(rolling.selection[:36]).all()
    assert np.isfinite(rolling.selection[36:]).all()
    assert (rolling.fault[:35] == Unfit.SHORT).all()


def test_a_manager_who_moves_is_followed() -> None:
    _, styles = sample(8, 200, 3)
    noise = 0.002 * np.random.default_rng(8).standard_normal(200)
    returns = np.where(np.arange(200) < 100, styles.returns[:, 0], styles.returns[:, 2]) + noise
    rolling = rolling_styles(returns, styles, 36)
    assert rolling.weights[99, 0] > 0.95
    assert rolling.weights[199, 2] > 0.95


def test_a_record_that_is_one_style_exactly() -> None:
    _, styles = sample(2)
    found = style_analysis(styles.returns[:, 1], styles, per_year=12)
    np.testing.assert_allclose(found.weights, [0.0, 1.0, 0.0, 0.0], atol=1e-12)
    assert found.share == pytest.approx(1.0, abs=1e-14)


def test_without_an_answer_there_is_a_reason() -> None:
    returns, styles = sample(2)
    gap = returns.copy()
    gap[0] = np.nan
    twice = Factors(("a", "b"), np.column_stack([styles.returns[:, 0], styles.returns[:, 0] + 0.001]))
    for found, why in (
        (style_analysis(gap, styles, per_year=12), Unfit.UNKNOWN),
        (style_analysis(returns[:4], Factors(styles.names, styles.returns[:4]), per_year=12), Unfit.SHORT),
        (style_analysis(np.empty(0), Factors(styles.names, np.empty((0, 4))), per_year=12), Unfit.SHORT),
        (style_analysis(np.full(60, 0.1), styles, per_year=12), Unfit.FLAT),
        (style_analysis(returns, twice, per_year=12), Unfit.COLLINEAR),
    ):
        assert found.fault is why
        assert np.isnan(found.weights).all()
        assert np.isnan([found.share, found.selection, found.tracking]).all()
    with pytest.raises(ParameterError, match="dates"):
        style_analysis(returns[1:], styles, per_year=12)
    with pytest.raises(ParameterError, match="window"):
        rolling_styles(returns, styles, 4)
