"""What the ledger says of the periods between decisions, as fractions of the value at their beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from trimtab.accounting.result import AccountResult
from trimtab.attribution.tactical import Part
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, exact

LEFT = 1e-9  # of net asset value: what rounding of floats may leave unexplained in a period


@dataclass(frozen=True, slots=True, eq=False)
class Booked:
    """N periods of A assets: `assets` (N, A) price and income, `costs` (N, A), `interest`, `fees` and `taxes` (N,).

    All are fractions of the value at the beginning; costs, fees and taxes above zero take money. `returns` (N,) are those
    of net asset value; `money` is what costs and fees brought over all periods, below zero, exactly.
    """

    assets: Array
    costs: Array
    interest: Array
    fees: Array
    taxes: Array
    returns: Array
    money: dict[Part, Decimal]


def booked(found: Sequence[AccountResult], values: Array, *, taxed: bool) -> Booked:
    """The account results of N periods with net asset values (N + 1,) at their bounds, taxes owed taken off.

    What is left after all else is tax, paid or set aside. Raises InvariantError where anything is left and nothing was taxed.
    """
    begin = values[:-1]
    assets = np.array([[float(a.price + a.income) for a in one.assets] for one in found]) / begin[:, None]
    costs = np.array([[float(a.cost) for a in one.assets] for one in found]) / begin[:, None]
    interest, fees = (np.array([float(getattr(one, name)) for one in found]) / begin for name in ("interest", "fees"))
    returns = values[1:] / begin - 1.0
    left = assets.sum(axis=1) - costs.sum(axis=1) + interest - fees - returns
    if not taxed:
        if not (np.abs(left) <= LEFT).all():
            worst = int(np.argmax(np.abs(left)))
            raise InvariantError(f"the ledger leaves {left[worst]:.3e} of net asset value unexplained in period {worst}")
        interest, left = interest - left, np.zeros_like(left)
    with exact():
        cost = sum((a.cost for one in found for a in one.assets), ZERO)
        fee = sum((one.fees for one in found), ZERO)
    return Booked(assets, costs, interest, fees, left, returns, {Part.COSTS: -cost, Part.FEES: -fee})
