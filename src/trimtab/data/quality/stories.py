"""What each dividend truly was, weighed between the stories that explain how its witnesses disagree.

A story says the true amount of every payment of a group, for such errors are systematic: a unit is mixed up, an adjustment
left out, a gain counted twice. Its weight is its rarity times the likelihood of all the price changes (Bayes).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from trimtab.core.arrays import Array, Index, Mask
from trimtab.data.quality.evidence import CERTAIN, surprise
from trimtab.data.quality.payments import Payments


class Mismatch(Enum):
    """How the listed dividend and the adjusted close disagree."""

    NONE = "agree"
    MISSING = "the adjusted close leaves the dividend out"
    SMALL = "the adjusted close takes a hundredth of the dividend"
    LARGE = "the adjusted close takes a hundred times the dividend"
    SPLIT = "the dividend is listed before a split that its prices are already divided by"
    GAINS = "the adjusted close takes the capital gain twice"
    TWICE = "the adjusted close takes the dividend twice"
    OTHER = "the dividend and the adjusted close disagree"


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """For a group of payments, numbered as in the whole: the likeliest true amounts (n,) and how likely they are.

    `listed` is how likely it is that the listed amounts are true.
    """

    which: Index
    mismatch: Mismatch
    truth: Array
    sure: float
    listed: float

    def without(self, settled: Mask) -> Decision:
        """The decision for those that are not `settled` (N,)."""
        left = ~settled[self.which]
        return replace(self, which=self.which[left], truth=self.truth[left])


# Log prior odds: one group in a hundred is in the wrong unit, one in a thousand never paid.
_UNIT, _NEVER = float(np.log(0.01)), float(np.log(0.001))
_ODD = -2.0  # a payment below 0.1 % or above 10 % of the price is seldom
_WORSE = -3.5  # and still more seldom the true one of two amounts, of which the other is usual
_FOREIGN = float(np.log(0.0001))  # a wrong unit that would make a usual payment unusual
_SHARED = 0.2  # usual size of what ex-dates of a series have in common, in standard deviations of a day's change
_KNOWN = float(np.log(0.2))  # a unit that is wrong elsewhere in the series; all payments of a group were in it, or none
_SURE = 0.99
_DECADE = 1.0  # a group of payments is of one size within a factor of ten from one to the next

Story = tuple[float, Array]  # log prior odds, true amounts (n,)


def mismatches(paid: Payments, ratios: Array) -> tuple[list[Mismatch], Array]:
    """How the witnesses of each payment disagree, and the amounts (N,) that the adjusted close then means.

    `ratios` (S,) are those of listed splits, and of several in a row.
    """
    cash, implied, rounding = paid.cash, paid.implied, paid.rounding
    agree = ~(np.abs(implied - cash) > 0.03 * np.maximum(cash, implied) + rounding)  # also where there is no adjusted close
    kinds = [Mismatch.NONE if fine else Mismatch.OTHER for fine in agree]
    meant = np.where(agree, cash, implied)
    told = [
        (Mismatch.SMALL, cash / 100.0),
        (Mismatch.LARGE, cash * 100.0),
        (Mismatch.GAINS, np.where(paid.gains > 0.0, cash + paid.gains, np.nan)),
        *((Mismatch.SPLIT, cash / ratio) for ratio in ratios),
        (Mismatch.MISSING, np.where(np.abs(implied) <= rounding, implied, np.nan)),
        (Mismatch.TWICE, 2.0 * cash),
    ]
    for kind, amount in told:
        near = np.abs(implied - amount) <= 0.03 * np.abs(amount) + 0.05 * rounding
        for n in np.flatnonzero(near):
            if kinds[n] is Mismatch.OTHER:
                kinds[n], meant[n] = kind, amount[n]
    return kinds, meant


def decisions(paid: Payments, ratios: Array) -> Iterator[Decision]:
    """One decision a group: payments with one kind of mismatch; where witnesses agree, of one size.

    Where one group of a series is in the wrong unit, the same unit is likely in its other groups.
    """
    kinds, meant = mismatches(paid, ratios)
    alike: list[Index] = []
    made: list[Decision] = []
    for kind in Mismatch:
        members = np.array([n for n, one in enumerate(kinds) if one is kind], dtype=np.intp)
        if kind is Mismatch.NONE:
            alike = _sizes(paid, members)
        elif len(members):
            made.append(_decide(paid, members, (kind, meant)))
    first = [_decide(paid, which, (Mismatch.NONE, meant)) for which in alike if len(which)]
    wrong = {_power(paid, one) for one in (*first, *made) if one.sure > _SURE} - {0}
    yield from made
    for one in first:
        yield _decide(paid, one.which, (Mismatch.NONE, meant), wrong) if wrong and _power(paid, one) == 0 else one


def _power(paid: Payments, one: Decision) -> int:
    """The unit error that a decision found: -1 for listed amounts a hundred times too large, 1 for too small, else 0."""
    ratio = float(np.median(one.truth / paid.cash[one.which]))
    return -1 if abs(ratio - 0.01) < 1e-3 else 1 if abs(ratio - 100.0) < 10.0 else 0


def _sizes(paid: Payments, members: Index) -> list[Index]:
    """Members parted where their size relative to the price leaps by more than a factor of ten, and by whether the price
    fell at all.
    """
    size = np.log10(paid.cash[members] / paid.before[members])
    order = np.argsort(size, kind="stable")
    parts = np.split(members[order], np.flatnonzero(np.diff(size[order]) > _DECADE) + 1)
    unpaid = paid.likely(np.zeros(len(paid))) - paid.likely(paid.cash) > CERTAIN  # alone among good ones, if need be
    return [np.sort(part[unpaid[part] == odd]) for part in parts for odd in (False, True)]


def _decide(paid: Payments, which: Index, told_by: tuple[Mismatch, Array], wrong: Collection[int] = ()) -> Decision:
    part, kind = paid.pick(which), told_by[0]
    told = _stories(part, kind, told_by[1][which], wrong)
    odd = _WORSE if kind in (Mismatch.SMALL, Mismatch.LARGE) else _ODD
    weights = np.array([prior + _usual(part, cash, odd) + _likely(part, cash) for prior, cash in told])
    chance = np.exp(weights - weights.max())
    chance /= chance.sum()
    best = int(np.argmax(chance))
    return Decision(which, kind, told[best][1], float(chance[best]), float(chance[0]))


def _likely(paid: Payments, cash: Array) -> float:
    """Log likelihood of all price changes of a group, if it paid `cash` (n,).

    Ex-dates fall on like days of the month or the week, so their changes share a part: at its best, against its own odds.
    """
    shared = np.linspace(-0.6, 0.6, 13)
    change = (paid.change + cash / paid.before) / paid.scale
    each = -surprise(change[None, :] - shared[:, None]).sum(axis=1) - 0.5 * (shared / _SHARED) ** 2
    return float(each.max())


def _stories(paid: Payments, kind: Mismatch, meant: Array, wrong: Collection[int]) -> list[Story]:
    """The stories that fit a mismatch; the first is that the listed amounts are true. `wrong` are units known to be so.

    `meant` (n,) are the amounts that the adjusted close means.
    """
    cash = paid.cash
    if kind in (Mismatch.NONE, Mismatch.MISSING):
        size = float(np.median(cash / paid.before))
        small = _KNOWN if -1 in wrong else _UNIT if size > 0.1 else _FOREIGN
        large = _KNOWN if 1 in wrong else _UNIT if size < 0.001 else _FOREIGN
        return [(0.0, cash), (small, cash / 100.0), (large, cash * 100.0), (_NEVER, np.zeros(len(cash)))]
    if kind is Mismatch.SPLIT:
        return [(_NEVER, cash), (0.0, meant)]
    if kind is Mismatch.GAINS:
        held = bool((cash >= paid.gains).all())  # dividends that contain the gain are never smaller
        return [(len(cash) * float(np.log(4.0)) if held else 0.0, cash), (0.0, meant)]
    return [(0.0, cash), (0.0 if kind is not Mismatch.TWICE else float(np.log(0.1)), meant)]


def _usual(paid: Payments, cash: Array, odd: float) -> float:
    """The log prior of amounts (n,) by their size; a company cannot pay more than it is worth."""
    size = cash / paid.before
    if bool((size >= 1.0).any()):
        return -1e3
    middle = float(np.median(size))
    return 0.0 if 0.001 <= middle <= 0.1 else odd
