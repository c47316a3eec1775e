"""What was looked up lately, forgotten at the first change of the store, whoever made it; and notes of when it was used.

A look costs a hash and one question to SQLite (`PRAGMA data_version`): microseconds. Nothing is ever found that the store
would not answer now.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np

from trimtab.accounting.database.access import AccessStore, Mark
from trimtab.core.errors import TrimtabError

Value = TypeVar("Value")
MINUTE = np.timedelta64(60, "s")
_MOST = 10_000  # values; more are asked of the store again


class Recent(Generic[Value]):
    """Values by key, of one store."""

    __slots__ = ("_held", "_mark", "_store")

    def __init__(self, store: AccessStore) -> None:
        self._store = store
        self._held: dict[str, Value] = {}
        self._mark: Mark | None = None

    def get(self, key: str) -> Value | None:
        """The value, where nothing has changed since it was kept."""
        mark = self._store.mark()
        if mark != self._mark:
            self._held.clear()
            self._mark = mark
        return self._held.get(key)

    def keep(self, key: str, value: Value) -> None:
        """Keep what was read from the store after the last `get`."""
        if len(self._held) >= _MOST:
            self._held.clear()
        self._held[key] = value


class Uses:
    """Notes of use, which may be missed: a full or busy disk keeps nobody from reading (nor is it asked all the time)."""

    __slots__ = ("_missed", "_store")

    def __init__(self, store: AccessStore) -> None:
        self._store = store
        self._missed: np.datetime64 | None = None

    def note(self, seen: np.datetime64, now: np.datetime64, write: Callable[[], None]) -> None:
        """Write, in a transaction, unless it was done or tried in vain less than a minute ago. `seen` may be NaT: never."""
        if now - seen < MINUTE or (self._missed is not None and abs(now - self._missed) < MINUTE):
            return
        try:
            with self._store.writing():
                write()
            self._missed = None
        except TrimtabError:
            self._missed = now
