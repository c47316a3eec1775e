"""What code of one's own reads beside its view: files, other programs, the network. The contract forbids all of it.

A component that reads tomorrow's prices from a file passes every check that changes the market, because the file stays as
it is. So Python itself is asked (audit events, PEP 578): while the desk asks components of one's own, it tells what is
opened with their code on the stack. That is kept for the life of the process, since who has read a file once may keep it.

Not heard: what a module reads while it is imported, what it starts on another thread, and files that compiled code of
others (pyarrow, HDF5) opens by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import PurePath
from types import FrameType
from typing import Any

from trimtab.desk.outsiders import OURS, strangers

CODE = frozenset({".py", ".pyc", ".pyi", ".so", ".pyd", ".dll", ".dylib", ".nbi", ".nbc"})  # the last two: kept by numba
MACHINE = ("/proc/", "/sys/", "/dev/")  # how many cores there are, and the like
ZONES = "zoneinfo"  # folders of time zones, whoever brings them
IMPORTING = "<frozen importlib._bootstrap>"
REACHING = {  # by event of Python: what it is, before the name that comes with it
    "open": "the file",
    "sqlite3.connect": "the file",
    "socket.connect": "the network at",
    "socket.getaddrinfo": "the network at",
    "socket.gethostbyname": "the network at",
    "socket.sendto": "the network at",
    "subprocess.Popen": "the program",
    "os.system": "the program",
    "os.posix_spawn": "the program",
    "os.exec": "the program",
}
_Seen = dict[str, None]  # in the order in which it was reached for
_READ: dict[str, _Seen] = {}  # by module of one's own
_LISTENING: ContextVar[frozenset[str]] = ContextVar("listening", default=frozenset())


@contextmanager
def listening(*components: Any) -> Iterator[None]:
    """Note what the modules of these components reach for in the meantime. Where none is of one's own, nothing happens."""
    modules = frozenset(name for component in components for name in modules_of(component))
    if not modules:
        yield
        return
    _hear()
    before = _LISTENING.set(_LISTENING.get() | modules)
    try:
        yield
    finally:
        _LISTENING.reset(before)


def read_by(component: Any) -> tuple[str, ...]:
    """What the code of a component was heard to reach for in this process, in words; empty where that is nothing."""
    return tuple(dict.fromkeys(what for name in modules_of(component) for what in _READ.get(name, ())))


def modules_of(component: Any) -> tuple[str, ...]:
    """The modules of one's own that a component, and those that it holds, are written in."""
    kinds = (kind for one in strangers(component) for kind in type(one).__mro__)
    names = (kind.__module__ for kind in kinds if not kind.__module__.startswith(OURS))
    return tuple(dict.fromkeys(name for name in names if name.partition(".")[0] not in sys.stdlib_module_names))


@cache
def _hear() -> None:
    """Once a process: a hook cannot be taken away again, so it must be quick where nobody listens."""
    sys.addaudithook(_heard)


def _heard(event: str, given: tuple[Any, ...]) -> None:
    if event not in REACHING or not (modules := _LISTENING.get()):
        return
    what = _named(event, given)
    owner = _owner(modules) if what else ""
    if owner:
        _READ.setdefault(owner, {})[f"{REACHING[event]} {what}"] = None


def _named(event: str, given: tuple[Any, ...]) -> str:
    """What is reached for; empty where that may be: code, the machine itself, time zones, what is open already."""
    name = given[1] if event.startswith(("socket.connect", "socket.sendto")) else given[0]
    if isinstance(name, bytes):
        name = name.decode(errors="replace")
    if event not in ("open", "sqlite3.connect"):
        return str(name)
    if isinstance(name, int) or name is None or str(name) == ":memory:":
        return ""
    path = PurePath(str(name))
    harmless = path.suffix in CODE or str(path).startswith(MACHINE) or ZONES in path.parts
    return "" if harmless else str(path)


def _owner(modules: frozenset[str]) -> str:
    """The module of one's own that Trimtab has called and that is at work; empty where none is, or something is imported.

    A program of one's own that calls Trimtab may stand in the same module: it lies outside, and is not meant.
    """
    frame: FrameType | None = sys._getframe(2)
    owner = ""
    while frame is not None:
        if frame.f_code.co_filename == IMPORTING:
            return ""
        name = str(frame.f_globals.get("__name__"))
        owner = owner or (name if name in modules else "")
        if owner and name.startswith(OURS):
            return owner
        frame = frame.f_back
    return ""
