"""Stretches of a path that stand at a wrong level, and by which factor.

A step that no market made begins or ends such a stretch. The level of the latest rows is the right one where it has lasted
a week (an error in passing is usually gone by then, a change of unit stays); else the level of most rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.terms import ADJUSTED, CLOSE, HIGH, LOW, OPEN, TOTAL_RETURN, Field
from trimtab.data.history import History
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows
from trimtab.data.quality.track import Track

PRICES = (CLOSE, OPEN, HIGH, LOW, ADJUSTED, TOTAL_RETURN)

_NEAR = float(np.log(10.0))  # a price of the row that shares the error lies within this of the close


@dataclass(frozen=True, slots=True, eq=False)
class Offsets:
    """By how much (R,), in logs, each known row stands off the right level; 0 where it stands right.

    `passing` rows have right ones on both sides, `before` rows come before the first right one, `after` rows follow
    the last: nobody can know yet whether those will stay.
    """

    log: Array
    passing: Mask
    before: Mask
    after: Mask

    @property
    def wrong(self) -> Mask:
        """Where a row stands off."""
        return np.asarray(self.log != 0.0)


def offsets(jumps: Array, settle: int) -> Offsets:
    """From the false part (R,) of each step, 0 where the step is real. A level that lasted `settle` rows is right."""
    exact = np.cumsum(jumps)
    level = np.round(exact, 6)
    changes = np.flatnonzero(np.diff(level))
    last = len(level) - (changes[-1] + 1 if len(changes) else 0)
    if last >= settle:
        right = level[-1]
    else:
        found, count = np.unique(level, return_counts=True)
        right = found[np.argmax(count)]
    off = np.where(level == right, 0.0, exact - exact[np.argmax(level == right)])
    good = np.flatnonzero(off == 0.0)
    place = np.arange(len(level))
    before, after = place < good[0], place > good[-1]
    wrong = off != 0.0
    return Offsets(off, wrong & ~before & ~after, wrong & before, wrong & after)


def set_level(history: History, path: Track, off: Array, mask: Mask, name: str, verdict: Verdict) -> list[Finding]:
    """Findings, one a field, that put the rows in `mask` (R,) of `path` back by the log factors `off`, or set them aside."""
    made = []
    for field in PRICES:
        if field not in history.fields:
            continue
        shares = mask & _shares(history, path, field, off)
        rows = path.rows[shares]
        if len(rows) == 0:
            continue
        values = history.fields[field][rows] * np.exp(-off[shares]) if verdict.outcome is Outcome.REPAIR else None
        made.append(at_rows(history, name, verdict, rows, field, values))
    return made


def _shares(history: History, path: Track, field: Field, off: Array) -> Mask:
    """Where (R,) a field's price moved with the path: it keeps its usual distance from the close."""
    index = field in (ADJUSTED, TOTAL_RETURN)  # stands on the basis of the path, whatever the close does
    close = history.fields[CLOSE][path.rows] / (path.later if index else 1.0)
    values = history.fields[field][path.rows]
    known = np.isfinite(values) & (values > 0.0) & (close > 0.0)
    distance = np.log(np.where(known, values, 1.0) / np.where(known, close, 1.0))
    usual = known & (off == 0.0)
    middle = float(np.median(distance[usual])) if index and usual.any() else 0.0
    return np.asarray(known & (np.abs(distance - middle) < _NEAR))
