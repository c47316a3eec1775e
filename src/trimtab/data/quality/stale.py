"""A2: a price that stands still while its peers move.

How long is too long depends on the series: a Treasury bill fund repeats its price often, an index never. A run of equal
closes counts where the series' own habit of repeating makes such a run less likely than one in a thousand histories.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.arrays import Mask
from trimtab.data.history import History
from trimtab.data.quality.detector import Context
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows
from trimtab.data.quality.track import Track

_MOST = 0.7  # a series that repeats its price more often than this is stale by habit, which is no excuse


@dataclass(frozen=True, slots=True)
class Stale:
    """At least `shortest` equal closes (the first included), and a chance below `chance` in the series' own habit."""

    name: ClassVar[str] = "stale"

    shortest: int = 5
    chance: float = 0.001

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """One finding a run. Used with a flag where half of the peers moved meanwhile; noted where nobody can tell."""
        path = context.path
        if len(path.rows) < self.shortest or not history.about.holdable:
            return
        still = np.append(False, np.diff(path.price) == 0.0)
        if not still.any():
            return
        starts, lengths = _runs(still)
        longest = max(self.shortest - 1.0, self._usual(still, lengths))
        moved = None if context.pulse is None else context.pulse.others_moved(path)
        for start, length in zip(starts, lengths, strict=True):
            if length >= longest:
                yield self._finding(history, path, slice(int(start) - 1, int(start + length)), moved)

    def _usual(self, still: Mask, lengths: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        """The run length that the series' own habit makes rare; the run in question does not count for its own habit."""
        count = len(still)
        often = (still.sum() - lengths.max() + 1.0) / (count - lengths.max() + 1.0)
        return float(np.log(self.chance / count) / np.log(min(often, _MOST)))

    def _finding(self, history: History, path: Track, part: slice, moved: Mask | None) -> Finding:
        rows = path.rows[part]
        what = f"{len(rows)} equal closes in a row"
        if moved is None or not moved[part][1:].mean() > 0.5:
            verdict = Verdict("A2", Outcome.NOTE, 0.5, what, "kept: no peers moved that could show it to be stale")
        else:
            verdict = Verdict("A2", Outcome.DEGRADE, 0.9, f"{what} while the peers moved", "used, and flagged as stale")
        return at_rows(history, Stale.name, verdict, rows)


def _runs(still: Mask) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Starts and lengths (N,) of the runs of True; the first entry is False."""
    edges = np.diff(np.append(still, False).astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1) + 1, np.flatnonzero(edges == -1) + 1
    return starts, ends - starts
