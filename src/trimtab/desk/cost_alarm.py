"""What the trades of an account really cost by quarter, against what was estimated when they were planned.

Realised is what execution took of the shortfall of Perold (1988): fees, the way of the price from the decision until the
order reached the market, and from there to the fill. What was never filled is left out, so that no market is looked at.
Assumed is the estimate on the ticket, for the units that were filled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.attribution.cost_creep import CostCreep, TradeCosts, cost_creep
from trimtab.core.arrays import frozen
from trimtab.core.errors import DataError
from trimtab.core.money import exact
from trimtab.core.orders import Standing
from trimtab.core.venues import Execution
from trimtab.execution.shortfall import pieces, traded
from trimtab.governance.economics import EXCESS, QUARTERS, overrun

_NOTHING = frozen(np.zeros(0))


@dataclass(frozen=True, slots=True)
class CostAlarm:
    """Cost by quarter, in one currency (the one most was traded in); `untold` orders whose cost cannot be stated.

    `quarters` is None where nothing was traded.
    """

    account: str
    currency: str = ""
    quarters: CostCreep | None = None
    untold: tuple[str, ...] = ()

    @property
    def alarm(self) -> bool:
        """Whether each of the last four quarters cost more than 1.25 times what was assumed for it."""
        return self.quarters is not None and alarmed(self.quarters)

    @property
    def words(self) -> str:
        """The alarm in a sentence; empty where there is none."""
        return f"{self.account}: {alarm_words(self.quarters)}" if self.quarters is not None and self.alarm else ""


def cost_alarm(orders: OrderBook, account: str, until: date | None = None) -> CostAlarm:
    """The costs of what an account (empty: every one) has traded, with `until` by the end of that day; reads the book alone."""
    rows: list[tuple[str, np.datetime64, float, float, float]] = []
    untold: list[str] = []
    for one in orders.standings(account):
        if one.ticket.parts:  # a block: its members are the same trades
            continue
        try:
            rows += _rows(one, tuple(fill for fill in orders.executions(one.id) if until is None or fill.day <= until))
        except DataError as error:
            untold.append(str(error))
    if not rows:
        return CostAlarm(account, untold=tuple(untold))
    currency = _main(rows)
    dates, *columns = zip(*(row[1:] for row in rows if row[0] == currency), strict=True)
    costs = TradeCosts(np.array(dates), *(np.array(column) for column in columns))
    return CostAlarm(account, currency, cost_creep(costs, _NOTHING, np.array([], "datetime64[D]")), tuple(untold))


def alarmed(found: CostCreep) -> bool:
    """Whether each of the last four quarters cost more than 1.25 times what was assumed for it."""
    return overrun([row.realised for row in found.quarters], [row.assumed for row in found.quarters])


def alarm_words(found: CostCreep) -> str:
    """What four dear quarters come to, in a sentence."""
    last = found.quarters[-QUARTERS:]
    ratios = [f"{row.ratio:.2f}" if np.isfinite(row.ratio) else "none assumed" for row in last]
    span = f"{last[0].quarter} to {last[-1].quarter}"
    return f"trading cost more than {float(EXCESS):g} times what was assumed in each quarter from {span} ({', '.join(ratios)})"


def _rows(one: Standing, executions: tuple[Execution, ...]) -> Iterable[tuple[str, np.datetime64, float, float, float]]:
    """Currency, day, value traded, realised and assumed cost of each fill of an order."""
    if not executions:
        return
    closing = one.ticket.reference  # what was not filled is left out: at the price of the decision it missed nothing
    parts = pieces(traded(one, executions, closing, executions[-1].day))
    for part, fill in zip(parts, executions, strict=False):
        with exact():
            value, short = abs(fill.units * fill.price), part.shortfall
            cost = short.explicit + short.delay + short.execution
        yield one.ticket.currency, np.datetime64(part.day), float(value), float(cost), float(one.ticket.expected(fill.units))


def _main(rows: list[tuple[str, np.datetime64, float, float, float]]) -> str:
    """The currency in which most was traded, by how many fills."""
    names = [row[0] for row in rows]
    return max(dict.fromkeys(names), key=names.count)
