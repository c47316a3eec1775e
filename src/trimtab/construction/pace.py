"""Pace: repair what breaks a limit, then go towards the goal as far as turnover budgets allow (METHODS 5.1 to 5.3).

In closed form where limits have one, unique, and always defined: the way from one portfolio inside the limits to another
stays inside, since all that they allow is convex. Fills lower the budgets; pace itself keeps nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.construction.bands import TIE, To, inside, sent, widths
from trimtab.construction.standing import Standing, stand
from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.frictions import CostModel, LimitSet
from trimtab.core.rules import one_way
from trimtab.core.slots import later
from trimtab.core.terms import Fraction, check_ranges
from trimtab.core.trades import Book, Reach
from trimtab.core.values import Today

_TINY = 1e-300
_UNKNOWN = "the goal holds NaN or infinity"
_ADMIT = "Let `admit` make it, and decide nothing on a date that has none."


@dataclass(frozen=True, slots=True)
class Pace:
    """Go the whole way to the goal, or the share of it that the smallest turnover budget leaves.

    No-trade bands leave small drifts alone. Within `band` (one-way turnover of the portfolio to the goal) it holds. It
    also holds while every asset is within its own band: `each`, in weight, or `relative`, as a fraction of the goal's
    weight (the narrower of the two, where both are set). Once one is not, it trades `to` the target, to the edge (the
    closest portfolio with every asset in its band and the goal's cash), or half-way between the two. First funding
    knows neither bands nor budgets, a repair neither, at any time.
    """

    band: Fraction = 0.0
    each: Fraction = later(0.0)
    relative: Fraction = later(0.0)
    to: To = later(To.TARGET)

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.to is not To.TARGET and not self._banded:
            remedy = "Give each or relative besides: a band of the whole portfolio has no edge for each asset."
            raise ParameterError(f"to is {self.to.value}, and no asset has a band", field="to", remedy=remedy)

    def __call__(self, today: Today, book: Book, limits: LimitSet, costs: CostModel) -> Reach:
        """Target weights (..., A) for `book.held` (..., A): `target = base + share * (there - base)`.

        `base` is what is held after repair, `there` the goal, or where bands send it; `share` (...) lies in [0, 1], is 1
        where that is held already and 0 within a band. Raises InvariantError where the goal or what is held is not
        finite, and BreachError where no portfolio keeps the limits (see `standing.stand`).
        """
        if book.held.ndim > 1 and (book.still is not None or not limits.plain):
            return self._each(today, book, limits, costs)
        standing = stand(book, limits)
        base, goal, there = standing.base, *self._destination(standing, today.goal, book)
        way = there - base
        turn = one_way(way)
        left = limits.left(book)
        within = np.asarray((turn <= left) & (turn < np.inf))
        if not (self.band or self._banded or limits.shares) and np.logical_and.reduce(within, None):
            whole = there if there.shape == base.shape else np.broadcast_to(there, base.shape)
            return Reach(whole, base, within.astype(float), left, standing.relaxed)  # nothing holds us back: the goal itself
        if not np.isfinite(turn).all():
            raise InvariantError(_UNKNOWN, remedy=_ADMIT)
        share = np.where(turn > left, left / np.maximum(turn, _TINY), 1.0)  # nothing to go is the whole way
        if limits.shares:
            share = limits.share(way, book)
        if book.funded and (self.band or self._banded):
            share = np.where(self._stays(base, goal), 0.0, share)
        part = share[..., np.newaxis]
        target = np.where(part == 1.0, there, base + part * way)
        return Reach(target, base, share, np.broadcast_to(left, turn.shape), standing.relaxed)

    @property
    def words(self) -> str:
        """How far a decision goes."""
        band = f"; a drift of up to {100.0 * self.band:g} % is left alone" if self.band else ""
        ends = [f"{100.0 * self.each:g} % of the portfolio"] if self.each else []
        ends += [f"{100.0 * self.relative:g} % of its weight"] if self.relative else []
        to = {To.TARGET: "", To.EDGE: ", then the nearest edge is gone to", To.HALF: ", then half-way to the edge is gone to"}
        alone = "so is everything" if band else "everything is left alone"
        band += f"; {alone} until an asset is out by more than {' or '.join(ends)}{to[self.to]}" if ends else ""
        return f"all the way to them, or as far as turnover budgets allow{band}"

    @property
    def _banded(self) -> bool:
        return bool(self.each or self.relative)

    def _destination(self, standing: Standing, goal: Array, book: Book) -> tuple[Array, Array]:
        """The goal, brought inside today's windows, and where bands send the account: both (..., A)."""
        banded = self._banded and book.funded
        if standing.plain and not banded:
            return goal, goal
        if not np.isfinite(goal).all():
            raise InvariantError(_UNKNOWN, remedy=_ADMIT)
        if not standing.plain:
            goal = standing.nearest(goal)
        return goal, sent(standing, goal, widths(goal, self.each, self.relative), self.to) if banded else goal

    def _stays(self, base: Array, goal: Array) -> Mask:
        """Which accounts (...) are within a band, and not at the goal."""
        drift = one_way(goal - base)
        stays = np.asarray(drift <= self.band * TIE)
        if self._banded:
            stays = stays | inside(base, goal, widths(goal, self.each, self.relative))
        return np.asarray(stays & (drift > 0.0))

    def _each(self, today: Today, book: Book, limits: LimitSet, costs: CostModel) -> Reach:
        """Account by account: what windows and bounds on risk leave is another set for each."""
        shape = book.held.shape[:-1]
        reaches = [self(today, _alone(book, row), limits, costs) for row in np.ndindex(shape)]
        columns = zip(*((r.target, r.base, r.share, r.left) for r in reaches), strict=True)
        target, base, share, left = (np.array(column).reshape(*shape, *column[0].shape) for column in columns)
        return Reach(target, base, share, left, tuple(dict.fromkeys(kind for r in reaches for kind in r.relaxed)))


def _alone(book: Book, row: tuple[int, ...]) -> Book:
    """One account of a book (..., A)."""
    past = book.turnover
    own: Any = (slice(None), *row)
    moves = past.moves if past.moves.ndim == 2 else past.moves[own]
    base = None if book.base is None else book.base[row]
    nav = np.broadcast_to(book.nav, book.held.shape[:-1])[row].item()
    return replace(book, held=book.held[row], nav=nav, base=base, turnover=replace(past, moves=moves))
