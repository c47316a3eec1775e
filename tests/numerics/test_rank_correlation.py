"""Ranks with ties, and their correlation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from trimtab.numerics.rank_correlation import average_ranks, rank_correlation

TIED = arrays(float, (2, 7), elements=st.one_of(st.integers(-2, 2).map(float), st.floats(-1e6, 1e6), st.just(np.nan)))


@given(TIED)
@settings(max_examples=60, deadline=None)
def test_scipy_agrees(pair: np.ndarray) -> None:
    for row in pair:
        np.testing.assert_array_equal(average_ranks(row), stats.rankdata(row, nan_policy="omit"))
    known = np.isfinite(pair).all(0)
    left, right = pair[:, known]
    found = rank_correlation(*pair)
    if known.sum() < 3 or not np.ptp(left) or not np.ptp(right):
        assert np.isnan(found)
    else:
        assert float(found) == pytest.approx(stats.spearmanr(left, right).statistic, abs=1e-12)


@given(TIED, st.permutations(range(7)))
@settings(max_examples=30, deadline=None)
def test_order_and_scale_are_no_matter_and_a_sign_flips(pair: np.ndarray, order: list[int]) -> None:
    found = rank_correlation(*pair)
    np.testing.assert_allclose(rank_correlation(*pair[:, order]), found, atol=1e-14)
    np.testing.assert_allclose(rank_correlation(-pair[0], pair[1]), -found, atol=1e-14)
    np.testing.assert_allclose(rank_correlation(pair[1], 2.0 * pair[0]), found, atol=1e-14)


def test_four_assets_by_hand() -> None:
    # Ranks 1, 2.5, 2.5, 4 against 2, 1, 3, 4: away -1.5, 0, 0, 1.5 and -.5, -1.5, .5, 1.5. Products .75 + 2.25 = 3, squares
    # 4.5 and 5: 3 / sqrt(22.5).
    found = rank_correlation(np.array([0.0, 1.0, 1.0, 2.0]), np.array([0.01, 0.00, 0.02, 0.05]))
    assert float(found) == pytest.approx(3.0 / 22.5**0.5, rel=1e-14)
    np.testing.assert_array_equal(average_ranks(np.array([0.0, 1.0, 1.0, 2.0])), [1.0, 2.5, 2.5, 4.0])


def test_batches_and_nothing() -> None:
    draw = np.random.default_rng(1)
    left, right = draw.standard_normal((2, 5, 8)), draw.standard_normal((5, 8))
    found = rank_correlation(left, right)
    assert found.shape == (2, 5)
    assert found[1, 3] == rank_correlation(left[1, 3], right[3])
    assert np.isnan(rank_correlation(np.empty(0), np.empty(0)))
    assert average_ranks(np.empty((2, 0))).shape == (2, 0)
    assert np.isnan(average_ranks(np.full(3, np.nan))).all()
