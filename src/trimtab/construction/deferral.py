"""Putting gains off: what would be taxed much less before long is not sold (METHODS 10, deferral).

A tranche is worth keeping where the tax it saves by waiting is more than what waiting is thought to cost. The two cases
are the gain put off from December to January, and the position held past one year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.construction.windows import OnTrading
from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.frictions import Box, LimitKind
from trimtab.core.taxes import Selling
from trimtab.core.terms import PER_YEAR, TIE, NonNegative, Span, check_ranges, sessions
from trimtab.core.trades import Book
from trimtab.core.values import Asset


@dataclass(frozen=True, slots=True)
class DeferGains(OnTrading):
    """Gains are not sold while waiting saves more tax than it costs: `{use: defer_gains, waiting: 0.02, at_most: 60D}`.

    A tranche is kept where its tax falls (now less later, of what is sold) by more than `waiting` a year for as long as
    it waits, and it waits no longer than `at_most` (60D are 60 sessions, about 87 days). With an `aversion` to risk above
    0, and where the day has a covariance, waiting besides costs half the aversion times the variance x'Σx of all that
    would be kept, each tranche its share: twice as much to keep costs each part of it twice as much. An unknown
    covariance keeps nothing.

    What is worth keeping is kept whatever its place in the order: the window holds the weight of these tranches, and the
    lots to sell are chosen around them (`kept` says which they are). Losses are never kept.
    """

    waiting: NonNegative = 0.02
    at_most: Span = sessions(60)
    aversion: NonNegative = 0.0
    universe: tuple[Asset, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.at_most.count < 1:
            raise ParameterError("the longest wait is no time at all", field="at_most", remedy="Write for example 60D or 3M.")

    @property
    def kind(self) -> LimitKind:
        """Turnover: a limit on trading by choice, the first to be relaxed for a repair."""
        return LimitKind.TURNOVER

    @property
    def taxed(self) -> bool:
        """It reads what selling is taxed."""
        return True

    @property
    def watches(self) -> bool:
        """Whether it reads the covariance of the day."""
        return self.aversion > 0.0

    def window(self, book: Book) -> Box:
        """Weights (..., A): at least what is worth keeping, at most what is held, and no upper end.

        Raises InvariantError where the book does not say what selling is taxed.
        """
        low = np.minimum(book.held, np.where(self.kept(book), _selling(book).weights, 0.0).sum(1))
        return low, np.full(low.shape, np.inf)

    def kept(self, book: Book) -> Mask:
        """Which tranches (A, K) of `book.selling` are not sold today. Raises InvariantError as `window` does."""
        selling = _selling(book)
        saving, years = selling.now - selling.later, self.at_most.count / PER_YEAR[self.at_most.every]
        soon = (selling.weights > 0.0) & (selling.wait <= years * (1.0 + TIE))
        wait = np.where(soon, selling.wait, 0.0)
        worth = soon & (selling.now > 0.0) & (saving > self.waiting * wait)
        if self.aversion == 0.0 or book.covariance is None:
            return worth
        return np.asarray(worth & (saving > (self.waiting + self._tracking(worth, selling, book.covariance)) * wait))

    def _tracking(self, worth: Mask, selling: Selling, covariance: Array) -> Array:
        """(A, 1) what risk costs a year, a unit of each asset in the portfolio x (A,) of all that would be kept.

        The shares of ½ aversion x'Σx: what diversifies costs nothing.
        """
        x = np.where(worth, selling.weights, 0.0).sum(1)
        meant = x > 0.0
        shares = np.zeros(len(x))
        shares[meant] = covariance[np.ix_(meant, meant)] @ x[meant]
        return 0.5 * self.aversion * np.maximum(shares, 0.0)[:, np.newaxis]

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        cost = f"{100.0 * self.waiting:g} % a year" + (" and its risk" if self.aversion else "")
        return f"A gain is not sold where a {self.at_most.words} wait or a shorter one saves more tax than {cost}"


def _selling(book: Book) -> Selling:
    if book.selling is None:
        remedy = "Give the policy the taxes of the account, so that the book says it."
        raise InvariantError("putting gains off needs what selling is taxed", remedy=remedy)
    return book.selling
