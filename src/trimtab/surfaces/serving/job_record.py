"""A job as it is known at one moment, and the text that is kept of it. It holds no password: what holds one is no job."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.core.visible import in_line
from trimtab.desk.writing import json_text
from trimtab.surfaces.cli.masking import masked

WORDS = 200  # characters of a title, or of what a step says
_COUNT = 10**12  # what is counted further than this is no count


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"  # the verb said why it did nothing
    FAILED = "failed"  # it broke, took too long or too much memory, or was ended from outside
    CANCELLED = "cancelled"
    LOST = "lost"  # the server ended before the job did

    @property
    def over(self) -> bool:
        """Whether it stays so."""
        return self not in (State.WAITING, State.RUNNING)


class Step(NamedTuple):
    """How far the work has come: of what, so many `done` of `total`, seconds `left` (None: not known)."""

    what: str
    done: int
    total: int
    left: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job at one moment. `version` changes with everything else; instants are datetime64[s], UTC.

    `outcome` says in plain values how it ended: `line` (one line for a person), `exit_code` and `code` (None and empty where
    nobody said), `messages`. The document that the verb made may be large, and is asked for by itself (`Jobs.outcome`).
    """

    id: str
    verb: str
    values: Mapping[str, Any]
    by: str
    title: str
    made: np.datetime64
    state: State = State.WAITING
    progress: Step | None = None
    started: np.datetime64 | None = None
    ended: np.datetime64 | None = None
    outcome: Mapping[str, Any] | None = None
    version: int = 0

    @property
    def line(self) -> str:
        """How it ended, in a line; empty while it has not, or where nothing is to be said."""
        return str(self.outcome["line"]) if self.outcome is not None else ""


def plain_values(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values as they are kept. Raises UsageError where they are no JSON, or hold a password."""
    try:
        text = json_text(dict(values))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"the values of a job are texts, numbers and lists ({type(error).__name__})") from None
    if any(masked(one) != one for one in _texts(values)):
        raise UsageError("a password is no value of a job", remedy="Set it in the environment of the server.")
    kept: dict[str, Any] = json.loads(text)
    return MappingProxyType(kept)


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for pair in value.items() for one in pair for text in _texts(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


def step_of(line: bytes) -> Step | None:
    """What a child wrote on its progress; None where the line is no such thing."""
    try:
        found = json.loads(line)
        left = found["left"]
        known = isinstance(left, int | float) and math.isfinite(left)
        done, total = (max(0, min(int(found[name]), _COUNT)) for name in ("done", "total"))
        return Step(short(str(found["what"])), done, total, float(left) if known else None)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def short(text: str) -> str:
    """A text of somebody's in one short line, with nothing in it that is secret or steers a terminal."""
    return masked(in_line(text))[:WORDS]


def record(job: Job) -> str:
    """The text that is kept of a job."""
    return json_text(
        {
            "job": 1,
            "id": job.id,
            "verb": job.verb,
            "values": dict(job.values),
            "by": job.by,
            "title": job.title,
            "state": job.state.value,
            "progress": list(job.progress) if job.progress is not None else None,
            "made": str(job.made),
            "started": None if job.started is None else str(job.started),
            "ended": None if job.ended is None else str(job.ended),
            "outcome": None if job.outcome is None else dict(job.outcome),
            "version": job.version,
        }
    )


def recorded(text: str) -> Job:
    """The job that a text was kept of. Raises ValueError, TypeError or KeyError where it is none."""
    found = json.loads(text)
    return Job(
        id=str(found["id"]),
        verb=str(found["verb"]),
        values=MappingProxyType(dict(found["values"])),
        by=str(found["by"]),
        title=str(found["title"]),
        made=_instant(found["made"]),
        state=State(found["state"]),
        progress=None if found["progress"] is None else Step(*found["progress"]),
        started=None if found["started"] is None else _instant(found["started"]),
        ended=None if found["ended"] is None else _instant(found["ended"]),
        outcome=None if found["outcome"] is None else {"line": "", **found["outcome"]},
        version=int(found["version"]),
    )


def _instant(text: Any) -> np.datetime64:
    found = np.datetime64(str(text), "s")
    if np.isnat(found):
        raise ValueError("an instant that is none")
    return found
