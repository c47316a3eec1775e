"""Schedules and their runs, kept in the settings of access.db: a run is on disk, by its due instant, before its work begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from trimtab.accounting.database.access import AccessStore
from trimtab.accounting.database.access_rows import SettingRow
from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.surfaces.serving.schedule_kinds import What
from trimtab.surfaces.serving.schedule_rules import Memory, Run, Schedule, Turn

KEY, RUNS = "schedules", "schedule-runs:"
MOST = 100
Told = Callable[[], None]


def silent() -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A schedule that does not read. It is shown, and does not run."""

    name: str
    why: str


class ScheduleStore:
    """The schedules of a desk. For the one thread that uses the store."""

    __slots__ = ("_read", "_store")

    def __init__(self, store: AccessStore) -> None:
        self._store = store
        self._read: tuple[str, tuple[tuple[Schedule, ...], tuple[Bad, ...]]] = ("", ((), ()))

    def all(self) -> tuple[tuple[Schedule, ...], tuple[Bad, ...]]:
        """Those that hold, by name, and those that do not."""
        records = self._records()
        text = json.dumps(records, sort_keys=True)
        if text != self._read[0]:
            self._read = text, _parted(records)
        return self._read[1]

    def get(self, name: str) -> Schedule:
        """One of them. Raises UsageError where there is none."""
        found = next((one for one in self.all()[0] if one.name == name), None)
        if found is None:
            raise UsageError("there is no schedule of this name, or it does not read", remedy="See the page Schedules.")
        return found

    def put(self, one: Schedule, now: np.datetime64, *, new: bool, told: Told = silent) -> None:
        """Keep a schedule. What was due before `now` is not caught up: it was made, or changed, then.
        It is told of within the transaction: where telling fails, nothing is changed.

        Raises UsageError where a new one has the name of another, or there are too many.
        """
        with self._store.writing():
            records = self._records()
            if new and one.name in records:
                raise UsageError(f"there is a schedule {one.name} already", remedy="Change that one, or choose another name.")
            if len(records) >= MOST and one.name not in records:
                raise UsageError(f"{MOST} schedules are the most there may be", remedy="Remove one first.")
            self._keep(KEY, {**records, one.name: record(one)})
            runs = self._runs(one.name)
            self._keep_memory(one.name, Memory(now if runs is None else max(now, runs.after), runs.runs if runs else ()))
            told()

    def remove(self, name: str, told: Told = silent) -> None:
        """Forget a schedule and its runs; one that does not read as well."""
        with self._store.writing():
            records = self._records()
            if records.pop(name, None) is None:
                raise UsageError("there is no schedule of this name", remedy="See the page Schedules.")
            self._keep(KEY, records)
            self._store.drop(SettingRow, key=f"{RUNS}{name}")
            told()

    def memory(self, name: str) -> Memory:
        """What is known of its runs. Raises DataError where that does not read: nobody could tell what ran already."""
        found = self._runs(name)
        if found is None:
            raise DataError(f"nothing is known of what {name} has run", remedy="Save the schedule again.")
        return found

    def claim(self, name: str, run: Run) -> bool:
        """Write down that a run begins (or was missed), unless it has begun already, or another one is under way."""
        with self._store.writing():
            memory = self.memory(name)
            if memory.running is not None or not _free(memory, run):
                return False
            self._keep_memory(name, memory.with_run(run))
            return True

    def keep(self, name: str, run: Run) -> None:
        """What has become of a run that was claimed; of a schedule that was removed meanwhile nothing is kept."""
        with self._store.writing():
            if name in self._records():
                self._keep_memory(name, self.memory(name).with_run(run))

    def _records(self) -> dict[str, Any]:
        found = self._store.setting(KEY)
        return dict(found) if isinstance(found, Mapping) else {}

    def _runs(self, name: str) -> Memory | None:
        found = self._store.setting(f"{RUNS}{name}")
        try:
            return None if found is None else memory_of(found)
        except (ValueError, TypeError, KeyError) as error:
            what = f"what {name} has run does not read ({type(error).__name__})"
            raise DataError(what, remedy="Remove the schedule, and make it anew.") from None

    def _keep_memory(self, name: str, memory: Memory) -> None:
        runs = [_run_record(one) for one in memory.runs]
        self._keep(f"{RUNS}{name}", {"after": str(memory.after), "runs": runs})

    def _keep(self, key: str, value: Mapping[str, Any]) -> None:
        self._store.put(SettingRow(key, json.dumps(value, allow_nan=False, sort_keys=True)))


def _free(memory: Memory, run: Run) -> bool:
    """Whether a run may begin: by hand once an instant; by rule later than all before, or the last one once more."""
    there = next((one for one in memory.runs if one.due == run.due and one.by_hand == run.by_hand), None)
    if there is not None:
        return there.turn is Turn.UNKNOWN and run.tries == there.tries + 1
    return run.by_hand or bool(run.due > memory.after)


def _parted(records: Mapping[str, Any]) -> tuple[tuple[Schedule, ...], tuple[Bad, ...]]:
    good: list[Schedule] = []
    bad: list[Bad] = []
    for name in sorted(records):
        try:
            good.append(schedule_of(name, records[name]))
        except TrimtabError as error:
            bad.append(Bad(name, str(error)))
        except (ValueError, TypeError, KeyError, AttributeError):
            bad.append(Bad(name, "it does not read"))
    return tuple(good), tuple(bad)


def record(one: Schedule) -> dict[str, Any]:
    """A schedule as it is kept."""
    return {
        "what": one.what.value,
        "when": one.when,
        "zone": one.zone,
        "by": one.by,
        "enabled": one.enabled,
        "account": one.account,
        "household": one.household,
        "arguments": dict(one.arguments),
        "to": one.to,
    }


def schedule_of(name: str, found: Mapping[str, Any]) -> Schedule:
    """The schedule that was kept so. Raises UsageError, ValueError, TypeError or KeyError where it is none."""
    texts = {key: found[key] for key in ("when", "zone", "by", "account", "household", "to")}
    if not all(isinstance(text, str) for text in texts.values()) or not isinstance(found["enabled"], bool):
        raise TypeError("a schedule is made of texts")
    arguments = MappingProxyType(dict(found["arguments"]))
    return Schedule(name, What(found["what"]), enabled=found["enabled"], arguments=arguments, **texts)


def _run_record(one: Run) -> dict[str, Any]:
    return {
        "due": str(one.due),
        "turn": one.turn.value,
        "started": str(one.started),
        "ended": None if one.ended is None else str(one.ended),
        "exit_code": one.exit_code,
        "line": one.line,
        "job": one.job,
        "tries": one.tries,
        "left_out": one.left_out,
        "by_hand": one.by_hand,
    }


def memory_of(found: Mapping[str, Any]) -> Memory:
    """What was kept of a schedule. Raises ValueError, TypeError or KeyError where it is none."""
    return Memory(_instant(found["after"]), tuple(map(_run_of, found["runs"])))


def _run_of(found: Mapping[str, Any]) -> Run:
    ended = None if found["ended"] is None else _instant(found["ended"])
    return Run(
        _instant(found["due"]),
        Turn(found["turn"]),
        _instant(found["started"]),
        ended,
        exit_code=None if found["exit_code"] is None else int(found["exit_code"]),
        line=str(found["line"]),
        job=str(found["job"]),
        tries=int(found["tries"]),
        left_out=int(found["left_out"]),
        by_hand=bool(found["by_hand"]),
    )


def _instant(text: Any) -> np.datetime64:
    found = np.datetime64(str(text), "s")
    if np.isnat(found):
        raise ValueError("an instant that is none")
    return found
