"""Alerts: never lost, never told twice at a level, escalated exactly once, and new again when the cause comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.surfaces.serving.alert_rules import Alert, Cause, Event, Kind, Open, Seen, ordered, step

NOW = np.datetime64("2026-03-02T00:00:00", "s")
PATIENCE = np.timedelta64(60, "m")
CAUSES = [Cause("status", name, "halted", 6) for name in "AB"] + [Cause("schedules", "", "schedule x: exit 4", 4)]
SOURCES = frozenset({"status", "schedules"})
Step = Callable[[Open, Seen, np.datetime64, np.timedelta64], tuple[Open, tuple[Event, ...]]]

LOOKS = st.lists(
    st.tuples(
        st.integers(-30, 90),  # minutes that the clock moves
        st.sets(st.sampled_from(range(len(CAUSES)))),
        st.sampled_from([SOURCES, frozenset({"status"}), frozenset[str]()]),
        st.sets(st.integers(1, 12), max_size=2),  # numbers of alerts that somebody acknowledges
    ),
    max_size=20,
)


class Broken(AssertionError):
    """A law of alerts does not hold."""


def told(looks: Iterable[tuple[int, set[int], frozenset[str], set[int]]], one_step: Step) -> None:
    """Walk through looks, and hold each step to the laws."""
    now, state, seen_by = NOW, Open({}), dict[str, str]()
    counts: Counter[tuple[str, Kind]] = Counter()
    for minutes, found, sources, numbers in looks:
        now += np.timedelta64(minutes, "m")
        seen_by |= {alert.id: "anna" for alert in state.alerts.values() if alert.number in numbers}
        causes = tuple(CAUSES[k] for k in found)
        before, (state, events) = state, one_step(state, Seen(causes, sources, seen_by), now, PATIENCE)
        counts.update((event.alert.id, event.kind) for event in events)
        _hold(before, state, Seen(causes, sources, seen_by), events, now)
    if any(count > 1 for count in counts.values()):
        raise Broken("something happened twice to one alert")


def _hold(before: Open, after: Open, seen: Seen, events: tuple[Event, ...], now: np.datetime64) -> None:
    keys = {one.key for one in seen.causes if one.source in seen.sources}
    unseen = {key for key, alert in before.alerts.items() if alert.cause.source not in seen.sources}
    if set(after.alerts) != keys | unseen:
        raise Broken("an alert was lost, or outlived its cause")
    opened = {event.alert.cause.key for event in events if event.kind is Kind.OPENED}
    if opened != set(after.alerts) - set(before.alerts):
        raise Broken("an alert was opened and not told, or told and not opened")
    for alert in after.alerts.values():
        waited = now - alert.since >= PATIENCE
        if waited and not alert.by and alert.level == 1:
            raise Broken("an alert that nobody acknowledged was not escalated")
        if alert.id in seen.acknowledged and alert.cause.key in before.alerts and not alert.by:
            raise Broken("an acknowledgement was lost")


@given(LOOKS)
@settings(deadline=None, max_examples=150)
def test_never_lost_never_twice_and_escalated_once(looks: list[tuple[int, set[int], frozenset[str], set[int]]]) -> None:
    told(looks, step)


def _forgets(before: Open, seen: Seen, now: np.datetime64, patience: np.timedelta64) -> tuple[Open, tuple[Event, ...]]:
    """Planted: every look begins with nothing open."""
    return step(Open({}, before.next), seen, now, patience)


def _repeats(before: Open, seen: Seen, now: np.datetime64, patience: np.timedelta64) -> tuple[Open, tuple[Event, ...]]:
    """Planted: what was escalated is back at the first level."""
    after, events = step(before, seen, now, patience)
    return replace(after, alerts={key: replace(one, level=1) for key, one in after.alerts.items()}), events


def _mute(before: Open, seen: Seen, now: np.datetime64, patience: np.timedelta64) -> tuple[Open, tuple[Event, ...]]:
    """Planted: what comes back is not told."""
    after, events = step(before, seen, now, patience)
    return after, tuple(event for event in events if event.kind is not Kind.OPENED)


def _hurried(before: Open, seen: Seen, now: np.datetime64, patience: np.timedelta64) -> tuple[Open, tuple[Event, ...]]:
    """Planted: patience never ends."""
    return step(before, seen, now, patience * 1000)


def _one_number(before: Open, seen: Seen, now: np.datetime64, patience: np.timedelta64) -> tuple[Open, tuple[Event, ...]]:
    """Planted: an alert that comes back has the name of the one that was acknowledged."""
    after, events = step(replace(before, next=1), seen, now, patience)
    return after, events


FLOW: list[tuple[int, set[int], frozenset[str], set[int]]] = [
    (0, {0}, SOURCES, set()),
    (61, {0}, SOURCES, set()),
    (61, {0}, SOURCES, set()),
    (61, {0}, SOURCES, {1}),
    (1, set(), SOURCES, set()),
    (1, {0}, SOURCES, set()),
    (61, {0}, SOURCES, set()),
    (1, {0}, frozenset(), set()),
]


@pytest.mark.parametrize("planted", [_forgets, _repeats, _mute, _hurried, _one_number])
def test_planted_faults_are_found_by_the_same_laws(planted: Step) -> None:
    told(FLOW, step)
    with pytest.raises(Broken):
        told(FLOW, planted)


def test_a_worked_hour() -> None:
    halted = CAUSES[0]
    state, (opened,) = step(Open({}), Seen((halted,), SOURCES, {}), NOW, PATIENCE)
    assert (opened.kind, opened.alert.level) == (Kind.OPENED, 1)
    state, events = step(state, Seen((halted,), SOURCES, {}), NOW + np.timedelta64(59, "m"), PATIENCE)
    assert events == ()
    state, (escalated,) = step(state, Seen((), frozenset(), {}), NOW + PATIENCE, PATIENCE)
    assert (escalated.kind, escalated.alert.level) == (Kind.ESCALATED, 2)
    state, (acknowledged,) = step(state, Seen((halted,), SOURCES, {escalated.alert.id: "ben"}), NOW + 2 * PATIENCE, PATIENCE)
    assert (acknowledged.kind, acknowledged.alert.by) == (Kind.ACKNOWLEDGED, "ben")
    state, (closed,) = step(state, Seen((), SOURCES, {}), NOW + 3 * PATIENCE, PATIENCE)
    assert closed.kind is Kind.CLOSED
    _, (again,) = step(state, Seen((halted,), SOURCES, {escalated.alert.id: "ben"}), NOW + 3 * PATIENCE, PATIENCE)
    assert (again.kind, again.alert.by, again.alert.number) == (Kind.OPENED, "", 2)


def test_counts_and_dates_do_not_part_causes_and_words_do() -> None:
    few, many = (Cause("status", "A", f"nobody knows whether {count} orders arrived", 6) for count in (3, 4))
    assert few.key == many.key
    assert few.key != replace(few, account="B").key
    assert few.key != replace(few, what="halted").key


def test_what_was_escalated_stands_first_and_what_was_acknowledged_last() -> None:
    plain = [Alert(k, CAUSES[0], NOW, NOW) for k in (1, 2, 3, 4)]
    found = ordered([replace(plain[0], by="anna", level=2), plain[1], replace(plain[2], level=2), plain[3]])
    assert [one.number for one in found] == [3, 2, 4, 1]
