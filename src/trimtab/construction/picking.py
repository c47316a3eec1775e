"""Which assets are best by score, in a way that does not depend on their order.

Scores within 1e-12 of their neighbour, relatively, are level: what is left for a group of level assets is shared among
them evenly, so that permuting the assets permutes the answer.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.terms import TIE


def best(scores: Array, count: int | Array, allowed: Mask) -> Array:
    """(D, A) how much of a place among the `count` highest scores (D, A) each asset has: 1, 0, or a share at a tie.

    `count` may differ by date (D,). Assets not `allowed`, (A,) or (D, A), and those whose score is not finite have none.
    """
    places = np.broadcast_to(np.asarray(count, dtype=float)[..., np.newaxis], (*scores.shape[:-1], 1))
    known = np.isfinite(scores) & allowed
    keys = np.where(known, scores, -np.inf)
    order = np.argsort(-keys, axis=-1, kind="stable")
    first, size = _groups(np.take_along_axis(keys, order, -1))
    shares = np.empty(scores.shape)
    np.put_along_axis(shares, order, np.clip((places - first) / size, 0.0, 1.0), -1)
    return np.where(known, shares, 0.0)


def above(scores: Array, level: float) -> Mask:
    """(...) whether a score is known and above `level` by more than a tie."""
    known = np.isfinite(scores)
    gap = np.where(known, scores, level) - level
    return np.asarray(gap > TIE * np.maximum(np.abs(np.where(known, scores, 0.0)), abs(level)))


def _groups(falling: Array) -> tuple[Array, Array]:
    """Of scores (D, A) from high to low: where the group of level ones begins that each is in, and how many it has."""
    count = falling.shape[-1]
    places = np.arange(float(count))
    before, after = falling[..., :-1], falling[..., 1:]
    with np.errstate(invalid="ignore", over="ignore"):  # the unknown are last, at minus infinity
        apart = before - after > TIE * np.maximum(np.abs(before), np.abs(after))
    opens = np.ones(falling.shape, dtype=bool)
    opens[..., 1:] = apart | (np.isfinite(before) & ~np.isfinite(after))
    first = np.maximum.accumulate(np.where(opens, places, 0.0), axis=-1)
    closes = np.ones(falling.shape, dtype=bool)
    closes[..., :-1] = opens[..., 1:]
    last = np.minimum.accumulate(np.where(closes, places, count)[..., ::-1], axis=-1)[..., ::-1]
    return first, last - first + 1.0
