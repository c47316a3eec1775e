"""What comes next by the calendars alone: the next decision date of a policy, and when markets take certain orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from trimtab.core.arrays import Dates
from trimtab.core.calendar import decision_ends, period_ends
from trimtab.core.orders import OrderKind
from trimtab.core.terms import DAY, MONTH, PER_YEAR
from trimtab.data.market import Market
from trimtab.data.months import last_weekdays
from trimtab.data.sessions import sessions
from trimtab.desk.circumstances import takes_orders
from trimtab.desk.policy import Policy

AHEAD = np.timedelta64(800, "D")  # two yearly decisions fit in
PERIODS = 30  # of data by the month, the quarter or the year
_ROOM = np.timedelta64(14, "D")  # no market is closed for longer
_MINUTE = np.timedelta64(60, "s")


def next_decision(policy: Policy, market: Market, after: np.datetime64) -> np.datetime64:
    """The first date after `after` on which the schedule decides, whether prices of it are known or not.

    Sessions that are still to come are those of the calendars of the market, weekdays where it has none; months of monthly
    data end on their last weekday.
    """
    dates = np.concatenate([market.sessions, _following(market)])
    rows = [decision_ends(period_ends(dates, every), offset=policy.schedule.offset) for every in policy.frequencies]
    due = dates[np.unique(np.concatenate(rows))]
    found: np.datetime64 = due[due > after][0]
    return found


def _following(market: Market) -> Dates:
    last = market.sessions[-1]
    if market.monthly:
        step = PER_YEAR[MONTH] // market.per_year
        months = last.astype("datetime64[M]") + step * np.arange(1, PERIODS + 1)
        return last_weekdays(months)
    names = sorted({about.market for about in market.about if about.market})
    if not names:  # as where a schedule looks for the end of a period (desk/dates.py)
        days = np.arange(last + 1, last + AHEAD)
        return days if market.per_year > PER_YEAR[DAY] else days[np.is_busday(days)]
    return np.unique(np.concatenate([sessions(name, last + 1, last + AHEAD).dates for name in names]))


def next_opening(market: Market, kinds: Mapping[int, Collection[OrderKind]], now: np.datetime64) -> np.datetime64:
    """The first instant from `now` on at which the markets of all these assets take orders of these kinds.

    `kinds` by the number of the asset. NaT where there is none within a fortnight.
    """
    if takes_orders(market, kinds, now).all():
        return now
    day = now.astype("datetime64[D]")
    names = {market.about[asset].market for asset in kinds if 0 <= asset < len(market.about)}
    turns = [sessions(name, day - 1, day + _ROOM) for name in sorted(names)]
    instants = np.unique(np.concatenate([edge for one in turns for edge in (one.opens, one.closes)]).astype("datetime64[s]"))
    for at in instants[instants > now] + _MINUTE:
        if takes_orders(market, kinds, at).all():
            found: np.datetime64 = at
            return found
    return np.datetime64("NaT", "s")
