"""A warm process for what must not wait, and must not be done in the server itself: the kill switch, and notes of the door.

The server holds a connection to the book, to see what was written. Whoever opens a book reads its first bytes with an open
file of their own; closing that file drops every lock of the process (POSIX), the connection's too, and the next process that
leaves the book takes its log away. So the server opens no book but that one time, and this process does it instead.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.serving.verbs import Refusal, Said, Served

CHILD = (sys.executable, "-m", "trimtab.surfaces.serving.hand_child")


class HandLost(TrimtabError):
    """The process died in the middle: whether it did what it was asked is not known."""

    code = "TT-API-012"


class Hand:
    """The process, started when it is made and again after it died; for any thread, one request at a time."""

    __slots__ = ("_command", "_lock", "_process", "_served")

    def __init__(self, served: Served, command: Sequence[str] = CHILD) -> None:
        self._served, self._command = served, tuple(command)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = self._begun()

    def _begun(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        made = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no word of anybody else's
            self._command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8", start_new_session=True
        )
        assert made.stdin is not None  # noqa: S101 - it is a pipe
        made.stdin.write(json.dumps(asdict(self._served)) + "\n")
        made.stdin.flush()
        return made

    def do(self, verb: str, values: Mapping[str, Any], by: str) -> Said | Refusal:
        """Run a verb there. Raises HandLost where the process dies over it."""
        told = self._asked({"verb": verb, "values": dict(values), "by": by})
        if "refusal" in told:
            return Refusal(**told["refusal"])
        said = told["said"]
        return Said(said["text"], said["exit_code"], tuple(said["lines"]), tuple(said["messages"]))

    def note(self, kind: str, body: Mapping[str, str], by: str) -> None:
        """Write a note into the journal. Raises TrimtabError where it cannot be written."""
        told = self._asked({"note": kind, "body": dict(body), "by": by})
        if "refusal" in told:
            found = Refusal(**told["refusal"])
            raise TrimtabError(found.what, where=found.where, remedy=found.remedy, code=found.code)

    def _asked(self, request: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._over()
                self._process = self._begun()
            line = _exchanged(self._process, json.dumps(request))
            if not line:
                self._over()
                raise HandLost("the process that does this died over it", remedy="Look whether it was done: journal show.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _over(self) -> None:
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    _closed(pipe)
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._over()


def _exchanged(process: subprocess.Popen[str], request: str) -> str:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - they are pipes
    try:
        process.stdin.write(request + "\n")
        process.stdin.flush()
        return process.stdout.readline()
    except (BrokenPipeError, ValueError):
        return ""


def _closed(pipe: Any) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return
