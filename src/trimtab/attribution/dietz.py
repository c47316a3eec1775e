"""Modified Dietz return: time-weighting without a value at every flow (Dietz 1966; Bank Administration Institute 1968).

Each flow counts as capital for the share of the period that was left when it came. Over D days from one value to the next,
a flow on day d has the weight

    END     (D - d) / D        it is at work from the next day on
    START   (D - d + 1) / D    it is at work on its own day

and the return is `(V1 - V0 - sum F) / (V0 + sum w F)`. It is linked over months: the longer the period and the larger the
flow, the further it is from the time-weighted return.
"""

from __future__ import annotations

import numpy as np

from trimtab.attribution.flows import Linked, Statement, Timing, linked
from trimtab.core.arrays import Array
from trimtab.core.calendar import Frequency, period_ends


def modified_dietz(statement: Statement, *, every: Frequency | None = Frequency.MONTH_END) -> Linked:
    """Returns of the periods, linked: `total` has shape (...).

    Periods run from the first value over the last one of each `every` to the last; with None from each value to the next.
    """
    if every is not None and len(statement.dates):
        statement = statement.at(np.union1d(np.zeros(1, dtype=np.intp), period_ends(statement.dates, every)))
    return linked(statement, statement.by_period(statement.flows * weights(statement)))


def weights(statement: Statement) -> Array:
    """Share (F,) of its period that each flow was at work; zero for one that is inside the first value."""
    period = np.maximum(statement.period, 0)
    if len(statement.dates) < 2:
        return np.zeros(len(period))
    lengths = np.diff(statement.dates).astype(float)[period]
    passed = (statement.flow_dates - statement.dates[period]).astype(float)
    left = lengths - passed + (1.0 if statement.timing is Timing.START else 0.0)
    return np.where(statement.period >= 0, left / lengths, 0.0)
