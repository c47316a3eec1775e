"""The state of the desk, told apart cheaply: the last record of the book, and the files of the workspace.

What was worked out for one state holds until there is another. The book is asked for the number of its last record; files
are known by size and time of change, one folder deep. What research writes (runs, trials, sweeps) changes every second while
a sweep runs, and what most pages show does not depend on it: it counts in the wide state alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from trimtab.accounting.database.opening import connected
from trimtab.accounting.database.reading import last_record
from trimtab.accounting.database.session import Session
from trimtab.core.errors import TrimtabError
from trimtab.desk.live import SystemClock, clock_of

State = tuple[int, int, int]  # the last record (-1: no book), and numbers for the files of the desk and for those of research
_OWN = ("access.db", "book.db", "jobs", "log", "paper", "serve.lock")  # what serving itself, or the book, writes all the time
RESEARCH = frozenset({"runs", "sweeps", "expectations", "trials.jsonl", ".trials.lock", "last"})
_MOST = 4000  # files that are looked at


class World:
    """What the desk looks like now. Not shared between threads."""

    __slots__ = ("_address", "_folder", "_session")

    def __init__(self, folder: Path, address: str) -> None:
        self._folder, self._address = folder, address
        self._session: Session | None = None

    def state(self, *, wide: bool) -> State:
        """The state now: any write to the book, and any change of a file, makes another one; if `wide`, of research too."""
        return self._record(), hash(tuple(self._files(research=False))), hash(tuple(self._files(research=True))) if wide else 0

    @property
    def stands_still(self) -> bool:
        """Whether time passes only when somebody moves it: on a practice desk."""
        try:
            return not isinstance(clock_of(self._folder), SystemClock)
        except TrimtabError:
            return False

    def _record(self) -> int:
        try:
            if self._session is None:
                self._session = connected(self._address)
            return last_record(self._session).number
        except TrimtabError:
            self.close()
            return -1

    def _files(self, *, research: bool) -> Iterator[tuple[str, int, int]]:
        left = _MOST
        for one in _entries(self._folder):
            if one.name.startswith(_OWN) or research is not (one.name in RESEARCH):
                continue
            yield _seen(one)
            if one.is_dir(follow_symlinks=False):
                for inner in _entries(Path(one.path)):
                    left -= 1
                    if left < 0:
                        return
                    yield _seen(inner)

    def close(self) -> None:
        """Give the connection back."""
        if self._session is not None:
            self._session.close()
            self._session = None


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda one: one.name)
    except OSError:
        return []


def _seen(one: os.DirEntry[str]) -> tuple[str, int, int]:
    try:
        known = one.stat(follow_symlinks=False)
    except OSError:
        return one.path, 0, 0
    return one.path, known.st_mtime_ns, known.st_size
