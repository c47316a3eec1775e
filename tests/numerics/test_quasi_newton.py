"""A small quasi-Newton search: known minima, and scipy finds no other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, rosen, rosen_der

from trimtab.numerics.quasi_newton import minimise


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 6))
def test_a_bowl_has_its_lowest_point_where_its_slope_is_zero(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((count, count))
    curve, pull = root @ root.T + np.eye(count), rng.standard_normal(count)
    lowest, value, left = minimise(
        lambda x: (float(0.5 * x @ curve @ x - pull @ x), curve @ x - pull), np.zeros(count), tolerance=1e-10
    )
    assert np.allclose(lowest, np.linalg.solve(curve, pull), atol=1e-8)
    assert np.isclose(value, -0.5 * pull @ np.linalg.solve(curve, pull), atol=1e-12)
    assert left < 1e-10


def test_rosenbrocks_valley_as_scipy_walks_it() -> None:
    start = np.array([-1.2, 1.0, 0.3])
    lowest, _, left = minimise(lambda x: (float(rosen(x)), rosen_der(x)), start, tolerance=1e-9)
    assert np.allclose(lowest, 1.0, atol=1e-8)
    assert np.allclose(lowest, minimize(rosen, start, jac=rosen_der, tol=1e-10).x, atol=1e-6)
    assert left <= 1e-9


def test_a_search_without_a_floor_ends() -> None:
    _, value, left = minimise(lambda x: (float(np.exp(x[0])), np.exp(x)), np.array([0.0]), tolerance=1e-6)
    assert value <= 1e-6
    assert left <= 1e-6


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_has_no_value_beyond_a_wall_is_not_entered(wrong: float) -> None:
    def slope(x: np.ndarray) -> tuple[float, np.ndarray]:
        return (wrong, x) if x[0] < 1.0 else (float(x[0] ** 2), 2.0 * x)

    lowest, value, _ = minimise(slope, np.array([3.0]), tolerance=1e-9)
    assert 1.0 <= lowest[0] < 1.3
    assert value == lowest[0] ** 2
