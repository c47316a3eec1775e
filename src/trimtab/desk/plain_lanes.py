"""Which policies are plain enough for lanes (see `numerics.lanes`), and how they are put into them.

Plain is: pace without bands, a region of disjoint groups, turnover budgets by calendar period, linear costs, fractional
units, cash that is never borrowed, prices of total returns that are all known. Everything else goes through the float twin
(`desk.twin`), which asks the policy's own parts.
"""

from __future__ import annotations

import numpy as np

from trimtab.construction.blend import sleeves_of
from trimtab.construction.pace import Pace
from trimtab.construction.turnover import MaxTurnover
from trimtab.core.arrays import Index
from trimtab.core.calendar import Frequency, period_number
from trimtab.core.frictions import Limit
from trimtab.core.schedule import TradeAt
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN
from trimtab.costs.financing import Cash
from trimtab.costs.trading import Linear
from trimtab.data.market import Market
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import bills
from trimtab.desk.swept_aims import Dates
from trimtab.desk.twin_deciding import takes_a_batch
from trimtab.numerics.lanes import Fence, Ground, Timetable

FINE = 8  # decimal places of a unit, from which on rounding is not seen in wealth (law 8)


def plain(policy: Policy, market: Market) -> bool:
    """Whether the account of a policy on a market can run in a lane. That of a blend cannot: sleeves at rest hold on."""
    return not tuple(sleeves_of(policy.allocator)) and plain_book(policy, market)


def plain_book(policy: Policy, market: Market) -> bool:
    """Whether it can as far as limits, costs, execution and prices say, whatever its signals and weights are."""
    return _plain_reach(policy) and _plain_money(policy) and _plain_market(market)


def _plain_reach(policy: Policy) -> bool:
    reacher, rules = policy.reacher, policy.rules
    if not takes_a_batch(policy) or rules.shares or policy.deals or policy.digits < FINE:
        return False
    banded = isinstance(reacher, Pace) and (reacher.band or reacher.each or reacher.relative)
    region = rules.region
    return not banded and region.feasible and region.low_cash >= 0.0 and all(map(_by_period, rules.budgets))


def _by_period(limit: Limit) -> bool:
    return type(limit) is MaxTurnover and limit.window is None and not limit.only


def _plain_money(policy: Policy) -> bool:
    linear = type(policy.costs) is Linear and not policy.costs.minimum_ticket.amount
    taxed = policy.tax is not None and policy.tax.bites
    minimum = policy.execution.minimum is not None
    return linear and type(policy.cash) is Cash and policy.holding is None and not (policy.fees or taxed or minimum)


def _plain_market(market: Market) -> bool:
    dividends = market.fields.get(DIVIDEND)
    pays = dividends is not None and bool((np.nan_to_num(dividends) != 0.0).any())
    return market.splits is None and not market.endings and market.closed is None and not pays


def ground(policy: Policy, market: Market, trade: TradeAt) -> Ground:
    """The ground of a plain policy that trades at the prices of `trade`."""
    closes = market.fields[CLOSE]
    fills = closes
    if trade is TradeAt.NEXT_OPEN and OPEN in market.fields:
        opening = market.fields[OPEN]
        fills = np.where(np.isfinite(opening), opening, closes)
    bank = bills(policy, market)
    riskfree = np.zeros(len(bank))
    if policy.cash.series:
        riskfree[1:] = bank[1:] / bank[:-1] - 1.0
    capital = float(policy.horizon.capital.amount)
    return Ground(np.ascontiguousarray(closes), np.ascontiguousarray(fills), bank, riskfree, capital)


def fence(policy: Policy) -> Fence:
    """The limits of a plain policy."""
    budgets = np.array([limit.at_most for limit in policy.rules.budgets if isinstance(limit, MaxTurnover)])
    return Fence.around(policy.rules.region, budgets)


def timetable(policy: Policy, market: Market, dates: Dates, at: Index) -> Timetable:
    """The decisions of one schedule, which read rows `at` of the goals, with the periods of the policy's budgets."""
    days = market.sessions[dates.decided]
    periods = [period_number(days, _period(limit)) for limit in policy.rules.budgets if isinstance(limit, MaxTurnover)]
    numbers = np.array(periods, dtype=np.intp).reshape(len(periods), len(days))
    return Timetable(dates.decided, dates.filled, at, numbers)


def _period(limit: MaxTurnover) -> Frequency:
    return Frequency(f"{limit.per.value}-end") if limit.per is not None else Frequency.QUARTER_END


def rate(policy: Policy) -> float:
    """What trading costs under a plain policy, as a fraction of what is traded."""
    return float(policy.costs.charge(np.ones(1))[0])
