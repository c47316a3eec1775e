"""Alerts of a desk: what its schedules came to, halted accounts and costs that creep; told, kept and acknowledged.

What was told is on disk before it leaves: a crash in between may swallow a notice, and never sends one twice. Whoever has not
acknowledged it then hears of it at the next level.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from trimtab.accounting.database.access import AccessStore
from trimtab.accounting.database.access_rows import AcknowledgedRow
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.surfaces.notifying import VARIABLE
from trimtab.surfaces.serving.alert_rules import Alert, Cause, Event, Kind, Open, Seen, ordered, step
from trimtab.surfaces.serving.operations import operation
from trimtab.surfaces.serving.schedule_kinds import Way
from trimtab.surfaces.serving.schedule_notices import ESCALATE, told
from trimtab.surfaces.serving.schedule_rules import Memory, Schedule, Turn
from trimtab.surfaces.serving.station import LOG, Station
from trimtab.surfaces.serving.verbs import Refusal, Said

KEY, MINUTES = "alerts", "alert-minutes"
PATIENCE, LEAST, MOST = 60, 5, 1440  # minutes until an alert is escalated: default and bounds
HALTED = 6
LOUD = (3, 4, HALTED)  # exit codes that a person has to hear of
RUNS, STATUS, READING = "schedules", "status", "reading"
_CREEP = ": trading cost more than "  # of desk/cost_alarm.py
_TURNS = {Turn.REFUSED: "refused", Turn.FAILED: "failed", Turn.MISSED: "missed", Turn.UNKNOWN: "ended in the middle"}
_SHOWN = 3  # alerts that a notice names


class Alerts:
    """The alerts of one desk. For the thread of the event loop."""

    __slots__ = ("_station", "_store", "said")

    def __init__(self, station: Station, store: AccessStore) -> None:
        self._station, self._store = station, store
        self.said: tuple[str, ...] = ()  # what did not work when something was last told

    @property
    def minutes(self) -> int:
        """After how many minutes an alert that nobody acknowledges is escalated."""
        found = self._store.setting(MINUTES)
        return found if isinstance(found, int) and LEAST <= found <= MOST else PATIENCE

    def be_patient(self, minutes: int) -> None:
        """Change that. Raises UsageError out of bounds."""
        if not LEAST <= minutes <= MOST:
            raise UsageError(f"{minutes} minutes cannot be", remedy=f"Choose between {LEAST} and {MOST}.")
        self._store.put_setting(MINUTES, minutes)

    def open(self) -> list[Alert]:
        """What is open, in the order in which it is shown."""
        return ordered(self._open().alerts.values())

    async def acknowledge(self, name: str, user: str, now: np.datetime64) -> None:
        """Somebody has seen an alert. Raises UsageError where it is not open (any more)."""
        if name not in {one.id for one in self.open()}:
            raise UsageError("this alert is not open any more", remedy="Load the page again.")
        self._store.acknowledge(name, user, now)
        await self.look((), frozenset(), now)

    async def look(self, causes: Sequence[Cause], sources: frozenset[str], now: np.datetime64) -> tuple[Event, ...]:
        """Take in what was found, keep what is open then, and tell what is new."""
        before = self._open()
        seen = Seen(tuple(causes), sources, self._acknowledged(before))
        after, events = step(before, seen, now, np.timedelta64(self.minutes, "m"))
        if after != before:
            self._store.put_setting(KEY, _record(after))
        for event in events:
            LOG.info("alert", extra={"alert": event.alert.id, "change": event.kind.value, "code": event.alert.cause.code})
        await self._tell(Kind.OPENED, events)
        await self._tell(Kind.ESCALATED, events)
        return events

    async def of_desk(self) -> tuple[list[Cause], frozenset[str]]:
        """What the status of the desk has to say, and who could look: where it cannot be read, that is the alert."""
        try:
            found: Said | Refusal = await self._station.asking.read(operation("GET", STATUS), {})
        except TrimtabError as error:
            found = Refusal.of(error)
        if isinstance(found, Refusal):
            return [Cause(READING, "", f"the desk cannot be read: {found.what}", found.exit_code)], frozenset({READING})
        return causes_of_status(found.document), frozenset({READING, STATUS})

    async def _tell(self, kind: Kind, events: Iterable[Event]) -> None:
        """One notice for all that happened at once, at one level."""
        some = [event.alert.cause for event in events if event.kind is kind]
        if not some:
            return
        lines = [f"{one.account}: {one.what}" if one.account else one.what for one in some]
        shown = lines if len(lines) <= _SHOWN else [*lines[: _SHOWN - 1], f"and {len(lines) - _SHOWN + 1} more: see Schedules"]
        count = f"{len(some)} alert{'' if len(some) == 1 else 's'}"
        late = f"Trimtab: {count} not acknowledged for {self.minutes} minutes"
        title, variable = (f"Trimtab: {count}", VARIABLE) if kind is Kind.OPENED else (late, ESCALATE)
        self.said = await told(variable, title, shown, max(one.code for one in some))
        for line in self.said:
            LOG.warning("alert", extra={"why": line})

    def _open(self) -> Open:
        """What was kept. Where that does not read everything is new: told twice is better than never."""
        found = self._store.setting(KEY)
        try:
            return _read(found)
        except (ValueError, TypeError, KeyError):
            return Open({}, 1 + max(map(_number, self._store.acknowledged()), default=0))

    def _acknowledged(self, found: Open) -> Mapping[str, str]:
        rows = ((one.id, self._store.row(AcknowledgedRow, key=one.id)) for one in found.alerts.values() if not one.by)
        return {name: row.user for name, row in rows if row is not None}


def causes_of_status(document: Mapping[str, Any]) -> list[Cause]:
    """Halted accounts, and costs that creep."""
    items = [*(document.get("items") or []), *(document.get("skipped") or [])]
    found = [(str(one["account"]), str(one.get("what", one.get("why", ""))), int(one["exit_code"])) for one in items]
    return [Cause(STATUS, name, what, code) for name, what, code in found if code == HALTED or _CREEP in what]


def causes_of_runs(found: Iterable[tuple[Schedule, Memory]]) -> list[Cause]:
    """What the latest run of each schedule came to, where a person has to hear of it."""
    causes = []
    for one, memory in found:
        last = memory.last
        if last is None or (last.turn is Turn.DONE and last.exit_code not in _loud(one)):
            continue
        words = _TURNS.get(last.turn, f"exit {last.exit_code}")
        causes.append(Cause(RUNS, one.whose, f"schedule {one.name}: {words}", last.exit_code or 1))
    return causes


def _loud(one: Schedule) -> tuple[int, ...]:
    """A notice of a halted account is no second alert: the account is one."""
    return tuple(code for code in LOUD if code != HALTED or one.kind.way is not Way.NOTIFY)


def _record(found: Open) -> dict[str, Any]:
    return {"next": found.next, "open": [_alert_record(one) for one in found.alerts.values()]}


def _alert_record(one: Alert) -> dict[str, Any]:
    cause = one.cause
    return {
        "number": one.number,
        "cause": [cause.source, cause.account, cause.what, cause.code],
        "opened": str(one.opened),
        "since": str(one.since),
        "level": one.level,
        "by": one.by,
    }


def _number(row: AcknowledgedRow) -> int:
    """The number in the name of an alert that was acknowledged: no other alert may have it."""
    tail = row.key.rpartition("-")[2]
    return int(tail) if tail.isascii() and tail.isdecimal() else 0


def _read(found: Any) -> Open:
    alerts = [_alert_of(one) for one in found["open"]]
    return Open({one.cause.key: one for one in alerts}, int(found["next"]))


def _alert_of(found: Mapping[str, Any]) -> Alert:
    source, account, what, code = found["cause"]
    cause = Cause(str(source), str(account), str(what), int(code))
    instants = (np.datetime64(found["opened"], "s"), np.datetime64(found["since"], "s"))
    return Alert(int(found["number"]), cause, *instants, int(found["level"]), str(found["by"]))
