"""A simulated broker: fills stamped orders at given prices, sells first, and never lets cash go below what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.core.calendar import plain_date
from trimtab.core.entries import Fill
from trimtab.core.errors import InvariantError
from trimtab.core.frictions import CostModel
from trimtab.core.money import ZERO, Currency
from trimtab.core.trades import Order
from trimtab.execution.affording import afforded
from trimtab.execution.gate import Stamped


@dataclass(frozen=True, slots=True)
class SimulatedBroker:
    """Fills everything at the prices it is given, at the policy's costs; `digits` is the precision of a unit."""

    costs: CostModel
    currency: Currency = Currency()
    digits: int = 8

    def trade(self, stamped: Any, when: np.datetime64, prices: Mapping[int, Decimal], power: Decimal) -> tuple[Fill, ...]:
        """Fills on the date `when`. Where `power` and the sales cannot pay for all purchases, these are cut pro rata.

        `prices` are by asset; an order for an asset that has none stays unfilled, and so does a sale that costs
        more than it brings. Raises InvariantError without a stamp.
        """
        if not isinstance(stamped, Stamped):
            raise InvariantError("a broker accepts stamped orders only", remedy="Send them through the gate.")
        known = [order for order in stamped.orders if order.asset in prices]
        fills = self._fills(stamped, [(order, order.units) for order in known], when, prices)
        sells = [fill for fill in fills if fill.units < 0 and fill.amount >= fill.cost]
        buys = [fill for fill in fills if fill.units > 0]
        power += sum([fill.amount - fill.cost for fill in sells], ZERO)
        if _need(buys) > power:
            buys = self._cut(stamped, [order for order in known if order.units > 0], when, (prices, power))
        return (*sells, *buys)

    def _cut(
        self, stamped: Stamped, orders: list[Order], when: np.datetime64, at: tuple[Mapping[int, Decimal], Decimal]
    ) -> list[Fill]:
        """Purchases at prices, as far as `power` pays for them."""
        prices, power = at

        def filled(units: Sequence[Decimal]) -> list[Fill]:
            return self._fills(stamped, [pair for pair in zip(orders, units, strict=True) if pair[1]], when, prices)

        wanted, quantum = [order.units for order in orders], Decimal(1).scaleb(-self.digits)
        return filled(afforded(wanted, power, quantum, lambda units: _need(filled(units))))

    def _fills(
        self, stamped: Stamped, orders: list[tuple[Order, Decimal]], when: np.datetime64, prices: Mapping[int, Decimal]
    ) -> list[Fill]:
        """Each order filled with so many units at its price."""
        day = plain_date(when)
        ticket, rounded, minor = self.costs.ticket, self.currency.round, self.currency.minor
        fills = []
        dealing = stamped.dealing
        for (name, asset, _, _), count in orders:
            price = prices[asset]
            amount = rounded(-count * price) if minor else -count * price
            cost = ticket(amount, asset, dealing)
            cost = rounded(cost) if minor else cost
            fills.append(Fill(day, asset, count, price, amount, cost, name))
        return fills


def _need(buys: Sequence[Fill]) -> Decimal:
    """What purchases take out of cash."""
    return sum([fill.cost - fill.amount for fill in buys], ZERO)
