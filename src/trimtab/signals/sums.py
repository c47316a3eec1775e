"""Sums and means in a fixed order, so that one date alone gives the same bits as the same date among many.

NumPy's own sums add in pairs along whichever axis lies closest in memory: their last bits change with the layout.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.roles import View
from trimtab.core.terms import Field, Span


def summed(rows: Array, axis: int) -> Array:
    """Sum over one axis, first to last; NaN anywhere gives NaN."""
    rows = np.moveaxis(rows, axis, 0)
    total = np.zeros(rows.shape[1:])
    for row in rows:  # a loop over the summed axis alone: the order is fixed, every other axis is vectorised
        total += row
    return total


def averages(view: View, field: Field, span: Span, *, skip: int = 0) -> Array:
    """(D, A) mean of the rows of a span that ends `skip` rows before each decision date; NaN where any is unknown.

    A view may besides have `means(field, n, every, skip)`, which gives the same but for rounding, and faster: sweeps do.
    """
    means = getattr(view, "means", None)
    if means is not None:
        return means(field, span.count, span.every, skip)  # type: ignore[no-any-return]
    return averaged(view.window(field, span.count + skip, every=span.every)[:, : span.count])


def averaged(window: Array) -> Array:
    """Mean over the rows of a window (D, n, A), shape (D, A); NaN where any row is unknown."""
    return np.asarray(summed(window, 1) / window.shape[1])
