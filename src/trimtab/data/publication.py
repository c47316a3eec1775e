"""When the world could know a value: at the close of its date, or a number of business days after it.

The lags are those of the publishers (`About.lag_days`), counted in sessions of the series' own market where it names one;
the close is that market's.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Instants
from trimtab.core.calendar import closes
from trimtab.data.history import About, History
from trimtab.data.markets import NEW_YORK


def known_instants(history: History) -> Instants:
    """(T,) the close of the effective date, `lag_days` business days later (UTC)."""
    return known_of(history.about, history.dates)


def known_of(about: About, dates: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> Instants:
    """(T,) when values of `dates` (T,) become known by the rule of their series."""
    dates = dates.astype("datetime64[D]")
    if about.market not in NEW_YORK or (about.market and about.lag_days):
        from trimtab.data.sessions import known_at

        return known_at(about.market, dates, lag=about.lag_days)
    if about.lag_days:
        dates = np.busday_offset(dates, about.lag_days, roll="backward")
    return closes(dates)
