"""Memory of a state that stays until the date speaks for another one, and for as many dates as it must last.

Hysteresis comes from what a row allows: between the level that enters a state and the one that leaves it, the state
before stays. Dwell comes on top: after a change, `dwell` decision dates must pass before the next (METHODS 4).
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.roles import State


class Dwelling:
    """A fold of evidence (..., S), answered by the state held: 1 for it and 0 for the others.

    A row gives each state what the date has to say for it. The state held stays where its entry is above 0, or where
    all are 0; any other gives way to the state with the greatest entry (the first of equals), once `dwell` decision
    dates have passed since the last change. Before the first evidence it is the first state, and the first change
    waits for nothing. A row with NaN is answered by NaN, leaves the memory as it was, and does not count as a date.

    State: the state held (..., S), all 0 before the first evidence; and the dates since the last change (...).
    """

    __slots__ = ()
    dwell: int

    def start(self, row: Array) -> State:
        """No state yet, and the last change long enough ago."""
        return np.zeros(row.shape), np.full(row.shape[:-1], float(self.dwell))

    def advance(self, state: State, row: Array) -> tuple[State, Array]:
        """The memory with this date in it, and the state now held."""
        held, since = state
        known, says = np.asarray(np.isfinite(row).all(axis=-1)), row > 0.0
        since = np.asarray(since + known)
        speaks = known & says.any(axis=-1)
        leaves = speaks & ~(says & (held > 0.0)).any(axis=-1) & (since >= self.dwell)
        if not leaves.any():  # most dates change nothing, and all of them are walked one by one
            return (held, since), np.where(known[..., None], shown(held), np.nan)
        found = one_hot(np.argmax(np.where(known[..., None], row, 0.0), axis=-1), row.shape[-1])
        now = np.where(leaves[..., None], found, held)
        told = shown(now)
        changed = (told != shown(held)).any(axis=-1)
        return (now, np.where(changed, 0.0, since)), np.where(known[..., None], told, np.nan)


def one_hot(number: Array, count: int) -> Array:
    """(..., S) 1 for the state of that number (...), 0 for the others."""
    return np.asarray(number[..., None] == np.arange(count), dtype=float)


def shown(held: Array) -> Array:
    """The state held (..., S); the first one where none is."""
    none = ~(held > 0.0).any(axis=-1, keepdims=True)
    return held if not none.any() else np.where(none, one_hot(np.zeros(held.shape[:-1]), held.shape[-1]), held)


def evidence(speaks: Mask, allows: Mask) -> Array:
    """Rows (..., S) of the state that a date `speaks` for and of those that it `allows` to stay; they sum to 1.

    Two parts for the one it speaks for, one part for each other that it allows; all 0 where it speaks for none.
    """
    parts = np.where(speaks, 2.0, np.where(allows & speaks.any(axis=-1, keepdims=True), 1.0, 0.0))
    total = parts.sum(axis=-1, keepdims=True)  # small whole numbers: exact in any order
    return np.asarray(parts / np.maximum(total, 1.0))
