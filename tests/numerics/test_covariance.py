"""Covariances of windows: bits in every layout, by hand, against NumPy and pandas, and what cannot vary."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from tests.signals.laws import same
from trimtab.core.arrays import Array
from trimtab.numerics.covariance import correlation_of, covariance, diagonal, product, total
from trimtab.numerics.exponential import exponential_weights

seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int, rows: int = 60, assets: int | None = None) -> Array:
    """Correlated returns (rows, assets), some of them unknown."""
    rng = np.random.default_rng(seed)
    assets = int(rng.integers(1, 9)) if assets is None else assets
    found = 0.01 * rng.standard_normal((rows, assets)) + 0.01 * rng.standard_normal((rows, 1))
    found[rng.random((rows, assets)) < rng.choice([0.0, 0.01])] = np.nan
    return found


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("decay", [None, 0.94])
@settings(max_examples=15, deadline=None)
@given(seed=seeds, n=st.integers(2, 37))
def test_one_window_alone_has_the_same_bits_in_every_layout(seed: int, n: int, decay: float | None, centred: bool) -> None:
    windows = np.swapaxes(sliding_window_view(drawn(seed), n, axis=0), 1, 2)  # strided: (D, n, A)
    weights = None if decay is None else exponential_weights(n, decay)
    batch = covariance(windows, weights, centred=centred)
    assert same(covariance(np.ascontiguousarray(windows), weights, centred=centred), batch)
    assert same(covariance(windows[::3], weights, centred=centred), batch[::3])
    assert same(covariance(windows[None], weights, centred=centred)[0], batch)
    for d in range(len(windows)):
        assert same(covariance(windows[d : d + 1], weights, centred=centred)[0], batch[d])
        assert same(covariance(windows[d], weights, centred=centred), batch[d])
        fortran = np.asfortranarray(windows[d])
        assert same(covariance(fortran, weights, centred=centred), batch[d])


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_it_is_symmetric_semidefinite_and_moves_with_the_assets(seed: int) -> None:
    rows = np.nan_to_num(drawn(seed))
    order = np.random.default_rng(seed).permutation(rows.shape[1])
    found = covariance(rows)
    assert (found == found.T).all()
    values = np.linalg.eigvalsh(found)
    assert values[0] >= -1e-12 * values[-1]
    np.testing.assert_allclose(covariance(rows[:, order]), found[np.ix_(order, order)], rtol=1e-12, atol=1e-18)
    np.testing.assert_allclose(covariance(7.0 * rows), 49.0 * found, rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_sums_of_matrices_have_the_same_bits_alone(seed: int) -> None:
    matrices = np.random.default_rng(seed).standard_normal((7, 5, 5))
    assert same(np.array([total(one) for one in matrices]), total(matrices))
    assert same(np.array([product(one, one) for one in matrices]), product(matrices, matrices))
    np.testing.assert_allclose(total(matrices), matrices.sum((1, 2)), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(product(matrices, matrices), (matrices**2).sum((1, 2)), rtol=1e-12)


def test_by_hand() -> None:
    # Returns (1, 2), (2, 4), (6, 3): means 3 and 3; deviations (-2, -1), (-1, 1), (3, 0).
    rows = np.array([[1.0, 2.0], [2.0, 4.0], [6.0, 3.0]])
    # ddof 1: (4 + 1 + 9) / 2 = 7, (2 - 1 + 0) / 2 = 0.5, (1 + 1 + 0) / 2 = 1.
    np.testing.assert_allclose(covariance(rows), [[7.0, 0.5], [0.5, 1.0]], rtol=1e-15)
    # Not centred, ddof 0: (1 + 4 + 36) / 3, (2 + 8 + 18) / 3, (4 + 16 + 9) / 3.
    np.testing.assert_allclose(covariance(rows, centred=False), np.array([[41.0, 28.0], [28.0, 29.0]]) / 3.0, rtol=1e-15)
    # Weights 1/7, 2/7, 4/7 (decay 1/2), not centred: (1 + 8 + 144) / 7, (2 + 16 + 72) / 7, (4 + 32 + 36) / 7.
    weighted = covariance(rows, exponential_weights(3, 0.5), centred=False)
    np.testing.assert_allclose(weighted, np.array([[153.0, 90.0], [90.0, 72.0]]) / 7.0, rtol=1e-14)


def test_numpy_and_pandas_agree() -> None:
    rows = np.nan_to_num(drawn(1, 40, 5))
    np.testing.assert_allclose(covariance(rows), np.cov(rows, rowvar=False), rtol=1e-12)
    frame = pd.DataFrame(rows).ewm(alpha=0.06, adjust=True).cov(bias=True).iloc[-5:]
    np.testing.assert_allclose(covariance(rows, exponential_weights(40, 0.94)), frame.to_numpy(), rtol=1e-10)
    np.testing.assert_allclose(correlation_of(covariance(rows)), np.corrcoef(rows, rowvar=False), rtol=1e-12)


def test_an_unknown_row_takes_out_its_asset_alone() -> None:
    rows = np.nan_to_num(drawn(2, 30, 4))
    holed = rows.copy()
    holed[3, 1] = np.nan
    found = covariance(holed)
    assert np.isnan(found[1]).all()
    assert np.isnan(found[:, 1]).all()
    others = np.ix_([0, 2, 3], [0, 2, 3])
    assert same(found[others], covariance(rows)[others])


def test_what_cannot_vary() -> None:
    rows = np.nan_to_num(drawn(3, 30, 3))
    rows[:, 1] = 0.0
    found = covariance(rows)
    assert (found[1] == 0.0).all()
    correlation = correlation_of(found)
    assert np.isnan(correlation[1]).all()
    assert np.isfinite(correlation[0, 2])
    assert np.isnan(covariance(rows[:1])).all()  # one row
    assert np.isnan(covariance(np.full((5, 2), np.nan))).all()
    assert covariance(np.empty((0, 5, 2))).shape == (0, 2, 2)
    assert covariance(np.empty((3, 5, 0))).shape == (3, 0, 0)
    assert diagonal(found).shape == (3,)
