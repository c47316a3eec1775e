"""Square-root impact: a trade moves the price by the daily volatility times the root of its share in a day's volume.

METHODS 6.1. An empirical law: Torre 1997 (BARRA market impact model), Almgren, Thum, Hauptmann and Li 2005, Toth et al.
2011; the factor is near 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.money import ZERO, Money, decimal_of
from trimtab.core.terms import BasisPoints, NonNegative, check_ranges
from trimtab.core.trades import Power
from trimtab.core.values import Asset
from trimtab.costs.commissions import Commission
from trimtab.costs.moving import Moving


@dataclass(frozen=True, slots=True)
class Impact(Moving):
    """Commission, half-spread, and `y` x daily volatility x root(Q / ADV) of the traded value Q.

    ADV is the value that the market trades in a day. `bps`, `half_spread_bps`, `spreads` and `minimum_ticket` are as in
    `Commission`; for tiers add a `commission` to an `impact` with `{use: sum}`.
    """

    y: NonNegative = 1.0
    bps: BasisPoints = 0.0
    half_spread_bps: BasisPoints = 0.0
    spreads: Mapping[str, BasisPoints] = field(default_factory=dict, hash=False)
    minimum_ticket: Money = Money(ZERO)
    universe: tuple[Asset, ...] = ()
    _plain: Commission = field(init=False, repr=False, compare=False)
    _factor: Decimal = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        plain = Commission(self.bps, self.half_spread_bps, self.spreads, (), self.minimum_ticket, universe=self.universe)
        object.__setattr__(self, "spreads", plain.spreads)
        object.__setattr__(self, "_plain", plain)
        object.__setattr__(self, "_factor", decimal_of(self.y))

    @property
    def deals(self) -> bool:
        """Whether it reads the dealing: not where `y` is 0."""
        return self.y > 0.0

    def _share(self, traded: Array, adv: Array, volatility: Array) -> Array:
        return np.asarray(self.y * volatility * np.sqrt(traded / adv))

    def _exact_share(self, traded: Decimal, adv: Decimal, volatility: Decimal, asset: int) -> Decimal:
        return self._factor * volatility * (traded / adv).sqrt()

    def _powers(self, adv: Array, volatility: Array) -> tuple[Power, ...]:
        return (Power(self.y * volatility / np.sqrt(adv), 1.5),)

    @property
    def words(self) -> str:
        """The cost in a sentence."""
        if not self.deals:
            return self._plain.words
        moves = f"{self.y:g} x the daily volatility x the root of the share of a day's traded value as impact"
        plain = self._plain.words
        return moves if plain == "trading is free" else f"{plain}, and {moves}"
