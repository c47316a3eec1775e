"""One run of a schedule, by the one path that everybody takes: the desk is asked, told to do something, or given a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.core.errors import TrimtabError
from trimtab.core.visible import in_line
from trimtab.surfaces.access.refusals import Forbidden
from trimtab.surfaces.access.roles import rights_of
from trimtab.surfaces.serving.job_record import Job, State, short
from trimtab.surfaces.serving.jobs import Closed
from trimtab.surfaces.serving.places import require_inside
from trimtab.surfaces.serving.schedule_kinds import Way, What
from trimtab.surfaces.serving.schedule_notices import told
from trimtab.surfaces.serving.schedule_rules import Run, Schedule, Turn
from trimtab.surfaces.serving.station import LOG, Station
from trimtab.surfaces.serving.verbs import Refusal, Said

_REVIEW = "trimtab review"
_OVER = {State.DONE: Turn.DONE, State.REFUSED: Turn.REFUSED}
Noted = Callable[[Run], None]


@dataclass(frozen=True, slots=True)
class Came:
    """What a run came to."""

    turn: Turn
    exit_code: int | None
    line: str


async def carried_out(station: Station, one: Schedule, run: Run, noted: Noted) -> Run:
    """The run, done. `noted` is told of its job as soon as it has one. Whatever is refused is the end of the run, not ours.

    Raises Closed where the server ends before a job does: the next life asks the job.
    """
    try:
        require_answered_for(station, one)
        came = await _done(station, one, run, noted)
    except Closed:
        raise
    except TrimtabError as error:
        refusal = Refusal.of(error)
        came = Came(Turn.REFUSED, refusal.exit_code, refusal.line)
    except Exception as error:  # noqa: BLE001 - a fault of ours is the end of this run, and of no other
        LOG.exception("schedule %s", one.name)
        came = Came(Turn.FAILED, 1, f"nobody foresaw this ({type(error).__name__}). The log of the server has it.")
    return ended(run, came, station.now())


def ended(run: Run, came: Came, now: np.datetime64) -> Run:
    """A run with what it came to."""
    return replace(run, turn=came.turn, exit_code=came.exit_code, line=short(came.line), ended=now)


def require_answered_for(station: Station, one: Schedule) -> None:
    """Raises Forbidden unless whoever answers for a schedule may do by hand what it does.

    So nobody gets done by a schedule what his roles do not allow, and what somebody left behind who has gone rests.
    """
    user = station.door.users.get(one.by)
    if not user.enabled or one.kind.right not in rights_of(user.roles):
        what = f"{one.by}, who answers for this schedule, has no right to {one.kind.right}"
        raise Forbidden(what, remedy="Somebody who has it may save the schedule again, by their own name.")


async def _done(station: Station, one: Schedule, run: Run, noted: Noted) -> Came:
    if one.kind.way is Way.JOB:
        job = await _begun(station, one)
        noted(replace(run, job=job.id))
        return await job_over(station, job.id)
    asked = one.kind.operation
    if one.kind.way is Way.NOTIFY:
        return await _notified(one, await station.asking.read(asked, one.asked))
    return came_of(await station.asking.do(asked, one.asked, one.author))


async def _begun(station: Station, one: Schedule) -> Job:
    """The job of a run."""
    asked = one.kind.operation
    values = {**one.asked, **asked.fixed}
    require_inside(station.folder, values)
    return await station.jobs.start(asked.verb, values, one.author, station.now(), f"{asked.verb} ({one.author})")


async def job_over(station: Station, name: str) -> Came:
    """What the job of a run came to, once it is over. Raises NoJob, and Closed where the server ends first."""
    job = station.jobs.get(name)
    while not job.state.over:
        job = await station.jobs.changed(name, job.version, 60.0)
    code = (job.outcome or {}).get("exit_code")
    return Came(_OVER.get(job.state, Turn.FAILED), code if isinstance(code, int) else None, job.line or job.state.value)


def came_of(found: Said | Refusal) -> Came:
    """What a verb came to, in the line that a person would read first."""
    if isinstance(found, Refusal):
        return Came(Turn.REFUSED, found.exit_code, found.line)
    return Came(Turn.DONE, found.exit_code, next(iter((*found.messages, *_lines(found), *_words(found.exit_code)))))


def _lines(said: Said) -> list[str]:
    """The steps of accounts that a document has something to say about."""
    document = said.document if said.text else {}
    walks = document.get("walks") or []
    steps = [step for walk in walks if walk.get("exit_code") for step in walk.get("steps", []) if step.get("exit_code")]
    skipped = [f"{one.get('account', '')}: {one.get('why', '')}" for one in document.get("skipped") or []]
    told_of = [str(step.get("said", "")) for step in steps]
    return [in_line(line) for line in (*told_of, *skipped, *said.lines) if line.strip()]


def _words(code: int) -> tuple[str, ...]:
    words = {
        0: "done",
        3: "a rule stands in the way",
        4: "data are missing",
        5: "it waits for approval",
        6: "an account is halted",
    }
    return (words.get(code, f"it ended with exit code {code}"),)


async def _notified(one: Schedule, found: Said | Refusal) -> Came:
    """Read, and told. A status that cannot be read is told as well: silence would look like a quiet day."""
    if isinstance(found, Refusal):
        await told(one.to, "Trimtab: the desk cannot be read", [found.line], found.exit_code)
        return came_of(found)
    title, lines = _notice(one.what, found.document)
    if not lines and one.what is What.REVIEW:
        return Came(Turn.DONE, 0, "no review is due: nobody was told")
    failed = await told(one.to, title, lines, found.exit_code)
    if failed:
        return Came(Turn.FAILED, 1, failed[0])
    return Came(Turn.DONE, 0 if one.what is What.REVIEW else found.exit_code, f"told: {title}")


def _notice(what: What, document: Mapping[str, Any]) -> tuple[str, list[str]]:
    items = document.get("items") or []
    if what is What.REVIEW:
        due = [f"{one['account']}: {one['what']}" for one in items if _REVIEW in f"{one['what']} {one['command']}"]
        return f"Trimtab: {len(due)} review{'' if len(due) == 1 else 's'} due", due
    title = "Trimtab: YES, act today" if document.get("act") else "Trimtab: NO, nothing waits for you"
    return title, [f"{one['account']}: {one['what']}" for one in items if one["exit_code"]]
