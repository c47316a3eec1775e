"""Squared distances against a solver and SciPy, the in-sample identity, and covariances without an inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.numerics.covariance import covariance
from trimtab.numerics.mahalanobis import rolling_moments, squared_distance


def drawn(seed: int, rows: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 0.01 * rng.standard_normal((rows, count)) @ rng.standard_normal((count, count)) + 0.001


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_the_mean_in_sample_is_exactly_t_less_1_over_t(seed: int, count: int) -> None:
    # sum over t of (r_t - m)' S^-1 (r_t - m) = trace(S^-1 (T - 1) S) = (T - 1) n
    for rows in (40, 500):
        moves = drawn(seed, rows, count)
        distance = squared_distance(moves - moves.mean(0), covariance(moves)) / count
        assert distance.mean() == pytest.approx((rows - 1) / rows, rel=1e-9)


def test_by_hand_and_against_scipy() -> None:
    from scipy.spatial.distance import mahalanobis

    # S = [[2, 1], [1, 2]], inverse [[2, -1], [-1, 2]] / 3; x = (1, 2): (2 - 2 - 2 + 8) / 3 = 2
    both = np.array([[2.0, 1.0], [1.0, 2.0]])
    assert squared_distance(np.array([1.0, 2.0]), both) == pytest.approx(2.0)
    moves = drawn(1, 60, 5)
    inverse = np.linalg.inv(covariance(moves))
    want = [mahalanobis(row, moves.mean(0), inverse) ** 2 for row in moves]
    assert squared_distance(moves - moves.mean(0), covariance(moves)) == pytest.approx(want, rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_it_is_what_a_solver_finds_in_any_order_alone_or_among_others(seed: int, count: int) -> None:
    moves = drawn(seed, 30 * 40, count).reshape(30, 40, count)
    matrices, x = covariance(moves), moves[:, -1]
    found = squared_distance(x, matrices)
    assert found == pytest.approx((x * np.linalg.solve(matrices, x[..., None])[..., 0]).sum(-1), rel=1e-6)
    assert all(squared_distance(x[k : k + 1], matrices[k : k + 1])[0] == found[k] for k in range(30))
    order = np.random.default_rng(seed).permutation(count)
    assert squared_distance(x[:, order], matrices[:, order][:, :, order]) == pytest.approx(found, rel=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_rolling_moments_are_those_of_each_run(seed: int, count: int) -> None:
    moves = drawn(seed, 50, count).reshape(2, 25, count)
    mean, found = rolling_moments(moves, 7)
    assert mean.shape == (2, 19, count)
    for d in range(2):
        for k in range(19):
            run = moves[d, k : k + 7]
            assert np.allclose(mean[d, k], run.mean(0), rtol=0.0, atol=1e-14)
            assert np.allclose(found[d, k], np.cov(run.T).reshape(count, count), rtol=1e-9, atol=1e-14)
    alone = rolling_moments(moves[1:], 7)
    assert (alone[0][0] == mean[1]).all()
    assert (alone[1][0] == found[1]).all()


def test_a_calm_run_after_a_wild_one_is_told_from_nothing() -> None:
    wild = np.stack([10.0 * drawn(seed, 20, 2) for seed in range(20)])
    moves = np.concatenate([wild, np.full((20, 20, 2), 0.001)], axis=1)
    _, found = rolling_moments(moves, 10)
    assert (found[:, -1] == 0.0).all()  # not the rounding, up or down, that a difference of running sums leaves
    assert np.isnan(squared_distance(moves[:, -1], found[:, -1])).all()


@pytest.mark.parametrize("fault", ["constant", "twins", "sum", "few rows", "gap", "nothing"])
def test_a_covariance_without_an_inverse_is_unknown_and_spoils_no_other(fault: str) -> None:
    moves = np.stack([drawn(2, 30, 3), drawn(3, 30, 3)])
    if fault == "constant":
        moves[0, :, 1] = 0.01
    elif fault == "twins":
        moves[0, :, 1] = moves[0, :, 0]
    elif fault == "sum":
        moves[0, :, 2] = 0.3 * moves[0, :, 0] + 0.7 * moves[0, :, 1]
    elif fault == "few rows":
        moves[0] = np.tile(moves[0, :3], (10, 1))
    elif fault == "gap":
        moves[0, 4, 1] = np.nan
    matrices = covariance(moves)
    if fault == "nothing":
        matrices[0] = 0.0
    found = squared_distance(moves[:, -1], matrices)
    assert np.isnan(found[0])
    assert np.isfinite(found[1])


def test_no_asset_is_no_distance() -> None:
    assert np.isnan(squared_distance(np.empty((2, 0)), np.empty((2, 0, 0)))).all()
