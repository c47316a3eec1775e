"""A4 and A11: sessions without a row or without a price.

The sessions are those given, else those on which two thirds of the live peers (three or more) have a price. A closed
market and a lost day look the same without a calendar, so short gaps carry a flag and only long ones are set aside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.arrays import Dates
from trimtab.core.terms import CLOSE
from trimtab.data.history import History
from trimtab.data.quality.detector import Context
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows, between


@dataclass(frozen=True, slots=True)
class MissingDays:
    """A gap of `longest` sessions or more is set aside: nothing may be measured across it without a decision."""

    name: ClassVar[str] = "missing days"

    longest: int = 5
    share: float = 2.0 / 3.0

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """One finding a run of absent sessions, one for all rows without a price, one for days without any price."""
        path = context.path
        if len(path.rows) < 2:
            return
        expected = self._expected(context)
        if expected is not None:
            yield from self._absent(history, context, expected)
        yield from self._empty(history, context)

    def _expected(self, context: Context) -> Dates | None:
        """Sessions within the span of the known prices, or None where nobody knows them."""
        first, last = context.path.dates[0], context.path.dates[-1]
        if context.sessions is not None:
            dates = context.sessions
        elif context.pulse is not None and not context.path.coarse:
            beat = context.pulse
            dates = beat.dates[(beat.present >= 3) & (beat.present >= self.share * beat.live)]
        else:
            return None
        return np.asarray(dates[(dates > first) & (dates < last)])

    def _absent(self, history: History, context: Context, expected: Dates) -> Iterable[Finding]:
        """Runs of expected sessions that have no row at all."""
        lost = np.flatnonzero(~np.isin(expected, history.dates))
        if len(lost) == 0:
            return
        runs = np.split(lost, np.flatnonzero(np.diff(lost) > 1) + 1)
        long = [run for run in runs if len(run) >= self.longest]
        for run in long:
            what = f"{len(run)} sessions in a row are missing"
            verdict = Verdict("A4", Outcome.QUARANTINE, 0.95, what, "the gap is set aside; no value stands for it")
            yield between(history, self.name, verdict, (expected[run[0]], expected[run[-1]]), len(run))
        if len(long) < len(runs):
            short = np.concatenate([run for run in runs if len(run) < self.longest])
            what = f"{len(short)} single sessions are missing" if len(short) > 1 else "a session is missing"
            verdict = Verdict("A4", Outcome.DEGRADE, 0.8, what, "the next return covers more than one session")
            yield between(history, self.name, verdict, (expected[short[0]], expected[short[-1]]), len(short))

    def _empty(self, history: History, context: Context) -> Iterable[Finding]:
        """Rows between the first and last price that have none."""
        path = context.path
        inner = np.arange(path.rows[0], path.rows[-1] + 1)
        rows = inner[np.isnan(history.fields[CLOSE][inner])]
        if len(rows) == 0:
            return
        beat = context.pulse
        if beat is not None:
            nobody = beat.present[beat.at(history.dates[rows])] == 0
            if nobody.any():
                verdict = Verdict("A11", Outcome.QUARANTINE, 1.0, "no asset has a price", "kept as unknown: no trades")
                yield at_rows(history, self.name, verdict, rows[nobody])
            rows = rows[~nobody]
        if len(rows):
            what = f"{len(rows)} row{'s' if len(rows) > 1 else ''} without a price"
            yield at_rows(history, self.name, Verdict("A11", Outcome.DEGRADE, 1.0, what, "kept as unknown"), rows)
