"""Clusters of trials: copies, blocks, noise, order, one more, many; scipy beside them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError, ParameterError
from trimtab.validation import trial_clusters as module
from trimtab.validation.trial_clusters import trial_clusters

few = settings(max_examples=15, deadline=None)


def blocks(seed: int, sizes: list[int], own: float = 0.2) -> Array:
    """Trials (240, N) that share a block's returns, and have some of their own."""
    rng = np.random.default_rng(seed)
    return np.repeat(rng.normal(size=(240, len(sizes))), sizes, axis=1) + own * rng.normal(size=(240, sum(sizes)))


def same(one: Array, other: Array) -> bool:
    """Whether two labellings part the trials alike."""
    return bool(((one[:, None] == one) == (other[:, None] == other)).all())


# Laws.


@few
@given(st.integers(0, 1000), st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_blocks_are_found_in_any_order_and_one_unlike_all_adds_one(seed: int, sizes: list[int]) -> None:
    returns = blocks(seed, sizes)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    found = trial_clusters(returns)
    assert found.count == len(sizes)
    assert found.labels.tolist() == truth.tolist()
    assert found.sizes.tolist() == sizes
    order = np.random.default_rng(seed).permutation(len(truth))
    assert same(trial_clusters(returns[:, order]).labels, truth[order])
    unlike = np.random.default_rng(seed + 5000).normal(size=(240, 1))
    assert trial_clusters(np.hstack([returns, unlike])).count == len(sizes) + 1


def test_copies_are_one_and_noise_is_all() -> None:
    rng = np.random.default_rng(1)
    assert trial_clusters(rng.normal(size=(60, 1)) * rng.uniform(0.5, 2.0, 40)).count == 1
    assert trial_clusters(rng.normal(size=(240, 150))).count == 150


def test_many_trials_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 20)
    returns = blocks(2, [30] * 5)
    assert trial_clusters(returns).labels.tolist() == np.repeat(np.arange(5), 30).tolist()
    noise = np.random.default_rng(3).normal(size=(240, 90))
    assert trial_clusters(noise).count == 90  # a round joins none of them, and is the last


# An outside oracle.


@pytest.mark.parametrize("seed", range(3))
def test_scipys_clusters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    returns = rng.normal(size=(120, 3)) @ rng.normal(size=(3, 60)) + rng.normal(size=(120, 60))
    away = 1.0 - np.corrcoef(returns.T)
    theirs = fcluster(linkage(squareform(away, checks=False), "average"), 0.5, "distance")
    assert same(trial_clusters(returns).labels, theirs)


# By hand: two members at one volatility are held together; half of (1, -1, 2, 0) / sd and of its double are the row itself.


def test_the_sharpe_ratio_of_a_cluster() -> None:
    row = np.array([1.0, -1.0, 2.0, 0.0])
    other = np.array([1.0, 1.0, -1.0, -2.0])
    returns = np.column_stack([row, other, 2.0 * row])
    found = trial_clusters(returns)
    assert found.labels.tolist() == [0, 1, 0]
    # the row: mean .5, deviations .5, -1.5, 1.5, -.5, sd sqrt(5 / 3): .3873. The other: mean -.25, squares 6.75, sd 1.5: -.1667
    np.testing.assert_allclose(found.sharpes(returns), [0.5 / np.sqrt(5.0 / 3.0), -0.25 / 1.5], rtol=1e-12)


@few
@given(st.integers(0, 1000))
def test_a_loud_member_counts_no_more_than_a_quiet_one(seed: int) -> None:
    returns = blocks(seed, [3, 2], own=0.6) + 0.05
    loud = np.random.default_rng(seed).uniform(0.1, 10.0, 5)
    plain, scaled = trial_clusters(returns).sharpes(returns), trial_clusters(returns * loud).sharpes(returns * loud)
    np.testing.assert_allclose(scaled, plain, rtol=1e-9)


# Edges.


def test_what_does_not_vary_is_in_no_cluster() -> None:
    returns = np.column_stack([np.zeros(240), blocks(1, [2])])
    assert trial_clusters(returns).labels.tolist() == [-1, 0, 0]
    still = trial_clusters(np.zeros((9, 3)))
    assert (still.count, still.labels.tolist(), still.sizes.tolist()) == (0, [-1, -1, -1], [])
    assert still.sharpes(np.zeros((9, 3))).shape == (0,)
    assert not still.labels.flags.writeable


def test_the_door() -> None:
    for likeness in (0.0, 1.0, np.nan):
        with pytest.raises(ParameterError, match="likeness"):
            trial_clusters(blocks(1, [2]), likeness=likeness)
    with pytest.raises(DataError, match="unknown"):
        trial_clusters(np.full((9, 3), np.nan))
    with pytest.raises(DataError, match="no trials"):
        trial_clusters(np.zeros((9, 0)))
