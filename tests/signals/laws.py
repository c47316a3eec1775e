"""The laws that every signal keeps, as functions that name the dates at which one is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.signals.array_view import ArrayView
from trimtab.core.arrays import Array

Answer = Callable[[Any], Array]  # a view in, (D, A) out


def answer(signal: Any) -> Answer:
    """A signal's numbers before memory."""
    return lambda view: signal(view).values


def walked(fold: Any, rows: Array) -> Array:
    """Rows (D, ..., A) through a fold, one by one."""
    if not hasattr(fold, "advance"):
        return rows
    out, state = [], fold.start(rows[0])
    for row in rows:
        state, one = fold.advance(state, row)
        out.append(one)
    return np.array(out)


def same(one: Array, other: Array) -> bool:
    """Bit for bit, except that one NaN is like another."""
    return one.shape == other.shape and bool(((one == other) | (np.isnan(one) & np.isnan(other))).all())


def batch_faults(ask: Answer, view: ArrayView) -> list[int]:
    """Decisions whose answer alone (D = 1) is not, bit for bit, their row of the batch: reads along D."""
    batch = ask(view)
    return [d for d, row in enumerate(view.rows) if not same(ask(view.at(row))[0], batch[d])]


def future_faults(ask: Answer, view: ArrayView) -> list[int]:
    """Decisions after which another future changes an answer up to them: reads past the window."""
    batch = ask(view)
    cuts = enumerate(view.rows)
    return [d for d, row in cuts if not same(ask(view.corrupted(row).at(*view.rows[: d + 1])), batch[: d + 1])]


def memory_faults(ask: Answer, view: ArrayView, span: Any) -> list[int]:
    """Decisions whose answer changes with rows before their warm-up of `span` rows: reads before the window."""
    batch, found = ask(view), []
    for d, row in enumerate(view.rows):
        oldest = view.back(row, span.count, span.every)[0]
        if oldest >= 0 and not same(ask(view.forgotten(oldest).at(row))[0], batch[d]):
            found.append(d)
    return found


def order_faults(ask: Answer, view: ArrayView, order: list[int]) -> list[int]:
    """Decisions whose answers do not move with the assets."""
    batch, moved = ask(view), ask(view.permuted(order))
    return [d for d in range(len(batch)) if not same(moved[d], batch[d][order])]
