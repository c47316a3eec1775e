"""The child process of one job: it runs a verb, tells how far it has come, and leaves what came of it as a file.

Its request comes as JSON on standard input, progress goes as lines of JSON to standard output; what anything below prints
goes to standard error, so that it cannot be taken for progress. The first SIGINT interrupts the verb, which keeps what is
finished; later ones change nothing. A child does not outlive its server: once that is gone, it interrupts itself.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

from trimtab.core.errors import TrimtabError
from trimtab.desk.crew import gib
from trimtab.surfaces.cli.heard import Progress
from trimtab.surfaces.serving.job_outcome import Outcome, write_outcome
from trimtab.surfaces.serving.verbs import Refusal, Said, Served, run

EVERY = 0.2  # seconds between two lines of progress
MODESTY = 10  # steps of niceness, so that pages come first
_LOOK = 0.5  # seconds between looks at whether the server still lives


class Interruption:
    """What SIGINT does: the first one raises KeyboardInterrupt where the program stands, unless it is `deaf`."""

    __slots__ = ("deaf", "happened")

    def __init__(self) -> None:
        self.happened = self.deaf = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """As `signal.signal` calls it."""
        if not (self.happened or self.deaf):
            self.happened = True
            raise KeyboardInterrupt


class Telling:
    """Writes progress, a few lines a second; a step that ends something is told in any case."""

    __slots__ = ("_at", "_channel", "_last")

    def __init__(self, channel: BinaryIO) -> None:
        self._channel, self._at, self._last = channel, -math.inf, ("", 0, 0)

    def __call__(self, what: str, done: int, total: int, left: float) -> None:
        """As verbs tell it."""
        now, step = time.monotonic(), (what, int(done), int(total))
        if now - self._at < EVERY and (done < total or step == self._last):
            return
        self._at, self._last = now, step
        line = {"what": what, "done": step[1], "total": step[2], "left": float(left) if math.isfinite(left) else None}
        with contextlib.suppress(OSError):  # the server is gone: `_follow` sees to that
            self._channel.write(json.dumps(line, allow_nan=False).encode() + b"\n")
            self._channel.flush()


def main() -> int:
    """Do what standard input asks for; 0 where an outcome was left, whatever it is."""
    stopped = Interruption()
    signal.signal(signal.SIGINT, stopped)  # also where the server was started in the background, which ignores it
    request = json.loads(sys.stdin.buffer.read())
    channel = _channel()
    _be_modest(request["memory"])
    if hasattr(os, "killpg"):
        threading.Thread(target=_follow, args=(request["server"], request["grace"]), daemon=True).start()
    told = carried_out(request, Telling(channel))
    stopped.deaf = True
    _be_free()
    write_outcome(Path(request["outcome"]), Outcome(told, stopped.happened))
    return 0


def carried_out(request: Mapping[str, Any], progress: Progress) -> Said | Refusal:
    """What the verb says, or why it did not do it. What nobody foresaw goes to standard error whole."""
    try:
        return run(Served(**request["served"]), request["verb"], request["values"], request["by"], progress)
    except KeyboardInterrupt:
        return Refusal("TT-JOB-005", "it was stopped; nothing half-written was kept", "", "", 1)
    except MemoryError:
        most = f"more than the {gib(request['memory'])} of memory" if request["memory"] else "more memory than"
        return Refusal("TT-JOB-006", f"it needs {most} that a job may take", "", "Ask for less at once.", 1, ours=True)
    except TrimtabError as error:
        return Refusal.of(error)
    except Exception as error:  # noqa: BLE001 - a fault of ours: the log of the server has it
        traceback.print_exc()
        return Refusal.of(error)


def _channel() -> BinaryIO:
    """Standard output for progress alone: below, descriptor 1 is standard error, and 0 is nothing."""
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return channel


def _be_modest(memory: int | None) -> None:
    """Give way to the server, take no more than `memory` bytes of addresses, and leave no image of a crash behind."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(MODESTY)
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows; macOS refuses some limits
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if memory:
            soft = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _be_free() -> None:
    """Take the limit of memory back, so that what came of the work can be written."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _follow(server: int, grace: float) -> None:
    """Interrupt this process once the server is gone; after `grace` seconds end it, and all that it started."""
    while os.getppid() == server:
        time.sleep(_LOOK)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    time.sleep(grace)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
