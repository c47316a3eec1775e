"""Requests that are done once, however often they are sent: the key that a client gives, and the answer that was given.

`begin` is on the disk before the work is done, and `finish` keeps its answer. Where the process died between the two nobody
knows whether the work was done, and the answer is Lost: look first, then use another key. A key belongs to its user, and is
kept for a week.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trimtab.accounting.database.access import AccessStore, instant
from trimtab.accounting.database.access_rows import RequestRow
from trimtab.core.errors import InvariantError, UsageError
from trimtab.surfaces.access.names import key_of

LONGEST = 200
KEPT = np.timedelta64(7 * 86_400, "s")
_BEGUN, _DONE = "begun", "done"


@dataclass(frozen=True, slots=True)
class New:
    """Nobody has sent it before: do it, and `finish`."""


@dataclass(frozen=True, slots=True)
class Replay:
    """It was done, and this was the answer."""

    status: int
    media: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class InFlight:
    """It is being done at this moment."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The key was used for another request."""


@dataclass(frozen=True, slots=True)
class Lost:
    """It was begun, and whoever did it ended before it answered: whether it was done has to be looked up."""


Begun = New | Replay | InFlight | Mismatch | Lost


class Keys:
    """The keys of a store, as this life of it sees them: from its opening to the end of the process."""

    __slots__ = ("_life", "_store")

    def __init__(self, store: AccessStore) -> None:
        self._store, self._life = store, store.life

    def begin(self, user: str, key: str, request_sha: str, now: np.datetime64) -> Begun:
        """What to do with a request whose content has this SHA-256. Raises UsageError for what cannot be a key."""
        if not (1 <= len(key) <= LONGEST and key.isprintable()):
            raise UsageError(f"an idempotency key has 1 to {LONGEST} printable characters", remedy="A UUID will do.")
        with self._store.writing():
            self._store.drop_until(RequestRow, "at", now - KEPT)
            row = self._store.row(RequestRow, user=key_of(user), key=key)
            if row is None:
                self._store.put(RequestRow(key_of(user), key, request_sha, _BEGUN, self._life, 0, "", b"", instant(now)))
        return New() if row is None else self._said(row, request_sha)

    def _said(self, row: RequestRow, request_sha: str) -> Begun:
        if row.sha256 != request_sha:
            return Mismatch()
        if row.state == _DONE:
            return Replay(row.status, row.media, row.body)
        return InFlight() if row.life == self._life else Lost()

    def finish(self, user: str, key: str, status: int, media: str, body: bytes, now: np.datetime64) -> None:
        """Keep the answer: its status, media type and content. Raises InvariantError where this process has not begun it."""
        with self._store.writing():
            row = self._begun(user, key)
            self._store.put(RequestRow(row.user, key, row.sha256, _DONE, row.life, status, media, body, instant(now)))

    def forget(self, user: str, key: str) -> None:
        """Nothing was done, for certain: the key is free again."""
        with self._store.writing():
            self._begun(user, key)
            self._store.drop(RequestRow, user=key_of(user), key=key)

    def lose(self, user: str, key: str) -> None:
        """The work ended in a way that leaves open whether it was done: from now on the answer is Lost."""
        with self._store.writing():
            row = self._begun(user, key)
            self._store.put(RequestRow(row.user, key, row.sha256, _BEGUN, "", 0, "", b"", row.at))

    def _begun(self, user: str, key: str) -> RequestRow:
        row = self._store.row(RequestRow, user=key_of(user), key=key)
        if row is None or row.state != _BEGUN or row.life != self._life:
            raise InvariantError("a request is to be ended that this process has not begun", remedy="Please report this.")
        return row

    def sweep(self, now: np.datetime64) -> None:
        """Forget what is older than a week."""
        with self._store.writing():
            self._store.drop_until(RequestRow, "at", now - KEPT)
