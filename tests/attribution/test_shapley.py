"""Shapley's value: it shares out the whole, is fair, and is what each adds alone where players add up."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.attribution.shapley import MOST, played, shares
from trimtab.core.errors import ParameterError

seeds = st.integers(0, 2**32 - 1)
counts = st.integers(1, 4)


def tabled(seed: int, count: int) -> dict[frozenset[int], np.ndarray]:
    """A random game: a value (3,) for each coalition."""
    rng = np.random.default_rng(seed)
    every = [frozenset(k for k in range(count) if n >> k & 1) for n in range(2**count)]
    return {members: rng.normal(size=3) for members in every}


@given(seeds, counts)
def test_the_whole_is_shared_out_and_names_do_not_matter(seed: int, count: int) -> None:
    game = tabled(seed, count)
    found = played(game.__getitem__, count)
    np.testing.assert_allclose(found.sum(axis=0), game[frozenset(range(count))] - game[frozenset()], atol=1e-12)
    turned = {frozenset(count - 1 - k for k in members): value for members, value in game.items()}
    np.testing.assert_allclose(played(turned.__getitem__, count), found[::-1], atol=1e-12)


@given(seeds, counts)
def test_it_is_the_mean_over_all_orders_of_arrival(seed: int, count: int) -> None:
    game = tabled(seed, count)
    gains = np.zeros((count, 3))
    orders = list(permutations(range(count)))
    for order in orders:
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            gains[player] += (game[before | {player}] - game[before]) / len(orders)
    np.testing.assert_allclose(played(game.__getitem__, count), gains, atol=1e-12)


@given(seeds, st.integers(1, 9))
def test_players_who_add_up_get_what_they_add_however_many(seed: int, count: int) -> None:
    worth = np.random.default_rng(seed).normal(size=(count, 2))
    found = shares(lambda members: 1.0 + worth[sorted(members)].sum(axis=0), count)
    assert found is not None
    np.testing.assert_allclose(found, worth, atol=1e-12)


def test_one_who_never_matters_gets_nothing() -> None:
    found = played(lambda members: np.array([float({0, 1} <= members)]), 3)
    np.testing.assert_allclose(found[:, 0], [0.5, 0.5, 0.0], atol=1e-15)


def test_gloves() -> None:
    """One left glove and two right ones, a pair is worth 1: 2/3, 1/6, 1/6, as textbooks have it (Shapley and Shubik 1969)."""
    found = played(lambda members: np.array([float(0 in members and len(members) > 1)]), 3)
    np.testing.assert_allclose(found[:, 0], [2 / 3, 1 / 6, 1 / 6], atol=1e-15)


def test_more_than_five_who_do_not_add_up_are_not_shared_out() -> None:
    def majority(members: frozenset[int]) -> np.ndarray:
        return np.array([float(len(members) > 3)])

    assert shares(majority, MOST + 1) is None
    assert shares(majority, MOST) is not None
    with pytest.raises(ParameterError, match="a game of -1 players"):
        shares(majority, -1)
    assert shares(majority, 0).shape == (0, 1)  # type: ignore[union-attr]
