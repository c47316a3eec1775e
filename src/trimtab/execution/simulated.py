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

    def trade(
        self, stamped: Any, when: np.datetime64, prices: Mapping[int, Decimal], power: Decimal
    ) -> tuple[Fill, ...]:
        """Fills on the date `when`. Where `power` and the sales cannot pay for all purchases, these are cut pro rata.

        `prices` are by asset; an order for an asset that has none stays unfilled, and so does a sale that costs
        more than it brings. Raises InvariantError without a stamp.
        """
        if not isinstance(stamped, Stamped):
            raise InvariantError("a broker accepts stamped orders only", remedy="Send them through the gate.")
        day: date = when.astype("datetime64[D]").item()
        sold = (self._fill(o, o.units, day, prices[o.asset]) for o in stamped.orders if o.units < 0 and o.asset in prices)
        sells = [fill for fill in sold if fill.amount >= fill.cost]
        buying = [o for o in stamped.orders if o.units > 0 and o.asset in prices]
        power += sum((fill.amount - fill.cost for fill in sells), ZERO)
        buys = [self._fill(order, order.units, day, prices[order.asset]) for order in buying]
        need = sum((fill.cost - fill.amount for fill in buys), ZERO)
        while buys and need > power:
            share = max(power, ZERO) / need if need else ZERO
            cut = [
                (o, floor_to(f.units * share, Decimal(1).scaleb(-self.digits)))
                for o, f in zip(buying, buys, strict=True)
            ]
            buying = [order for order, units in cut if units]
            buys = [self._fill(order, units, day, prices[order.asset]) for order, units in cut if units]
            need = sum((fill.cost - fill.amount for fill in buys), ZERO)
        return (*sells, *buys)

    def _fill(self, order: Order, units: Decimal, day: date, price: Decimal) -> Fill:
        amount = self.currency.round(-units * price)
        cost = self.currency.round(self.costs.ticket(amount))
        return Fill(day, order.asset, units, price, amount, cost, order.id)
