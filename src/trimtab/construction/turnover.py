"""Turnover and its budget: so much one-way turnover per calendar period, or over a rolling window (METHODS 5.2).

One-way turnover is half the sum of all changes of weight, cash among them: going from 60/40 to 50/50 is 10 %. That of
a group counts the changes of its members, and what they buy or sell together as one more: what comes from outside is
paid for once. What is used comes from the fills that the book remembers; repairs of breaches, first funding and flows
are left out there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from trimtab.construction.meant import meant
from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import LimitKind
from trimtab.core.region import Region
from trimtab.core.rules import one_way
from trimtab.core.slots import later
from trimtab.core.terms import Fraction, Span, Step, check_ranges
from trimtab.core.trades import Book
from trimtab.core.values import Asset

_TINY = 1e-300
_ONE_DAY = np.timedelta64(1, "D")


class Period(Enum):
    """A calendar period; the budget is whole again on its first day."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}


@dataclass(frozen=True, slots=True)
class MaxTurnover:
    """One-way turnover of at most `at_most` per calendar period (the quarter by default) or over a rolling `window`.

    In a policy `{use: max_turnover, at_most: 0.20, per: quarter}` or `{use: max_turnover, at_most: 0.20, window:
    63D}`. A window ends today and leaves out its first day: of sessions, counted as weekdays (the book knows decision
    dates, not holidays, so a window of 63D may reach two or three sessions less far back), of weeks, or of calendar
    months. The first funding of an account is free.

    With `only`, which names assets or classes, the budget is that group's own. What it used is never counted too low:
    where past moves come without their sign, buying and selling on one date count as if all went one way.
    """

    at_most: Fraction
    per: Period | None = None
    window: Span | None = None
    universe: tuple[Asset, ...] = ()
    only: tuple[str, ...] = later(())
    _meant: Mask = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        object.__setattr__(self, "_meant", meant(self.universe, self.only))
        if self.window is None:
            object.__setattr__(self, "per", self.per or Period.QUARTER)
        elif self.per is not None:
            remedy = "Give per (a calendar period) or window (a rolling one)."
            raise ParameterError(f"both per {self.per.value} and window {self.window}", field="window", remedy=remedy)
        elif self.window.count < 1:
            raise ParameterError("the window holds no day", field="window", remedy="Write for example 63D.")

    @property
    def kind(self) -> LimitKind:
        """Turnover: the first to be relaxed."""
        return LimitKind.TURNOVER

    @property
    def region(self) -> Region:
        """Every portfolio: it limits the way, not the place."""
        return Region.everything(len(self.universe))

    def left(self, book: Book) -> Array:
        """One-way turnover (...) of the whole portfolio still allowed; infinite for a group's budget and at first funding."""
        if self.only or not book.funded:
            return np.asarray(np.inf)
        used = np.add.reduce(np.add.reduce(np.abs(book.turnover.moves[self._counted(book)]), 0), -1)
        return np.maximum(self.at_most - used, 0.0)  # type: ignore[no-any-return]

    def breach(self, target: Array, book: Book) -> float:
        """Turnover from `book.start` to `target` (A,), less what is left. Above 0 is bad; NaN is infinitely far outside.

        A repair is exempt: where what is held breaks a limit, hand in the book with the repaired weights as its `base`.
        """
        way = target - book.start
        if self.only and book.funded:
            amount = float(one_way(way[self._meant]) - self._own(book))
            return math.inf if math.isnan(float(way.sum())) else amount
        amount = float(one_way(way) - self.left(book))
        return math.inf if math.isnan(amount) else amount

    @property
    def share(self) -> Callable[[Array, Book], Array] | None:
        """How much (...) of a way (..., A) a group's budget allows, 0 to 1. None: that of the whole speaks by `left`."""
        return self._share if self.only else None

    def _share(self, way: Array, book: Book) -> Array:
        """All of it at first funding, and where the group does not move."""
        if not book.funded:
            return np.ones(way.shape[:-1])
        turn, own = one_way(np.ascontiguousarray(way[..., self._meant])), self._own(book)
        return np.where(turn > own, own / np.maximum(turn, _TINY), 1.0)

    def _own(self, book: Book) -> Array:
        """One-way turnover (...) of the group still allowed to an account that is funded."""
        moves = book.turnover.moves[self._counted(book)][..., :-1][..., self._meant]
        used = np.add.reduce(np.abs(moves), -1) + np.abs(np.add.reduce(moves, -1))
        return np.maximum(self.at_most - np.add.reduce(used, 0), 0.0)  # type: ignore[no-any-return]

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        when = f"per calendar {self.per.value}" if self.per else f"over any {self.window and self.window.words} window"
        of = f" of {', '.join(self.only)}" if self.only else ""
        return f"One-way turnover{of} of at most {100.0 * self.at_most:g} % {when}"

    def _counted(self, book: Book) -> Mask:
        """Which past fills count today, shape (F,)."""
        today, dates = book.when.astype("datetime64[D]"), book.turnover.dates
        if self.window is None:
            width = _MONTHS[self.per or Period.QUARTER]
            month = int(today.astype("datetime64[M]").astype(np.int64))
            return dates >= np.datetime64(month - month % width, "M")
        return dates > last_left_out(today, self.window)


def last_left_out(today: np.datetime64, window: Span) -> np.datetime64:
    """The last day that a window ending `today` leaves out."""
    if window.every is Step.DAY:
        return np.busday_offset(today, -window.count, roll="backward")
    if window.every is Step.WEEK:
        return today - np.timedelta64(7 * window.count, "D")
    month = today.astype("datetime64[M]")
    day = today - month.astype("datetime64[D]")
    first = (month - window.count).astype("datetime64[D]")
    last = (month - window.count + 1).astype("datetime64[D]") - _ONE_DAY
    return min(first + day, last)
