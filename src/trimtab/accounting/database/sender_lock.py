"""One sender at a time for an account of a book in a file: a lock of the operating system's on a file beside it.

The system lets it go when the process dies, however that is: whoever gets it knows that nobody else is sending. Who holds
it stands in a second file, for messages alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trimtab.accounting.database.refusals import Busy, NotWritten


@contextmanager
def held(book: Path, name: str, who: str) -> Iterator[None]:
    """The lock of `name` for as long as the block runs. Raises Busy where it is taken, NotWritten where it cannot be made."""
    import filelock  # takes longer to import than most commands run

    mark = hashlib.sha256(name.encode()).hexdigest()[:16]  # names differ by case alone, and some disks do not tell
    path = book.with_name(f"{book.name}-sender-{mark}.lock")
    holder = path.with_suffix(".holder")
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        what = f"{_said(holder)} is sending orders of {name or 'blocks'}"
        raise Busy(
            what, where=str(book), remedy="Wait for it, or end it; a lock of a process that died does not stay."
        ) from None
    except OSError as error:
        what = f"the lock of the sender cannot be made ({error.strerror})"
        raise NotWritten(what, where=str(book), remedy="Check the permissions of its folder.") from error
    try:
        with suppress(OSError):  # it is for messages alone
            holder.write_text(f"process {os.getpid()} ({who})", encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _said(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8").strip() or "another process"
    except (OSError, UnicodeDecodeError):
        return "another process"
