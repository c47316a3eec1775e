"""Possible futures of strategy and benchmark together, drawn from their past by the stationary bootstrap.

Both are drawn by the same rows (Politis and Romano 1994), so that what happened together stays together, in blocks of the
length of Politis and White (2004), the longest of strategy, benchmark and their difference. A future longer than the
history is a chain of independent draws of its length: one block more ends at each joint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.bootstrap import stationary_draws
from trimtab.numerics.intervals import best_block
from trimtab.numerics.returns import paired

AT_ONCE = 2_000_000  # numbers of each series that are drawn together: 16 MB
FEWEST = 12  # returns, below which a past says nothing about its own spread


@dataclass(frozen=True, slots=True)
class Drawing:
    """How futures are drawn: the seed, how many `paths`, and the mean block length in periods; None finds it.

    Raises ParameterError for a seed below 0.
    """

    seed: int
    paths: int = 10_000
    block: float | None = None

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ParameterError(f"the seed {self.seed} is below 0", field="seed", remedy="Give a whole number from 0 on.")


def found_block(returns: Array, benchmark: Array, drawing: Drawing) -> float:
    """The mean block length that `drawing` means for returns and benchmark (T,)."""
    if drawing.block is not None:
        return drawing.block
    return best_block(np.stack([returns, benchmark, returns - benchmark]))


def joint_paths(returns: Array, benchmark: Array, periods: int, drawing: Drawing) -> Iterator[tuple[Array, Array]]:
    """Futures of `periods` returns of strategy and benchmark, some paths at a time: pairs of (up to R, periods).

    The same paths whatever the size of a part. Raises DataError for a past (T,) that is unknown somewhere or has fewer than 12
    returns, ParameterError where lengths differ, for no period or no path, and for a block below 1.
    """
    returns, benchmark = _past(returns, benchmark)
    if periods < 1 or drawing.paths < 1:
        what = f"{drawing.paths} paths of {periods} periods"
        raise ParameterError(what, field="periods", remedy="Ask for at least one of both.")
    count = len(returns)
    joints = -(-periods // count)
    many = max(1, AT_ONCE // (joints * count))
    draws = stationary_draws(
        count, drawing.paths * joints, found_block(returns, benchmark, drawing), seed=drawing.seed, rows=many * joints
    )
    for rows in draws:
        chosen = rows.reshape(-1, joints * count)[:, :periods]
        yield returns[chosen], benchmark[chosen]


def _past(returns: Array, benchmark: Array) -> tuple[Array, Array]:
    """The two series as arrays, checked."""
    returns = np.asarray(returns, dtype=float)
    benchmark = paired(returns, benchmark)
    if returns.ndim != 1 or benchmark.ndim != 1 or len(returns) < FEWEST:
        what = f"a past of shape {returns.shape} beside {benchmark.shape}"
        raise DataError(what, remedy=f"Give one path (T,) of each, with at least {FEWEST} returns.")
    if not (np.isfinite(returns).all() and np.isfinite(benchmark).all()):
        raise DataError("some returns of the past are unknown", remedy="Cut both series to the dates on which both are known.")
    return returns, benchmark
