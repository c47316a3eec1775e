"""How late a live state follows the truth, and how often it speaks for nothing: hindsight, for reports alone.

The truth may be a dated chronology, such as recessions, or a state read off after the event. Nothing here makes it, and
no decision may read it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Index, frozen

UNKNOWN = -1  # a row whose state nobody knew


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """E episodes of the truth that began inside the rows, and the live episodes that met none.

    `onsets` (E,) row of the first day, `states` (E,) the state entered, `lags` (E,) rows from onset until live first
    showed that state inside the episode, 0 at once, NaN where it never did; `false_alarms` (F,) row on which a live
    episode began that shares no row with an episode of its state in the truth.
    """

    onsets: Index
    states: Index
    lags: Array
    false_alarms: Index

    def __post_init__(self) -> None:
        for name in ("onsets", "states", "lags", "false_alarms"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


def detection_lags(live: Index, truth: Index) -> Detection:
    """Hold the states shown live (T,) against those of the truth (T,), as whole numbers; -1 where unknown.

    An episode is a run of rows in one state; the one that the truth begins with was not entered and has no lag. A live
    episode under way when the truth enters its state detects it at once (lag 0). A live episode during which the truth
    is unknown throughout is no false alarm: nobody can tell. Raises ValueError where lengths differ.
    """
    if live.shape != truth.shape or live.ndim != 1:
        raise ValueError(f"live {live.shape} and truth {truth.shape} are not two rows of one length")
    first, last = _episodes(truth)
    inside = (first > 0) & (truth[first] != UNKNOWN)
    first, last = first[inside], last[inside]
    lags = [_lag(live[a : b + 1], truth[a]) for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    alarms = []
    for a, b in zip(*(ends.tolist() for ends in _episodes(live)), strict=True):
        seen = truth[a : b + 1]
        if live[a] != UNKNOWN and not (seen == live[a]).any() and (seen != UNKNOWN).any():
            alarms.append(a)
    return Detection(first, truth[first], np.array(lags, dtype=float), np.array(alarms, dtype=np.intp))


def _episodes(states: Index) -> tuple[Index, Index]:
    """First and last row of every run of equal states."""
    change = np.flatnonzero(states[1:] != states[:-1])
    count = len(states)
    if not count:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    return np.append(0, change + 1), np.append(change, count - 1)


def _lag(shown: Index, state: int) -> float:
    """Rows until the state is shown; NaN where it is not."""
    hits = np.flatnonzero(shown == state)
    return float(hits[0]) if len(hits) else np.nan
