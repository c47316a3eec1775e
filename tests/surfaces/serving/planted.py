"""Children that stand in for the real one, a clock that moves when told, and a wait for the end of a job."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trimtab.surfaces.serving.job_record import Job
from trimtab.surfaces.serving.jobs import Jobs
from trimtab.surfaces.serving.verbs import Served

NOW = np.datetime64("2018-11-30T23:00:00", "s")
PYTHON = (sys.executable, "-I", "-S", "-c")
READ = "import json, os, signal, sys, time\nasked = json.load(sys.stdin)\n"
LEAVE = READ + (
    "def leave(exit_code=0, interrupted=False, **said):\n"
    "    said = {'text': '{}', 'exit_code': exit_code, 'lines': [], 'messages': []} | said\n"
    "    with open(asked['outcome'], 'w') as file:\n"
    "        json.dump({'kind': 'said', 'interrupted': interrupted, 'told': said}, file)\n"
)
QUICK = LEAVE + "leave(text=json.dumps(asked))\n"
PATIENT = (  # one that hears SIGINT
    "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n" + LEAVE + "print('{}', flush=True)\n"
    "try:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n"
    "    leave(1, True, messages=['stopped: 2 of 5 parts kept and counted'])\n"
)
STUBBORN = READ + "signal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('{}', flush=True)\ntime.sleep(60)\n"


@dataclass
class Hands:
    """A clock that stands until it is moved."""

    at: np.datetime64 = NOW

    def now(self) -> np.datetime64:
        return self.at


def child(code: str) -> tuple[str, ...]:
    return (*PYTHON, code)


def desk() -> Served:
    return Served()


async def over(jobs: Jobs, name: str, seconds: float = 30.0) -> Job:
    """The job once it is over, told by its changes alone."""
    job, left = jobs.get(name), seconds
    while not job.state.over and left > 0:
        began = time.monotonic()
        job = await jobs.changed(name, job.version, left)
        left -= time.monotonic() - began
    assert job.state.over, job
    return job


def alive(process: int) -> bool:
    """Whether a process still works; one that nobody has reaped does not."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()


def gone(process: int, seconds: float) -> bool:
    """Whether a process ends within so many seconds."""
    until = time.monotonic() + seconds
    while alive(process) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(process)
