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


def rank_of_last(rows: Array, *, least: int, tie: float = 0.0) -> Array:
    """Rank (...) of the last of `rows` (..., n) among those of them that are known, in (0, 1), ties counted half.

    NaN where the last one is unknown, where fewer than `least` are known, and where none differs from the last. Values
    within `tie` of the last one, relatively, are equal to it.
    """
    last = rows[..., -1:]
    band = tie * np.abs(last)
    below, above = (rows < last - band).sum(axis=-1), (rows > last + band).sum(axis=-1)
    known = np.isfinite(rows).sum(axis=-1)
    valid = np.isfinite(last[..., 0]) & (known >= least) & (below + above > 0)
    rank = (below + 0.5 * (known - below - above)) / np.maximum(known, 1)
    return np.asarray(np.where(valid, rank, np.nan))
