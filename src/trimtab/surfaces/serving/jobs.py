"""Long work as jobs: each is a child process, they queue and run a few at a time, and the server survives whatever they do.

A job is acknowledged once its record is on disk. When the server ends, what runs is interrupted, keeps what is finished, and
is `lost`; what waits is kept, and runs after the next start if it is younger than a day. Where the server itself was killed,
the next start finds the outcome of a job that had finished; the others end themselves (job_child.py) and are lost.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from trimtab.core.errors import TrimtabError, UsageError
from trimtab.core.roles import Clock
from trimtab.core.visible import visible
from trimtab.desk.live import SystemClock
from trimtab.surfaces.cli.masking import masked
from trimtab.surfaces.serving.job_ending import Close, close, plain_close
from trimtab.surfaces.serving.job_outcome import Outcome, read_outcome
from trimtab.surfaces.serving.job_process import Child, Ending, attended
from trimtab.surfaces.serving.job_record import Job, State, plain_values, short, step_of
from trimtab.surfaces.serving.job_shelf import Shelf, too_old
from trimtab.surfaces.serving.verbs import Refusal, Said, Served

CHILD = (sys.executable, "-m", "trimtab.surfaces.serving.job_child")
_LOG = logging.getLogger("trimtab.jobs")
_NAME = re.compile(r"[0-9a-f]{32}")


class TooMuch(UsageError):
    """As many jobs wait as may."""

    code = "TT-JOB-001"


class NoJob(UsageError):
    """There is no job of this name."""

    code = "TT-JOB-002"


class Closed(UsageError):
    """The server is ending: nothing is begun, and nobody is told more."""

    code = "TT-JOB-003"


@dataclass(frozen=True, slots=True)
class Limits:
    """What jobs may take: how many `at_once`, how many `waiting`, `seconds` for each, and bytes of `memory` for each of its
    processes (addresses, RLIMIT_AS; None: no limit). After an interruption it has `grace` seconds. The `kept` latest that
    are over stay known for `days`; what waited for longer than `fresh` hours when the server starts is not begun.
    """

    at_once: int = 1
    waiting: int = 20
    seconds: float = 3600.0
    memory: int | None = None
    grace: float = 10.0
    kept: int = 200
    days: int = 30
    fresh: int = 24

    def __post_init__(self) -> None:
        least = {"at_once": 1, "waiting": 0, "grace": 0, "kept": 0, "days": 0, "fresh": 0}
        for name, value in least.items():
            if getattr(self, name) < value:
                raise UsageError(f"{name} {getattr(self, name)} of jobs is below {value}")
        if not self.seconds > 0.0 or (self.memory is not None and self.memory <= 0):
            raise UsageError("a job needs more than 0 seconds and more than 0 bytes of memory")


@dataclass(slots=True, eq=False)
class _Entry:
    """A job, its next change, and what its runner is told."""

    job: Job
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    why: State | None = None


class Jobs:
    """The jobs of one workspace. One server at a time; for one event loop, which `begin`, `start` and the rest run in.

    `clock` is the machine's, on a practice desk too; `over` is called where one has ended. Raises UsageError where the folder
    cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        served: Served,
        *,
        limits: Limits | None = None,
        clock: Clock | None = None,
        child: Sequence[str] = CHILD,
        over: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder, self._served, self._child, self._over = folder.resolve(), served, tuple(child), over
        self._limits = Limits() if limits is None else limits
        self._clock: Clock = SystemClock() if clock is None else clock
        self._shelf = Shelf(self._folder)
        self._entries: dict[str, _Entry] = {}
        self._queue: list[str] = []
        self._running: dict[str, asyncio.Task[None]] = {}
        self._closed = False
        self._load()

    async def __aenter__(self) -> Self:
        """Begin with what waits from before."""
        self.begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End what runs."""
        await self.close()

    def begin(self) -> None:
        """Begin with what waits from before; within the event loop."""
        while self._queue and len(self._running) < self._limits.at_once and not self._closed:
            entry = self._entries[self._queue.pop(0)]
            self._turn(entry, state=State.RUNNING, started=self._clock.now())
            self._running[entry.job.id] = asyncio.create_task(self._work(entry))

    async def start(self, verb: str, values: Mapping[str, Any], by: str, now: np.datetime64, title: str = "") -> Job:
        """Put a job in the queue; it runs as soon as it may.

        Raises TooMuch, Closed, UsageError for values that cannot be kept, and TrimtabError where the disk does not take it.
        """
        if self._closed:
            raise Closed("the server is ending", remedy="Ask again when it is back.")
        if len(self._running) >= self._limits.at_once and len(self._queue) >= self._limits.waiting:
            raise TooMuch(f"{len(self._queue)} jobs wait already", remedy="Wait until one is over, or cancel one.")
        job = Job(secrets.token_hex(16), verb, plain_values(values), by, short(title or verb), now)
        try:
            self._shelf.keep(job)
        except OSError as error:
            self._shelf.drop(job.id)
            raise TrimtabError(f"the job cannot be kept ({error.strerror})", remedy="Check the disk.") from None
        self._entries[job.id] = _Entry(job)
        self._queue.append(job.id)
        self.begin()
        return self.get(job.id)

    def get(self, name: str) -> Job:
        """The job as it is now. Raises NoJob."""
        return self._entry(name).job

    def list(self, by: str | None = None) -> list[Job]:
        """The jobs, the latest first; with `by` those that a person began."""
        return [entry.job for entry in reversed(self._entries.values()) if by is None or entry.job.by == by]

    async def outcome(self, name: str) -> Said | Refusal | None:
        """What the verb of a job that is over said, or why it did nothing; None where it left nothing. Raises NoJob, and
        DataError where it does not read.
        """
        job = self.get(name)
        found = await asyncio.to_thread(read_outcome, self._shelf.outcome(name)) if job.state.over else None
        return None if found is None else found.told

    async def cancel(self, name: str) -> Job:
        """End a job: one that waits at once; one that runs is interrupted, and keeps what is finished. Raises NoJob."""
        entry = self._entry(name)
        if name in self._queue:
            self._queue.remove(name)
            self._end(entry, close(None, State.CANCELLED))
        elif not entry.job.state.over:
            entry.why = entry.why or State.CANCELLED
            entry.stop.set()
        return entry.job

    async def changed(self, name: str, seen: int, timeout: float) -> Job:
        """The job once its `version` is not `seen`, it is over, or `timeout` seconds have gone by. Raises NoJob or Closed."""
        entry = self._entry(name)
        if entry.job.version == seen and not entry.job.state.over and not self._closed:
            with suppress(TimeoutError):
                await asyncio.wait_for(entry.changed.wait(), timeout)
        if self._closed and not entry.job.state.over:
            raise Closed("the server is ending", remedy="Ask again when it is back.")
        return entry.job

    async def close(self) -> None:
        """Interrupt what runs and wait until it has ended; what waits is kept for the next start."""
        self._closed = True
        for entry in self._entries.values():
            _wake(entry)
            if entry.job.id in self._running:
                entry.why = entry.why or State.LOST
                entry.stop.set()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _work(self, entry: _Entry) -> None:
        """One job from its first second to its last; its slot is free again whatever happens."""
        end = close(None, State.LOST)
        try:
            ending = await attended(self._order(entry.job), entry.stop, lambda line: self._heard(entry, line))
            outcome = await asyncio.to_thread(read_outcome, self._shelf.outcome(entry.job.id))
            end = close(outcome, entry.why, ending, f"{self._limits.seconds:g} s")
            self._log(entry.job, end, ending)
        except asyncio.CancelledError:  # the loop is torn down: nothing else may begin
            self._closed = True
            raise
        except TrimtabError as error:
            end = plain_close(State.FAILED, str(error), error.code)
        except OSError as error:
            end = plain_close(State.FAILED, f"its process cannot be started ({error.strerror})")
        except Exception as error:  # noqa: BLE001 - a fault of ours must not take the slot with it
            _LOG.exception("job %s", entry.job.id)
            end = plain_close(State.FAILED, f"nobody foresaw this ({type(error).__name__}). The log of the server has it.")
        finally:
            del self._running[entry.job.id]
            self._over()
            self._end(entry, end)
            self.begin()

    def _order(self, job: Job) -> Child:
        """What the child is told: on its standard input, which nobody else reads, for addresses may hold passwords."""
        request = {
            "served": asdict(self._served),
            "verb": job.verb,
            "values": dict(job.values),
            "by": job.by,
            "outcome": str(self._shelf.outcome(job.id)),
            "memory": self._limits.memory,
            "server": os.getpid(),
            "grace": self._limits.grace,
        }
        return Child(self._child, json.dumps(request).encode(), self._folder, self._limits.seconds, self._limits.grace)

    def _heard(self, entry: _Entry, line: bytes) -> None:
        step = step_of(line)
        if step is not None and step != entry.job.progress:
            entry.job = replace(entry.job, progress=step, version=entry.job.version + 1)
            _wake(entry)

    def _log(self, job: Job, end: Close, ending: Ending) -> None:
        if end.state is State.FAILED:
            lines = "\n".join(visible(masked(line)) for line in ending.lines)
            _LOG.warning("job %s (%s) failed: %s\n%s", job.id, job.verb, end.outcome["line"], lines)

    def _end(self, entry: _Entry, end: Close) -> None:
        now = self._clock.now()
        self._turn(entry, state=end.state, outcome=end.outcome, ended=now)
        self._sweep(now)

    def _turn(self, entry: _Entry, **changes: Any) -> None:
        """Another state: known at once, and on disk unless that fails, which the log tells."""
        entry.job = replace(entry.job, version=entry.job.version + 1, **changes)
        try:
            self._shelf.keep(entry.job)
        except OSError as error:
            _LOG.error("the record of job %s cannot be written (%s)", entry.job.id, error.strerror)
        _wake(entry)

    def _sweep(self, now: np.datetime64) -> None:
        known = (entry.job for entry in self._entries.values())
        for name in too_old(known, now, days=self._limits.days, most=self._limits.kept):
            self._shelf.drop(name)
            del self._entries[name]

    def _entry(self, name: str) -> _Entry:
        if not _NAME.fullmatch(name) or name not in self._entries:
            raise NoJob("there is no job of this name", remedy="See the list of jobs.")
        return self._entries[name]

    def _load(self) -> None:
        """What an earlier life left: over stays over, running has an outcome or is lost, waiting goes on if it is fresh."""
        now = self._clock.now()
        for job in self._shelf.jobs(now, self._limits.days):
            entry = self._entries[job.id] = _Entry(job)
            if job.state is State.RUNNING:
                self._end(entry, self._found(job.id))
            elif job.state is State.WAITING and now - job.made > np.timedelta64(self._limits.fresh, "h"):
                self._end(entry, plain_close(State.LOST, "no server ran for too long while it waited: start it again"))
            elif job.state is State.WAITING:
                self._queue.append(job.id)
        self._sweep(now)

    def _found(self, name: str) -> Close:
        try:
            outcome: Outcome | None = read_outcome(self._shelf.outcome(name))
        except TrimtabError as error:
            return plain_close(State.FAILED, str(error), error.code)
        return close(outcome, State.LOST)


def _wake(entry: _Entry) -> None:
    """Tell whoever waits for a change."""
    entry.changed.set()
    entry.changed = asyncio.Event()
