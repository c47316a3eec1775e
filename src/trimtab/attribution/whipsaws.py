"""Whipsaws: changes of side that were taken back soon after, and what they gained or lost.

The side on an asset is the sign of its score. A change at date d from side a to b is a whipsaw where the side is a again at
most `within` periods later and stayed b in between; both changes belong to it, so that + - + - + holds two. Its gain is that
of being on b rather than a in the meantime, (b - a) times the excess return of one unit; below zero where the change did harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array


@dataclass(frozen=True, slots=True)
class Whipsaws:
    """Of one signal over all assets: changes of side, how many whipsaws they hold, and their gain, in units of one asset.

    `before` and `recent` are whipsaws a year and asset in the two parts of the record; NaN where a part has no side.
    """

    changes: int
    count: int
    gain: float
    before: float
    recent: float


def whipsaws(scores: Array, excess: Array, start: int, *, per_year: float, within: int = 2) -> Whipsaws:
    """Count the whipsaws in scores (D, A), with the excess returns (D, A) that followed; `start` is the first recent row.

    An unknown score ends a stretch: nothing is taken back across it. An unknown return counts as 0.
    """
    side = np.sign(scores)
    found = [(d, asset, e) for asset in range(side.shape[1]) for d, e in _of_asset(side[:, asset], within)]
    worth = np.nan_to_num(excess)
    gain = sum(float((side[d, asset] - side[d - 1, asset]) * worth[d:e, asset].sum()) for d, asset, e in found)
    known = np.isfinite(side)
    turned = known[1:] & known[:-1] & (side[1:] != side[:-1])
    late = sum(d >= start for d, _, _ in found)
    years = [float(part.sum()) / per_year for part in (known[:start], known[start:])]
    rates = [count / span if span else np.nan for count, span in zip((len(found) - late, late), years, strict=True)]
    return Whipsaws(int(turned.sum()), len(found), gain, *rates)


def _of_asset(side: Array, within: int) -> Iterator[tuple[int, int]]:
    """First row of the change and row on which it was taken back, of one path (D,)."""
    known = np.isfinite(side)
    rows = np.flatnonzero(known[1:] & known[:-1] & (side[1:] != side[:-1])) + 1
    at = 0
    while at < len(rows) - 1:  # a change that belongs to one whipsaw cannot begin the next
        d, e = int(rows[at]), int(rows[at + 1])
        back = e - d <= within and side[e] == side[d - 1] and bool(known[d:e].all())
        if back:
            yield d, e
        at += 2 if back else 1
