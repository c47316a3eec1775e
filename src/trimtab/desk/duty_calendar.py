"""When a policy called for decisions, and by when they and their trades were due: sessions of its market, and after them.

Where the data end, sessions go on by the calendar of the market (`sessions_ahead`): data that stop do not end a duty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from trimtab.core.arrays import Dates, Instants
from trimtab.core.calendar import closes, decision_ends, period_ends, plain_date
from trimtab.data.market import Market
from trimtab.desk.dates import decision_rows, since
from trimtab.desk.policy import Policy
from trimtab.desk.sessions_ahead import sessions_ahead

LAG = 1  # sessions after that of the trade, by whose end everything has to be filled
_BEYOND = np.timedelta64(60, "D")  # after the last day that is asked about: more than 20 sessions of lag
_YEARS = np.timedelta64(1200, "D")  # of prices by the month, the quarter or the year: three sessions in any case


@dataclass(frozen=True, slots=True, eq=False)
class DutyCalendar:
    """Decision dates (D,), sessions (T,) with their closes (T,), and sessions from a decision to its fill."""

    scheduled: Dates
    sessions: Dates
    closing: Instants
    wait: int

    def due(self, first: date, last: date) -> tuple[date, ...]:
        """The decision dates from `first` to `last`."""
        days = self.scheduled[(self.scheduled >= np.datetime64(first)) & (self.scheduled <= np.datetime64(last))]
        return tuple(plain_date(day) for day in days)

    def following(self, when: date) -> date:
        """The decision date after one; the last day that a calendar knows where there is none."""
        later = self.scheduled[self.scheduled > np.datetime64(when)]
        return plain_date(later[0]) if len(later) else date.max

    def after(self, when: date, count: int) -> date:
        """The session `count` after that of a day; `count` 0 is the session of the day itself, or the last one before it."""
        row = int(np.searchsorted(self.sessions, np.datetime64(when), side="right")) - 1 + count
        return plain_date(self.sessions[min(max(row, 0), len(self.sessions) - 1)])

    def close(self, session: date) -> np.datetime64:
        """When a session ends, UTC."""
        row = int(np.searchsorted(self.sessions, np.datetime64(session)))
        return np.datetime64(self.closing[min(row, len(self.closing) - 1)])

    def decide_by(self, when: date) -> np.datetime64:
        """Until when a decision on a session can still be traded on the first session after it."""
        return self.close(self.after(when, 1))

    def fill_by(self, when: date) -> date:
        """The session by whose end the trades of a decision have to be filled."""
        return self.after(when, self.wait + LAG)


def duty_calendar(policy: Policy, market: Market, until: date) -> DutyCalendar:
    """The calendar of a policy on its market, up to `until` and a little beyond."""
    known = market.sessions
    beyond = sessions_ahead(market, np.datetime64(until, "D") + (_YEARS if market.monthly else _BEYOND))
    sessions = np.concatenate([known, beyond])
    closing = np.concatenate([market.closes_at(np.arange(len(known))).astype("datetime64[s]"), closes(beyond)])
    rows = [
        decision_ends(period_ends(sessions, every), offset=policy.schedule.offset, complete=False)
        for every in policy.frequencies
    ]
    later = np.unique(np.concatenate([sessions[one] for one in rows]))
    later = later[(later > known[-1]) & (later >= since(policy, market))]
    scheduled = np.concatenate([known[decision_rows(policy, market)], later])
    return DutyCalendar(scheduled, sessions, closing, policy.schedule.wait)
