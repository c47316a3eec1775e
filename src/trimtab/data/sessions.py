"""Sessions of exchanges: trading dates, opens and closes as UTC instants.

The calendars of exchange-calendars, with holidays, half days and changed hours, read between fixed dates so that today's date
changes no answer. Outside them a market is taken to trade on its usual weekdays at its regular hours, and an issue says so.
Dates are local trading dates (datetime64[D]), instants UTC (datetime64[s]).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from trimtab.core.arrays import Dates, Instants, frozen
from trimtab.core.calendar import closes
from trimtab.core.errors import UsageError
from trimtab.data.history import Issue
from trimtab.data.session_tables import Table, table

NEW_YORK = "XNYS"

_ROOM = np.timedelta64(40, "D")  # longer than any closure of a market within its calendar, the year 1914 left aside


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """Sessions (N,) of a market, with opens and closes (N,), and what had to be assumed for some of them."""

    market: str
    dates: Dates
    opens: Instants
    closes: Instants
    issues: tuple[Issue, ...] = ()


def sessions(market: str, first: Any, last: Any) -> Sessions:
    """All sessions of a market from `first` to `last`, both included. An empty `market` is New York; 24/7 never closes.

    Raises DataError for a market without a calendar, UsageError for times in place of dates.
    """
    start, end = trading_date(first), trading_date(last)
    found = table(market or NEW_YORK)
    inside = slice(np.searchsorted(found.dates, start), np.searchsorted(found.dates, end, side="right"))
    before = _usual(found, start, min(end, found.first - 1), early=True)
    after = _usual(found, max(start, found.last + 1), end, early=False)
    parts = [before, (found.dates[inside], found.opens[inside], found.closes[inside]), after]
    dates, opens, ends = (np.concatenate([part[k] for part in parts]) for k in range(3))
    return Sessions(market, frozen(dates), frozen(opens), frozen(ends), _assumed(found, start, end))


def expected(market: str, first: Any, last: Any) -> Dates:
    """Dates (N,) on which prices of a market are expected from `first` to `last`, both included."""
    return sessions(market, first, last).dates


def assumptions(markets: Sequence[str], first: Any, last: Any) -> tuple[Issue, ...]:
    """What `sessions` and `closing` assume for a span of dates, because a calendar does not cover it."""
    return tuple(issue for market in markets for issue in sessions(market, first, last).issues)


def closing(markets: Sequence[str], dates: Dates, *, regular: bool = False) -> Instants:
    """(T,) the latest close on each date among the markets that hold a session then; NaT where none does.

    With `regular`, a market counts on every date: one without a session by its usual hours. Close of day is what a price
    or a decision dated on it waits for. Raises DataError for a market without a calendar.
    """
    days = trading_dates(dates)
    latest = np.full(len(days), np.datetime64("NaT"), dtype="datetime64[s]")
    if len(days) == 0:
        return frozen(latest)
    for market in markets:
        latest = np.fmax(latest, _closes(market, days, regular))
    return frozen(latest)


def known_at(market: str, dates: Dates, *, lag: int = 0) -> Instants:
    """(T,) when a value dated on each date is public: the close of the session `lag` sessions later, never before its date.

    A value of a date without a session is known at the close of the next session, at the earliest.
    """
    days = trading_dates(dates)
    if len(days) == 0:
        return frozen(np.empty(0, dtype="datetime64[s]"))
    room = _ROOM + np.timedelta64(4 * lag, "D")
    found = sessions(market, days.min() - room, days.max() + room)
    own = np.searchsorted(found.dates, days, side="right") - 1 + lag
    return frozen(found.closes[np.maximum(own, np.searchsorted(found.dates, days))])


def trading_date(value: Any) -> np.datetime64:
    """A date as datetime64[D]. Raises UsageError for a time of day: which date it falls on depends on the market."""
    if isinstance(value, datetime):
        zone = "no zone" if value.tzinfo is None else f"the zone {value.tzinfo}"
        raise UsageError(f"{value} is a time with {zone}, not a trading date", remedy="Give the local trading date.")
    day: np.datetime64 = trading_dates(np.array([value], dtype="datetime64"))[0]
    return day


def trading_dates(dates: Dates) -> Dates:
    """Dates (T,) as datetime64[D]. Raises UsageError where any has a time of day or is missing."""
    days = dates.astype("datetime64[D]")
    timed = np.flatnonzero(days != dates)
    if len(timed):
        raise UsageError(
            f"{dates[timed[0]]} is no trading date", remedy="Give local trading dates: no time of day, none missing."
        )
    return days


def _closes(market: str, days: Dates, regular: bool) -> Instants:
    """(T,) closes of one market, NaT (or the usual hour) where it holds no session."""
    found = sessions(market, days.min(), days.max())
    at = np.searchsorted(found.dates, days)
    held = np.append(found.dates, np.datetime64("NaT"))[at] == days
    if regular:
        usual = table(market or NEW_YORK)
        early = _wall(usual, days, usual.hours(early=True)[1])
        late = _wall(usual, days, usual.hours(early=False)[1])
        otherwise = np.where(days < usual.first, early, late)
    else:
        otherwise = np.full(len(days), np.datetime64("NaT"), dtype="datetime64[s]")
    return np.where(held, np.append(found.closes, np.datetime64("NaT"))[at], otherwise)


def _usual(found: Table, start: np.datetime64, end: np.datetime64, *, early: bool) -> tuple[Dates, Instants, Instants]:
    """Sessions outside the calendar: the weekdays and hours of its first or its last year."""
    days = np.arange(start, max(end + 1, start), dtype="datetime64[D]")
    days = days[found.weekdays(early=early)[(days.astype(np.int64) + 3) % 7]]
    opening, ending = found.hours(early=early)
    return days, _wall(found, days, opening), _wall(found, days, ending)


def _wall(found: Table, days: Dates, seconds: int) -> Instants:
    """Instants of a wall time, in seconds after local midnight, on each date."""
    return closes(days, hour=0, zone=found.zone) + np.timedelta64(seconds, "s")


def _assumed(found: Table, start: np.datetime64, end: np.datetime64) -> tuple[Issue, ...]:
    if found.first <= start and end <= found.last:
        return ()
    what = f"the calendar of {found.market} covers {found.first} to {found.last}, not all of {start} to {end}"
    return (Issue(what, found.market, "DEGRADE: outside it every usual weekday counts as a session of regular hours"),)
