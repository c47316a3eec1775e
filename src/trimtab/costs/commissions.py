"""Schedules of commissions, with half the spread by asset or class: what trading costs that moves no price (METHODS 6.1).

Only the traded value is known here, so commissions are in basis points of it; a fee by the unit has to be turned into
them at a typical price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

import numpy as np

from trimtab.core.arrays import Array, require_shape
from trimtab.core.errors import ParameterError
from trimtab.core.money import ZERO, Money, decimal_of
from trimtab.core.terms import BasisPoints, check_ranges
from trimtab.core.trades import Power
from trimtab.core.values import Asset, Dealing
from trimtab.costs.by_asset import by_asset, listed, unbound

MOST_BPS = 1000.0


@dataclass(frozen=True, slots=True)
class Commission:
    """`bps` of commission and half a spread on every trade, one way.

    `tiers` are pairs of a traded value and the basis points of the part of a trade above it: `[[50000, 5], [250000, 2]]`.
    The commission of a trade is at least `minimum_ticket` and at most `maximum_ticket`, both in base currency. `spreads`
    gives the half-spread (bps) of assets or classes, `half_spread_bps` that of all others. Where nothing is traded nothing
    is charged.
    """

    bps: BasisPoints = 0.0
    half_spread_bps: BasisPoints = 0.0
    spreads: Mapping[str, BasisPoints] = field(default_factory=dict, hash=False)
    tiers: tuple[tuple[float, BasisPoints], ...] = ()
    minimum_ticket: Money = Money(ZERO)
    maximum_ticket: Money | None = None
    universe: tuple[Asset, ...] = ()
    _halves: tuple[Decimal, ...] = field(init=False, repr=False, compare=False)  # one for all, or one for each asset
    _halves_float: tuple[float, ...] = field(init=False, repr=False, compare=False)
    _slices: tuple[tuple[Decimal, Decimal], ...] = field(init=False, repr=False, compare=False)  # above what, at what rate

    def __post_init__(self) -> None:
        check_ranges(self)
        self._check_tiers()
        self._check_tickets()
        object.__setattr__(self, "spreads", dict(self.spreads))  # the caller's own may change later
        halves = by_asset(self.spreads, self.half_spread_bps, self.universe, field="spreads", most=MOST_BPS)
        object.__setattr__(self, "_halves", tuple(_fraction(half) for half in halves))
        object.__setattr__(self, "_halves_float", tuple(float(half) for half in self._halves))
        slices = ((0.0, self.bps), *self.tiers)
        object.__setattr__(self, "_slices", tuple((decimal_of(above), _fraction(bps)) for above, bps in slices))

    def charge(self, notional: Array, dealing: Dealing | None = None) -> Array:
        """(..., A) cost in currency of trades of signed `notional` (..., A); NaN where that is unknown."""
        traded = np.abs(notional)
        commission = self._commissions(traded)
        if self.minimum_ticket.amount:
            commission = np.where(traded == 0.0, 0.0, np.maximum(commission, float(self.minimum_ticket.amount)))
        if self.maximum_ticket is not None:
            commission = np.minimum(commission, float(self.maximum_ticket.amount))
        return np.asarray(commission + traded * self._spread_rates())

    def ticket(self, notional: Decimal, asset: int = 0, dealing: Dealing | None = None) -> Decimal:
        """Exact cost of one trade of signed `notional`, unrounded, in the arithmetic context of the caller."""
        if not notional:
            return ZERO
        traded = notional.copy_abs()
        commission = ZERO
        for k, (above, rate) in enumerate(self._slices):
            most = self._slices[k + 1][0] if k + 1 < len(self._slices) else traded
            commission += max(min(traded, most) - above, ZERO) * rate
        commission = max(commission, self.minimum_ticket.amount)
        if self.maximum_ticket is not None:
            commission = min(commission, self.maximum_ticket.amount)
        return commission + traded * self._half(asset)

    def curve(self, count: int, dealing: Dealing | None = None) -> tuple[Power, ...]:
        """The charge on `count` assets for optimisers: one straight line each, at `bps` and the half-spread.

        What is not convex is left out: smallest and largest tickets, and the tiers. So it is the charge on trades up to
        the first tier whose commission lies between the two.
        """
        rates = float(self._slices[0][1]) + self._spread_rates()
        if len(self._halves) > 1:
            require_shape("the half-spreads", rates, (count,))
        return (Power(np.array(np.broadcast_to(rates, (count,)))),)

    @property
    def words(self) -> str:
        """The cost in a sentence."""
        parts = [text for text in (self._commission_words(), self._spread_words()) if text]
        return " and ".join(parts) + " on every trade" if parts else "trading is free"

    def _commissions(self, traded: Array) -> Array:
        """(..., A) commissions before the smallest and the largest ticket: each slice of a trade at its own rate."""
        if len(self._slices) == 1:
            return np.asarray(traded * float(self._slices[0][1]))
        starts = [float(above) for above, _ in self._slices]
        widths = [*np.diff(starts), np.inf]
        total = np.zeros(np.shape(traded))
        for start, width, (_, rate) in zip(starts, widths, self._slices, strict=True):  # a handful of tiers
            total = total + np.clip(traded - start, 0.0, width) * float(rate)
        return total

    def _half(self, asset: int) -> Decimal:
        if not self._halves:
            raise unbound(self)
        return self._halves[asset if len(self._halves) > 1 else 0]

    def _spread_rates(self) -> Array:
        """(A,) half-spreads as fractions, or (1,) where all have the same."""
        if not self._halves:
            raise unbound(self)
        return np.array(self._halves_float)

    def _commission_words(self) -> str:
        ticket = []
        if self.minimum_ticket.amount:
            ticket.append(f"at least {self.minimum_ticket}")
        if self.maximum_ticket is not None:
            ticket.append(f"at most {self.maximum_ticket}")
        if not (self.bps or self.tiers or ticket):
            return ""
        rates = [f"{self.bps:g} bps commission", *(f"{bps:g} bps on what is above {above:,.0f}" for above, bps in self.tiers)]
        return ", ".join(rates) + (f" ({', '.join(ticket)} a trade)" if ticket else "")

    def _spread_words(self) -> str:
        if not (self.half_spread_bps or self.spreads):
            return ""
        return f"{self.half_spread_bps:g} bps half-spread" + (f" ({listed(self.spreads, '{:g}')})" if self.spreads else "")

    def _check_tiers(self) -> None:
        begins = [0.0, *(above for above, _ in self.tiers)]
        if not all(later > earlier for earlier, later in pairwise(begins)) or begins[-1] == np.inf:
            remedy = "Give pairs of traded value and bps that go up, such as [[50000, 5], [250000, 2]]."
            raise ParameterError(f"tiers begin at {begins[1:]}", field="tiers", remedy=remedy)
        if not all(0.0 <= bps <= MOST_BPS for _, bps in self.tiers):
            what = f"tiers charge {[bps for _, bps in self.tiers]} bps"
            raise ParameterError(what, field="tiers", remedy=f"Give basis points from 0 to {MOST_BPS:g}.")

    def _check_tickets(self) -> None:
        least, most = self.minimum_ticket, self.maximum_ticket
        for name, ticket in (("minimum_ticket", least), ("maximum_ticket", most)):
            if ticket is not None and not (ticket.amount.is_finite() and ticket.amount >= 0):
                remedy = "Give an amount of at least 0, such as 1 USD."
                raise ParameterError(f"{name} is {ticket}, below 0", field=name, remedy=remedy)
        if most is None or (most.amount >= least.amount and (not least.amount or most.currency == least.currency)):
            return
        what = f"maximum_ticket is {most}, the minimum {least}"
        raise ParameterError(what, field="maximum_ticket", remedy="Give at least the minimum, in the same currency.")


def _fraction(bps: float) -> Decimal:
    """Basis points as an exact fraction."""
    return decimal_of(bps).scaleb(-4)
