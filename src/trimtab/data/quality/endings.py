"""A12 and A14: a series that ends before its peers, and one that goes on after a long silence at another level.

The first may be delisted; the position stays until somebody says what it paid. The second may be another company under
the same ticker: what came before the silence is set aside, because identity is id and dates, never the ticker alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.data.history import History
from trimtab.data.quality.detector import Context
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows, between
from trimtab.data.quality.levels import PRICES


@dataclass(frozen=True, slots=True)
class EarlyEnd:
    """A last price `sessions` sessions or more before the end of the calendar, or of half of the peers, carries a flag."""

    name: ClassVar[str] = "early end"

    sessions: int = 5

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """One finding: a flag, or a note where so little is missing that it may still come."""
        path, beat = context.path, context.pulse
        if len(path.rows) == 0 or not history.about.holdable:
            return
        if context.sessions is not None:
            busy = context.sessions
        elif beat is not None:
            busy = beat.dates[2 * beat.present >= np.maximum(beat.live, 2)]
        else:
            return
        late = busy[busy > path.dates[-1]]
        if len(late):
            what = f"the last price is of {path.dates[-1]}; {len(late)} session{'s' if len(late) > 1 else ''} follow"
            gone = len(late) >= self.sessions
            action = "the last price stands, with a flag, until a delisting is recorded" if gone else "may still come"
            verdict = Verdict("A12", Outcome.DEGRADE if gone else Outcome.NOTE, 0.8 if gone else 0.3, what, action)
            yield between(history, self.name, verdict, (late[0], late[-1]), len(late))


@dataclass(frozen=True, slots=True)
class Reuse:
    """A silence of more than `days` calendar days, and then a level `sigmas` usual moves of that time away."""

    name: ClassVar[str] = "reuse"

    days: int = 30
    sigmas: float = 4.0

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """All prices before the last such silence are set aside; a silence alone is flagged."""
        path = context.path
        if len(path.rows) < 2 or not history.about.holdable:
            return
        silence = np.append(0, np.diff(path.dates).astype(np.int64))
        long = silence > np.maximum(self.days, 4 * path.gap)
        if not long.any():
            return
        usual = path.scale / np.sqrt(np.maximum(1.0, silence / (4.0 * path.gap))) * np.sqrt(silence / (1.4 * path.gap))
        other = np.flatnonzero(long & (np.abs(path.step) > self.sigmas * usual))
        if len(other):
            start = int(other[-1])
            what = f"after {silence[start]} days without a price the level is {np.exp(path.step[start]):.3g} times the old"
            verdict = Verdict("A14", Outcome.QUARANTINE, 0.8, what, "set aside before: it may be another instrument")
            rows = path.rows[:start]
            yield from (at_rows(history, self.name, verdict, rows, f) for f in PRICES if f in history.fields)
        else:
            row = path.rows[long]
            what = f"up to {silence.max()} days without a price"
            yield at_rows(history, self.name, Verdict("A14", Outcome.DEGRADE, 0.5, what, "used, with a flag"), row)
