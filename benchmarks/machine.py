"""What one core of the machine could do at most: multiply-adds a second, in a product of matrices; bytes read a second."""

from __future__ import annotations

import time
from collections.abc import Callable

import numba
import numpy as np

_SIDE = 512  # of a matrix: three of them fit the caches
_LARGE = 32_000_000  # doubles: far beyond any cache


@numba.njit(nogil=True)
def _summed(values):  # type: ignore[no-untyped-def]
    one, two, three, four = 0.0, 0.0, 0.0, 0.0
    for k in range(0, len(values) - 3, 4):
        one += values[k]
        two += values[k + 1]
        three += values[k + 2]
        four += values[k + 3]
    return one + two + three + four


def multiply_adds() -> float:
    """A second, on one core: OpenBLAS comes close to what the processor can do, with data in its registers most of the time."""
    left, right, out = np.ones((3, _SIDE, _SIDE))
    return _SIDE**3 / _least(lambda: np.matmul(left, right, out=out))


def bytes_read() -> float:
    """A second, on one core, one after the other."""
    values = np.ones(_LARGE)
    _summed(values[:8])
    return values.nbytes / _least(lambda: _summed(values))


def _least(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(5):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return min(spent)
