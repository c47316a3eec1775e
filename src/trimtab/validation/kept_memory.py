"""Memory that is kept after every date, so that a later part of the dates can be walked again from there.

A memory is a step from the state before to the state after. Where each step, made again without what comes after, gives the
same row and the same state, no row and no state can have known more (by induction from the first date on). So every
date can be a cut, at the cost of a few steps instead of all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.roles import Fold, State
from trimtab.validation.comparison import differs

Along = Callable[[Any, Array], Array]


@dataclass(frozen=True, slots=True, eq=False)
class KeptMemory:
    """What every memory in a component met and became, in the order in which the desk asks for them.

    `rows[m]` (D, ...) are the answers before memory m, `states[m][d]` is its state before row d. `keep` walks all rows and
    fills both; `again` walks rows from number `first` on, and adds to `other` what is not as it was, in words.
    """

    rows: list[Array] = field(default_factory=list)
    states: list[list[State]] = field(default_factory=list)

    def keep(self, component: Any, rows: Array) -> Array:
        """The rows (D, ...) of an answer through a component's memory, step by step; as they are where it has none."""
        self.rows.append(rows)
        if not isinstance(component, Fold) or not len(rows):
            self.states.append([])
            return rows
        track: list[State] = [component.start(rows[0])]
        self.states.append(track)
        return _stepped(component, rows, track)

    def again(self, first: int, other: list[str]) -> Along:
        """What walks the memories again from what was kept before row `first`, one after the other."""
        kept: Iterator[tuple[Array, list[State]]] = zip(self.rows, self.states, strict=True)

        def along(component: Any, rows: Array) -> Array:
            met, before = next(kept)
            met = met[first : first + len(rows)]
            if met.shape != rows.shape or differs(met, rows).any():
                other.append("its answer before memory")
            if not before or not len(rows):
                return rows
            track = [before[first]]
            out = _stepped(component, rows, track)
            if not _same(track[-1], before[first + len(rows)]):
                other.append("its memory")
            return out

        return along


def _stepped(component: Fold, rows: Array, track: list[State]) -> Array:
    """Rows (D, ...) from the last state of `track` on, which gets the state after each. A copy of a state is handed out."""
    out = np.empty_like(rows)
    for d, row in enumerate(rows):  # each state depends on the one before
        after, out[d] = component.advance(_copied(track[-1]), row)
        track.append(_copied(after))
    return out


def _copied(state: State) -> State:
    return tuple(np.array(part) for part in state)


def _same(one: State, other: State) -> bool:
    pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(one, other, strict=True)]
    return all(a.shape == b.shape and not _differ(a, b) for a, b in pairs)


def _differ(one: Array, other: Array) -> bool:
    floats = one.dtype.kind == "f" and other.dtype.kind == "f"
    return bool(differs(one, other).any() if floats else (one != other).any())
