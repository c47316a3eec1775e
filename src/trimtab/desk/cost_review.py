"""Cost creep of a run: what trading really cost by quarter, moves of prices until the fill included, against what was assumed.

Realised is the implementation shortfall of what was filled (Perold 1988): the charge of the fill, and what the price moved
against the trade between decision and fill. Assumed is the charge alone, which is what the cost model said.
"""

from __future__ import annotations

import numpy as np

from trimtab.attribution.cost_creep import CostCreep, TradeCosts, cost_creep
from trimtab.core.entries import Fill
from trimtab.core.trades import Order
from trimtab.desk.dates import splits_between
from trimtab.desk.result import Result


def review_costs(result: Result) -> CostCreep | None:
    """Costs of `result` by quarter; None where it never traded."""
    orders = {order.id: order for decision in result.decisions for order in decision.orders}
    rows = [(fill, orders[fill.order]) for fill in result.fills if fill.order in orders]
    if not rows:
        return None
    assumed = np.array([float(fill.cost) for fill, _ in rows])
    moved = np.array([float(-fill.amount) - float(fill.units) * _reference(result, fill, order) for fill, order in rows])
    dates = np.array([fill.when for fill, _ in rows], dtype="datetime64[D]")
    traded = np.array([abs(float(fill.amount)) for fill, _ in rows])
    return cost_creep(TradeCosts(dates, traded, assumed + moved, assumed), result.wealth, result.dates)


def _reference(result: Result, fill: Fill, order: Order) -> float:
    """The price at the decision, in the units of the fill."""
    days = np.array([order.id.rpartition(":")[0], fill.when], dtype="datetime64[D]")
    row, fill_row = np.searchsorted(result.market.sessions, days).tolist()
    ratios = splits_between(result.market, row, fill_row)
    return float(order.reference) / (1.0 if ratios is None else float(ratios[fill.asset]))
