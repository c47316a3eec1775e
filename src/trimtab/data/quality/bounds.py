"""A3: numbers that cannot be: prices of zero or less or without end, negative dividends, and zeros that mean missing.

Levels, rates and spreads may be zero or negative (oil on 2020-04-20 was). There a zero counts as missing only where the
series jumps to it from far away, as the Shiller sheet does for its recent months (METHODS 1.4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.terms import ADJUSTED, CAPITAL_GAINS, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, TOTAL_RETURN, VOLUME, Field
from trimtab.data.history import History, Kind
from trimtab.data.quality.detector import Context
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows

_PRICES = (CLOSE, OPEN, HIGH, LOW, ADJUSTED, TOTAL_RETURN)
_AMOUNTS = (DIVIDEND, CAPITAL_GAINS, VOLUME, SPLIT)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A zero among levels is missing where its neighbours lie more than `sigmas` usual changes away from it."""

    name: ClassVar[str] = "bounds"

    sigmas: float = 8.0

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """Cells that are set aside."""
        priced = history.about.holdable or history.about.kind is Kind.RATE
        for field, values in history.fields.items():
            if field in _PRICES and priced:
                yield from self._cells(history, field, np.isinf(values) | (values <= 0.0), "is no price")
            elif field in _AMOUNTS:
                yield from self._cells(history, field, np.isinf(values) | (values < 0.0), "is no amount")
            else:
                yield from self._cells(history, field, np.isinf(values), "is no finite number")
        if not priced:
            what = "zeros that stand for missing values"
            yield from self._cells(history, CLOSE, self._empty(history.fields[CLOSE]), what)

    def _cells(self, history: History, field: Field, wrong: Mask, why: str) -> Iterable[Finding]:
        rows = np.flatnonzero(wrong)
        if len(rows) == 0:
            return
        values = history.fields[field][rows]
        what = why if why.startswith("zeros") else f"{field.name} {values[0]:g} {why}"
        verdict = Verdict("A3", Outcome.QUARANTINE, 1.0, what, f"{len(rows)} set aside as unknown")
        yield at_rows(history, self.name, verdict, rows, field)

    def _empty(self, values: Array) -> Mask:
        """Zeros (T,) far from the nearest known values beside them."""
        zero = values == 0.0
        known = np.flatnonzero(np.isfinite(values) & ~zero)
        if not zero.any() or len(known) < 3 or bool((values[known] < 0.0).any()):
            return np.zeros(len(values), dtype=bool)
        usual = 1.4826 * float(np.median(np.abs(np.diff(np.log(values[known]))))) + 1e-9
        place = np.searchsorted(known, np.arange(len(values)))
        before, after = known[np.maximum(place - 1, 0)], known[np.minimum(place, len(known) - 1)]
        beside = np.maximum(values[before], values[after])
        change = np.median(np.abs(np.diff(values[known]))) + usual * float(np.min(values[known]))
        return np.asarray(zero & (beside > self.sigmas * change))
