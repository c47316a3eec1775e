"""A7: a lasting step of a simple ratio without a listed split, a dividend, or the market: a split that nobody recorded.

Three stories are weighed (Bayes). The market made the step, by Student's t, whose tail allows even the 52 % that Apple lost
on 2000-09-29. A split of some ratio was lost. Or the level changed for another reason (a takeover, another instrument), as
likely by one factor as by another. Needs the rows after the step, to see that it lasts. Nothing is repaired.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.core.arrays import Array
from trimtab.data.history import History
from trimtab.data.quality.detector import Context
from trimtab.data.quality.evidence import probability, surprise
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows
from trimtab.data.quality.levels import offsets, set_level
from trimtab.data.quality.track import Track

# How common a ratio is among splits, forward and reverse (a rough count by hand of well-known ones; sums to one).
_COMMON = {2: 0.4, 3: 0.12, 4: 0.1, 5: 0.1, 10: 0.13, 20: 0.04, 25: 0.02, 50: 0.02, 100: 0.02} | dict.fromkeys(
    (6, 7, 8, 12, 15), 0.01
)
_DENSITY = 0.375  # of Student's t with four degrees of freedom at 0
_LOST = float(np.log(1.6e-6))  # a day: one lost split, or other change of level, in a hundred histories of 25 years
_LEVELS = float(np.log(50.0))  # width, in logs, of the range of other changes of level


@dataclass(frozen=True, slots=True)
class MissingSplit:
    """Lasting steps by `least` or more, and of at least `sigmas` usual ones. A level that lasted `settle` rows is right.

    Odds of `doubt` against the market's own step are enough for a flag.
    """

    name: ClassVar[str] = "missing split"

    sigmas: float = 12.0
    least: float = 1.9
    settle: int = 5
    doubt: float = 0.05

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """Rows on the other side of a probable split are set aside; any other step of that size is flagged."""
        path = context.path
        if len(path.rows) < 2 or not history.about.holdable:
            return
        large = np.abs(path.step) > np.maximum(self.sigmas * path.scale, np.log(self.least))
        if context.pulse is not None:
            large &= ~context.pulse.shared(path)
        if not large.any():
            return
        jumps, lost, other, market = _weights(path)
        split = large & (lost > np.logaddexp(other, market))
        if split.any():
            found = offsets(np.where(split, jumps, 0.0), self.settle)
            sure = probability(float((lost - np.logaddexp(other, market))[split].max()))
            what = f"prices step by a factor of {np.exp(np.abs(jumps[split]).max()):.3g} with no split on the date"
            verdict = Verdict("A7", Outcome.QUARANTINE, sure, what, "the rows off the latest level are set aside")
            yield from set_level(history, path, found.log, found.wrong, self.name, verdict)
        strange = large & ~split & (np.logaddexp(other, lost) - market > np.log(self.doubt))
        if strange.any():
            rows = path.rows[strange]
            sure = probability(float((np.logaddexp(other, lost) - market)[strange].max()))
            what = f"the level steps by a factor of {np.exp(path.step[strange][0]):.3g} with no action on the date"
            verdict = Verdict("A7", Outcome.DEGRADE, sure, what, "used, with a flag: another instrument, or a lost action")
            yield at_rows(history, self.name, verdict, rows)


def _weights(path: Track) -> tuple[Array, Array, Array, Array]:
    """The ratio (R,), in logs, that each step most resembles, and the log weights of a lost split, of another change, and of
    the market's own step.
    """
    logs, common = np.log(np.array([*_COMMON])), np.log(np.array([*_COMMON.values()]))
    usual = np.maximum(path.scale, 0.005)
    rest = (np.abs(path.step)[:, None] - logs[None, :]) / usual[:, None]
    each = common[None, :] - surprise(rest)
    best = np.argmax(each, axis=1)
    peak = np.log(_DENSITY / usual)
    lost = _LOST + peak + each[np.arange(len(best)), best]
    other = np.full(len(best), _LOST - np.log(_LEVELS))
    return np.sign(path.step) * logs[best], lost, other, peak - surprise(path.step / usual)
