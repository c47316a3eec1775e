"""A1: prices that leave their path and come back within three rows, and jumps that no action explains (METHODS 12).

A crash does not come back to where it began, a bad print does. A spike needs the rows after it and is set aside; a jump is
only noted, for the franc of January 2015 was one. What the peers did on the same day is the market's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.arrays import Mask
from trimtab.core.terms import CLOSE, HIGH, LOW
from trimtab.data.history import History
from trimtab.data.quality.detector import Context
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows
from trimtab.data.quality.levels import set_level
from trimtab.data.quality.track import Track


@dataclass(frozen=True, slots=True)
class Spikes:
    """Both steps, away and back, are over `sigmas` usual ones and `least`, and leave less than `rest` of either."""

    name: ClassVar[str] = "spikes"

    sigmas: float = 8.0
    least: float = 0.02
    rest: float = 0.25
    longest: int = 3

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """Rows that are set aside; unit errors and splits are other detectors' work."""
        path = context.path
        if len(path.rows) < 4 or not history.about.holdable:
            return
        off = self._off(path, context)
        if off.any():
            what = "the price leaves its path and comes back"
            verdict = Verdict("A1", Outcome.QUARANTINE, 0.95, what, "set aside (seen from the rows after it)")
            yield from set_level(history, path, np.where(off, 1.0, 0.0), off, self.name, verdict)

    def _off(self, path: Track, context: Context) -> Mask:
        """Rows (R,) of spikes of one to `longest` rows."""
        large = np.abs(path.step) > np.maximum(self.sigmas * path.scale, self.least)
        if context.pulse is not None:
            large &= ~context.pulse.shared(path)
        off = np.zeros(len(path.rows), dtype=bool)
        places = np.flatnonzero(large)
        for length in range(1, self.longest + 1):
            pairs = places[np.isin(places + length, places)]
            away, back = path.step[pairs], path.step[pairs + length]
            total = np.array([path.step[p : p + length + 1].sum() for p in pairs])  # few pairs
            small = np.abs(total) < self.rest * np.minimum(np.abs(away), np.abs(back))
            for start in pairs[(away * back < 0.0) & small]:
                if not off[start - 1]:  # the way back from one spike is not the way into another
                    off[start : start + length] = True
        return off


@dataclass(frozen=True, slots=True)
class Jumps:
    """Steps of more than `sigmas` usual ones and `least` without a split or dividend, that peers did not share."""

    name: ClassVar[str] = "jumps"

    sigmas: float = 8.0
    least: float = 0.02

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """Notes, one for all jumps of a series, and inconsistent prices within a row."""
        path = context.path
        if len(path.rows) < 4 or not history.about.holdable:
            return
        large = np.abs(path.step) > np.maximum(self.sigmas * path.scale, self.least)
        if context.pulse is not None:
            large &= ~context.pulse.shared(path)
        rows = path.rows[large]
        if len(rows):
            worst = float(path.step[large][np.argmax(np.abs(path.step[large]))])
            what = f"{len(rows)} jump{'s' if len(rows) > 1 else ''} without an action, the largest {np.expm1(worst):+.1%}"
            verdict = Verdict("A1", Outcome.NOTE, 0.5, what, "kept: markets do jump; compare with another source")
            yield at_rows(history, self.name, verdict, rows)
        yield from self._ranges(history)

    def _ranges(self, history: History) -> Iterable[Finding]:
        """Closes outside the high and low of their row, by more than rounding."""
        if not {HIGH, LOW} <= set(history.fields):
            return
        high, low, close = (history.fields[field] for field in (HIGH, LOW, CLOSE))
        with np.errstate(invalid="ignore"):
            outside = (close > high * 1.001) | (close < low * 0.999)
        rows = np.flatnonzero(outside)
        if len(rows):
            what = f"{len(rows)} close{'s' if len(rows) > 1 else ''} outside high and low"
            yield at_rows(history, self.name, Verdict("A1", Outcome.NOTE, 0.9, what, "kept as written"), rows)
