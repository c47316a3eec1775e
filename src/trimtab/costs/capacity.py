"""Capacity: how much money a process can run before its trades are too large for the market (METHODS 5.6).

The largest trade of an asset is `share` x ADV x days, ADV the value traded in a day as it was known at the decision. A
date's capacity is the least, over the assets, of that over the change of weight: with more under management the first
asset would take more of its market than `share`. First funding is left out, for it is spread as one likes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Mask, frozen, require_shape
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TIE, Fraction, Positive, check_ranges
from trimtab.core.values import Asset, Dealing
from trimtab.costs.by_asset import by_asset

_DAYS_A_YEAR = np.timedelta64(365 * 24 + 6, "h")  # a year of 365.25 days


@dataclass(frozen=True, slots=True, eq=False)
class Trades:
    """What was traded on D decision dates: signed changes of weight `moves` (D, A), and the dealing (D, A) known then.

    `exempt` (D,) are the dates to leave out, by default the first on which anything is traded: first funding.
    """

    assets: tuple[Asset, ...]
    dates: Dates
    moves: Array
    dealing: Dealing
    exempt: Mask | None = None

    def __post_init__(self) -> None:
        shape = (len(self.dates), len(self.assets))
        require_shape("moves", self.moves, shape)
        require_shape("adv", self.dealing.adv, shape)
        require_shape("volatility", self.dealing.volatility, shape)
        if self.exempt is None:
            exempt = np.zeros(len(self.dates), dtype=bool)
            exempt[np.flatnonzero(self.trades.any(axis=1))[:1]] = True
            object.__setattr__(self, "exempt", exempt)
        else:
            require_shape("exempt", self.exempt, shape[:1])

    @property
    def trades(self) -> Mask:
        """(D, A) whether anything is traded, or it is unknown what."""
        return ~(np.abs(self.moves) <= TIE)

    @property
    def kept(self) -> Mask:
        """(D,) the dates that count: something is traded, and they are not exempt."""
        return self.trades.any(axis=1) & ~np.asarray(self.exempt)

    @property
    def years(self) -> float:
        """Time from the first date to the last, which the trades after the first belong to; NaN for fewer than two."""
        return float((self.dates[-1] - self.dates[0]) / _DAYS_A_YEAR) if len(self.dates) > 1 else np.nan

    @property
    def gap(self) -> float:
        """Weekdays between two decisions, the median; NaN for fewer than two."""
        days = self.dates.astype("datetime64[D]")
        return float(np.median(np.busday_count(days[:-1], days[1:]))) if len(days) > 1 else np.nan


@dataclass(frozen=True, slots=True)
class Participation:
    """At most `share` of what a market trades, over `days` days of trading.

    `basket` is what authorised participants of a fund can create or redeem in a day through its basket (currency, by asset
    or class). It counts where the fund's own trading is less, and is flagged there: it is somebody's estimate.
    """

    share: Fraction = 0.10
    days: Positive = 1.0
    basket: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        check_ranges(self)
        if not self.share > 0.0:
            raise ParameterError(f"share is {self.share}", field="share", remedy="Give a share above 0, such as 0.10.")

    def adv(self, trades: Trades) -> tuple[Array, Mask]:
        """(D, A) currency a day, and where it is that of the basket. NaN where neither is known."""
        adv = trades.dealing.adv
        own = np.where((adv >= 0.0) & np.isfinite(adv), adv, np.nan)
        basket = np.array(by_asset(self.basket, 0.0, trades.assets, field="basket"))
        flagged = (basket > 0.0) & ~(own >= basket)
        return np.where(flagged, basket, own), flagged


@dataclass(frozen=True, eq=False)  # no slots: what is worked out once is kept
class Capacity:
    """Money under management (N, A) at which each asset's trade is all that may be, on the N dates that count.

    Infinite where an asset is not traded, NaN where its market is unknown. A date is unknown where an asset is. The worst,
    the 5th percentile and the median are over the known dates, NaN where there are none.
    """

    assets: tuple[Asset, ...]
    dates: Dates
    by_asset: Array
    by_basket: Mask  # (N, A) where it rests on a basket's capacity, not on the fund's own trading
    within: Participation

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_asset", frozen(self.by_asset))
        object.__setattr__(self, "by_basket", frozen(self.by_basket))

    @cached_property
    def by_date(self) -> Array:
        """(N,) the least of the assets; NaN where that is unknown."""
        return np.asarray(self.by_asset.min(axis=1, initial=np.inf))

    @cached_property
    def binding(self) -> Index:
        """(N,) number of the asset that binds first; -1 where that is unknown."""
        if not self.by_asset.size:
            return np.full(len(self.dates), -1, dtype=np.intp)
        return np.where(np.isnan(self.by_date), -1, self.by_asset.argmin(axis=1))

    @property
    def unknown(self) -> int:
        """Number of dates of which it is unknown."""
        return int(np.isnan(self.by_date).sum())

    @property
    def worst(self) -> float:
        """Money that would have met the limit on every known date."""
        return self.quantile(0.0)

    @property
    def fifth(self) -> float:
        """The 5th percentile: money that would have met the limit on 95 % of the known dates."""
        return self.quantile(0.05)

    @property
    def median(self) -> float:
        """Money that would have met the limit on half of the known dates."""
        return self.quantile(0.5)

    def quantile(self, q: float) -> float:
        """That quantile over the known dates, between two of them on a straight line."""
        held = self.by_date[~np.isnan(self.by_date)]
        return float(np.quantile(held, q)) if len(held) else np.nan

    @property
    def worst_by_asset(self) -> Array:
        """(A,) the least of each asset over the dates on which it is known; infinite where it is never traded.

        NaN for one that is traded on unknown markets alone.
        """
        unknown = np.isnan(self.by_asset)
        least = np.where(unknown, np.inf, self.by_asset).min(axis=0, initial=np.inf)
        return np.where(unknown.any(axis=0) & np.isinf(least), np.nan, least)

    @property
    def binds(self) -> Index:
        """(A,) on how many dates each asset binds."""
        return np.bincount(self.binding[self.binding >= 0], minlength=len(self.assets))

    @property
    def flagged(self) -> Mask:
        """(A,) assets of which any figure rests on a basket's capacity."""
        return np.asarray(self.by_basket.any(axis=0))

    @property
    def words(self) -> str:
        """The answer in sentences."""
        rule = f"{100.0 * self.within.share:g} % of what a market trades in {_days(self.within.days)}"
        unknown = (
            f" {self.unknown} of {len(self.dates)} dates are left out: a market's volume is unknown." if self.unknown else ""
        )
        if not len(self.dates) > self.unknown:
            return f"Capacity at {rule} is unknown: no date has trades and known volumes.{unknown}"
        n = int(np.nanargmin(self.by_date))
        where = f"{self.assets[self.binding[n]].id} on {self.dates[n].astype('datetime64[D]')}"
        spread = f"the 5th percentile is {self.fifth:,.0f}, the median {self.median:,.0f}"
        flagged = [asset.id for asset, flag in zip(self.assets, self.flagged, strict=True) if flag]
        basket = f" {', '.join(flagged)} rest on the capacity of a fund's basket." if flagged else ""
        return f"At {rule} the least capacity is {self.worst:,.0f}, bound by {where}; {spread}.{unknown}{basket}"


def max_trade(adv: Array, within: Participation) -> Array:
    """(..., A) currency that may be traded: share x ADV x days."""
    return np.asarray(within.share * adv * within.days)


def capacity(trades: Trades, within: Participation) -> Capacity:
    """What the trades allow, by date and asset. Raises ParameterError where `basket` names what is not there."""
    kept = trades.kept
    adv, flagged = within.adv(trades)
    size = np.abs(trades.moves[kept])
    traded = trades.trades[kept]
    most = max_trade(adv[kept], within)
    money = np.where(traded, most / np.where(traded, size, 1.0), np.inf)
    return Capacity(trades.assets, trades.dates[kept], money, flagged[kept] & traded, within)


def _days(days: float) -> str:
    return "a day" if days == 1.0 else f"{days:g} days"
