"""What costs of trades that move the price have in common: a share of the traded value that grows with its size.

The size is told by the value that the market trades in a day, the price by its daily volatility (`core.values.Dealing`).
Where either is unknown the cost is, and no number is made up for it: NaN for beliefs, a DataError for money.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from decimal import Decimal

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError
from trimtab.core.money import decimal_of
from trimtab.core.trades import Power
from trimtab.core.values import Asset, Dealing
from trimtab.costs.commissions import Commission

_UNKNOWN = np.array(np.nan)


class Moving:
    """The three voices of a cost that adds `_share` of the traded value to what a `Commission` charges."""

    __slots__ = ()
    universe: tuple[Asset, ...]
    _plain: Commission

    @property
    @abstractmethod
    def deals(self) -> bool:
        """Whether it reads the dealing."""

    @abstractmethod
    def _share(self, traded: Array, adv: Array, volatility: Array) -> Array:
        """(..., A) cost over traded value, by the absolute traded value and the market's own numbers."""

    @abstractmethod
    def _exact_share(self, traded: Decimal, adv: Decimal, volatility: Decimal, asset: int) -> Decimal:
        """The same for one trade, exactly."""

    @abstractmethod
    def _powers(self, adv: Array, volatility: Array) -> tuple[Power, ...]:
        """The same times the traded value, as powers of it."""

    def charge(self, notional: Array, dealing: Dealing | None = None) -> Array:
        """(..., A) cost in currency of trades of signed `notional` (..., A); what is not traded costs nothing.

        `dealing` is (A,), or has the leading axes of `notional`. NaN where something is traded and the value that the
        market trades in a day, or its volatility, is unknown.
        """
        plain = self._plain.charge(notional)
        if not self.deals:
            return plain
        traded = np.abs(notional)
        moved = traded * self._share(traded, *known(dealing))
        return np.asarray(plain + np.where(traded == 0.0, 0.0, moved))

    def ticket(self, notional: Decimal, asset: int = 0, dealing: Dealing | None = None) -> Decimal:
        """Exact cost of one trade of signed `notional`, unrounded, in the arithmetic context of the caller.

        Raises DataError where something is traded and the dealing of the asset is unknown.
        """
        plain = self._plain.ticket(notional, asset)
        if not (self.deals and notional):
            return plain
        adv, volatility = (float(one[..., asset]) if one.ndim else math.nan for one in known(dealing))
        if math.isnan(adv) or math.isnan(volatility):
            raise self._unknown(asset, "the value traded in a day" if math.isnan(adv) else "the volatility of daily returns")
        traded = notional.copy_abs()
        return plain + traded * self._exact_share(traded, decimal_of(adv), decimal_of(volatility), asset)

    def curve(self, count: int, dealing: Dealing | None = None) -> tuple[Power, ...]:
        """The charge on `count` assets for optimisers; a rate is NaN where the dealing of its asset is unknown.

        Smallest tickets are left out: they are not convex.
        """
        plain = self._plain.curve(count)
        if not self.deals:
            return plain
        powers = self._powers(*known(dealing))
        return (*plain, *(Power(np.array(np.broadcast_to(one.rate, (count,))), one.exponent) for one in powers))

    def _unknown(self, asset: int, what: str) -> DataError:
        name = self.universe[asset].id if asset < len(self.universe) else f"asset number {asset}"
        remedy = "Give data with volumes that reach back far enough, or costs that do not ask for them: {use: linear}."
        return DataError(f"{name}: {what} is unknown, and so is what trading it costs", remedy=remedy)


def known(dealing: Dealing | None) -> tuple[Array, Array]:
    """Value traded in a day and volatility (..., A): NaN where they are unknown or make no sense."""
    if dealing is None:
        return _UNKNOWN, _UNKNOWN
    adv, volatility = np.asarray(dealing.adv), np.asarray(dealing.volatility)
    adv = np.where((adv > 0.0) & np.isfinite(adv), adv, np.nan)  # in a market that trades nothing no trade has a price
    return adv, np.where((volatility >= 0.0) & np.isfinite(volatility), volatility, np.nan)
