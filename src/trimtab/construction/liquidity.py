"""Liquidity: no trade above a share of what the market trades in an asset (participation, METHODS 5.6).

|w - held| * nav <= share * adv * days, with the average daily volume in currency as it was known at the decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from annotated_types import Interval

from trimtab.construction.windows import OnTrading
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.frictions import Box, LimitKind
from trimtab.core.terms import Positive, check_ranges
from trimtab.core.trades import Book
from trimtab.core.values import Asset


@dataclass(frozen=True, slots=True)
class MaxParticipation(OnTrading):
    """Each asset trades at most `share` of its average daily volume over `days` days.

    `basket` names what the baskets behind funds add: currency a day that can be traded through creation and redemption
    by asset. The larger of the two counts, own volume or basket. An asset with neither (volume unknown) is not
    traded. First funding is no exception: a market takes no more because an account is new.
    """

    share: Annotated[float, Interval(gt=0.0, le=1.0)]
    days: Positive = 1.0
    basket: Mapping[str, Positive] = field(default_factory=dict, hash=False)
    universe: tuple[Asset, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        ids = [asset.id for asset in self.universe]
        for name, value in self.basket.items():
            if not 0.0 < value < np.inf:
                remedy = "Give currency a day."
                raise ParameterError(f"the basket of {name} is {value}, not above 0.0", field="basket", remedy=remedy)
            if ids and name not in ids:
                remedy = f"Known are {', '.join(ids)}."
                raise ParameterError(f"{name!r} is no asset of the universe", field="basket", remedy=remedy)

    @property
    def kind(self) -> LimitKind:
        """Turnover: a limit on trading by choice, the first to be relaxed for a repair."""
        return LimitKind.TURNOVER

    @property
    def deals(self) -> bool:
        """It reads volumes."""
        return True

    def window(self, book: Book) -> Box:
        """Weights (..., A) that may be traded to today: what is held, give or take what the market takes.

        Raises InvariantError where the book came without what is known of the markets.
        """
        most = self.most(book)
        return book.held - most, book.held + most

    def most(self, book: Book) -> Array:
        """The largest trade of each asset (..., A), in weight; 0 where no volume is known."""
        if book.dealing is None:
            raise InvariantError("a limit on participation needs volumes", remedy="Hand the book its dealing.")
        added = np.array([self.basket.get(asset.id, np.nan) for asset in self.universe])
        volume = np.fmax(book.dealing.adv, added)
        most = self.share * self.days * volume / np.asarray(book.nav)[..., np.newaxis]
        return np.where(most > 0.0, most, 0.0)

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        days = "a day's volume" if self.days == 1.0 else f"the volume of {self.days:g} days"
        basket = f", or of the basket of {', '.join(self.basket)} where it is larger" if self.basket else ""
        return f"Each trade at most {100.0 * self.share:g} % of {days}{basket}"
