"""Groups of segments, from coarse to fine: which lies in which, and sums over them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from trimtab.core.arrays import Array, Index
from trimtab.core.errors import ParameterError


def numbered(grouping: npt.ArrayLike, count: int, name: str) -> tuple[npt.NDArray[Any], Index]:
    """Labels of the G groups, sorted, and the place (count,) among them of each segment.

    Raises ParameterError unless there is a whole number or a text for each of `count` segments; `name` says where.
    """
    given = np.asarray(grouping)
    remedy = "Give each segment the number or the name of its group."
    if given.shape != (count,):
        raise ParameterError(f"{name} has shape {given.shape}, expected ({count},)", field="groupings", remedy=remedy)
    if given.dtype.kind not in "biuU":
        raise ParameterError(f"{name} holds neither whole numbers nor text", field="groupings", remedy=remedy)
    labels, place = np.unique(given, return_inverse=True)
    return labels, place.astype(np.intp)


def nested(below: Index, above: Index, labels: npt.NDArray[Any], name: str) -> Index:
    """The group `above` that each group `below` lies in, (G,); both give the group of each segment, (A,).

    Raises ParameterError for the first group that lies in two: `labels` are its words, `name` says where.
    """
    parents = np.zeros(len(labels), dtype=np.intp)
    parents[below] = above
    torn = parents[below] != above
    if torn.any():
        what = f"group {labels[below[torn][0]]} of {name} lies in two groups of the grouping before"
        raise ParameterError(what, field="groupings", remedy="Order groupings from coarse to fine, each inside the last.")
    return parents


def summed(values: Array, place: Index) -> Array:
    """Sums of `values` (..., A) over the groups in `place` (A,), each of which has a member: (..., G)."""
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    return np.asarray(np.add.reduceat(values[..., order], starts, axis=-1))
