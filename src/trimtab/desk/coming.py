"""What comes next by the calendars alone: the next decision date of a policy, and when markets take certain orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from trimtab.core.calendar import decision_ends, period_ends
from trimtab.core.orders import OrderKind
from trimtab.data.market import Market
from trimtab.data.sessions import sessions
from trimtab.desk.circumstances import takes_orders
from trimtab.desk.policy import Policy
from trimtab.desk.sessions_ahead import sessions_ahead

AHEAD = np.timedelta64(800, "D")  # two yearly decisions fit in
_YEARS = np.timedelta64(4000, "D")  # for data by the month, the quarter or the year
_ROOM = np.timedelta64(14, "D")  # no market is closed for longer
_MINUTE = np.timedelta64(60, "s")


def next_decision(policy: Policy, market: Market, after: np.datetime64) -> np.datetime64:
    """The first date after `after` on which the schedule decides, whether prices of it are known or not.

    Sessions that are still to come are those of `sessions_ahead`.
    """
    last = market.sessions[-1].astype("datetime64[D]")
    dates = np.concatenate([market.sessions, sessions_ahead(market, last + (_YEARS if market.monthly else AHEAD))])
    rows = [decision_ends(period_ends(dates, every), offset=policy.schedule.offset) for every in policy.frequencies]
    due = dates[np.unique(np.concatenate(rows))]
    found: np.datetime64 = due[due > after][0]
    return found


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
