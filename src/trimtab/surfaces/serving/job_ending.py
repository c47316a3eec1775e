"""What becomes of a job: its state and a line for a person, from what it left, how its child ended, and why it was stopped."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any, NamedTuple

from trimtab.core.visible import in_line
from trimtab.surfaces.cli.masking import masked
from trimtab.surfaces.serving.job_outcome import Outcome
from trimtab.surfaces.serving.job_process import Ending
from trimtab.surfaces.serving.job_record import State
from trimtab.surfaces.serving.verbs import Refusal, Said

_MESSAGES, _LONG = 50, 1000  # messages that a record keeps, and characters of each
_LOG = "The log of the server has its last lines, beside the name of the job."
_WHY = {State.CANCELLED: "it was cancelled", State.LOST: "the server ended before it did: start it again"}


class Close(NamedTuple):
    """How a job ended: as `Job` has it."""

    state: State
    outcome: Mapping[str, Any]


def close(outcome: Outcome | None, why: State | None, ending: Ending | None = None, late: str = "") -> Close:
    """The end of a job.

    `why` is what it was stopped for (CANCELLED, LOST), None where nobody stopped it; `late` says how long it may run.
    """
    stopped = State.FAILED if why is None else why
    reason = _WHY.get(stopped, "it was interrupted")
    if ending is not None and ending.late:
        stopped, reason = State.FAILED, f"it ran for longer than {late}, and was ended"
    elif outcome is None and why is None and ending is not None:
        reason = _broken(ending.code)
    if outcome is None:
        return plain_close(stopped, reason)
    if outcome.interrupted and not outcome.finished:
        kept = _line(outcome.told)
        return Close(stopped, _body(outcome.told, f"{reason}; {kept}" if kept else reason))
    return Close(_state(outcome.told), _body(outcome.told, _line(outcome.told)))


def plain_close(state: State, line: str, code: str = "") -> Close:
    """The end of a job that left nothing."""
    return Close(state, {"line": _cut(line), "exit_code": None, "code": code, "messages": []})


def _state(told: Said | Refusal) -> State:
    if isinstance(told, Said):
        return State.DONE
    return State.FAILED if told.ours else State.REFUSED


def _line(told: Said | Refusal) -> str:
    if isinstance(told, Refusal):
        return told.line
    return told.messages[-1] if told.messages else ""


def _body(told: Said | Refusal, line: str) -> Mapping[str, Any]:
    said = told.messages[-_MESSAGES:] if isinstance(told, Said) else ()
    code = told.code if isinstance(told, Refusal) else ""
    messages = [_cut(one) for one in said]
    return {"line": _cut(line), "exit_code": told.exit_code, "code": code, "messages": messages}


def _cut(text: str) -> str:
    return masked(in_line(text))[:_LONG]


def _broken(code: int | None) -> str:
    if code is None:
        return f"its process does not end. {_LOG}"
    if code >= 0:
        return f"its process ended with {code} and left nothing. {_LOG}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"its process was ended by {name}, perhaps because memory ran out. {_LOG}"
