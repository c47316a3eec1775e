"""What one core of the machine could do at most: multiply-adds a second out of its first cache, bytes a second from memory."""

from __future__ import annotations

import time
from collections.abc import Callable

import numba
import numpy as np

_WIDE, _CHAINS = 16, 8  # doubles of one array, and arrays that are worked on side by side: all of it fits the first cache
_LARGE = 32_000_000  # doubles: far beyond any cache


@numba.njit(fastmath={"contract"}, nogil=True, error_model="numpy")
def _multiply_add(sums, factor, rounds):  # type: ignore[no-untyped-def]
    for _ in range(rounds):
        for k in range(sums.shape[0]):
            sums[k] = sums[k] * factor[k] + factor[k]


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
    """A second, on one core."""
    sums, factor, rounds = np.zeros(_WIDE * _CHAINS), np.full(_WIDE * _CHAINS, 0.5), 2_000_000
    _multiply_add(sums, factor, 1)
    return len(sums) * rounds / _least(lambda: _multiply_add(sums, factor, rounds))


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
