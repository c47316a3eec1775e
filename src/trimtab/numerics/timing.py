"""How often to rebalance: what trading costs a year, and how much of a result is luck of the date (METHODS 6.5).

Rebalance timing luck (Hoffstein, Sibears and Faber 2019, "Rebalance timing luck: the difference between hired and
fired"): the same process, started on staggered dates, has different results; none of them was skill.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.returns import cagr


class Luck(NamedTuple):
    """Returns a year of staggered tranches (...): their mean, the least and the greatest, and how far apart these are."""

    mean: Array
    least: Array
    most: Array
    range: Array


def annual_cost(traded: Array, bps: Array | float, years: float) -> Array:
    """(...) cost a year as a fraction of the value: the sum of `traded` (..., T) times `bps` one way, over `years`.

    `traded` is the notional of each period over the value of the account, purchases and sales both: twice the one-way
    turnover where the cash leg costs nothing. `bps` broadcasts against it. NaN where any of it is. Raises ParameterError
    where `years` is not above 0.
    """
    if not years > 0.0:
        raise ParameterError(f"years is {years}, not above 0", field="years", remedy="Give the length of the record.")
    return np.asarray(np.sum(np.abs(traded) * np.asarray(bps) / 1e4, axis=-1) / years)


def timing_luck(returns: Array, per_year: float) -> Luck:
    """The luck of the date in `returns` (..., K, T) of K tranches that rebalance on staggered dates, over the same T periods.

    NaN where the return a year of any tranche is.
    """
    yearly = cagr(returns, per_year)
    least, most = np.min(yearly, axis=-1), np.max(yearly, axis=-1)
    return Luck(np.mean(yearly, axis=-1), least, most, np.asarray(most - least))
