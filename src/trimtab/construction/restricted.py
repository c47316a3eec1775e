"""Lists: what may be sold but never bought, and what cannot be traded at all."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trimtab.construction.meant import meant
from trimtab.construction.windows import OnTrading, confined
from trimtab.core.arrays import Mask
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import Box, LimitKind
from trimtab.core.trades import Book
from trimtab.core.values import Asset


@dataclass(frozen=True, slots=True)
class _Listed(OnTrading):
    """`only` names assets or classes, one at least."""

    only: tuple[str, ...]
    universe: tuple[Asset, ...] = ()
    _meant: Mask = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.only:
            raise ParameterError("the list is empty", field="only", remedy="Name assets or classes.")
        object.__setattr__(self, "_meant", meant(self.universe, self.only))

    @property
    def kind(self) -> LimitKind:
        """Legal: never relaxed, not even for a repair."""
        return LimitKind.LEGAL


@dataclass(frozen=True, slots=True)
class Restricted(_Listed):
    """What `only` names may be sold and never bought: a restricted list. Not even first funding buys it."""

    def window(self, book: Book) -> Box:
        """Weights (..., A): at most what is held."""
        high = np.where(self._meant, book.held, np.inf)
        return np.full(high.shape, -np.inf), high

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        return f"{', '.join(self.only)} may be sold but not bought"


@dataclass(frozen=True, slots=True)
class Locked(_Listed):
    """What `only` names cannot be traded: private equity, side pockets. It counts in every limit and in risk.

    What drifts past a limit by itself is no one's trade: that limit gives way by just as much, and the others do what
    they can. The commitment is made by the first funding of an account that holds nothing at all; until then the
    limit allows everything.
    """

    @property
    def locks(self) -> Mask:
        """What cannot be traded (A,)."""
        return self._meant

    def window(self, book: Book) -> Box:
        """Weights (..., A): what is held, no more and no less."""
        if book.funded:
            return confined(book.held, self._meant)
        some = (book.held != 0.0).any(axis=-1, keepdims=True)
        return confined(book.held, self._meant & some)

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        return f"{', '.join(self.only)} cannot be traded"
