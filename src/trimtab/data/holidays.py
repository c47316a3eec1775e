"""Markets with other holidays in one universe: on a day when its own market is closed, an asset keeps its last price.

That is not a gap in the data: the last close is still the price. It can be looked at and valued, and nothing is traded at
it. A day on which the market was open and no price came stays unknown.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Mask
from trimtab.data.markets import NEW_YORK


def closed_cells(markets: Sequence[str], sessions: Dates, closes: Array) -> Mask | None:
    """(T, A) whether an asset has no close because its market held no session; None where all keep the same calendar.

    `markets` (A,) are MICs, `closes` (T, A) NaN where unknown. Before its first close an asset is unknown, not closed.
    """
    calendars = ["XNYS" if market in NEW_YORK else market for market in markets]
    if len(set(calendars)) < 2:
        return None
    from trimtab.data.sessions import expected

    closed = np.isnan(closes)
    for market in set(calendars):
        held = np.isin(sessions, expected(market, sessions[0], sessions[-1]))
        closed[np.ix_(held, np.array(calendars) == market)] = False
    known = np.isfinite(closes)
    begun = np.logical_or.accumulate(known, axis=0)
    goes_on = np.logical_or.accumulate(known[::-1], axis=0)[::-1]
    holiday_at_the_end = np.logical_and.accumulate(closed[::-1], axis=0)[::-1]
    return np.asarray(closed & begun & (goes_on | holiday_at_the_end))


def rows_behind(closes: Array) -> Index:
    """(T, A) the row of the last known close up to each row (row 0 where there is none)."""
    rows = np.where(np.isfinite(closes), np.arange(len(closes))[:, None], 0)
    return np.asarray(np.maximum.accumulate(rows, axis=0))
