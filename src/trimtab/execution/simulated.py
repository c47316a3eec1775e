"""A simulated broker: fills stamped orders at given prices, sells first, and never lets cash go below what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.core.entries import Fill
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, Currency, floor_to
from trimtab.core.roles import CostModel
from trimtab.core.trades import Order
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
        day: date = when.astype("datetime64[D]").item()
        known = [order for order in stamped.orders if order.asset in prices]
        sold = [self._fill(order, order.units, day, prices[order.asset]) for order in known if order.units < 0]
        sells = [fill for fill in sold if fill.amount >= fill.cost]
        buying = [order for order in known if order.units > 0]
        for fill in sells:
            power += fill.amount - fill.cost
        return (*sells, *self._bought(buying, day, prices, power))

    def _bought(self, orders: list[Order], day: date, prices: Mapping[int, Decimal], power: Decimal) -> list[Fill]:
        """Purchases, all cut by the same share until `power` pays for them and their costs."""
        wanted = [order.units for order in orders]
        while True:
            pairs = zip(orders, wanted, strict=True)
            fills = [self._fill(order, units, day, prices[order.asset]) for order, units in pairs if units]
            need = sum([fill.cost - fill.amount for fill in fills], ZERO)
            if need <= power or not fills:
                return fills
            share = max(power, ZERO) / need
            wanted = [floor_to(units * share, Decimal(1).scaleb(-self.digits)) for units in wanted]

    def _fill(self, order: Order, units: Decimal, day: date, price: Decimal) -> Fill:
        amount = -units * price
        if self.currency.minor:
            amount = self.currency.round(amount)
            cost = self.currency.round(self.costs.ticket(amount))
        else:
            cost = self.costs.ticket(amount)
        return Fill(day, order.asset, units, price, amount, cost, order.id)
