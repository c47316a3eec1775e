"""What every cost of trading must keep, whatever it is made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from trimtab.core.arrays import Array
from trimtab.core.money import Money, decimal_of, exact
from trimtab.core.trades import Power
from trimtab.core.values import Asset, Dealing

UNIVERSE = (Asset("EM", asset_class="equity"), Asset("US", asset_class="equity"), Asset("HY", asset_class="credit"))


def usd(amount: Decimal | str | int) -> Money:
    return Money(Decimal(amount))


def dealing(adv: Any = (5e7, 2e9, 8e6), volatility: Any = (0.015, 0.01, 0.004)) -> Dealing:
    return Dealing(np.array(adv, dtype=float), np.array(volatility, dtype=float))


def on_curve(powers: tuple[Power, ...], notional: Array) -> Array:
    return sum((power.rate * np.abs(notional) ** power.exponent for power in powers), np.zeros(notional.shape))


def tickets(costs: Any, notional: Array, market: Dealing | None) -> Array:
    with exact():
        return np.array([float(costs.ticket(decimal_of(one), a, market)) for a, one in enumerate(notional.tolist())])


def keeps_the_laws(costs: Any, notional: Array, market: Dealing | None, *, curved: bool = True) -> None:
    """One number from every voice; convex; the same on either side; nothing for nothing; more for more."""
    charged = costs.charge(notional, market)
    assert charged == pytest.approx(tickets(costs, notional, market), rel=1e-12, abs=0.0)
    assert costs.charge(-notional, market).tolist() == charged.tolist()
    assert costs.charge(np.zeros(3), market).tolist() == [0.0, 0.0, 0.0]
    assert [costs.ticket(Decimal(0), a, market) for a in range(3)] == [0, 0, 0]
    assert (costs.charge(1.5 * notional, market) >= charged).all()
    powers = costs.curve(3, market)
    assert all(power.exponent >= 1.0 and (power.rate >= 0.0).all() and power.rate.shape == (3,) for power in powers)
    if curved:
        assert charged == pytest.approx(on_curve(powers, notional), rel=1e-12, abs=0.0)
        middle = costs.charge(0.5 * (notional + 3.0 * notional), market)
        assert (middle <= 0.5 * (charged + costs.charge(3.0 * notional, market)) * (1.0 + 1e-12)).all()
