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
    of net asset value; `money` is what costs, fees and, as far as known, taxes brought over all periods, below zero, exactly.
    """

    assets: Array
    costs: Array
    interest: Array
    fees: Array
    taxes: Array
    returns: Array
    money: dict[Part, Decimal]


def booked(found: Sequence[AccountResult], values: tuple[Array, Array], *, taxed: bool) -> Booked:
    """The account results of N periods with net asset values (N,) at their beginnings and (N,) at their ends.

    With `taxed` values have taxes owed taken off, and what is left after all else is tax that was set aside. Raises
    InvariantError where anything is left otherwise.
    """
    begin, end = values
    assets = np.array([[float(a.price + a.income) for a in one.assets] for one in found]) / begin[:, None]
    costs = np.array([[float(a.cost) for a in one.assets] for one in found]) / begin[:, None]
    interest, fees, taxes = (
        np.array([float(getattr(one, name)) for one in found]) / begin for name in ("interest", "fees", "tax")
    )
    returns = end / begin - 1.0
    left = assets.sum(axis=1) - costs.sum(axis=1) + interest - fees - taxes - returns
    if taxed:
        taxes = taxes + left
    else:
        if not (np.abs(left) <= LEFT).all():
            worst = int(np.argmax(np.abs(left)))
            raise InvariantError(f"the ledger leaves {left[worst]:.3e} of net asset value unexplained in period {worst}")
        interest = interest - left
    with exact():
        money = {
            Part.COSTS: -sum((a.cost for one in found for a in one.assets), ZERO),
            Part.FEES: -sum((one.fees for one in found), ZERO),
        }
        if not taxed:
            money[Part.TAXES] = -sum((one.tax for one in found), ZERO)
    return Booked(assets, costs, interest, fees, taxes, returns, money)
