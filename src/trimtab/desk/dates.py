"""Decision dates: when the schedule calls for a decision, and the view that the desk takes from there."""

from __future__ import annotations

from functools import reduce

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.calendar import Frequency, day, decision_ends, period_ends
from trimtab.core.errors import DataError
from trimtab.core.terms import MONTH, PER_YEAR
from trimtab.data.market import Market
from trimtab.data.sessions import expected as sessions_of
from trimtab.data.view import MarketView, look
from trimtab.desk.policy import Policy
from trimtab.desk.sessions_ahead import sessions_ahead

SPAN = np.timedelta64(40, "D")  # longer than any closure of a market


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
    every = [scheduled(market, frequency, policy.schedule.offset) for frequency in policy.frequencies]
    rows = every[0] if len(every) == 1 else reduce(np.union1d, every)
    return rows[market.sessions[rows] >= since(policy, market)]


def scheduled(market: Market, every: Frequency, offset: int = 0) -> Index:
    """Rows of the sessions `offset` after those that end a period. A last period that may still grow has no end yet."""
    complete = bool(len(market.sessions)) and _complete(market, every)
    return decision_ends(market.ends(every), offset=offset, complete=complete)


def fill_rows(policy: Policy, market: Market, rows: Index) -> Index:
    """(D,) the session on which each decision of the sessions `rows` (D,) is filled; beyond the last one: not yet.

    That is `wait` sessions later, and at the latest on the session of the next scheduled decision, which is taken after it.
    """
    due = rows + policy.schedule.wait
    if not policy.schedule.lag:
        return due
    following = np.append(decision_rows(policy, market), np.iinfo(np.intp).max)
    return np.asarray(np.minimum(due, following[np.searchsorted(following, rows, side="right")]))


def splits_between(market: Market, row: int, fill_row: int) -> Array | None:
    """(A,) what becomes of one unit of session `row` by session `fill_row`; None where nothing splits."""
    if market.splits is None or fill_row == row:
        return None
    ratios = np.asarray(np.prod(market.splits[row + 1 : fill_row + 1], axis=0))
    return ratios if bool((ratios != 1.0).any()) else None


def _complete(market: Market, every: Frequency) -> bool:
    """Whether no later session can follow in the last period, by the calendar of the market (`sessions_ahead`).

    On monthly data the next one comes a month later, on yearly data a year.
    """
    last, after = market.sessions[-1], following_session(market)
    if after is None:
        after = (last.astype("datetime64[M]") + PER_YEAR[MONTH] // market.per_year).astype("datetime64[D]")
    return len(period_ends(np.array([last, after], dtype="datetime64[D]"), every)) == 2


def following_session(market: Market) -> np.datetime64 | None:
    """The session after the last one, by the calendar of the market; None where data are monthly."""
    if market.monthly:
        return None
    following: np.datetime64 = sessions_ahead(market, market.sessions[-1] + SPAN)[0]
    return following


def missed(last: np.datetime64 | None, as_of: np.datetime64, calendar: str) -> tuple[np.datetime64, int]:
    """The last session of a market up to a date, and how many sessions lie after `last` up to it."""
    held = sessions_of(calendar, as_of - SPAN, as_of)
    if last is None or last < as_of - SPAN:
        return held[-1], 10_000
    return held[-1], int((held > last).sum())
