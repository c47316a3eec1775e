"""What a policy costs a year for so much money: fixed amounts, and what grows with the money, by name.

Trading is costed by the trades of the backtest at the size asked for, at the same changes of weight; the adviser's fee by
its tiers at that size; holding, what funds take and taxes as the backtest had them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from trimtab.core.errors import DataError
from trimtab.core.money import Money, decimal_of
from trimtab.costs.sizes import cost_curve
from trimtab.desk.capacity import trades_of
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result
from trimtab.desk.taken import ADVISER, DATA, EXPENSES, HOLDING, TAX, TRADING, Taken

SOFTWARE, MANAGEMENT = "software", "management"
_DIGITS = 6  # decimals of a rate: a hundredth of a basis point
_NONE = Decimal(0)

Side = tuple[Result, Taken]  # a backtest, and what was taken from it


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked: for how much money, and what a policy does not say of its costs, a year.

    None leaves to the policy what its data cost and its management takes (adviser and funds). With `net_of_benchmark`
    only what the policy takes more than its benchmark held still is counted.
    """

    assets: Money
    data: Money | None = None
    software: Money | None = None
    management: Decimal | None = None
    hurdle: Decimal = _NONE
    net_of_benchmark: bool = False
    seed: int = 1


def yearly_costs(own: Side, held: Side, terms: Terms) -> tuple[dict[str, Money], dict[str, Decimal], tuple[str, ...]]:
    """Fixed costs and rates by name, and what is counted otherwise than it came, in sentences.

    `held` is the benchmark held still. Raises DataError where the cost of trading is not known.
    """
    size = float(terms.assets.amount)
    rates = rates_of(*own, size)
    if terms.net_of_benchmark:
        less = rates_of(*held, size)
        rates = {name: rate - less.get(name, 0.0) for name, rate in rates.items()}
    if terms.management is not None:
        rates = {name: rate for name, rate in rates.items() if name not in (ADVISER, EXPENSES)}
        rates[MANAGEMENT] = float(terms.management)
    fixed = {DATA: terms.data or _data_cost(own[0].policy), SOFTWARE: terms.software}
    kept = {name: cost for name, cost in fixed.items() if cost is not None and cost.amount}
    below = {name: rate for name, rate in rates.items() if rate_of(rate) < 0}
    remarks = tuple(_below(name, rate, net=terms.net_of_benchmark) for name, rate in below.items())
    return kept, {name: rate_of(max(rate, 0.0)) for name, rate in rates.items() if rate}, remarks


def _below(name: str, rate: float, *, net: bool) -> str:
    """What is said of a cost below 0, which is counted as none."""
    bp = f"{-1e4 * rate:.1f} bp a year"
    took = f"{name} took {bp} less than its benchmark's" if net else f"{name} gave {bp}"
    return f"{took}: it is counted as 0."


def rate_of(number: float) -> Decimal:
    """A fraction a year to a hundredth of a basis point."""
    return round(decimal_of(number), _DIGITS)


def rates_of(result: Result, found: Taken, size: float) -> dict[str, float]:
    """What grows with the money, fractions a year by name, at a size in currency: trading and the adviser's fee by it."""
    rates = {TRADING: trading_at(result, size)}
    for fee in result.policy.fees:
        if fee.why not in (DATA, EXPENSES):
            yearly = float(fee.charge(np.array([size]), np.array([1.0]))[0]) / size
            rates[fee.why] = rates.get(fee.why, 0.0) + yearly
    return rates | {name: found.rate(name) for name in (EXPENSES, HOLDING, TAX)}


def trading_at(result: Result, size: float) -> float:
    """Cost of trading a year as a fraction of `size`; first funding costs nothing here. Raises DataError where unknown."""
    trades = trades_of(result)
    if not trades.trades.any():
        return 0.0
    found = float(cost_curve(trades, result.policy.costs, np.array([size])).annual[0])
    if not np.isfinite(found):
        what = f"what {result.policy.name} costs to trade at {size:,.0f} is not known"
        raise DataError(what, remedy="Give more dates, or volumes where its costs need them.")
    return found


def _data_cost(policy: Policy) -> Money | None:
    """What the policy says that its data cost a year; None where it says nothing."""
    costs = [cost for fee in policy.fees if isinstance(cost := getattr(fee, "per_year", None), Money)]
    return Money(sum((cost.amount for cost in costs), _NONE), costs[0].currency) if costs else None
