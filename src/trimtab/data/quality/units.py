"""A1 and A6: prices a hundred times too large or too small, in single cells, rows, blocks or up to a date.

London quotes in pence, Johannesburg in cents, Tel Aviv in agorot; vendors mix them with the main unit. No liquid price
moves by a factor of 70 to 140 in a step and so the step itself is the evidence. Needs the rows after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.terms import ADJUSTED, CLOSE, HIGH, LOW, OPEN, TOTAL_RETURN, Field
from trimtab.data.history import History
from trimtab.data.quality.detector import Context
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows
from trimtab.data.quality.levels import Offsets, offsets, set_level
from trimtab.data.quality.track import Track, splits

MINOR = ("GBX", "GBp", "ILA", "ZAc", "ZAX", "GBPENCE")  # hundredths of GBP, ILS, ZAR, as vendors write them


@dataclass(frozen=True, slots=True)
class Units:
    """Steps within `reach` (a log distance) of `factor`. A unit that lasted `settle` rows is the right one."""

    name: ClassVar[str] = "units"

    factor: float = 100.0
    reach: float = 0.35
    settle: int = 5

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """Repairs where right rows follow; rows at the end are set aside, for they may be the new unit."""
        yield from self._currency(history)
        path = context.path
        priced = history.about.holdable or not bool((history.values <= 0.0).any())  # a spread may go through zero
        if len(path.rows) > 1 and priced and not self._split_as_large(history):
            found = offsets(np.log(self.factor) * self._whole(path), self.settle)
            yield from self._rows(history, path, found)
            yield from self._cells(history, path, found)

    def _whole(self, path: Track) -> Array:
        """The number of factors (R,) in each step: -1, 0 or 1."""
        step = path.plain  # a dividend in the right unit would hide the step of a price that is not
        near = np.abs(np.abs(step) - np.log(self.factor)) < self.reach
        return np.where(near & (np.abs(step) > 8.0 * path.scale), np.sign(step), 0.0)

    def _split_as_large(self, history: History) -> bool:
        ratio = splits(history)
        return bool((np.abs(np.abs(np.log(ratio[ratio != 1.0])) - np.log(self.factor)) < self.reach).any())

    def _rows(self, history: History, path: Track, found: Offsets) -> Iterable[Finding]:
        for mask, code in ((found.passing, "A1"), (found.before, "A6"), (found.after, "A1")):
            if not mask.any():
                continue
            times = "times too large" if found.log[mask][0] > 0 else "times too small"
            what = f"prices are {self.factor:g} {times}" + (", until the unit changed" if code == "A6" else "")
            action = "put into the unit of the latest rows" + (
                ": changes are certain, the unit is theirs" if code == "A6" else ""
            )
            verdict = Verdict(code, Outcome.REPAIR, 0.99, what, action)
            if mask is found.after:
                action = f"set aside: fewer than {self.settle} rows cannot tell whether the unit changed"
                verdict = Verdict(code, Outcome.QUARANTINE, 0.95, what, action)
            yield from set_level(history, path, found.log, mask, self.name, verdict)

    def _cells(self, history: History, path: Track, found: Offsets) -> Iterable[Finding]:
        """Single cells of a row that disagree with its close by the factor, once the row is put right."""
        close = history.fields[CLOSE][path.rows]
        for field in (OPEN, HIGH, LOW, ADJUSTED, TOTAL_RETURN):
            if field not in history.fields or (field in (ADJUSTED, TOTAL_RETURN) and (history.fields[field] <= 0.0).any()):
                continue
            distance = _distance(history.fields[field][path.rows], close)
            distance += np.where(np.abs(distance) < np.log(10.0), 0.0, found.log)  # what did not move with its row
            off = np.where(np.abs(np.abs(distance) - np.log(self.factor)) < self.reach, np.sign(distance), 0.0)
            if field in (ADJUSTED, TOTAL_RETURN):  # drifts away from the close for good reasons: only what comes back
                jumps = np.append(0.0, np.diff(distance))
                near = np.abs(np.abs(jumps) - np.log(self.factor)) < self.reach
                back = offsets(np.where(near, np.sign(jumps), 0.0), self.settle)
                off = np.where(back.passing, back.log, 0.0)
            yield from self._cell(history, field, path.rows[off != 0.0], off[off != 0.0])

    def _cell(self, history: History, field: Field, rows: Index, sign: Array) -> Iterable[Finding]:
        if len(rows) == 0:
            return
        what = f"{field.name} is off the close of its row by a factor of {self.factor:g}"
        verdict = Verdict("A1", Outcome.REPAIR, 0.99, what, "put into the unit of the close")
        values = history.fields[field][rows] * self.factor**-sign
        yield at_rows(history, self.name, verdict, rows, field, values)

    def _currency(self, history: History) -> Iterable[Finding]:
        """A currency that is a hundredth of another, said because amounts elsewhere may be in the main unit."""
        if history.about.currency in MINOR and len(history.dates):
            what = f"prices are in {history.about.currency}, hundredths of the main unit"
            verdict = Verdict("A6", Outcome.NOTE, 1.0, what, "kept; divide by 100 before adding to other money")
            yield at_rows(history, self.name, verdict, np.arange(len(history.dates)))


def _distance(values: Array, close: Array) -> Array:
    """Log distance (R,) of a field from the close, 0 where either is unknown."""
    known = np.isfinite(values) & (values > 0.0) & np.isfinite(close) & (close > 0.0)
    return np.log(np.where(known, values, 1.0) / np.where(known, close, 1.0))
