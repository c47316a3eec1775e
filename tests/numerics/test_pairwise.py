"""Pairwise covariances: laws, by hand, against pandas, and which assets stay."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.numerics.test_covariance import drawn
from tests.signals.laws import same
from trimtab.core.arrays import Array
from trimtab.numerics.covariance import covariance
from trimtab.numerics.exponential import exponential_weights
from trimtab.numerics.pairwise import Pairs, pairwise_covariance

seeds = st.integers(0, 2**32 - 1)


def holed(seed: int, dates: int = 5, n: int = 40, assets: int = 5) -> Array:
    """Windows of returns (D, n, A), a fifth of them unknown."""
    rng = np.random.default_rng(seed)
    rows = np.stack([np.nan_to_num(drawn(seed + d, n, assets)) for d in range(dates)])
    rows[rng.random(rows.shape) < 0.2] = np.nan
    return rows


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_each_window_alone_has_the_same_bits_and_is_symmetric(seed: int) -> None:
    rows = holed(seed)
    for weights, centred in ((None, True), (None, False), (exponential_weights(40, 0.9), True)):
        batch = pairwise_covariance(rows, weights, centred=centred)
        for d, one in enumerate(rows):
            alone = pairwise_covariance(one[None], weights, centred=centred)
            assert same(alone.covariance[0], batch.covariance[d])
        assert same(batch.covariance, np.swapaxes(batch.covariance, 1, 2))


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("decay", [None, 0.9])
def test_without_gaps_it_is_the_covariance(decay: float | None, centred: bool) -> None:
    rows = np.nan_to_num(drawn(4, 40, 5))
    weights = None if decay is None else exponential_weights(40, decay)
    found = pairwise_covariance(rows, weights, centred=centred)
    np.testing.assert_allclose(found.covariance, covariance(rows, weights, centred=centred), rtol=1e-11, atol=1e-18)
    assert (found.common == 40.0).all()


def test_by_hand() -> None:
    # Rows in common: (1, 2), (3, 6): means 2 and 4, covariance ((-1)(-2) + (1)(2)) / 1 = 4.
    # Own: 1, 3, 5 has variance 4; 2, 6, 10 has variance 16.
    rows = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, np.nan], [np.nan, 10.0]])
    found = pairwise_covariance(rows)
    np.testing.assert_allclose(found.covariance, [[4.0, 4.0], [4.0, 16.0]], rtol=1e-15)
    np.testing.assert_array_equal(found.common, [[3.0, 2.0], [2.0, 3.0]])


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_pandas_agrees(seed: int) -> None:
    rows = holed(seed, dates=1)[0]
    frame = pd.DataFrame(rows)
    found = pairwise_covariance(rows, minimum=25)
    np.testing.assert_allclose(found.covariance, frame.cov(min_periods=25).to_numpy(), rtol=1e-9, atol=1e-16)
    last = frame.ewm(alpha=0.1, adjust=True, ignore_na=False).cov(bias=True).iloc[-5:].to_numpy()
    known = np.isfinite(rows[-1])  # pandas carries an old answer on, with the same relative weights
    weighted = pairwise_covariance(rows, exponential_weights(40, 0.9)).covariance
    both = np.ix_(known, known)
    np.testing.assert_allclose(weighted[both], last[both], rtol=1e-9, atol=1e-16)


def pairs(common: list[list[int]]) -> Pairs:
    return Pairs(np.ones((len(common), len(common))), np.array(common, dtype=float))


def test_the_asset_that_shares_least_goes() -> None:
    # The third shares 2 rows with the first and 3 with the second: it alone is short of two pairs.
    assert pairs([[9, 8, 2], [8, 9, 3], [2, 3, 5]]).kept(4).tolist() == [True, True, False]
    # First and second never meet; the second has the shorter history.
    assert pairs([[9, 0], [0, 7]]).kept(4).tolist() == [True, False]
    # Alike in all: both go, whatever their order.
    assert pairs([[7, 0], [0, 7]]).kept(4).tolist() == [False, False]
    # One that is never known goes by itself, and takes nobody along.
    assert pairs([[9, 0, 9], [0, 0, 0], [9, 0, 9]]).kept(4).tolist() == [True, False, True]


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_all_that_stay_share_enough_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    known = (rng.random((6, 30, 5)) < rng.random((6, 1, 5))).astype(float)
    common = np.swapaxes(known, 1, 2) @ known
    found = Pairs(np.ones_like(common), common)
    kept = found.kept(8)
    order = rng.permutation(5)
    assert (Pairs(np.ones_like(common), common[:, order][:, :, order]).kept(8) == kept[:, order]).all()
    for d in range(6):
        assert (common[d][np.ix_(kept[d], kept[d])] >= 8).all()
        assert (Pairs(np.ones((1, 5, 5)), common[d : d + 1]).kept(8)[0] == kept[d]).all()


def test_nothing_known_is_no_accident() -> None:
    found = pairwise_covariance(np.full((2, 10, 3), np.nan))
    assert np.isnan(found.covariance).all()
    assert not found.kept(2).any()
    assert pairwise_covariance(np.empty((0, 10, 3))).kept(2).shape == (0, 3)
