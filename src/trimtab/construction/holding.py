"""A minimum holding period: what was bought within it is not sold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.construction.turnover import last_left_out
from trimtab.construction.windows import OnTrading
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.frictions import Box, LimitKind
from trimtab.core.terms import Span
from trimtab.core.trades import Book
from trimtab.core.values import Asset


@dataclass(frozen=True, slots=True)
class MinHolding(OnTrading):
    """Units bought within `period` are not sold: `{use: min_holding, period: 30D}`.

    Older units of the same asset are, and they are sold first: what must stay is what was bought within the period, at
    most what is held. The period ends today and leaves out its first day, as the window of a turnover budget does.
    """

    period: Span
    universe: tuple[Asset, ...] = ()

    def __post_init__(self) -> None:
        if self.period.count < 1:
            raise ParameterError("the period holds no day", field="period", remedy="Write for example 30D or 3M.")

    @property
    def kind(self) -> LimitKind:
        """Turnover: a limit on trading by choice, the first to be relaxed for a repair."""
        return LimitKind.TURNOVER

    @property
    def remembers(self) -> bool:
        """It reads what was bought when."""
        return True

    def window(self, book: Book) -> Box:
        """Weights (..., A): at least what was bought within the period, and no upper end.

        Raises InvariantError where the book does not remember what was bought.
        """
        low = np.where(book.held == 0.0, 0.0, np.minimum(book.held, self._recent(book)))  # what has ended has no price
        return low, np.full(low.shape, np.inf)

    def _recent(self, book: Book) -> Array:
        """What was bought within the period, as weights (..., A) at today's prices."""
        if book.bought is None:
            raise InvariantError("a holding period needs past purchases", remedy="Hand the book what was bought.")
        young = book.bought.dates > last_left_out(book.when.astype("datetime64[D]"), self.period)
        units = np.add.reduce(book.bought.units[young], 0)
        worth = np.where(units > 0.0, units * book.prices, 0.0)  # what was never bought may have no price
        return np.asarray(worth / np.asarray(book.nav)[..., np.newaxis])

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        return f"What is bought is held for a {self.period.words} period at least"
