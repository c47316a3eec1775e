"""Sessions that are still to come: the one calendar by which schedules, duties and checks look beyond the end of the data.

By the markets that the data name. Where they name none, by New York's if the data keep to its sessions, else by weekdays, or
by all days where they hold weekends. Prices by the month, the quarter or the year have no sessions between: theirs come on the
last weekday of a month.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from trimtab.core.arrays import Dates
from trimtab.core.terms import DAY, MONTH, PER_YEAR
from trimtab.data.market import Market
from trimtab.data.months import last_weekdays
from trimtab.data.sessions import NEW_YORK, expected

_RECENT = 500  # sessions, two years or so: holidays enough to tell a calendar by


def sessions_ahead(market: Market, until: np.datetime64) -> Dates:
    """The sessions after the last one that is known, up to `until`."""
    last = market.sessions[-1].astype("datetime64[D]")
    if until <= last:
        return np.empty(0, dtype="datetime64[D]")
    if market.monthly:
        step = PER_YEAR[MONTH] // market.per_year
        month = last.astype("datetime64[M]")
        ends = last_weekdays(np.arange(month + step, until.astype("datetime64[M]") + 1, step))
        return ends[ends <= until]
    named = {about.market for about in market.about if about.market}
    names = sorted(named or set(filter(None, [unnamed(market)])))
    if names:
        return np.unique(np.concatenate([expected(name, last + 1, until) for name in names]))
    days = np.arange(last + 1, until + 1)
    return days if market.per_year > PER_YEAR[DAY] else days[np.is_busday(days)]


def unnamed(market: Market) -> str:
    """The calendar of prices that name no market: New York's where the last two years of the data keep to it, else none."""
    return NEW_YORK if not market.monthly and keeps_to_new_york(market.sessions[-_RECENT:]) else ""


def keeps_to_new_york(dates: Dates) -> bool:
    """Whether each of the dates (T,) of daily or weekly data is a session of New York."""
    days = dates.astype("datetime64[D]")
    return bool(len(days)) and bool(np.isin(days, _in_new_york(days[0], days[-1])).all())


@lru_cache(maxsize=64)  # a backtest and its trials ask for the same years again and again
def _in_new_york(first: np.datetime64, last: np.datetime64) -> Dates:
    return expected(NEW_YORK, first, last)
