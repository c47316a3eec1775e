"""Rolling futures: what it costs to stay in, and the yield of the curve, which is no cost (METHODS 6.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.terms import BasisPoints, Positive, check_ranges
from trimtab.core.values import Asset
from trimtab.costs.by_asset import by_asset, listed, require_some
from trimtab.costs.carrying import Held


@dataclass(frozen=True, slots=True)
class FuturesRoll(Held):
    """Each roll costs spread, commission and slippage on the calendar spread, in basis points of the exposure.

    `rolls` names the assets or classes held through futures and how often they roll in a year: `{commodities: 12,
    equity: 4}`; what it does not name never rolls. The basis points are those of the whole roll, out of one contract and
    into the next. Exposure is the absolute value held. The roll yield is in the returns of the series, and no cost.
    """

    rolls: Mapping[str, Positive] = field(hash=False)
    spread_bps: BasisPoints = 0.0
    commission_bps: BasisPoints = 0.0
    slippage_bps: BasisPoints = 0.0
    universe: tuple[Asset, ...] = ()
    _rates: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        require_some(self.rolls, field="rolls")
        object.__setattr__(self, "rolls", dict(self.rolls))  # the caller's own may change later
        often = by_asset(self.rolls, 0.0, self.universe, field="rolls", most=366.0)
        object.__setattr__(self, "_rates", tuple(number * self.each for number in often))

    @property
    def each(self) -> float:
        """What one roll costs, as a fraction of the exposure."""
        return (self.spread_bps + self.commission_bps + self.slippage_bps) / 1e4

    @property
    def words(self) -> str:
        """The cost in a sentence."""
        return f"rolling futures costs {1e4 * self.each:g} bps a roll (rolls a year: {listed(self.rolls, '{:g}')})"


def roll_yield(near: Array | float, far: Array | float, months: Array | float) -> Array:
    """(near - far) / near * 12 / `months`, per year: what a long position earns as far becomes near. Broadcasts.

    Above 0 where the curve falls (backwardation). `months` lie between the two expiries. NaN where a price is unknown, or
    not above 0, and where `months` is not.
    """
    first, second, apart = (np.asarray(one, dtype=float) for one in (near, far, months))
    first = np.where(first > 0.0, first, np.nan)
    second = np.where(second > 0.0, second, np.nan)
    apart = np.where(apart > 0.0, apart, np.nan)
    return np.asarray((first - second) / first * 12.0 / apart)
