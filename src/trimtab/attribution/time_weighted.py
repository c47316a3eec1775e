"""Time-weighted return: what the manager did, whatever the owner put in or took out.

The account is valued at every flow and the returns of the periods between are linked (Bank Administration Institute 1968,
"Measuring the Investment Performance of Pension Funds"). With flows F at the end of the day, which the value of that day
holds already, and at its start:

    END     r = (V_t - F_t) / V_{t-1} - 1
    START   r = V_t / (V_{t-1} + F_t) - 1
"""

from __future__ import annotations

import numpy as np

from trimtab.attribution.flows import Linked, Statement, Timing, linked
from trimtab.core.errors import DataError

CLOSE_BEFORE = np.timedelta64(4, "D")  # a weekend and a holiday may lie between a flow and the close before it


def time_weighted(statement: Statement) -> Linked:
    """Returns between values, linked: `total` has shape (...).

    A flow on a day without a value cannot be weighted by time: DataError names it. At the end of the day it needs the
    value of its own date, at the start one no more than four days before (the close of the session before).
    """
    _require_values_at_flows(statement)
    share = 1.0 if statement.timing is Timing.START else 0.0
    return linked(statement, share * statement.by_period(statement.flows))


def _require_values_at_flows(statement: Statement) -> None:
    """Stop at the first flow at which the account was not valued."""
    period, days = statement.period, statement.flow_dates
    if statement.timing is Timing.END:
        bare = ~np.isin(days, statement.dates)
        need = "its date"
    else:
        bare = (period >= 0) & (days - statement.dates[np.maximum(period, 0)] > CLOSE_BEFORE)
        need = "the close before it"
    bare &= (statement.flows != 0.0).any(axis=tuple(range(statement.flows.ndim - 1)))
    if bare.any():
        what = f"the flow of {days[bare][0]} has no value at {need}"
        raise DataError(what, remedy="Value the account there, or use the modified Dietz return, which needs no value.")
