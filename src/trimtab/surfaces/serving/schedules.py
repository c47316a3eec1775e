"""Schedules at work: a look every few seconds at what is due, by APScheduler in the loop of the server.

Each look asks the rules anew what is due by now. So it makes no difference whether the machine slept, the clock was set or the
server was away: no timer is waited for that such a thing would throw off. A practice desk has a clock of its own, which is
not the machine's: there schedules and alerts rest, and a schedule runs when somebody tells it to.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC
from importlib import import_module
from typing import Any

import numpy as np

from trimtab.accounting.database.access import FILE, AccessStore
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.surfaces.serving.alerts import RUNS, Alerts, causes_of_runs
from trimtab.surfaces.serving.jobs import Closed
from trimtab.surfaces.serving.schedule_kinds import Way
from trimtab.surfaces.serving.schedule_rules import Memory, Run, Schedule, Turn, abandoned, planned
from trimtab.surfaces.serving.schedule_runs import Came, carried_out, ended, job_over
from trimtab.surfaces.serving.schedule_store import ScheduleStore
from trimtab.surfaces.serving.station import LOG, Station

NAME = "schedules"  # where the station keeps them
LOOK = 20  # seconds between looks
DESK = np.timedelta64(5, "m")  # between looks at the status of the desk for alerts
_NEVER = np.datetime64("NaT", "s")
_TALKATIVE = ("apscheduler", "apprise")  # they log each look, and addresses; what fails, our own lines say
GRACE = 10.0  # seconds that short work has when the server ends


class Schedules:
    """The schedules and alerts of one desk. For the thread of the event loop; a lone server of its workspace has them."""

    def __init__(self, station: Station, store: AccessStore) -> None:
        self.station, self.kept, self.alerts = station, ScheduleStore(store), Alerts(station, store)
        self._store = store
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._looked: np.datetime64 = _NEVER
        self._clockwork: Any = None
        self._looking = asyncio.Lock()

    @property
    def rests(self) -> bool:
        """Whether nothing runs of its own accord: on a practice desk."""
        return self.station.asking.world.stands_still

    @property
    def at_work(self) -> bool:
        """Whether what is due is looked for."""
        return self._clockwork is not None

    def begin(self) -> None:
        """Take up what an earlier life left, and look for what is due from now on; within the event loop."""
        self._take_up()
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        made = import_module("apscheduler.schedulers.asyncio").AsyncIOScheduler(timezone=UTC)
        made.add_job(self.look, "interval", seconds=LOOK, max_instances=1, coalesce=True, misfire_grace_time=None)
        made.start()
        self._clockwork = made
        self._spawn("", self.look())

    async def close(self) -> None:
        """Look no more. Short work is waited for; what a job does goes on in the job, or is found again by the next life."""
        if self._clockwork is not None:
            self._clockwork.shutdown(wait=False)
            self._clockwork = None
        short = [task for name, task in self._tasks.items() if not self._has_job(name)]
        if short:
            await asyncio.wait(short, timeout=GRACE)
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._store.close()

    async def look(self) -> None:
        """Begin what is due, and see to the alerts. A fault of one look leaves the next one as it is."""
        if self.rests or self._looking.locked():
            return
        async with self._looking:
            try:
                now = self.station.now()
                for one in self.kept.all()[0]:
                    self._consider(one, now)
                await self._see_to_alerts(now)
            except TrimtabError as error:
                LOG.warning("schedules", extra={"why": str(error)})
            except Exception:  # noqa: BLE001 - or nothing that is due would ever be looked for again
                LOG.exception("schedules")

    def run_now(self, name: str) -> Run:
        """Run a schedule at once, whatever its rule says. Raises UsageError while it runs, and DataError as `memory` does."""
        one, now = self.kept.get(name), self.station.now()
        run = Run(now, Turn.RUNNING, now, by_hand=True)
        if not self._claimed(one, run):
            raise UsageError(f"{name} is running, or has just been started", remedy="Look at its runs.")
        return run

    def memories(self) -> list[tuple[Schedule, Memory]]:
        """Every schedule that holds, with its runs; one whose runs do not read is left out, and the log tells."""
        found = []
        for one in self.kept.all()[0]:
            try:
                found.append((one, self.kept.memory(one.name)))
            except TrimtabError as error:
                LOG.warning("schedules", extra={"schedule": one.name, "why": str(error)})
        return found

    async def ended(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    def _consider(self, one: Schedule, now: np.datetime64) -> None:
        try:
            run = planned(one, self.kept.memory(one.name), now)
            if run is not None:
                self._claimed(one, run)
        except TrimtabError as error:
            LOG.warning("schedules", extra={"schedule": one.name, "why": str(error)})

    def _claimed(self, one: Schedule, run: Run) -> bool:
        """Whether a run is ours; then it is on disk, and begins."""
        if not self.kept.claim(one.name, run):
            return False
        LOG.info("schedule", extra={"schedule": one.name, "due": str(run.due), "turn": run.turn.value})
        if run.turn is Turn.RUNNING:
            self._spawn(one.name, self._run(one, run))
        return True

    async def _run(self, one: Schedule, run: Run) -> None:
        """One run, from its record on disk to its end there."""
        noted = [run]

        def note(begun: Run) -> None:
            noted.append(begun)
            self.kept.keep(one.name, begun)

        try:
            came = await (self._of_job(run) if run.job else carried_out(self.station, one, run, note))
        except Closed:
            return  # the server ends: the next life asks the job, or finds a run without an end
        self.kept.keep(one.name, replace(came, job=noted[-1].job))
        LOG.info("schedule", extra={"schedule": one.name, "due": str(run.due), "turn": came.turn.value, "line": came.line})
        if not self.rests:
            await self._heed_runs(self.station.now())

    async def _of_job(self, run: Run) -> Run:
        try:
            return ended(run, await job_over(self.station, run.job), self.station.now())
        except Closed:
            raise
        except TrimtabError as error:
            return ended(run, Came(Turn.UNKNOWN, None, f"nobody knows what its job came to: {error}"), self.station.now())

    async def _see_to_alerts(self, now: np.datetime64) -> None:
        causes, sources = causes_of_runs(self.memories()), frozenset({RUNS})
        if np.isnat(self._looked) or not np.timedelta64(0, "s") <= now - self._looked < DESK:
            self._looked = now
            more, looked = await self.alerts.of_desk()
            causes, sources = [*causes_of_runs(self.memories()), *more], sources | looked
        await self.alerts.look(causes, sources, now)

    async def _heed_runs(self, now: np.datetime64) -> None:
        self._looked = _NEVER  # a run may have halted an account
        await self.alerts.look(causes_of_runs(self.memories()), frozenset({RUNS}), now)

    def _take_up(self) -> None:
        """Runs that an earlier life left: one with a job is asked of it, any other has an unknown end."""
        for one, memory in self.memories():
            run = memory.running
            if run is None:
                continue
            if run.job:
                self._spawn(one.name, self._run(one, run))
            else:
                self.kept.keep(one.name, abandoned(run, self.station.now(), one.kind))

    def _has_job(self, name: str) -> bool:
        return any(one.name == name and one.kind.way is Way.JOB for one in self.kept.all()[0])

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[name] = task
        task.add_done_callback(lambda over: self._over(name, over))

    def _over(self, name: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(name) is task:
            del self._tasks[name]
        if not task.cancelled() and (error := task.exception()) is not None:
            LOG.error("schedule %s", name, exc_info=error)


def schedules_of(station: Station) -> Schedules:
    """The schedules of a station. They are made where nobody has begun with them yet."""
    if NAME not in station.more:
        station.more[NAME] = Schedules(station, AccessStore.open(station.folder / FILE))
    found: Schedules = station.more[NAME]
    return found


def begin(station: Station) -> None:
    """Begin with the schedules of a station; within its event loop. Raises TrimtabError where access.db does not open."""
    schedules_of(station).begin()


async def close(station: Station) -> None:
    """End with them, before the jobs and the asking of the station end."""
    found: Schedules | None = station.more.pop(NAME, None)
    if found is not None:
        await found.close()
