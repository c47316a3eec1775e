"""The nearest correlation and covariance: Higham's example, properties, a slow optimum, and what must not be touched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from tests.signals.laws import same
from trimtab.core.arrays import Array
from trimtab.numerics.nearest_psd import indefinite, nearest_correlation, nearest_covariance, without_negative

seeds = st.integers(0, 2**32 - 1)
HIGHAM = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])


def crooked(seed: int, size: int = 5, count: int = 4) -> Array:
    """Symmetric matrices (count, size, size) with a diagonal of ones, most of them no correlation matrix."""
    values = np.random.default_rng(seed).uniform(-1.0, 1.0, (count, size, size))
    return np.where(np.eye(size) > 0.0, 1.0, 0.5 * (values + np.swapaxes(values, 1, 2)))


def test_the_example_of_the_paper() -> None:
    # Higham (2002), section 4: 0.7607 beside the diagonal, 0.1573 in the corner.
    found = nearest_correlation(HIGHAM)
    np.testing.assert_allclose(found, [[1.0, 0.7607, 0.1573], [0.7607, 1.0, 0.7607], [0.1573, 0.7607, 1.0]], atol=5e-5)


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_the_answer_is_a_correlation_matrix(seed: int) -> None:
    given_ones = crooked(seed)
    found = nearest_correlation(given_ones)
    assert (np.diagonal(found, axis1=1, axis2=2) == 1.0).all()
    assert (found == np.swapaxes(found, 1, 2)).all()
    assert (np.linalg.eigvalsh(found)[:, 0] >= -1e-12).all()
    assert (np.abs(found) <= 1.0 + 1e-12).all()
    np.testing.assert_allclose(nearest_correlation(found), found, atol=1e-12)  # nothing is left to do
    for d, one in enumerate(given_ones):
        assert same(nearest_correlation(one[None])[0], found[d])
    order = np.random.default_rng(seed).permutation(5)
    moved = nearest_correlation(given_ones[:, order][:, :, order])
    np.testing.assert_allclose(moved, found[:, order][:, :, order], atol=1e-9)


def test_no_correlation_matrix_is_nearer() -> None:
    # C = L L' with rows of L on the unit sphere, minimised from several starts: slow, and no projections in it.
    target = crooked(11, 4, 1)[0]

    def distance(flat: Array) -> float:
        rows = flat.reshape(4, 4)
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return float(((rows @ rows.T - target) ** 2).sum())

    starts = np.random.default_rng(0).standard_normal((8, 16))
    best = min(minimize(distance, start, method="BFGS", options={"gtol": 1e-10}).fun for start in starts)
    found = nearest_correlation(target)
    assert ((found - target) ** 2).sum() == pytest.approx(best, rel=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_a_covariance_keeps_its_variances_and_units(seed: int) -> None:
    rng = np.random.default_rng(seed)
    deviation = 10.0 ** rng.uniform(-4.0, 0.0, (4, 5))
    given_ones = crooked(seed) * (deviation[:, :, None] * deviation[:, None, :])
    found, moved = nearest_covariance(given_ones)
    bad = indefinite(crooked(seed))
    assert same(np.diagonal(found, axis1=1, axis2=2), np.diagonal(given_ones, axis1=1, axis2=2))
    assert (found == np.swapaxes(found, 1, 2)).all()
    values = np.linalg.eigvalsh(found)
    assert (values[:, 0] >= -1e-12 * values[:, -1]).all()
    assert ((moved > 0.0) == bad).all()
    assert same(found[~bad], given_ones[~bad])
    share = np.linalg.norm(found - given_ones, axis=(1, 2)) / np.linalg.norm(given_ones, axis=(1, 2))
    np.testing.assert_allclose(moved, share, rtol=1e-12, atol=1e-300)
    scaled, again = nearest_covariance(9.0 * given_ones)
    np.testing.assert_allclose(scaled, 9.0 * found, rtol=1e-9, atol=1e-16)
    np.testing.assert_allclose(again, moved, rtol=1e-9)


def test_moved_by_hand() -> None:
    # Variances 1, correlation 2: the nearest is 1, off by 1 twice; sqrt(2) of sqrt(1 + 1 + 4 + 4).
    found, moved = nearest_covariance(np.array([[1.0, 2.0], [2.0, 1.0]]))
    np.testing.assert_allclose(found, np.ones((2, 2)), atol=1e-12)
    assert moved == pytest.approx(np.sqrt(2.0 / 10.0))


def test_unknown_and_still_assets_take_no_part() -> None:
    whole = np.full((5, 5), np.nan)
    whole[:3, :3] = HIGHAM
    whole[3, :] = whole[:, 3] = 0.0  # does not vary
    whole[4, :] = whole[:, 4] = np.nan  # is not known
    found, moved = nearest_covariance(whole[None])
    alone, its = nearest_covariance(HIGHAM[None])
    np.testing.assert_allclose(found[0, :3, :3], alone[0], atol=1e-9)
    assert (found[0, 3, :4] == 0.0).all()
    assert np.isnan(found[0, 4]).all()
    assert moved[0] == pytest.approx(its[0])


def test_what_does_not_vary_but_for_rounding_is_not_mended() -> None:
    # A deviation of 1e-16 with a covariance of 1e-17 is a correlation of 10, of rounding alone.
    given_one = np.array([[[1e-4, 1e-17], [1e-17, 1e-32]]])
    found, moved = nearest_covariance(given_one)
    assert same(found, given_one)
    assert moved.tolist() == [0.0]


def test_nothing_to_mend() -> None:
    unknown = np.full((2, 3, 3), np.nan)
    found, moved = nearest_covariance(unknown)
    assert np.isnan(found).all()
    assert (moved == 0.0).all()
    assert nearest_covariance(np.empty((0, 3, 3)))[1].shape == (0,)
    assert nearest_covariance(np.zeros((1, 3, 3)))[1].tolist() == [0.0]
    assert not indefinite(np.empty((2, 0, 0))).any()
    np.testing.assert_allclose(without_negative(np.diag([2.0, -1.0])), np.diag([2.0, 0.0]), atol=1e-15)
