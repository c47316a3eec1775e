"""Memory of a state that stays until the other side is reached: a tie, or a value inside a band, changes nothing."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.roles import State


class Holding:
    """A fold of sides (..., A) in {1, 0, -1, NaN}: 0 keeps the side before; before the first side it stays 0."""

    __slots__ = ()

    def start(self, row: Array) -> State:
        """Nothing is known yet."""
        return (np.zeros(row.shape),)

    def takes(self, rows: Array) -> Mask | None:
        """Every side that is known."""
        return np.asarray(rows * rows > 0.0)

    def advance(self, state: State, row: Array) -> tuple[State, Array]:
        """The side now held. NaN is answered by NaN and leaves the memory as it was."""
        (held,) = state
        unknown = np.isnan(row)
        held = np.where(unknown | (row == 0.0), held, row)
        return (held,), np.where(unknown, np.nan, held)
