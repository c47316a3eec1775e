"""What limits on trading have in common: a window around what is held, which today's trades must not leave.

A repair that cannot be done inside the window may leave it (`standing.py`), so a target may lie anywhere between the
window and what is held after repair. `breach` counts from there, as that of a turnover budget does.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.frictions import Box, LimitKind
from trimtab.core.region import Region
from trimtab.core.trades import Book
from trimtab.core.values import Asset


class _Windowed(Protocol):
    universe: tuple[Asset, ...]

    @property
    def kind(self) -> LimitKind: ...

    def window(self, book: Book) -> Box: ...


class OnTrading:
    """Every portfolio is allowed, if today's trades lead there from what is held."""

    __slots__ = ()

    @property
    def region(self: _Windowed) -> Region:
        """Every portfolio: it limits the way, not the place."""
        return Region.everything(len(self.universe))

    def left(self, book: Book) -> Array:
        """Infinite: it has no turnover budget of the whole portfolio."""
        return np.asarray(np.inf)

    def breach(self: _Windowed, target: Array, book: Book) -> float:
        """How far `target` (A,) is outside the window, in weight; above 0 is bad, and NaN is infinitely far outside.

        What a repair forced beyond the window is allowed (`book.base`), unless the limit is a legal one.
        """
        low, high = self.window(book)
        if self.kind is not LimitKind.LEGAL:
            low, high = np.minimum(low, book.start), np.maximum(high, book.start)
        worst = float(np.maximum(low - target, target - high).max(initial=-np.inf))
        return np.inf if np.isnan(worst) else worst


def confined(held: Array, stays: Mask) -> Box:
    """The box (..., A) in which the assets of the mask `stays` (A,) are as they are held, and others anything."""
    return np.where(stays, held, -np.inf), np.where(stays, held, np.inf)
