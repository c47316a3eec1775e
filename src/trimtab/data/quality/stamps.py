"""What a series is, where it matters to timing rules: averages over a month, and months stamped with their first day.

The mean of daily values over a month makes the changes of neighbouring months alike: their correlation is 0.25 for a
random walk (Working 1960, Econometrica). Nobody could trade at such a price.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.calendar import is_monthly
from trimtab.data.history import History
from trimtab.data.quality.detector import Context
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows


@dataclass(frozen=True, slots=True)
class Stamps:
    """`alike` is the correlation of neighbouring changes that must be exceeded by `errors` standard errors of zero."""

    name: ClassVar[str] = "stamps"

    alike: float = 0.15
    errors: float = 3.0

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """Flags for averages that are held or timed, notes for stamps."""
        path = context.path
        every = np.arange(len(history.dates))
        if history.about.is_average and history.about.holdable:
            verdict = Verdict("A1", Outcome.DEGRADE, 1.0, "values are averages over the period", "refused by timing rules")
            yield at_rows(history, self.name, verdict, every)
        if len(path.rows) < 24 or not is_monthly(path.dates):
            return
        if bool((path.dates == path.dates.astype("datetime64[M]")).all()):
            what = "every date is the first of a month; the value may describe the month after it"
            verdict = Verdict("A9", Outcome.NOTE, 0.8, what, "kept as dated; the lag must cover the month")
            yield at_rows(history, self.name, verdict, every)
        change = path.step[1:]
        near = float(np.corrcoef(change[1:], change[:-1])[0, 1]) if change.std() > 0.0 else 0.0
        if near > max(self.alike, self.errors / np.sqrt(len(change))) and not history.about.is_average:
            what = f"neighbouring changes correlate by {near:.2f}, as averages over the month do (0.25)"
            yield at_rows(history, self.name, Verdict("A1", Outcome.NOTE, 0.7, what, "kept; say whether it is one"), every)
