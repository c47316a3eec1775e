"""When something is due, in words and as instants: `weekdays at 18:30`, `decision date + 1 day at 07:00`, `every 30 minutes`.

A due instant follows from the rule and the zone alone, so that it has one name for good whatever the clock does. A local time
that daylight saving leaves out is due where the clock stands an hour later; one that it repeats is due once, the first time.
(The cron trigger of APScheduler 3.11 fires at both, which would be two decisions; on all other days the two agree.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.data.sessions import expected

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EXAMPLES = ("weekdays at 18:30", "daily at 06:00", "monday at 07:00", "decision date + 1 day at 07:00", "every 30 minutes")
LEAST, MOST, LATEST = 5, 1440, 20  # minutes between, and days after the decision date
_EVERY = re.compile(r"every(?: (\d{1,4}))? (minute|hour)s?")
_AT = re.compile(r"(.+) at ([01]?\d|2[0-3]):([0-5]\d)")
_DECISION = re.compile(r"(?:monthly on the )?decision date(?: of ([a-z0-9/]{3,8}))?(?: \+ (\d{1,2}) days?)?")
_MARKETS = {"Europe/London": "XLON", "Europe/Paris": "XPAR", "Europe/Zurich": "XSWX", "Asia/Tokyo": "XTKS"}


@dataclass(frozen=True, slots=True)
class Every:
    """Each so many minutes, counted in UTC from 1970: no change of clocks moves it."""

    minutes: int

    def dues(self, first: np.datetime64, last: np.datetime64, zone: ZoneInfo) -> Iterator[np.datetime64]:
        """Due instants later than `first` and not later than `last`."""
        step = self.minutes * 60
        begin, end = int(first.astype(np.int64)) // step + 1, int(last.astype(np.int64)) // step
        return (np.datetime64(number * step, "s") for number in range(begin, end + 1))


@dataclass(frozen=True, slots=True)
class On:
    """On some days of the week, at a local time."""

    days: frozenset[int]
    at: time

    def dues(self, first: np.datetime64, last: np.datetime64, zone: ZoneInfo) -> Iterator[np.datetime64]:
        """Due instants later than `first` and not later than `last`."""
        day, end = _date(first) - timedelta(2), _date(last) + timedelta(2)
        while day <= end:
            if day.weekday() in self.days and first < (due := instant(day, self.at, zone)) <= last:
                yield due
            day += timedelta(1)


@dataclass(frozen=True, slots=True)
class Decision:
    """So many days after the last session of each month of a market (ISO 10383), at a local time."""

    market: str
    days: int
    at: time

    def dues(self, first: np.datetime64, last: np.datetime64, zone: ZoneInfo) -> Iterator[np.datetime64]:
        """Due instants later than `first` and not later than `last`."""
        month, end = first.astype("datetime64[M]") - 2, last.astype("datetime64[M]") + 1
        while month <= end:
            sessions = expected(self.market, month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]") - 1)
            if len(sessions):
                day = _date(sessions[-1]) + timedelta(self.days)
                if first < (due := instant(day, self.at, zone)) <= last:
                    yield due
            month += 1


Rule = Every | On | Decision
_SPANS = {Every: np.timedelta64(2, "D"), On: np.timedelta64(15, "D"), Decision: np.timedelta64(120, "D")}


@lru_cache(maxsize=256)
def rule(words: str, zone: str) -> Rule:
    """The rule that words mean. Raises UsageError where they mean none."""
    text = " ".join(words.lower().split())
    if found := _EVERY.fullmatch(text):
        return _every(words, int(found[1] or 1) * (60 if found[2] == "hour" else 1))
    if found := _AT.fullmatch(text):
        at = time(int(found[2]), int(found[3]))
        if monthly := _DECISION.fullmatch(found[1]):
            return _decision((monthly[1] or "").upper() or _MARKETS.get(zone, "XNYS"), int(monthly[2] or 0), at)
        if days := _days(found[1]):
            return On(days, at)
    raise UsageError(f"{words!r} says no time that is known", remedy=f"Write it as one of these: {'; '.join(EXAMPLES)}.")


def _every(words: str, minutes: int) -> Every:
    if not LEAST <= minutes <= MOST:
        raise UsageError(f"{words!r} is {minutes} minutes", remedy=f"Choose between {LEAST} minutes and 24 hours.")
    return Every(minutes)


def _decision(market: str, days: int, at: time) -> Decision:
    if days > LATEST:
        raise UsageError(f"{days} days after the decision date is too late", remedy=f"Choose at most {LATEST}.")
    expected(market, np.datetime64("2020-01-01"), np.datetime64("2020-01-31"))  # a market that nobody knows is refused here
    return Decision(market, days, at)


def _days(text: str) -> frozenset[int]:
    if text in ("daily", "weekdays"):
        return frozenset(range(7 if text == "daily" else 5))
    named = [part.removesuffix("s") for part in re.split(r", ?| and ", text)]
    return frozenset(map(DAYS.index, named)) if all(one in DAYS for one in named) else frozenset()


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name. Raises UsageError for one that nobody knows."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError(f"{name!r} is no time zone", remedy="Write it as Europe/London, America/New_York or UTC.") from None


def following(one: Rule, zone: ZoneInfo, after: np.datetime64) -> np.datetime64 | None:
    """The first due instant later than `after`; None where the calendars hold none."""
    return next(one.dues(after, after + _SPANS[type(one)], zone), None)


def latest(one: Rule, zone: ZoneInfo, after: np.datetime64, now: np.datetime64) -> tuple[np.datetime64, int] | None:
    """The last due instant later than `after` and not later than `now`, and how many there are; of 400 days at most."""
    dues = list(one.dues(max(after, now - np.timedelta64(400, "D")), now, zone))
    return (max(dues), len(set(dues))) if dues else None


def instant(day: date, at: time, zone: ZoneInfo) -> np.datetime64:
    """The instant of a local time: the first of two, and an hour later by the clock where there is none."""
    return np.datetime64(datetime.combine(day, at, zone).astimezone(UTC).replace(tzinfo=None), "s")


def local(at: np.datetime64, zone: ZoneInfo) -> str:
    """An instant as clocks of a zone show it: `Mon 2026-03-09 18:30`."""
    return f"{at.astype('datetime64[s]').item().replace(tzinfo=UTC).astimezone(zone):%a %Y-%m-%d %H:%M}"


def _date(at: np.datetime64) -> date:
    found: date = at.astype("datetime64[D]").item()
    return found
