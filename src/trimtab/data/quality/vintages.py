"""A5, A13 and A17: dates that stand twice with one value, a history whose base changed, and fields that are gone.

A series that is restated by one factor throughout, or before a date, was rebased: its older levels are no news and must
not be compared with the new ones. Compares the vintages in a history, and the history with what was handed over before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.arrays import Array, Dates, Index
from trimtab.core.terms import DIVIDEND, SPLIT
from trimtab.data.history import History
from trimtab.data.quality.detector import Context
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows, between


@dataclass(frozen=True, slots=True)
class Restated:
    """`least` is the smallest relative change of level that counts; `same` how alike the factors must be."""

    name: ClassVar[str] = "restated"

    least: float = 0.001
    same: float = 1e-4
    most: int = 20

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """Notes of doubles, flags of new bases."""
        twin = np.flatnonzero(np.diff(history.dates) == np.timedelta64(0, "D"))
        if len(twin):
            yield from self._doubles(history, twin)
            yield from self._compared(history, twin + 1, history.values[twin], history.values[twin + 1])
        if context.earlier is not None:
            yield from self._lost(history, context.earlier)
            rows, before = _shared(history, context.earlier)
            yield from self._compared(history, rows, context.earlier.values[before], history.values[rows])
            yield from self._amounts(history, context.earlier, rows, before)

    def _lost(self, history: History, earlier: History) -> Iterable[Finding]:
        """Fields and dates that the earlier history had: the vendor changed what it hands over."""
        gone = sorted(field.name for field in set(earlier.fields) - set(history.fields))
        if gone and len(history.dates):
            what = f"handed over before, and now no more: {', '.join(gone)}"
            verdict = Verdict("A17", Outcome.DEGRADE, 0.95, what, "used without; check what the vendor changed")
            yield at_rows(history, self.name, verdict, np.arange(len(history.dates)))
        lost = earlier.dates[~np.isin(earlier.dates, history.dates)]
        if len(lost):
            what = f"{len(lost)} dates handed over before are gone"
            verdict = Verdict("A17", Outcome.DEGRADE, 0.95, what, "used without them, with a flag")
            yield between(history, self.name, verdict, (lost[0], lost[-1]), len(lost))

    def _doubles(self, history: History, twin: Index) -> Iterable[Finding]:
        same = twin[history.values[twin] == history.values[twin + 1]] + 1
        if len(same):
            verdict = Verdict("A5", Outcome.NOTE, 1.0, f"{len(same)} vintages repeat the value before", "kept")
            yield at_rows(history, self.name, verdict, same)

    def _amounts(self, history: History, earlier: History, rows: Index, before: Index) -> Iterable[Finding]:
        """Dividends and splits that are no longer what they were."""
        for field in (DIVIDEND, SPLIT):
            if field in history.fields and field in earlier.fields:
                new, old = (np.nan_to_num(h.fields[field][r]) for h, r in ((history, rows), (earlier, before)))
                changed = rows[np.abs(new - old) > self.least * np.abs(old)]
                if len(changed):
                    what = f"{len(changed)} {field.name} value{'s' if len(changed) > 1 else ''} restated"
                    verdict = Verdict("A13", Outcome.DEGRADE, 1.0, what, "used as handed over last, with a flag")
                    yield at_rows(history, self.name, verdict, changed, field)

    def _compared(self, history: History, rows: Index, old: Array, new: Array) -> Iterable[Finding]:
        """Rows (N,) whose value changed: by one factor, or by several."""
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = new / old
        changed = np.isfinite(factor) & (np.abs(factor - 1.0) > self.least)
        if not changed.any():
            return
        middle = float(np.median(factor[changed]))
        alike = changed & (np.abs(factor / middle - 1.0) < self.same)
        if alike.sum() >= min(self.most, len(rows)) and alike.sum() > 0.5 * changed.sum():
            what = f"{alike.sum()} values restated by one factor, {middle:.6g}: a new base"
            action = "kept; compare no level with one known before, only changes"
            yield at_rows(history, self.name, Verdict("A13", Outcome.DEGRADE, 0.95, what, action), rows[alike])
            changed &= ~alike
        if changed.any():
            what = f"{changed.sum()} value{'s' if changed.sum() > 1 else ''} restated"
            yield at_rows(history, self.name, Verdict("A13", Outcome.NOTE, 1.0, what, "a new row each"), rows[changed])


def _shared(history: History, earlier: History) -> tuple[Index, Index]:
    """Rows (N,) of a history, without its own vintages, whose date the earlier one has, and the rows (N,) there."""
    dates, rows = _latest(history)
    before, other = _latest(earlier)
    place = np.minimum(np.searchsorted(before, dates), len(before) - 1)
    both = before[place] == dates
    return rows[both], other[place[both]]


def _latest(history: History) -> tuple[Dates, Index]:
    keep = np.flatnonzero(np.append(np.diff(history.dates) > np.timedelta64(0, "D"), True))
    return history.dates[keep], keep
