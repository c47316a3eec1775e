"""What each of several players brings to a whole, exactly: the value of Shapley (1953) over all coalitions.

A signal's part in a decision is what it adds to the portfolio, on average over the orders in which signals could have been
heard. Where signals add up (a linear combination) that is what each adds by itself; for votes it is the only division that
is symmetric, leaves nothing over and gives nothing to a signal that never matters.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TIE

MOST = 5  # players of a game that is played out: 32 coalitions

Game = Callable[[frozenset[int]], Array]


def shares(game: Game, count: int) -> Array | None:
    """(K, ...) what each of `count` players adds to `game(nobody)`, so that they sum to `game(all)`.

    `game` answers a coalition of player numbers with an array (...). Players who add up are asked one by one, however many
    they are; others in all coalitions, where there are at most MOST of them. None: there are more, and they do not add up.
    Raises ParameterError for less than no players.
    """
    if count < 0:
        raise ParameterError(f"a game of {count} players", field="count", remedy="Give none or more.")
    nobody, everybody = game(frozenset()), game(frozenset(range(count)))
    if count == 0:
        return np.empty((0, *nobody.shape))
    alone = np.stack([game(frozenset({k})) - nobody for k in range(count)])
    if np.allclose(alone.sum(axis=0), everybody - nobody, rtol=0.0, atol=TIE, equal_nan=True):
        return alone
    return None if count > MOST else played(game, count)


def played(game: Game, count: int) -> Array:
    """(K, ...) the value of Shapley over all 2^K coalitions: the mean, over all orders, of what a player adds on arrival."""
    values = {members: game(members) for members in _coalitions(count)}
    found = np.zeros((count, *values[frozenset()].shape))
    for members, value in values.items():
        for player in set(range(count)) - members:
            weight = factorial(len(members)) * factorial(count - len(members) - 1) / factorial(count)
            found[player] += weight * (values[members | {player}] - value)
    return found


def _coalitions(count: int) -> list[frozenset[int]]:
    return [frozenset(k for k in range(count) if number >> k & 1) for number in range(2**count)]
