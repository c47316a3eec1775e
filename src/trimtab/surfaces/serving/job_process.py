"""A child process attended to: its request handed over, its lines read, its time kept, and everything it started ended.

Whatever the child does, the server goes on: of its output only so much is held, and so much a second is read. It is
interrupted first (SIGINT), so that it keeps what is finished, and killed with its whole process group after a grace.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import PIPE
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

LONGEST, LINES = 64 << 10, 100  # bytes of a line that are kept; lines that are kept of what the child says
_PAUSE = 0.05  # seconds between two reads: a child that floods us waits
_AGAIN = 1.0  # seconds between two interruptions: a child that is just starting may not hear the first
_AFTER = 2.0  # seconds that what a child started may take to end after it


@dataclass(frozen=True, slots=True)
class Child:
    """What is to be run: the command, its standard input, where it stands, its seconds, and those after an interruption."""

    command: tuple[str, ...]
    request: bytes
    folder: Path
    seconds: float
    grace: float


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended: its exit code (below 0: the signal; None: it cannot be ended), whether its time was up, and its
    last lines on standard error.
    """

    code: int | None
    late: bool
    lines: tuple[str, ...]


class Lines:
    """Bytes cut into lines; of a longer one than LONGEST only the beginning is held."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def fed(self, data: bytes) -> list[bytes]:
        """The lines that end in `data`."""
        *whole, rest = (self._rest + data).split(b"\n")
        self._rest = rest[:LONGEST]
        return [line[:LONGEST] for line in whole]

    @property
    def rest(self) -> bytes:
        """The line that has not ended yet."""
        return self._rest


async def attended(child: Child, stop: asyncio.Event, told: Callable[[bytes], None]) -> Ending:
    """Run it to its end; `told` is called with the latest line of its standard output. Raises OSError where it cannot start.

    Once `stop` is set, or its seconds are over, it is interrupted, and killed after the grace.
    """
    loop = asyncio.get_running_loop()
    made = await loop.subprocess_exec(
        lambda: _Heard(told),
        *child.command,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd=child.folder,
        env={**os.environ, "PYTHONSAFEPATH": "1"},  # a file of the workspace must not pass for a module of ours
        start_new_session=True,
    )
    transport, heard = made
    try:
        _hand_over(transport, child.request)
        late = await _watched(transport, heard, stop, child)
        await _emptied(transport.get_pid())
    except BaseException:
        _kill(transport.get_pid())
        raise
    finally:
        await _within(_AFTER, heard.exited)
        code = transport.get_returncode()
        await _within(_AFTER / 2, heard.closed)  # reads what is left
        transport.close()
        await _within(_AFTER, heard.closed)
    return Ending(code, late, heard.kept)


class _Heard(asyncio.SubprocessProtocol):
    """What comes from the child."""

    def __init__(self, told: Callable[[bytes], None]) -> None:
        self.exited, self.closed = asyncio.Event(), asyncio.Event()
        self._told, self._lines = told, {1: Lines(), 2: Lines()}
        self._last: deque[bytes] = deque(maxlen=LINES)
        self._transport: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        lines = self._lines[fd].fed(data)
        if fd == 1 and lines:
            self._told(lines[-1])
        elif fd == 2:
            self._last.extend(lines)
        pipe = self._transport.get_pipe_transport(fd) if self._transport is not None else None
        if isinstance(pipe, asyncio.ReadTransport):
            pipe.pause_reading()
            asyncio.get_running_loop().call_later(_PAUSE, pipe.resume_reading)

    @property
    def kept(self) -> tuple[str, ...]:
        """The last lines of standard error."""
        return tuple(line.decode("utf-8", "replace") for line in (*self._last, self._lines[2].rest) if line)

    def process_exited(self) -> None:
        self.exited.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()


def _hand_over(transport: asyncio.SubprocessTransport, request: bytes) -> None:
    pipe = cast("asyncio.WriteTransport", transport.get_pipe_transport(0))
    pipe.write(request)
    pipe.write_eof()


async def _watched(transport: asyncio.SubprocessTransport, heard: _Heard, stop: asyncio.Event, child: Child) -> bool:
    """Wait for its end, and bring it about where it must be; whether its time was up."""
    waits = [asyncio.create_task(one.wait()) for one in (heard.exited, stop)]
    try:
        done, _ = await asyncio.wait(waits, timeout=child.seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
    left = child.grace
    while left > 0.0 and not heard.exited.is_set():
        _interrupt(transport)
        await _within(min(left, _AGAIN), heard.exited)
        left -= _AGAIN
    if not heard.exited.is_set():
        _kill(transport.get_pid())
    return not done


async def _within(seconds: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def _emptied(group: int) -> None:
    """Wait until nothing is left of the group; kill what stays."""
    for _ in range(int(_AFTER / _PAUSE)):
        try:
            os.killpg(group, 0)
        except (OSError, AttributeError):
            return
        await asyncio.sleep(_PAUSE)
    _kill(group)


def _interrupt(transport: asyncio.SubprocessTransport) -> None:
    with suppress(ProcessLookupError):
        if os.name == "posix":
            transport.send_signal(signal.SIGINT)
        else:
            transport.terminate()


def _kill(group: int) -> None:
    with suppress(OSError, AttributeError):
        os.killpg(group, signal.SIGKILL)
