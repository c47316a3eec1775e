"""One part of a job in its worker: within its memory, within its time, and never taking the worker's other parts with it.

A part that hangs cannot be stopped from inside, and Python's own timers wait for the interpreter's lock: the watchdog of
`faulthandler` is a thread in C that ends the process. Memory is held by the limit of the system on private data
(RLIMIT_DATA of Linux), which leaves out mapped files and shared memory.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from trimtab.desk.crew import gib

_STATUS = Path("/proc/self/status")
_FULL = 0.9  # a worker that still holds so much of its memory after a part has leaked
_EVERY = 0.5  # seconds between looks at whether the driver still lives


@runtime_checkable
class Shipped(Protocol):
    """Something that stands for data elsewhere, and brings them."""

    def fetch(self) -> Any:
        """The data, the same object every time within a process."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt. `trouble` is empty where `value` is good.

    `spoilt` is set where the worker is no good for another part; `worker` is its address in a Dask cluster.
    """

    index: int
    value: Any = None
    trouble: str = ""
    spoilt: bool = False
    worker: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """A part, ready to be done: `work(shared, part)`. `__name__` marks the job in the lists of a cluster."""

    work: Callable[[Any, Any], Any]
    shared: Any
    part: Any
    index: int
    patience: float | None = None
    memory: int = 0
    mark: str = "part"

    @property
    def __name__(self) -> str:
        """As a cluster lists it."""
        return self.mark

    def __call__(self) -> Answer:
        """Do it. Whatever the work raises becomes the trouble of this part alone."""
        try:
            with _bounded(self.memory):
                with _on_time(self.patience):
                    shared = self.shared.fetch() if isinstance(self.shared, Shipped) else self.shared
                _one_thread()
                with _on_time(self.patience):
                    value = self.work(shared, self.part)
        except MemoryError:
            most = f"more than the {gib(self.memory)}" if self.memory else "more memory than"
            return Answer(self.index, trouble=f"it needs {most} that its worker may hold", spoilt=True, worker=_place())
        except (Exception, SystemExit) as error:  # noqa: BLE001 - any fault of the work is a fault of one part only
            return Answer(self.index, trouble=" ".join(f"{type(error).__name__}: {error}".split())[:500])
        return Answer(self.index, value, spoilt=_leaked(self.memory), worker=_place())


@contextlib.contextmanager
def _on_time(patience: float | None) -> Iterator[None]:
    """End this process where the block takes longer than `patience` seconds."""
    if patience is None:
        yield
        return
    faulthandler.dump_traceback_later(patience, exit=True, file=_nowhere())
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@cache
def _nowhere() -> TextIOWrapper:
    return Path(os.devnull).open("w", encoding="utf-8")  # the watchdog writes where to, and must not find it closed


@contextlib.contextmanager
def _bounded(memory: int) -> Iterator[None]:
    """Within the block this process may hold `memory` bytes: more raises MemoryError. 0, or another system: no limit."""
    size = _sizes()
    if not memory or not size:
        yield
        return
    import resource  # there is none on Windows

    if size["VmRSS"] > memory:
        raise MemoryError
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = size["VmData"] + memory - size["VmRSS"]
    allowed = wanted if soft == resource.RLIM_INFINITY else min(wanted, soft)
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _leaked(memory: int) -> bool:
    if not memory or _sizes().get("VmRSS", 0) <= _FULL * memory:
        return False
    gc.collect()
    return _sizes()["VmRSS"] > _FULL * memory


def _sizes() -> dict[str, int]:
    """Bytes of private data and of memory in use; nothing where the system does not tell."""
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    pairs = (line.partition(":") for line in lines)
    return {name: int(text.split()[0]) * 1024 for name, _, text in pairs if name in ("VmData", "VmRSS")}


def _place() -> str:
    distributed = sys.modules.get("distributed")
    try:
        return str(distributed.get_worker().address) if distributed is not None else ""
    except (AttributeError, ValueError):
        return ""


def _one_thread() -> None:
    """Numba reads its variable when it is imported, which may have been before this worker was told."""
    numba = sys.modules.get("numba")
    if numba is not None:
        numba.set_num_threads(1)


def guard(driver: int, generation: int) -> None:
    """Start a worker process of this machine: Ctrl-C is the driver's, and a worker does not outlive it.

    Workers of another `generation` are new processes.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(driver,), name=f"driver-{generation}", daemon=True).start()


def _follow(driver: int) -> None:
    while os.getppid() == driver:
        time.sleep(_EVERY)
    os._exit(1)
