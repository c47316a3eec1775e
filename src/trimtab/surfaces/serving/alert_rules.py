"""Alerts: opened by a cause, told once a level, acknowledged by a person or closed when the cause is gone.

A pure step: what is open, what is wrong now and who has acknowledged what go in; what is open then, and what happened, come
out. An alert that nobody acknowledges in time is told once more, higher up. One that was acknowledged stays on the list until
its cause is gone, and a cause that comes back is a new alert, under a new number.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that is wrong now: of which account, what in words, and the exit code that stands for it.

    `source` is who looked: causes of a source that was not looked at stay as they were.
    """

    source: str
    account: str
    what: str
    code: int

    @property
    def key(self) -> str:
        """What makes two causes the same; counts and dates in the words do not part them."""
        parts = (self.source, self.account, _DIGITS.sub("#", self.what))
        return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Alert:
    """A cause from when it was first seen. `since` is the instant from which the patience of this level is counted."""

    number: int
    cause: Cause
    opened: np.datetime64
    since: np.datetime64
    level: int = 1
    by: str = ""  # who acknowledged it

    @property
    def id(self) -> str:
        """Its name: of this occurrence of the cause, and of no earlier one."""
        return f"{self.cause.key}-{self.number}"

    @property
    def rank(self) -> tuple[bool, int, int]:
        """In which order alerts are shown: what was escalated first, acknowledged ones last."""
        return bool(self.by), -self.level, self.number


class Kind(StrEnum):
    """What happened to an alert."""

    OPENED = "opened"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened; an opened and an escalated one are told."""

    kind: Kind
    alert: Alert


@dataclass(frozen=True, slots=True)
class Open:
    """All open alerts by the key of their cause, and the number of the next one."""

    alerts: Mapping[str, Alert]
    next: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found: the causes of the sources that were looked at, and who acknowledged which alert (by id)."""

    causes: tuple[Cause, ...]
    sources: frozenset[str]
    acknowledged: Mapping[str, str]


def step(before: Open, seen: Seen, now: np.datetime64, patience: np.timedelta64) -> tuple[Open, tuple[Event, ...]]:
    """What is open now, and what happened since."""
    events: list[Event] = []
    causes = {one.key: one for one in seen.causes if one.source in seen.sources}
    alerts: dict[str, Alert] = {}
    for key, alert in before.alerts.items():
        if alert.cause.source in seen.sources and key not in causes:
            events.append(Event(Kind.CLOSED, alert))
        else:
            alerts[key], happened = _aged(replace(alert, cause=causes.get(key, alert.cause)), seen, now, patience)
            events += happened
    number = before.next
    for key in causes:
        if key not in before.alerts:
            alerts[key] = Alert(number, causes[key], now, now)
            events.append(Event(Kind.OPENED, alerts[key]))
            number += 1
    return Open(alerts, number), tuple(events)


def _aged(alert: Alert, seen: Seen, now: np.datetime64, patience: np.timedelta64) -> tuple[Alert, list[Event]]:
    if alert.by:
        return alert, []
    if by := seen.acknowledged.get(alert.id, ""):
        alert = replace(alert, by=by)
        return alert, [Event(Kind.ACKNOWLEDGED, alert)]
    if now < alert.since:  # the clock was set back: patience is counted anew
        return replace(alert, since=now), []
    if alert.level == 1 and now - alert.since >= patience:
        alert = replace(alert, level=2, since=now)
        return alert, [Event(Kind.ESCALATED, alert)]
    return alert, []


def ordered(alerts: Iterable[Alert]) -> list[Alert]:
    """As they are shown."""
    return sorted(alerts, key=lambda one: one.rank)
