"""How much money a policy can run: the trades of its own backtest against the markets of their days, and what would lift it.

The same backtest decides at every size: capacity is about what those trades would have asked of the market, not about a
policy that would trade otherwise because it is large.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.calendar import Frequency
from trimtab.core.frictions import CostModel
from trimtab.core.terms import TRADED
from trimtab.core.values import Dealing
from trimtab.costs.capacity import Capacity, Participation, Trades, capacity
from trimtab.costs.impact import Impact
from trimtab.costs.sizes import CostCurve, Lift, Remedies, cost_curve, lifts
from trimtab.costs.total import Total
from trimtab.data.market import Market
from trimtab.desk.backtest import Progress, backtest
from trimtab.desk.dates import view_at
from trimtab.desk.dealing import dealing_of
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import require_volumes
from trimtab.desk.result import Result

SIZES = (1e6, 1e7, 1e8, 1e9, 1e10)
SLOWER = {Frequency.DAILY: Frequency.WEEK_END, Frequency.WEEK_END: Frequency.MONTH_END}
SLOWER |= {Frequency.MONTH_END: Frequency.QUARTER_END, Frequency.TWO_MONTH_END: Frequency.QUARTER_END}
SLOWER |= {Frequency.QUARTER_END: Frequency.YEAR_END, Frequency.HALF_YEAR_END: Frequency.YEAR_END}


@dataclass(frozen=True, slots=True, eq=False)
class Sizing:
    """Capacity of a policy, its cost of trading by size, and what would lift the capacity."""

    result: Result
    trades: Trades
    capacity: Capacity
    curve: CostCurve
    lifts: tuple[Lift, ...]
    costs: CostModel


def capacity_of(
    policy: Policy,
    market: Market,
    within: Participation,
    *,
    sizes: tuple[float, ...] = SIZES,
    progress: Progress | None = None,
) -> Sizing:
    """The answer, from a backtest of `policy` over `market`. Raises DataError without daily volumes."""
    require_volumes(market, "capacity is about what markets trade in a day")
    result = backtest(policy, market, progress=progress)
    trades = trades_of(result)
    costs = policy.costs if getattr(policy.costs, "deals", False) else Total((policy.costs, Impact(universe=policy.universe)))
    longer = tuple(days for days in Remedies().days if days > within.days)
    remedies = Remedies(longer, schedules=_slower(policy, market, result))
    found = capacity(trades, within)
    return Sizing(result, trades, found, cost_curve(trades, costs, np.array(sizes)), lifts(trades, within, remedies), costs)


def trades_of(result: Result) -> Trades:
    """What a backtest traded: changes of weight by decision, and the dealing known then, unknown without volumes."""
    dates = np.array([decision.today.when for decision in result.decisions])
    rows = np.searchsorted(result.market.sessions, dates)
    moves = _moves(result)
    if TRADED not in result.market.fields:
        unknown = np.full(moves.shape, np.nan)
        return Trades(result.assets, dates, moves, Dealing(unknown, unknown))
    return Trades(result.assets, dates, moves, dealing_of(view_at(result.policy, result.market, rows), result.policy.liquidity))


def _moves(result: Result) -> Array:
    """(F, A) signed changes of weight that were ordered and filled: not what the gate stopped, or was too small to place."""
    moves = np.zeros((len(result.decisions), len(result.assets)))
    for row, (one, when) in enumerate(zip(result.decisions, result.traded, strict=True)):
        placed = [order.asset for order in one.orders] if when is not None else []
        moves[row, placed] = (one.target - one.book.held)[placed]
    return moves


def _slower(policy: Policy, market: Market, result: Result) -> dict[str, Trades]:
    """The trades of the same policy on the next slower schedule, where it has one of its own."""
    slower = SLOWER.get(policy.schedule.decide)
    if slower is None or policy.frequencies != (policy.schedule.decide,):
        return {}
    start = result.dates[0].item()
    thinned = replace(policy, schedule=replace(policy.schedule, decide=slower)).with_horizon(start=start)
    return {f"deciding at {slower.value}": trades_of(backtest(thinned, market))}
