"""Answers remembered by their inputs: a pure function of rows and a model need not be worked out twice.

What is remembered is the answer to the very same bytes and model, so that a caller cannot tell, but by the time it
takes, whether it was: purity is kept. The memory is bounded (the least recently used answer goes first), safe between
threads, and ends with the process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

import numpy as np

from trimtab.core.arrays import Array

Model = TypeVar("Model")
Answer = TypeVar("Answer")
Work = Callable[[Array, Model], Answer]


def memoised(size: int) -> Callable[[Work[Model, Answer]], Work[Model, Answer]]:
    """Decorates `f(rows, model)`: up to `size` answers are kept.

    `rows` (T,) are floats, `model` is hashable, and what `f` answers must be immutable. `f` must be pure, and gets its
    rows read-only.
    """

    def decorate(work: Work[Model, Answer]) -> Work[Model, Answer]:
        @lru_cache(maxsize=size)
        def remembered(data: bytes, model: Model) -> Answer:
            return work(np.frombuffer(data, dtype=float), model)

        @wraps(work)
        def ask(rows: Array, model: Model) -> Answer:
            return remembered(np.ascontiguousarray(rows, dtype=float).tobytes(), model)

        return ask

    return decorate
