"""Trees and leaf orders against scipy, by hand, with ties, alone and among others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import leaves_list
from scipy.cluster.hierarchy import linkage as scipy_linkage
from scipy.spatial.distance import squareform

from trimtab.core.arrays import Array
from trimtab.numerics.linkage import CELLS, Linkage, agglomerate, leaves

few = settings(max_examples=40, deadline=None)


def square(points: Array) -> Array:
    """Distances (D, A, A) between points (D, A, k)."""
    return np.sqrt(((points[:, :, None] - points[:, None]) ** 2).sum(axis=-1))


def cloud(seed: int, dates: int, count: int) -> Array:
    return square(np.random.default_rng(seed).normal(size=(dates, count, 5)))


# Laws.


@few
@given(st.integers(0, 10_000), st.integers(1, 9), st.sampled_from(Linkage))
def test_the_leaves_are_a_permutation_and_each_cluster_is_a_stretch_of_it(seed: int, count: int, how: Linkage) -> None:
    tree = agglomerate(cloud(seed, 1, count), how)
    order = leaves(tree)[0].tolist()
    assert sorted(order) == list(range(count))
    inside = {k: {k} for k in range(count)}
    for s, (left, right) in enumerate(zip(tree.left[0].tolist(), tree.right[0].tolist(), strict=True)):
        inside[count + s] = inside[left] | inside[right]
        places = sorted(order.index(k) for k in inside[count + s])
        assert places == list(range(places[0], places[-1] + 1))


@few
@given(st.integers(0, 10_000), st.integers(2, 9), st.sampled_from(Linkage))
def test_heights_never_fall_and_scale_with_the_distances(seed: int, count: int, how: Linkage) -> None:
    near = cloud(seed, 1, count)
    tree = agglomerate(near, how)
    assert (np.diff(tree.height) >= -1e-12).all()
    far = agglomerate(8.0 * near, how)
    assert (far.left == tree.left).all()
    np.testing.assert_allclose(far.height, 8.0 * tree.height, rtol=1e-12)


@pytest.mark.parametrize("how", Linkage)
def test_a_matrix_alone_gives_the_bits_it_gives_among_many(how: Linkage) -> None:
    many = cloud(3, CELLS // 144 + 7, 12)  # more than one block
    whole = agglomerate(many, how)
    for d in (0, 5, len(many) - 1):
        alone = agglomerate(np.asfortranarray(many[d : d + 1]), how)
        assert alone.left[0].tolist() == whole.left[d].tolist()
        assert alone.height[0].tobytes() == whole.height[d].tobytes()
        assert leaves(alone)[0].tolist() == leaves(whole)[d].tolist()


def test_what_is_handed_in_is_left_as_it_is() -> None:
    near = cloud(1, 2, 5)
    kept = near.copy()
    agglomerate(near, Linkage.WARD)
    assert (near == kept).all()


# By hand: points 0, 1, 3, 7 on a line. Single linkage joins 0-1 at 1, then 3 at 2, then 7 at 4; complete 0-1 at 1, then
# 3 at 3 and 7 at 7; average 0-1 at 1, then 3 at (3 + 2) / 2 = 2.5, then 7 at (7 + 6 + 4) / 3. A leaf stands left of a cluster.
HAND = {Linkage.SINGLE: (1.0, 2.0, 4.0), Linkage.COMPLETE: (1.0, 3.0, 7.0), Linkage.AVERAGE: (1.0, 2.5, 17.0 / 3.0)}


@pytest.mark.parametrize("how", HAND)
def test_four_points_on_a_line_by_hand(how: Linkage) -> None:
    tree = agglomerate(square(np.array([[[0.0], [1.0], [3.0], [7.0]]])), how)
    np.testing.assert_allclose(tree.height[0], HAND[how], rtol=1e-15)
    assert tree.left[0].tolist() == [0, 2, 3]
    assert tree.right[0].tolist() == [1, 4, 5]
    assert leaves(tree)[0].tolist() == [3, 2, 0, 1]


def test_ward_by_hand() -> None:
    # 0 and 1 join at 1; their middle is .5, and 3 lies 2.5 from it: sqrt(2 * 2 * 1 / (2 + 1)) * 2.5 = sqrt(4/3) * 2.5.
    tree = agglomerate(square(np.array([[[0.0], [1.0], [3.0]]])), Linkage.WARD)
    np.testing.assert_allclose(tree.height[0], [1.0, 2.5 * np.sqrt(4.0 / 3.0)], rtol=1e-15)


# An outside oracle.


@pytest.mark.parametrize("how", Linkage)
@pytest.mark.parametrize("count", [2, 3, 7, 12, 60])
def test_it_is_scipys_tree(how: Linkage, count: int) -> None:
    near = cloud(count, 15, count)
    tree, order = agglomerate(near, how), None
    order = leaves(tree)
    for d, one in enumerate(near):
        want = scipy_linkage(squareform(one, checks=False), how.value)
        assert tree.left[d].tolist() == want[:, 0].tolist()
        assert tree.right[d].tolist() == want[:, 1].tolist()
        np.testing.assert_allclose(tree.height[d], want[:, 2], rtol=1e-12)
        assert order[d].tolist() == leaves_list(want).tolist()


# Ties and edges.


@pytest.mark.parametrize("how", Linkage)
def test_ties_go_to_the_first_pair_even_where_rounding_says_otherwise(how: Linkage) -> None:
    near = 1.0 - np.eye(5)
    noise = 1e-15 * np.random.default_rng(0).uniform(-1.0, 1.0, (20, 5, 5))
    noise = noise + np.swapaxes(noise, 1, 2)
    exact = agglomerate(near[None], how)
    assert (exact.left[0, 0], exact.right[0, 0]) == (0, 1)
    found = agglomerate(near * (1.0 + noise), how)
    assert (found.left == exact.left).all()
    assert (leaves(found) == leaves(exact)).all()


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_one_leaf_have_no_mergers(count: int) -> None:
    tree = agglomerate(np.zeros((4, count, count)), Linkage.SINGLE)
    assert tree.height.shape == (4, max(count - 1, 0))
    if count:
        assert leaves(tree).tolist() == [[0]] * 4


def test_no_date_is_no_trouble() -> None:
    assert leaves(agglomerate(np.zeros((0, 4, 4)), Linkage.WARD)).shape == (0, 4)


def test_points_that_coincide_join_first() -> None:
    tree = agglomerate(square(np.array([[[5.0], [1.0], [5.0], [1.0]]])), Linkage.AVERAGE)
    assert tree.height[0].tolist() == [0.0, 0.0, 4.0]
    assert leaves(tree)[0].tolist() == [0, 2, 1, 3]
