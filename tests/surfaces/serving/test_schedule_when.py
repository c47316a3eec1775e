"""When something is due: once a local day however clocks are changed, and on all other days as APScheduler has it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import TrimtabError, UsageError
from trimtab.surfaces.serving.schedule_when import EXAMPLES, Every, following, latest, local, rule, zone_of

CHANGES = {  # the nights on which clocks of 2026 are changed, forward and back
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Europe/London": (date(2026, 3, 29), date(2026, 10, 25)),
}
INSTANTS = st.integers(0, 2_000_000_000).map(lambda seconds: np.datetime64(seconds, "s"))
WORDS = st.sampled_from([*EXAMPLES, "decision date of XLON at 17:00", "every hour", "Mondays, fridays at 1:30"])


def at(text: str) -> np.datetime64:
    return np.datetime64(text, "s")


def fires(zone: str, hour: int, minute: int, first: datetime, last: datetime) -> list[datetime]:
    """When the cron trigger of APScheduler fires: the outside answer."""
    trigger, found, before = CronTrigger(hour=hour, minute=minute, timezone=ZoneInfo(zone)), [], None
    now = first
    while (fire := trigger.get_next_fire_time(before, now)) is not None and fire.astimezone(UTC) <= last and len(found) < 40:
        found.append(fire.astimezone(UTC))
        before, now = fire, fire + timedelta(seconds=1)
    return found


@given(WORDS, st.sampled_from(sorted(CHANGES)), INSTANTS, st.integers(1, 86_400 * 9))
@settings(deadline=None, max_examples=60)
def test_the_next_and_the_latest_are_of_the_same_dues(words: str, zone: str, first: np.datetime64, seconds: int) -> None:
    one, place, last = rule(words, zone), zone_of(zone), first + np.timedelta64(seconds, "s")
    dues = sorted(set(one.dues(first, last, place)))
    assert all(first < due <= last for due in dues)
    ahead = following(one, place, first)
    assert ahead is not None
    assert (dues[0] == ahead) if dues else ahead > last
    assert latest(one, place, first, last) == ((dues[-1], len(dues)) if dues else None)


@pytest.mark.parametrize("zone", CHANGES)
@given(hour=st.integers(4, 23), minute=st.integers(0, 59), day=st.dates(date(2020, 1, 1), date(2030, 1, 1)))
@settings(deadline=None, max_examples=25)
def test_by_day_it_is_due_when_the_cron_trigger_fires(zone: str, hour: int, minute: int, day: date) -> None:
    first = datetime(day.year, day.month, day.day, tzinfo=UTC)
    last = first + timedelta(10)
    dues = rule(f"daily at {hour:02}:{minute:02}", zone).dues(at(f"{day}") - 1, at(f"{last.date()}"), zone_of(zone))
    assert [due.item().replace(tzinfo=UTC) for due in dues] == fires(zone, hour, minute, first, last)


def per_day(zone: str, dues: list[np.datetime64]) -> Counter[date]:
    return Counter(due.item().replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date() for due in dues)


@pytest.mark.parametrize("zone", CHANGES)
@pytest.mark.parametrize("clock", ["00:59", "01:00", "01:30", "02:00", "02:30", "03:00", "18:30"])
def test_where_clocks_change_it_is_due_once_a_day(zone: str, clock: str) -> None:
    for change in CHANGES[zone]:
        first, last = at(f"{change - timedelta(4)}T12:00:00"), at(f"{change + timedelta(4)}T12:00:00")
        days = per_day(zone, list(rule(f"daily at {clock}", zone).dues(first, last, zone_of(zone))))
        assert days[change] == 1
        assert set(days.values()) == {1}
        assert len(days) == 8


def test_the_cron_trigger_is_the_planted_fault_that_the_same_count_finds() -> None:
    zone, change = "America/New_York", date(2026, 11, 1)
    found = fires(zone, 1, 30, datetime(2026, 10, 31, 12, tzinfo=UTC), datetime(2026, 11, 3, 12, tzinfo=UTC))
    assert per_day(zone, [np.datetime64(one.replace(tzinfo=None), "s") for one in found])[change] > 1


def test_worked_instants_of_both_changes() -> None:
    new_york = zone_of("America/New_York")
    half = rule("daily at 02:30", "America/New_York")
    # 8 March: 2:30 does not exist; 2:30 by the clock of winter (UTC-5) is 7:30 UTC, when clocks show 3:30
    assert following(half, new_york, at("2026-03-08T05:00:00")) == at("2026-03-08T07:30:00")
    assert local(at("2026-03-08T07:30:00"), new_york) == "Sun 2026-03-08 03:30"
    # 25 October, London: 1:30 comes twice, the first in summer time (UTC+1): 0:30 UTC, and not at 1:30 UTC again
    early = rule("daily at 01:30", "Europe/London")
    assert following(early, zone_of("Europe/London"), at("2026-10-24T12:00:00")) == at("2026-10-25T00:30:00")
    assert following(early, zone_of("Europe/London"), at("2026-10-25T00:30:00")) == at("2026-10-26T01:30:00")


def test_the_decision_date_is_the_last_session_of_the_month() -> None:
    zone = zone_of("America/New_York")
    # Friday 29 May 2026 is the last session of May; a day later is Saturday, 7:00 in summer time is 11:00 UTC
    one = rule("decision date + 1 day at 07:00", "America/New_York")
    assert following(one, zone, at("2026-05-20T00:00:00")) == at("2026-05-30T11:00:00")
    # 31 December 2027 is a Friday and a session in New York; London opens for half a day then
    assert following(rule("Decision Date at 18:00", "America/New_York"), zone, at("2027-12-15T00:00:00")) == at(
        "2027-12-31T23:00:00"
    )
    assert rule("monthly on the decision date of XLON at 17:00", "UTC") == rule("decision date at 17:00", "Europe/London")


def test_minutes_are_counted_in_utc_and_no_change_moves_them() -> None:
    dues = list(
        rule("every 90 minutes", "America/New_York").dues(at("2026-03-08T00:00:00"), at("2026-03-09T00:00:00"), zone_of("UTC"))
    )
    assert len(dues) == 16
    assert set(np.diff(np.array(dues))) == {np.timedelta64(5400, "s")}
    assert rule("every hour", "UTC") == Every(60)


@pytest.mark.parametrize(
    "words",
    [
        *("", "sometimes", "every 4 minutes", "every 25 hours", "every 0 hours", "weekdays at 24:00", "someday at 10:00"),
        *("decision date + 21 days at 07:00", "decision date of NOWHERE1 at 07:00", "daily at 7", "weekdays at 18:30; rm"),
    ],
)
def test_words_that_say_no_time_are_refused_with_a_remedy(words: str) -> None:
    with pytest.raises(TrimtabError) as refused:
        rule(words, "UTC")
    assert refused.value.remedy


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "UTC\x00"])
def test_zones_that_nobody_knows_are_refused(zone: str) -> None:
    with pytest.raises(UsageError, match="no time zone"):
        zone_of(zone)
