"""The pulse of the peers: on each date, how many of them had a price, how many moved, and by how much in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trimtab.core.arrays import Array, Dates, Mask
from trimtab.data.history import History
from trimtab.data.quality.track import Track

_MOST = 0.45  # log step: Hong Kong lost 33 % on 1987-10-26, the worst day of a large market

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pulse:
    """U dates on which any of N series has a row. `live` (U,) counts those between their first and last known price,
    `present` those with a known price, `moved` those whose price changed; `market` (U,) is the median log step.
    """

    dates: Dates
    live: Counts
    present: Counts
    moved: Counts
    market: Array

    def at(self, dates: Dates) -> npt.NDArray[np.intp]:
        """Positions of dates that are all among those of the pulse."""
        return np.searchsorted(self.dates, dates)

    def others_moved(self, path: Track) -> Mask:
        """On which rows (R,) of a path, one of the N, at least half of the others present (two or more) moved."""
        where = self.at(path.dates)
        own = np.append(False, np.diff(path.price) != 0.0)
        others = self.present[where] - 1
        return np.asarray((others >= 2) & (2 * (self.moved[where] - own) >= others))

    def shared(self, path: Track, part: float = 0.33) -> Mask:
        """On which rows (R,) the median of the peers (three or more) made at least that part of the same step.

        No market ever moved by half; a step of that size that all peers make is an error in them all.
        """
        where = self.at(path.dates)
        market = self.market[where]
        return np.asarray(
            (self.present[where] >= 4) & (market * np.sign(path.step) > part * np.abs(path.step)) & (np.abs(path.step) < _MOST)
        )


def pulse(histories: Sequence[History], tracks: Sequence[Track]) -> Pulse:
    """The pulse of series that trade at one pace. Shapes: (U,) over the union of their dates."""
    dates = _union([history.dates for history in histories])
    step = np.full((len(dates), len(tracks)), np.nan)
    live, present, moved = (np.zeros(len(dates), dtype=np.int64) for _ in range(3))
    for column, path in enumerate(tracks):
        if len(path.rows) == 0:
            continue
        where = np.searchsorted(dates, path.dates)
        live[where[0] : where[-1] + 1] += 1
        present[where] += 1
        step[where[1:], column] = path.step[1:]
        moved[where[1:]] += np.diff(path.price) != 0.0
    return Pulse(dates, live, present, moved, _middle(step))


def _union(parts: Sequence[Dates]) -> Dates:
    """All dates that any part holds. Equal calendars, the usual case, are met once."""
    distinct = {part.tobytes(): part for part in parts}
    return np.unique(np.concatenate(list(distinct.values()))).astype("datetime64[D]")


def _middle(step: Array) -> Array:
    """Median (U,) of each row of (U, N), 0 where a row has none."""
    ordered = np.sort(step, axis=1)
    count = np.isfinite(ordered).sum(axis=1)
    row = np.arange(len(step))
    middle = 0.5 * (ordered[row, np.maximum(count - 1, 0) // 2] + ordered[row, np.minimum(count // 2, step.shape[1] - 1)])
    return np.where(count > 0, middle, 0.0)
