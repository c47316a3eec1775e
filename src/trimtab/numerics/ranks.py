"""Where a value stands among others: percentile ranks, with ties counted half (as in `Stat.RANK`)."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array


def percentile_rank(rows: Array) -> Array:
    """Rank (...) of the last of `rows` (..., n) among all n, in (0, 1); NaN where any row is unknown.

    The share of rows below it, plus half the share of those equal to it, itself included.
    """
    last = rows[..., -1:]
    rank = ((rows < last).sum(axis=-1) + 0.5 * (rows == last).sum(axis=-1)) / rows.shape[-1]
    return np.asarray(np.where(np.isfinite(rows).all(axis=-1), rank, np.nan))
