"""The ledger of the paper broker on disk: a JSON object a line, only ever added to.

A line is on disk when `append` returns. One that was torn by a crash was never acknowledged: it is ignored, and cut off
before the next one is written. A lock of the file keeps two processes, and two threads, apart.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trimtab.core.errors import DataError
from trimtab.core.venues import NoAnswer

_PRIVATE = 0o600
_CHUNK = 1 << 20


@dataclass(slots=True)
class HeldFile:
    """The ledger while it is locked."""

    path: Path
    handle: int

    def read(self, start: int) -> tuple[list[dict[str, Any]], int]:
        """The lines from byte `start` on, and where the last whole one ends. Raises DataError where one does not read."""
        parts, at = [], start
        while part := os.pread(self.handle, _CHUNK, at):
            parts.append(part)
            at += len(part)
        whole = b"".join(parts).rpartition(b"\n")[0]
        lines = [self._line(line) for line in whole.split(b"\n")] if whole else []
        return lines, start + len(whole) + bool(whole)

    def _line(self, line: bytes) -> dict[str, Any]:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            raise DataError("a line does not read", where=str(self.path), remedy="Restore the ledger of the paper broker.")
        return event

    def append(self, event: dict[str, Any], end: int) -> int:
        """Write a line behind byte `end`, where the last whole one ends; the new end. Raises NoAnswer where that fails."""
        line = json.dumps(event, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        try:
            os.ftruncate(self.handle, end)  # what a crash left of a line
            left = memoryview(line)
            while left:
                left = left[os.write(self.handle, left) :]
            os.fsync(self.handle)
        except OSError as error:
            what = f"the ledger of the paper broker cannot be written: {error.strerror}"
            raise NoAnswer(what, where=str(self.path), remedy="Make room, then reconcile.") from error
        return end + len(line)


@contextmanager
def held_file(path: Path) -> Iterator[HeldFile]:
    """The ledger at `path`, locked until the block ends; made where it is not there. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, _PRIVATE)
    try:
        _lock(handle)
        if not os.fstat(handle).st_size:
            _keep_name(path.parent)
        yield HeldFile(path, handle)
    finally:
        os.close(handle)  # which unlocks it


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        raise OSError("the paper broker needs a system with flock")
    import fcntl

    fcntl.flock(handle, fcntl.LOCK_EX)


def _keep_name(folder: Path) -> None:
    """A new file survives a crash only when its folder is on disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
