"""Decision dates: when the schedule calls for a decision, and the view that the desk takes from there."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Index
from trimtab.core.calendar import day, is_complete, period_ends
from trimtab.core.errors import DataError
from trimtab.data.market import Market
from trimtab.data.view import MarketView, look
from trimtab.desk.policy import Policy


def decision_view(policy: Policy, market: Market, *, today: bool = False) -> MarketView:
    """The view from every scheduled decision date since the policy's `since`; with `today` from the last session too."""
    rows = decision_rows(policy, market)
    if today:
        rows = np.union1d(rows, [len(market.sessions) - 1])
    if len(rows) == 0:
        raise DataError("the data hold no decision date", remedy="Give more data, or an earlier `since`.")
    return view_at(policy, market, rows)


def view_at(policy: Policy, market: Market, rows: Index) -> MarketView:
    """The view from the sessions `rows`."""
    cut_off = np.timedelta64(int(policy.schedule.cut_off.delay.total_seconds()), "s")
    return look(market, rows, cut_off=cut_off, since=since(policy, market))


def since(policy: Policy, market: Market) -> np.datetime64:
    """The date from which memory runs: the policy's, or the first session."""
    chosen = policy.horizon.since
    return day(chosen) if chosen else market.sessions[0]


def decision_rows(policy: Policy, market: Market) -> Index:
    """Rows of the scheduled decision dates. A last period that may still grow is left out: its end is not known yet."""
    rows = period_ends(market.sessions, policy.schedule.decide)
    if len(rows) and not market.monthly and not is_complete(market.sessions, policy.schedule.decide):
        rows = rows[:-1]
    return rows[market.sessions[rows] >= since(policy, market)]
