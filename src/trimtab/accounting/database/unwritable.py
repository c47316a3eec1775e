"""A book that may be read and not written: on a disk, in a folder, or as a file that is not this process's to write.

SQLite reads a book by way of a log and of shared memory, in files beside it. Where somebody has the book open they stand
there, and are read. Where they do not and cannot be made, the file is read as it lies. Whoever may write it could do so
meanwhile: that is looked for after each read, and then nothing is answered.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from trimtab.accounting.database.refusals import Busy, NotWritten


class Lying(NamedTuple):
    """A file that is read as it lies, and how it lay when it was opened."""

    path: Path
    changed: int  # nanoseconds
    size: int

    def require_still(self) -> None:
        """Raises Busy where somebody has written to it since."""
        if _lying(self.path) != self:
            what = "somebody has written to the book while it was read"
            raise Busy(what, where=str(self.path), remedy="Give the command again.")


def unwritable(path: Path) -> Lying | None:
    """How to read a book as it lies; None where SQLite can open it by itself, as it does what may be written.

    Raises NotWritten where a log waits to be brought into the file and cannot be read without shared memory.
    """
    real = path.resolve()  # beside it stand the log and the memory
    log, shared = (real.with_name(real.name + trail) for trail in ("-wal", "-shm"))
    try:
        if not _kept_from_writing(real):
            return None
        if log.exists() and shared.exists():
            return None
        if log.exists() and log.stat().st_size > 0:
            remedy = "Whoever may write there opens it once (trimtab status); or copy it, with its -wal, and read the copy."
            what = "its last changes are in a log beside it, and reading that takes the right to write there"
            raise NotWritten(what, where=str(path), remedy=remedy)
        return _lying(real)
    except OSError:  # what is not there is told by the opening
        return None


def _kept_from_writing(path: Path) -> bool:
    return _on_a_sealed_disk(path) or not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def _on_a_sealed_disk(path: Path) -> bool:
    try:
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    except AttributeError:  # Windows cannot be asked
        return False


def _lying(path: Path) -> Lying:
    about = path.stat()
    return Lying(path, about.st_mtime_ns, about.st_size)
