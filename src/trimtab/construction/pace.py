"""Pace: repair what breaks a limit, then go towards the goal as far as turnover budgets allow (METHODS 5.1 and 5.2).

In closed form, unique, and always defined: the way from one portfolio inside the limits to another stays inside,
since the region is convex. Fills lower the budgets; pace itself keeps nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.construction.admit import repair
from trimtab.core.errors import InvariantError
from trimtab.core.frictions import CostModel, LimitSet
from trimtab.core.rules import one_way
from trimtab.core.terms import Fraction, check_ranges
from trimtab.core.trades import Book, Reach
from trimtab.core.values import Today

_TINY = 1e-300
_TIE = 1.0 + 1e-12  # ties are ties, whatever the currency or the order of the assets


@dataclass(frozen=True, slots=True)
class Pace:
    """Go the whole way to the goal, or the share of it that the smallest turnover budget leaves.

    Within `band` (one-way turnover to the goal) it holds: a drift that small is not worth trading. First funding knows
    neither band nor budget, a repair neither, at any time.
    """

    band: Fraction = 0.0

    def __post_init__(self) -> None:
        check_ranges(self)

    def __call__(self, today: Today, book: Book, limits: LimitSet, costs: CostModel) -> Reach:
        """Target weights (..., A) for `book.held` (..., A): `target = base + share * (goal - base)`.

        `base` is what is held after repair, `share` (...) lies in [0, 1] and is 1 where the goal is held already.
        Raises InvariantError where the goal or what is held is not finite.
        """
        base = repair(book.held, limits)
        way = today.goal - base
        turn = one_way(way)
        left = limits.left(book)
        within = np.asarray((turn <= left) & (turn < np.inf))
        if not self.band and np.logical_and.reduce(within, None):  # nothing holds us back: the goal itself
            return Reach(today.goal, base, within.astype(float), left)
        if not np.isfinite(turn).all():
            raise InvariantError("the goal holds NaN or infinity", remedy="Let `admit` make it: it refuses both.")
        share = np.where(turn > left, left / np.maximum(turn, _TINY), 1.0)  # nothing to go is the whole way
        if book.funded and self.band:
            share = np.where((turn <= self.band * _TIE) & (turn > 0.0), 0.0, share)
        part = share[..., np.newaxis]
        target = np.where(part == 1.0, today.goal, base + part * way)
        return Reach(target, base, share, np.broadcast_to(left, turn.shape))

    @property
    def words(self) -> str:
        """How far a decision goes."""
        band = f"; a drift of up to {100.0 * self.band:g} % is left alone" if self.band else ""
        return f"all the way to them, or as far as turnover budgets allow{band}"
