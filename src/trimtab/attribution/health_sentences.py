"""What the figures of signal health say, one plain sentence each, for an adviser.

A sentence claims no more than its figure: what chance would do is called chance, and what cannot be known is said to be so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from trimtab.attribution.detection import Detection, Reversals
from trimtab.attribution.information import LEVEL, Convention, Decay, Hits, Mean
from trimtab.attribution.whipsaws import Whipsaws

_SURE = 1.96  # a t beyond it comes about by chance in one of twenty cases
_RAREST = 1000


class Verdict(Enum):
    """What the information coefficient says about a signal, all in all."""

    WORKS = "works"  # it knew something, and has not lost more than chance would take
    FADED = "faded"  # it knew something, and has lost more than chance takes in 19 of 20 cases
    UNPROVEN = "unproven"  # what it knew before cannot be told from nothing, or pointed the wrong way
    UNKNOWN = "unknown"  # too few dates to say


@dataclass(frozen=True, slots=True)
class Words:
    """Name of the signal, the word for periods, how many are recent, and whether these are live."""

    name: str
    periods: str
    recent: int
    live: bool

    @property
    def lately(self) -> str:
        """When the recent part was."""
        return f"in the {self.recent} live {self.periods}" if self.live else f"over the last {self.recent} {self.periods}"

    @property
    def before(self) -> str:
        """When the part before it was."""
        return f"before the {'' if self.live else 'last '}{self.recent} {'live ' if self.live else ''}{self.periods}"


def verdict(decay: Decay) -> Verdict:
    """From the part before the recent one, and the fall since."""
    if not np.isfinite(decay.chance):
        return Verdict.UNKNOWN
    always = np.isnan(decay.before.t) and decay.before.value > 0.0  # the same on every date: there is no error to measure
    if not (decay.before.t >= _SURE or always):
        return Verdict.UNPROVEN
    return Verdict.FADED if decay.chance < LEVEL else Verdict.WORKS


def overall(words: Words, found: Verdict, decay: Decay) -> str:
    """The one sentence that sums up."""
    name = words.name
    start = f"{name}'s information coefficient {words.before} was {_two(decay.before.value)}"
    if found is Verdict.UNKNOWN:
        return f"There are too few dates to say whether {name} still works."
    if found is Verdict.UNPROVEN:
        sure = f" (t {decay.before.t:.1f})" if np.isfinite(decay.before.t) else ""
        why = "below none by more than chance" if decay.before.t <= -_SURE else "which cannot be told from none"
        return f"{start}{sure}, {why}: there is nothing proven that could fail."
    if found is Verdict.FADED:
        return (
            f"{name} knew something before and seems to have stopped: a fall this large happens by chance in "
            f"{_one_in(decay.chance)} windows (the line is drawn at 1 of 20: so many healthy signals are called so)."
        )
    return (
        f"Nothing here says that {name} has stopped working; a fall of less than {_two(decay.noticeable)} "
        f"could not be told from chance {words.lately}."
    )


def information(words: Words, mean: Mean, convention: Convention) -> str:
    """The mean information coefficient."""
    if not np.isfinite(mean.value):
        return f"{words.name} has no date with an information coefficient."
    what = f"{words.name}'s information coefficient ({convention.value}) was {_two(mean.value)} over {mean.count:.0f} dates"
    if not np.isfinite(mean.t):
        return f"{what}, too few or too alike to say more."
    sure = "more than chance" if abs(mean.t) >= _SURE else "which cannot be told from none"
    return f"{what} (t {mean.t:.1f}), {sure}."


def decay(words: Words, found: Decay) -> str:
    """Whether it has fallen."""
    subject = f"{words.name}'s information coefficient"
    if not np.isfinite(found.chance):
        return f"{subject} before and {words.lately} cannot be compared: one part has under 12 dates, or none of them differ."
    before, recent = _two(found.before.value), _two(found.recent.value)
    if before == recent:
        return f"{subject} was {before} before and {words.lately}."
    if found.fall < 0.0:
        return f"{subject} rose from {before} to {recent} {words.lately}."
    often = f"a fall this large happens by chance in {_one_in(found.chance)} such windows"
    return f"{subject} fell from {before} to {recent} {words.lately}; {often}."


def hits(words: Words, found: Hits) -> str:
    """How often it was right."""
    whole, before, recent = found
    if not whole.count:
        return f"{words.name} has no date on which it could be right or wrong."
    sides = f"{words.name} was on the right side {_percent(whole.rate)} of the time"
    interval = f"(95 % interval {_percent(whole.low)} to {_percent(whole.high)})"
    coin = ", which a coin could do" if whole.low <= 0.5 <= whole.high else ""
    if not (before.count and recent.count):
        return f"{sides} {interval}{coin}."
    return f"{sides} {interval}{coin}; {_percent(before.rate)} before, {_percent(recent.rate)} {words.lately}."


def whipsaws(words: Words, found: Whipsaws) -> str:
    """How often it changed sides in vain."""
    if not found.changes:
        return f"{words.name} never changed sides."
    if not found.count:
        return f"{words.name} changed sides {_times(found.changes)} and took none of it back soon."
    did = "lost" if found.gain < 0.0 else "gained"
    rates = ""
    if np.isfinite(found.before) and np.isfinite(found.recent):
        rates = f"; {found.before:.2f} a year and asset before, {found.recent:.2f} {words.lately}"
    these = f"{found.count} whipsaw{'s' if found.count > 1 else ''}"
    worth = f"{did} {_percent(abs(found.gain), 1)} of one asset's position in all"
    return f"{words.name} changed sides {_times(found.changes)}, among them {these}, which {worth}{rates}."


def detection(words: Words, found: Detection) -> str:
    """How late it noticed turns."""
    count = len(found.turns)
    if not count:
        return f"The market did not turn while {words.name} had an opinion."
    turns = f"{count} turn{'s' if count > 1 else ''} of the market"
    if not found.noticed:
        return f"{words.name} did not change sides after any of {turns}."
    late = f"After {len(found.noticed)} of {turns} {words.name} stood on the right side within {found.mean:.1f} {words.periods}"
    if np.isfinite(found.usual):
        late = f"{late} on average (counted from any date, turn or not, it would be {found.usual:.1f})"
    return f"{late}; {found.missed} passed before it changed sides." if found.missed else f"{late}."


def reversals(words: Words, found: Reversals) -> str:
    """What it earned around turns."""
    near, far = found.near, found.elsewhere
    if not np.isfinite(near.value):
        return f"There is no turn of the market around which {words.name} could be judged."
    each = f"an asset and {words.periods.removesuffix('s')}"
    text = f"Within {found.around} {words.periods} of a turn of the market {words.name} earned {_percent(near.value, 2)} {each}"
    if not np.isfinite(far.value):
        return f"{text}."
    return f"{text}, elsewhere {_percent(far.value, 2)}{_difference(near, far)}."


def regimes(words: Words, rows: Sequence[tuple[str, Mean]]) -> str:
    """Where it knew most and least."""
    known = sorted((mean.value, name, mean) for name, mean in rows if np.isfinite(mean.value))
    if len(known) < 2:
        return f"{words.name} has no two regimes to compare."
    (low, worst, one), (high, best, two) = known[0], known[-1]
    spread = f"{words.name}'s information coefficient was {_two(high)} in {best} and {_two(low)} in {worst}"
    return f"{spread}{_difference(one, two)}."


def _difference(one: Mean, two: Mean) -> str:
    """Says so where two means lie so close that chance explains it."""
    error = float(np.hypot(one.error, two.error))
    if not error > 0.0:
        return ""
    return "" if abs(one.value - two.value) >= _SURE * error else ", a difference that cannot be told from chance"


def _one_in(chance: float) -> str:
    """1 of 8; a chance too small to count is said to be below 1 of 1000."""
    if chance * _RAREST < 1.0:
        return f"fewer than 1 of {_RAREST}"
    return "more than 1 of 3" if chance > 0.36 else f"1 of {round(1.0 / chance)}"


def _two(value: float) -> str:
    """Two decimals, without a negative zero."""
    return f"{round(value, 2) + 0.0:.2f}"


def _percent(fraction: float, digits: int = 0) -> str:
    return f"{round(100.0 * fraction, digits) + 0.0:.{digits}f} %"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
