"""Total return of a par bond held for a month, from its yield alone.

Each month a bond of `years` to run is bought at par, so its coupon is the yield y at the start; a month later it is
worth its price at the new yield y', with a month less to run, plus a month of coupon:

    n = 2 * years - 1/6 half-years left,  v = (1 + y'/2) ** -n
    return = y / 12 + y / y' * (1 - v) + v - 1

Prices follow the US convention of half-yearly compounding, the clean price at a fractional number of periods. Where
y' = y the return is the coupon y / 12, as in Shiller's bond returns; compounded twelve times it earns a little more
than the half-yearly yield (0.08 % a year at 6 %, 0.3 % at 12 %). Left out: defaults and downgrades, calls, what changes
inside the month, and the cost of switching the bond every month.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError


def monthly_returns(yields: Array, *, years: float = 20.0) -> Array:
    """Simple returns (T - 1,) of a par bond, from its `yields` (T,) at the month-ends, decimal per year.

    Raises ParameterError where a yield is not above zero.
    """
    if not bool((yields > 0.0).all()):
        raise ParameterError("a yield is zero, negative or unknown", remedy="Give yields above zero, such as 0.045.")
    coupon, now = yields[:-1], yields[1:]
    discount = np.power(1.0 + now / 2.0, -(2.0 * years - 1.0 / 6.0))
    return np.asarray(coupon / 12.0 + coupon / now * (1.0 - discount) + discount - 1.0)
