"""The fast average linkage against the plain one, which always joins the closest pair, and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from trimtab.core.arrays import Array
from trimtab.numerics.average_chain import Mergers, average_chain
from trimtab.numerics.linkage import Linkage, agglomerate


def cloud(seed: int, count: int) -> Array:
    points = np.random.default_rng(seed).normal(size=(count, 4))
    return np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=-1))


def sets(found: Mergers, count: int) -> set[tuple[frozenset[int], float]]:
    """Each cluster that was ever formed, with its height."""
    inside = {k: frozenset([k]) for k in range(count)}
    formed = set()
    for i, j, height in zip(found.kept.tolist(), found.gone.tolist(), found.height.tolist(), strict=True):
        inside[i] |= inside.pop(j)
        formed.add((inside[i], round(height, 9)))
    return formed


def plain(distances: Array) -> set[tuple[frozenset[int], float]]:
    tree, count = agglomerate(distances, Linkage.AVERAGE), len(distances)
    inside = {k: frozenset([k]) for k in range(count)}
    formed = set()
    for s, (i, j, height) in enumerate(zip(tree.left.tolist(), tree.right.tolist(), tree.height.tolist(), strict=True)):
        inside[count + s] = inside[i] | inside[j]
        formed.add((inside[count + s], round(height, 9)))
    return formed


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 25))
def test_it_is_the_plain_tree_in_another_order(seed: int, count: int) -> None:
    near = cloud(seed, count)
    assert sets(average_chain(near, np.ones(count)), count) == plain(near)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12))
def test_clusters_at_the_beginning_count_by_their_members(seed: int, count: int) -> None:
    # Copies of a point merge at 0; going on from there with their numbers is going on from the tree of all.
    members = np.random.default_rng(seed).integers(1, 5, count)
    near = cloud(seed, count)
    place = np.repeat(np.arange(count), members)
    whole = average_chain(near[np.ix_(place, place)], np.ones(len(place)))
    some = average_chain(near, members)
    np.testing.assert_allclose(np.sort(whole.height)[-(count - 1) :], np.sort(some.height), atol=1e-12)


def test_scipys_heights_and_the_argument_is_left_as_it_is() -> None:
    near = cloud(1, 80)
    kept = near.copy()
    found = average_chain(near, np.ones(80))
    np.testing.assert_allclose(np.sort(found.height), linkage(squareform(near, checks=False), "average")[:, 2], rtol=1e-12)
    assert (near == kept).all()


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0 / 3.0])
def test_ties_end(value: float) -> None:
    np.testing.assert_allclose(average_chain(np.full((40, 40), value), np.ones(40)).height, value, rtol=1e-12)


def test_by_hand_and_edges() -> None:
    # 0, 1, 3 on a line: 0 and 1 join at 1, then 3 at (3 + 2) / 2.
    near = np.abs(np.subtract.outer([0.0, 1.0, 3.0], [0.0, 1.0, 3.0]))
    found = average_chain(near, np.ones(3))
    assert (found.kept.tolist(), found.gone.tolist(), found.height.tolist()) == ([0, 0], [1, 2], [1.0, 2.5])
    for count in (0, 1):
        assert len(average_chain(np.zeros((count, count)), np.ones(count)).height) == 0
