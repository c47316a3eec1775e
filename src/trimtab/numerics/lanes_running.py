"""Which engine runs lanes: numba where it is at hand and pays, else array calls."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from importlib import import_module
from importlib.util import find_spec

from trimtab.core.arrays import Array
from trimtab.numerics.lanes import Fence, Ground, Lanes, Trails

_PAYS = 2e8  # lanes times sessions, from which on compiling takes less time than it saves: some ten seconds


class Engine(Enum):
    """What runs lanes."""

    AUTO = "auto"  # numba where it has been compiled on this machine before or pays, else numpy
    NUMPY = "numpy"
    NUMBA = "numba"


def chosen(engine: Engine, cells: float) -> Engine:
    """NUMPY or NUMBA, for work of so many `cells` (lanes times sessions): the same work always goes the same way through."""
    if engine is not Engine.AUTO:
        return engine
    if find_spec("numba") is None:
        return Engine.NUMPY
    return Engine.NUMBA if cells >= _PAYS or warm() else Engine.NUMPY


def warm() -> bool:
    """Whether the compiled lanes lie in numba's cache as they are written now, so that calling them costs no compilation."""
    walk = import_module("trimtab.numerics.lanes_compiled")._walk
    kept = getattr(getattr(walk, "_cache", None), "_cache_file", None)  # none, where numba has nowhere to keep anything
    listed = getattr(kept, "_load_index", dict)
    return bool(walk.signatures or listed())


def run(ground: Ground, fence: Fence, goals: Array, groups: Sequence[Lanes], trails: Trails, *, engine: Engine) -> None:
    """Fill `trails` with the way of every lane; `goals` (W, R, A) is the table that they read."""
    name = "lanes_compiled" if engine is Engine.NUMBA else "lanes_stepped"
    import_module(f"trimtab.numerics.{name}").run(ground, fence, goals, groups, trails)
