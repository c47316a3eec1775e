"""Which market a series trades on, and when that market closes. New York's regular close is the rule of the house.

American exchanges share New York's hours. A short session counts as a full one there: what closes at 13:00 is taken as
known at 16:00, which is late by three hours on three days a year and never early. Other markets are asked of
exchange-calendars.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from trimtab.core.arrays import Dates, Instants
from trimtab.core.calendar import closes

NEW_YORK = frozenset(("", "XNYS", "XNAS", "ARCX", "XASE", "BATS", "IEXG"))


def market_closes(market: str, dates: Dates) -> Instants:
    """(T,) when `market` closes on each of `dates` (T,), UTC; by its regular hours where it holds no session."""
    if market in NEW_YORK:
        return closes(dates)
    from trimtab.data.sessions import closing

    return closing((market,), dates, regular=True)


def last_close(markets: Collection[str], dates: Dates) -> Instants:
    """(T,) the latest close among `markets` on each date: after it, and the cut-off's delay, decisions are taken."""
    every = {"" if market in NEW_YORK else market for market in markets} or {""}
    return np.asarray(np.maximum.reduce([market_closes(market, dates) for market in sorted(every)]))
