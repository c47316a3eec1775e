"""Dividends that stand twice within a week, and dividends whose price fell on another day.

Two equal amounts within seven days are one, unless the series pays so often; the price says which of the two. A large
dividend without a fall, and a fall of its size without a dividend a few sessions away, belong together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.data.quality.evidence import probability, surprise
from trimtab.data.quality.payments import Payments
from trimtab.data.quality.track import Track

_WEEK = 7
_BOTH = float(np.log(0.01))  # log prior odds that two equal payments within a week are two
_LATE = float(np.log(0.01))  # that an ex-date is wrong
_REACH = 15  # sessions either way


@dataclass(frozen=True, slots=True)
class Moved:
    """Payment number `payment` was not made at its place; `place` on the path is where it was (-1: counted elsewhere).

    `sure` is the probability that it does not count here, `placed` that the other day is the right one.
    """

    payment: int
    place: int
    sure: float
    placed: float
    what: str


def doubles(paid: Payments, path: Track) -> list[Moved]:
    """Of each pair of equal payments within a week, the one that the price supports less."""
    days = np.diff(path.dates[paid.place]).astype(np.int64)
    if len(days) == 0 or path.coarse or (len(days) > 3 and float(np.quantile(days, 0.75)) <= 10.0):
        return []
    equal = np.abs(np.diff(paid.cash)) <= 0.01 * paid.cash[1:]
    made = []
    for first in np.flatnonzero((days <= _WEEK) & equal):
        pair = paid.pick(np.array([first, first + 1]))
        paid_then, not_then = pair.likely(pair.cash), pair.likely(np.zeros(2))
        kept = np.array([paid_then[0] + not_then[1], not_then[0] + paid_then[1]])
        best = int(np.argmax(kept))
        one = float(np.logaddexp(kept[0], kept[1]))
        sure = probability(one - _BOTH - float(paid_then.sum()))
        placed = sure * probability(float(kept[best] - kept[1 - best]))
        what = f"the dividend {pair.cash[best]:g} stands twice within a week"
        made.append(Moved(int(first) + 1 - best, -1, sure, placed, what))
    return made


def misdated(paid: Payments, path: Track, settled: Mask) -> list[Moved]:
    """Payments, of those not `settled` (N,), whose fall is found elsewhere with more than even odds."""
    made = []
    taken = np.zeros(len(path.rows), dtype=bool)
    taken[paid.place] = True
    missing = paid.likely(np.zeros(len(paid))) - paid.likely(paid.cash)
    large = paid.cash > 3.0 * paid.scale * paid.before
    for number in np.flatnonzero((missing > 2.0) & large & ~settled):
        part = slice(max(1, int(paid.place[number]) - _REACH), int(paid.place[number]) + _REACH + 1)
        gain = _gain(path, part, float(paid.cash[number]))
        gain[taken[part]] = -np.inf
        at = int(np.argmax(gain))
        sure = probability(float(missing[number] + gain[at]) + _LATE - float(np.log(2 * _REACH)))
        if sure > 0.5:
            place = part.start + at
            what = f"the price fell by the dividend {paid.cash[number]:g} on {path.dates[place]}, not on its ex-date"
            made.append(Moved(int(number), place, sure, sure, what))
    return made


def _gain(path: Track, part: slice, cash: float) -> Array:
    """How much better (n,) each change in `part` is explained with the dividend than without."""
    before = path.price[part.start - 1 : part.stop - 1][: len(path.price[part])]
    change, scale = path.price[part] / before - 1.0, path.scale[part]
    return surprise(change / scale) - surprise((change + cash / before) / scale)
