"""Rank correlation (Spearman 1904): the correlation of ranks, ties sharing the mean of theirs."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array


def average_ranks(values: Array) -> Array:
    """Ranks (..., n), from 1, of values (..., n) among those of them that are known; equals share a mean. NaN stays NaN."""
    if not values.shape[-1]:
        return np.asarray(values, dtype=float)
    order = np.argsort(values, axis=-1, kind="stable")
    sorted_ = np.take_along_axis(values, order, axis=-1)
    place = np.broadcast_to(np.arange(values.shape[-1]), values.shape)
    fresh = np.ones(values.shape, dtype=bool)
    fresh[..., 1:] = sorted_[..., 1:] != sorted_[..., :-1]
    first = np.maximum.accumulate(np.where(fresh, place, 0), axis=-1)
    ends = np.ones(values.shape, dtype=bool)
    ends[..., :-1] = fresh[..., 1:]
    last = np.minimum.accumulate(np.where(ends, place, values.shape[-1])[..., ::-1], axis=-1)[..., ::-1]
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, 0.5 * (first + last) + 1.0, axis=-1)
    return np.where(np.isnan(values), np.nan, ranks)


def rank_correlation(left: Array, right: Array, *, least: int = 3) -> Array:
    """(...) rank correlation of left and right (..., n), broadcast, over the pairs that are known.

    NaN where fewer than `least` pairs are known, and where either side is the same throughout.
    """
    left, right = np.broadcast_arrays(np.asarray(left, dtype=float), np.asarray(right, dtype=float))
    known = np.isfinite(left) & np.isfinite(right)
    count = known.sum(-1, keepdims=True)
    middle = 0.5 * (count + 1.0)
    one, two = (np.where(known, average_ranks(np.where(known, side, np.nan)) - middle, 0.0) for side in (left, right))
    apart = np.sqrt(np.square(one).sum(-1) * np.square(two).sum(-1))
    valid = (count[..., 0] >= max(least, 2)) & (apart > 0.0)
    return np.asarray(np.where(valid, (one * two).sum(-1) / np.where(valid, apart, 1.0), np.nan))
