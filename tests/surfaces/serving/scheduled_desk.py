"""A station for schedules to work on: a real door and store, a clock that moves when told, and a desk that only remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.accounting.database.access import FILE, AccessStore
from trimtab.surfaces.access.door import Door
from trimtab.surfaces.access.roles import Role
from trimtab.surfaces.serving.job_record import Job, State
from trimtab.surfaces.serving.operations import Operation
from trimtab.surfaces.serving.schedule_kinds import What
from trimtab.surfaces.serving.schedule_rules import Schedule
from trimtab.surfaces.serving.schedules import Schedules
from trimtab.surfaces.serving.station import Station
from trimtab.surfaces.serving.verbs import Refusal, Said

BEGIN = np.datetime64("2026-03-02T12:00:00", "s")  # a Monday, 7:00 in New York
QUIET = Said('{"items": [], "act": false}', 0)


@dataclass
class Hand:
    """A clock that is set by hand."""

    at: np.datetime64 = BEGIN

    def now(self) -> np.datetime64:
        return self.at

    def on(self, **spans: int) -> None:
        for unit, count in spans.items():
            self.at += np.timedelta64(count, {"seconds": "s", "minutes": "m", "hours": "h", "days": "D"}[unit])


@dataclass
class World:
    """Whether the desk is one of practice."""

    stands_still: bool = False


@dataclass
class Desk:
    """What is asked of it, and what it answers; with a `gate`, what it is told to do waits."""

    said: Said | Refusal | Exception = field(default_factory=lambda: Said("{}", 0))
    status: Said | Refusal = QUIET
    world: World = field(default_factory=World)
    done: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def do(self, operation: Operation, values: Mapping[str, Any], by: str) -> Said | Refusal:
        self.done.append((operation.verb, dict(values), by))
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(self.said, Exception):
            raise self.said
        return self.said

    async def read(self, operation: Operation, values: Mapping[str, Any]) -> Said | Refusal:
        assert operation.verb == "status"
        return self.status


class Work:
    """Jobs that are over when they are begun, unless they are told to wait."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.state, self.line = State.DONE, ""

    async def start(self, verb: str, values: Mapping[str, Any], by: str, now: np.datetime64, title: str = "") -> Job:
        name = f"job-{len(self.jobs)}"
        outcome = {"line": self.line, "exit_code": 0 if self.state is State.DONE else 1}
        self.jobs[name] = Job(name, verb, values, by, title, now, self.state, outcome=outcome if self.state.over else None)
        return self.jobs[name]

    def get(self, name: str) -> Job:
        return self.jobs[name]

    def end(self, name: str, state: State, exit_code: int, line: str) -> None:
        outcome = {"line": line, "exit_code": exit_code}
        self.jobs[name] = replace(self.jobs[name], state=state, outcome=outcome, version=1)

    async def changed(self, name: str, seen: int, timeout: float) -> Job:
        while self.jobs[name].version == seen:
            await asyncio.sleep(0.001)
        return self.jobs[name]


@dataclass
class Rig:
    """Everything together; `again` is the next life of the server on the same disk."""

    folder: Path
    clock: Hand = field(default_factory=Hand)
    desk: Desk = field(default_factory=Desk)
    work: Work = field(default_factory=Work)
    door: Door = field(init=False)
    store: AccessStore = field(init=False)
    schedules: Schedules = field(init=False)

    def __post_init__(self) -> None:
        self.store = AccessStore.open(self.folder / FILE)
        self.door = Door(self.store)
        if self.door.first_run():
            for name, roles in (("anna", {Role.TRADER, Role.ADMINISTRATOR}), ("olga", {Role.ADMINISTRATOR})):
                self.door.users.create(name, roles, by="test", now=BEGIN)
        station = Station(self.desk, self.door, self.work, self.folder, self.clock)  # type: ignore[arg-type]  # doubles
        self.schedules = Schedules(station, AccessStore.open(self.folder / FILE))

    def close(self) -> None:
        """Give the files back."""
        self.schedules._store.close()
        self.store.close()

    def again(self) -> Rig:
        return Rig(self.folder, self.clock, self.desk, self.work)

    def put(self, name: str = "evening", what: What = What.DECIDE, when: str = "weekdays at 18:30", **more: Any) -> Schedule:
        one = Schedule(name, what, when, "America/New_York", **{"by": "anna", **more})
        self.schedules.kept.put(one, self.clock.now(), new=True)
        return one

    async def looked(self) -> None:
        await self.schedules.look()
        await self.schedules.ended()

    def runs(self, name: str = "evening") -> list[tuple[str, int | None, str]]:
        return [(run.turn.value, run.exit_code, run.line) for run in self.schedules.kept.memory(name).runs]
