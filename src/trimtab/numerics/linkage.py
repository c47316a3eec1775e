"""Agglomerative clustering and its leaf order, for many matrices of distances at once.

Single, complete and average linkage and Ward's by the recurrence of Lance and Williams (1967), "A general theory of
classificatory sorting strategies", The Computer Journal 9: the two closest clusters become one until one is left.
Written on from the left, the leaves of the tree put what is alike side by side (the quasi-diagonal order of Lopez de
Prado 2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import prod

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.terms import TIE

CELLS = 2**18  # distances worked on at once: 2 MB, which stays in the cache


class Linkage(Enum):
    """How far apart two clusters are, by the distances of their members."""

    SINGLE = "single"  # the smallest
    COMPLETE = "complete"  # the largest
    AVERAGE = "average"  # the mean over all pairs
    WARD = "ward"  # by how much one cluster in their place would spread more


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """The A - 1 mergers (..., A - 1): the numbers of the two clusters, and how far apart they were.

    Leaves have the numbers 0 to A - 1, the cluster of merger s has A + s. The smaller number stands left: a leaf before a
    cluster, of two leaves the first, of two clusters the one that was formed first.
    """

    left: Index
    right: Index
    height: Array


def agglomerate(distances: Array, linkage: Linkage) -> Tree:
    """The tree of symmetric distances (..., A, A), each at least 0 and none unknown.

    Distances no further apart than 1e-12, relatively, are equal; of pairs at equal distance the one merges whose first
    leaf comes first, then the one whose other cluster's first leaf does. Each matrix gives the same tree, to the bit,
    whether it is asked for alone or among others.
    """
    size = distances.shape[-1]
    stack = np.asarray(distances, dtype=float).reshape(prod(distances.shape[:-2]), size, size)
    left, right = (np.zeros((len(stack), max(size - 1, 0)), dtype=np.intp) for _ in range(2))
    height = np.zeros(left.shape)
    step = max(1, CELLS // max(1, size * size))
    for d in range(0, len(stack), step):
        part = slice(d, d + step)
        _merge(np.array(stack[part]), linkage, left[part], right[part], height[part])
    shape = (*distances.shape[:-2], left.shape[-1])
    return Tree(left.reshape(shape), right.reshape(shape), height.reshape(shape))


def leaves(tree: Tree) -> Index:
    """The leaves (..., A) from left to right."""
    shape, mergers = tree.left.shape[:-1], tree.left.shape[-1]
    size = mergers + 1
    left, right = tree.left.reshape(prod(shape), mergers), tree.right.reshape(prod(shape), mergers)
    rows = np.arange(len(left))
    count = np.ones((len(left), size + mergers), dtype=np.intp)
    for s in range(mergers):  # from the leaves up: each cluster is as large as its two parts
        count[:, size + s] = count[rows, left[:, s]] + count[rows, right[:, s]]
    place = np.zeros_like(count)
    for s in reversed(range(mergers)):  # from the root down: the left part begins where the whole does
        place[rows, left[:, s]] = place[:, size + s]
        place[rows, right[:, s]] = place[:, size + s] + count[rows, left[:, s]]
    return np.argsort(place[:, :size], axis=-1).reshape(*shape, size)


def _merge(gaps: Array, linkage: Linkage, left: Index, right: Index, height: Array) -> None:
    """Fill in the mergers of distances (B, A, A), which are used up. A cluster stands in the place of its first leaf."""
    count, size = gaps.shape[:2]
    rows, places = np.arange(count), np.arange(size)
    gaps[:, places, places] = np.inf
    number = np.tile(places, (count, 1))
    members = np.ones((count, size))
    for s in range(size - 1):  # each merger rests on the one before; all matrices at once
        i, j = _closest(gaps, rows)
        height[:, s] = gaps[rows, i, j]
        pair = np.stack([number[rows, i], number[rows, j]])
        left[:, s], right[:, s] = pair.min(axis=0), pair.max(axis=0)
        new = _RECURRENCE[linkage](_Pair(gaps[rows, i], gaps[rows, j], height[:, s, None], members, i, j))
        new[rows, i] = np.inf
        gaps[rows, i, :] = gaps[rows, :, i] = new
        gaps[rows, j, :] = gaps[rows, :, j] = np.inf
        number[rows, i] = size + s
        members[rows, i] += members[rows, j]


def _closest(gaps: Array, rows: Index) -> tuple[Index, Index]:
    """The first of the closest pairs of each matrix (B, A, A), ties counted."""
    nearest = gaps.min(axis=-1)
    most = nearest.min(axis=-1, keepdims=True) * (1.0 + TIE)
    i = np.argmax(nearest <= most, axis=-1)
    return i, np.argmax(gaps[rows, i] <= most, axis=-1)  # i < j: were it the other way, j would have come first


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Two clusters that merge: their distances to all others (B, A), to each other (B, 1), and how many leaves each has."""

    one: Array
    other: Array
    apart: Array
    members: Array
    i: Index
    j: Index

    @property
    def counts(self) -> tuple[Array, Array]:
        """Leaves of the two (B, 1)."""
        i, j = self.i[:, None], self.j[:, None]
        return np.take_along_axis(self.members, i, axis=-1), np.take_along_axis(self.members, j, axis=-1)


def _single(pair: _Pair) -> Array:
    return np.minimum(pair.one, pair.other)


def _complete(pair: _Pair) -> Array:
    return np.maximum(pair.one, pair.other)


def _average(pair: _Pair) -> Array:
    ours, theirs = pair.counts
    return np.asarray((ours * pair.one + theirs * pair.other) / (ours + theirs))


def _ward(pair: _Pair) -> Array:
    (ours, theirs), each = pair.counts, pair.members
    spread = (ours + each) * pair.one**2 + (theirs + each) * pair.other**2 - each * pair.apart**2
    return np.sqrt(np.maximum(spread, 0.0) / (ours + theirs + each))


_RECURRENCE = {Linkage.SINGLE: _single, Linkage.COMPLETE: _complete, Linkage.AVERAGE: _average, Linkage.WARD: _ward}
