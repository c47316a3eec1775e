"""Impact after Almgren, Thum, Hauptmann and Li 2005, "Direct estimation of equity market impact" (METHODS 6.1).

Permanent impact `I = gamma sigma (X / V) (Theta / V) ** (1/4)`, of which a trade pays half on average, and temporary
impact `eta sigma |X / (V T)| ** (3/5)`: X is traded in T days, V is the volume of a day, Theta are the shares
outstanding, sigma is the daily volatility. X / V is the same number in units and in currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.money import decimal_of
from trimtab.core.terms import BasisPoints, NonNegative, Positive, check_ranges
from trimtab.core.trades import Power
from trimtab.core.values import Asset, Dealing
from trimtab.costs.by_asset import by_asset, listed, unbound
from trimtab.costs.commissions import Commission
from trimtab.costs.moving import Moving, known

_HALF, _THREE_FIFTHS = Decimal("0.5"), Decimal("0.6")


@dataclass(frozen=True, slots=True)
class AlmgrenThum(Moving):
    """Commission, half-spread, half the permanent and the temporary impact of trading over `days` days (T).

    `outstanding` is Theta / V: the shares outstanding over those that trade in a day, which is the number of days in
    which a market trades all of itself (IBM in the paper: 1728 m / 6.561 m = 263). `outstandings` gives it by asset or
    class, in place of the one for all. As a pure number it needs no currency and no date. `bps`, `half_spread_bps` and
    `spreads` are as in `Commission`.
    """

    outstanding: Positive
    outstandings: Mapping[str, Positive] = field(default_factory=dict, hash=False)
    days: Positive = 1.0
    gamma: NonNegative = 0.314
    eta: NonNegative = 0.142
    bps: BasisPoints = 0.0
    half_spread_bps: BasisPoints = 0.0
    spreads: Mapping[str, BasisPoints] = field(default_factory=dict, hash=False)
    universe: tuple[Asset, ...] = ()
    _plain: Commission = field(init=False, repr=False, compare=False)
    _thetas: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        plain = Commission(self.bps, self.half_spread_bps, self.spreads, universe=self.universe)
        thetas = by_asset(self.outstandings, self.outstanding, self.universe, field="outstandings")
        if not all(theta > 0.0 for theta in self.outstandings.values()):
            remedy = "Give shares outstanding over the shares that trade in a day, such as 250."
            raise ParameterError("outstandings holds a 0", field="outstandings", remedy=remedy)
        object.__setattr__(self, "spreads", plain.spreads)
        object.__setattr__(self, "outstandings", dict(self.outstandings))
        object.__setattr__(self, "_plain", plain)
        object.__setattr__(self, "_thetas", thetas)

    @property
    def deals(self) -> bool:
        """Whether it reads the dealing: not where both factors are 0."""
        return self.gamma > 0.0 or self.eta > 0.0

    def permanent(self, notional: Array, dealing: Dealing | None = None) -> Array:
        """(..., A) I, by how much a trade of `notional` moves the price for good, as a fraction of it; signed."""
        adv, volatility = known(dealing)
        return np.asarray(self.gamma * volatility * (notional / adv) * self._roots())

    def _share(self, traded: Array, adv: Array, volatility: Array) -> Array:
        part = traded / adv
        lasting = 0.5 * self.gamma * self._roots() * part
        return np.asarray(volatility * (lasting + self.eta * np.power(part / self.days, 0.6)))

    def _exact_share(self, traded: Decimal, adv: Decimal, volatility: Decimal, asset: int) -> Decimal:
        part = traded / adv
        root = self._theta(asset).sqrt().sqrt()
        lasting = _HALF * decimal_of(self.gamma) * root * part
        return volatility * (lasting + decimal_of(self.eta) * (part / decimal_of(self.days)) ** _THREE_FIFTHS)

    def _powers(self, adv: Array, volatility: Array) -> tuple[Power, ...]:
        lasting = 0.5 * self.gamma * self._roots() * volatility / adv
        passing = self.eta * volatility * np.power(adv * self.days, -0.6)
        return Power(lasting, 2.0), Power(passing, 1.6)

    def _theta(self, asset: int) -> Decimal:
        if not self._thetas:
            raise unbound(self)
        return decimal_of(self._thetas[asset if len(self._thetas) > 1 else 0])

    def _roots(self) -> Array:
        """(A,) fourth roots of Theta / V, or (1,) where all have the same."""
        if not self._thetas:
            raise unbound(self)
        return np.asarray(np.sqrt(np.sqrt(np.array(self._thetas))))

    @property
    def words(self) -> str:
        """The cost in a sentence."""
        if not self.deals:
            return self._plain.words
        named = f" ({listed(self.outstandings, '{:g}')})" if self.outstandings else ""
        span = "a day" if self.days == 1.0 else f"{self.days:g} days"
        moves = f"impact after Almgren and Thum of trading over {span}, {self.outstanding:g} days of volume outstanding{named}"
        plain = self._plain.words
        return moves if plain == "trading is free" else f"{plain}, and {moves}"
