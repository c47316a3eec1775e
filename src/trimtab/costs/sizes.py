"""What size does to costs, and what would lift a capacity: slower trading, larger funds, other schedules (METHODS 5.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from trimtab.core.arrays import Array, frozen
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import CostModel
from trimtab.costs.capacity import Participation, Trades, capacity


@dataclass(frozen=True, slots=True, eq=False)
class CostCurve:
    """Cost of trading per year (S,), as a fraction of the money under management, at each of S sizes in currency.

    `unknown` of `dates` dates have a cost that is unknown; they are left out, and their share of the time with them. NaN
    where all are, and where the dates span no time.
    """

    sizes: Array
    annual: Array
    dates: int
    unknown: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", frozen(self.sizes))
        object.__setattr__(self, "annual", frozen(self.annual))

    @property
    def words(self) -> str:
        """The curve in a sentence."""
        points = zip(self.sizes.tolist(), self.annual.tolist(), strict=True)
        said = ", ".join(f"{1e4 * cost:.1f} bps a year at {size:,.0f}" for size, cost in points if not np.isnan(cost))
        left_out = f" ({self.unknown} of {self.dates} dates left out: their cost is unknown)" if self.unknown else ""
        return f"trading costs {said or 'an unknown part of the money'}{left_out}"


def cost_curve(trades: Trades, costs: CostModel, sizes: Array) -> CostCurve:
    """Cost per year at each size (S,) in currency, all dates and sizes in one call of `costs.charge` on (S, N, A).

    The same changes of weight are traded at every size. The exempt dates of `trades` (first funding) cost nothing here.
    """
    sizes = np.array(sizes, dtype=float)
    if sizes.ndim != 1 or not (sizes > 0.0).all():
        raise ParameterError("sizes must be amounts above 0", field="sizes", remedy="Give for example [1e6, 1e7, 1e8].")
    kept = trades.kept
    dealing = replace(trades.dealing, adv=trades.dealing.adv[kept], volatility=trades.dealing.volatility[kept])
    charged = costs.charge(trades.moves[kept] * sizes[:, np.newaxis, np.newaxis], dealing).sum(axis=2)  # (S, N)
    known = ~np.isnan(charged).any(axis=0)
    dates, usable = int(kept.sum()), int(known.sum())
    years = trades.years * (usable / dates if dates else 1.0)
    paid = charged[:, known].sum(axis=1) / sizes
    annual = paid / years if years > 0.0 else np.full(len(sizes), np.nan)
    return CostCurve(sizes, annual, dates, dates - usable)


@dataclass(frozen=True, slots=True)
class Lift:
    """What one change would do to the capacity, in currency; `possible` is False where there is no time for it."""

    words: str
    worst: float
    fifth: float
    median: float
    possible: bool = True


@dataclass(frozen=True, slots=True)
class Remedies:
    """What could be changed: `days` to trade in; `basket`, larger funds or futures by what they can trade in a day
    (currency, by asset or class); `schedules`, the trades of slower rebalancing by name, worked out by the caller.
    """

    days: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0)
    basket: Mapping[str, float] = field(default_factory=dict, hash=False)
    schedules: Mapping[str, Trades] = field(default_factory=dict, hash=False, compare=False)


def lifts(trades: Trades, within: Participation, remedies: Remedies) -> tuple[Lift, ...]:
    """Capacity under each remedy by itself. Trading in more days than lie between two decisions is not possible."""
    found = []
    for days in remedies.days:
        name = f"trading in {days:g} {'day' if days == 1.0 else 'days'}"
        found.append(_lift(name, trades, replace(within, days=days), possible=not days > trades.gap))
    if remedies.basket:
        names = ", ".join(remedies.basket)
        found.append(_lift(f"larger funds or futures for {names}", trades, replace(within, basket=remedies.basket)))
    found += [_lift(name, other, within) for name, other in remedies.schedules.items()]
    return tuple(found)


def _lift(name: str, trades: Trades, within: Participation, *, possible: bool = True) -> Lift:
    found = capacity(trades, within)
    return Lift(name, found.worst, found.fifth, found.median, possible)
