"""Linear trading costs: commission and half the spread, in basis points of the traded value, one way.

One object, two voices: `charge` for beliefs (float, whole arrays), `ticket` for money (Decimal, exact).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.money import ZERO, Money, decimal_of, exact
from trimtab.core.terms import BasisPoints, check_ranges
from trimtab.core.trades import Power
from trimtab.core.values import Dealing


@dataclass(frozen=True, slots=True)
class Linear:
    """`bps` of commission and `half_spread_bps` on every trade; the commission is at least `minimum_ticket`.

    Basis points of the traded value, one way; the ticket is in base currency. Nothing is charged where nothing is
    traded.
    """

    bps: BasisPoints = 0.0
    half_spread_bps: BasisPoints = 0.0
    minimum_ticket: Money = Money(ZERO)
    _commission: Decimal = field(init=False, repr=False, compare=False)
    _spread: Decimal = field(init=False, repr=False, compare=False)
    _rate: Decimal = field(init=False, repr=False, compare=False)
    _minimum: Decimal = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        if not (self.minimum_ticket.amount.is_finite() and self.minimum_ticket.amount >= 0):
            what = f"minimum_ticket is {self.minimum_ticket}, below 0"
            raise ParameterError(what, field="minimum_ticket", remedy="Give an amount of at least 0, such as 1 USD.")
        with exact():
            commission, spread = decimal_of(self.bps).scaleb(-4), decimal_of(self.half_spread_bps).scaleb(-4)
            object.__setattr__(self, "_rate", commission + spread)
        object.__setattr__(self, "_commission", commission)
        object.__setattr__(self, "_spread", spread)
        object.__setattr__(self, "_minimum", self.minimum_ticket.amount)

    def charge(self, notional: Array, dealing: Dealing | None = None) -> Array:
        """(..., A) cost in currency of trades of signed `notional` (..., A); NaN where that is unknown."""
        traded = np.abs(notional)
        if not self._minimum:
            return np.asarray(traded * float(self._rate))
        commission = np.maximum(traded * float(self._commission), float(self._minimum))
        return np.where(traded == 0.0, 0.0, commission + traded * float(self._spread))

    def ticket(self, notional: Decimal, asset: int = 0, dealing: Dealing | None = None) -> Decimal:
        """Exact cost of one trade of signed `notional`, unrounded, in the arithmetic context of the caller."""
        if not self._minimum:
            return notional.copy_abs() * self._rate  # one multiplication: a backtest asks thousands of times
        if not notional:
            return ZERO
        traded = notional.copy_abs()
        return max(traded * self._commission, self._minimum) + traded * self._spread

    def curve(self, count: int, dealing: Dealing | None = None) -> tuple[Power, ...]:
        """The charge on `count` assets for optimisers: one straight line. The smallest ticket is not convex and left out."""
        return (Power(np.full(count, float(self._rate))),)

    @property
    def words(self) -> str:
        """The cost in a sentence."""
        parts = [f"{self.bps:g} bps commission"] if self.bps or self._minimum else []
        if self._minimum:
            parts[0] += f" (at least {self.minimum_ticket} a trade)"
        if self.half_spread_bps:
            parts.append(f"{self.half_spread_bps:g} bps half-spread")
        return " and ".join(parts) + " on every trade" if parts else "trading is free"
