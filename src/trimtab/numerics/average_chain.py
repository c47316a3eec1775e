"""Average linkage in quadratic time, by the chain of nearest neighbours (Benzecri 1982; Juan 1982; Murtagh 1983).

From any cluster one walks to its nearest, and on to the nearest of that, until two are each other's nearest: they merge. With
average linkage (Sokal and Michener 1958) a merger brings no cluster closer to a third than its nearer part was, so the chain
before the two stays good, and the mergers are those that always joining the closest pair makes (`linkage.agglomerate`), in
another order. What stands at the beginning may be clusters already, with their numbers of members.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Index


@dataclass(frozen=True, slots=True, eq=False)
class Mergers:
    """N - 1 mergers, each after those of its parts: `kept` took in `gone` (N - 1,), numbered as the rows at the beginning.

    `height` (N - 1,) is the mean distance between the members of the two.
    """

    kept: Index
    gone: Index
    height: Array


def average_chain(distances: Array, members: Array) -> Mergers:
    """The mergers of N clusters with `members` (N,) each, from the mean distances (N, N) between their members.

    Symmetric, none unknown; the diagonal is not read. Among equal distances any pair may come first.
    """
    gaps = np.array(distances, dtype=float)
    count = np.array(members, dtype=float)
    np.fill_diagonal(gaps, np.inf)
    size = len(gaps)
    kept, gone = np.zeros(max(size - 1, 0), dtype=np.intp), np.zeros(max(size - 1, 0), dtype=np.intp)
    height = np.zeros(kept.shape)
    chain: list[int] = []
    for s in range(len(kept)):  # each merger rests on the one before
        i, j = _walk(gaps, chain)
        kept[s], gone[s], height[s] = i, j, gaps[i, j]
        _merge(gaps, count, i, j)
    return Mergers(kept, gone, height)


def _walk(gaps: Array, chain: list[int]) -> tuple[int, int]:
    """The next two to merge; `chain` is walked on, and loses them."""
    if not chain:
        chain.append(0)  # of two the smaller number stays, so there always is a cluster 0
    while True:
        here = chain[-1]
        nearest = int(gaps[here].argmin())
        before = len(chain) > 1 and gaps[here, chain[-2]] <= gaps[here, nearest]
        if before or nearest in chain:  # rounding may lead back further than one step: as near as makes no difference
            other = chain[-2] if before else nearest
            del chain[chain.index(other) :]
            return min(here, other), max(here, other)
        chain.append(nearest)


def _merge(gaps: Array, count: Array, i: int, j: int) -> None:
    """Cluster j goes into i: distances to it become the mean over all members."""
    row = (count[i] * gaps[i] + count[j] * gaps[j]) / (count[i] + count[j])
    row[i] = np.inf
    gaps[i], gaps[:, i] = row, row
    gaps[j], gaps[:, j] = np.inf, np.inf
    count[i] += count[j]
