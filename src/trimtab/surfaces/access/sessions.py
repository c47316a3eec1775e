"""Sessions of browsers: a random secret in a cookie, of which only the SHA-256 is stored.

A sign-in always makes a new secret and ends the session of the old one, so that nobody can plant a secret and wait
(fixation). A session ends after a time without use, after a longer time in any case, at sign-out, with a new password and
when its user is disabled. What its visitor may do is what the user may do now.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field, replace

import numpy as np

from trimtab.accounting.database.access import AccessStore, instant
from trimtab.accounting.database.access_rows import SessionRow, UserRow
from trimtab.core.visible import in_line
from trimtab.surfaces.access.changes import Change, Listener, silent
from trimtab.surfaces.access.names import key_of
from trimtab.surfaces.access.recent import Recent, Uses
from trimtab.surfaces.access.roles import read, rights_of
from trimtab.surfaces.access.users import State
from trimtab.surfaces.access.visitor import Visitor, Way

SECRET = 32  # bytes
_LONGEST_SECRET, _LONGEST_TEXT = 100, 200


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a session lasts without use, and how long in any case."""

    idle: np.timedelta64 = np.timedelta64(8 * 3600, "s")
    longest: np.timedelta64 = np.timedelta64(7 * 86_400, "s")


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as its user sees it in the settings; `id` names it, and opens nothing."""

    id: str = field(repr=False)
    opened: np.datetime64
    seen: np.datetime64
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class _Known:
    visitor: Visitor
    opened: np.datetime64
    seen: np.datetime64


class Sessions:
    """The sessions of a store."""

    __slots__ = ("_recent", "_store", "_terms", "_told", "_uses")

    def __init__(self, store: AccessStore, terms: Terms, told: Listener = silent) -> None:
        self._store, self._terms, self._told = store, terms, told
        self._recent: Recent[_Known] = Recent(store)
        self._uses = Uses(store)

    def open(self, user: UserRow, address: str, agent: str, now: np.datetime64, *, old: str = "") -> tuple[Visitor, str]:
        """A new session and its secret, inside a transaction of the caller's; the session of `old` ends."""
        if old:
            self._store.drop(SessionRow, digest=digest_of(old))
        self._sweep(now)
        secret = secrets.token_urlsafe(SECRET)
        at, csrf = instant(now), secrets.token_urlsafe(SECRET)
        row = SessionRow(digest_of(secret), user.key, csrf, at, at, _short(address), _short(agent))
        self._store.put(row)
        self._told(Change.SIGNED_IN, {"user": user.name, "address": row.address})
        return _visitor(user, row, secret), secret

    def by_secret(self, secret: str, now: np.datetime64) -> Visitor | None:
        """Whoever the secret stands for at this moment; None where the session has ended or never was."""
        if not 0 < len(secret) <= _LONGEST_SECRET:
            return None
        digest = digest_of(secret)
        known = self._recent.get(digest) or self._asked(digest, secret)
        if known is None or self._ended(known.opened, known.seen, now):
            return None
        self._uses.note(known.seen, now, lambda: self._see(digest, now))
        return known.visitor

    def _asked(self, digest: str, secret: str) -> _Known | None:
        row = self._store.row(SessionRow, digest=digest)
        user = self._store.row(UserRow, key=row.user) if row else None
        if row is None or user is None or user.state != State.ENABLED:
            return None
        known = _Known(_visitor(user, row, secret), np.datetime64(row.opened, "s"), np.datetime64(row.seen, "s"))
        self._recent.keep(digest, known)
        return known

    def _ended(self, opened: np.datetime64, seen: np.datetime64, now: np.datetime64) -> bool:
        return bool(now - seen >= self._terms.idle or now - opened >= self._terms.longest)

    def _see(self, digest: str, now: np.datetime64) -> None:
        row = self._store.row(SessionRow, digest=digest)
        if row is not None:  # another process may have ended it a moment ago
            self._store.put(replace(row, seen=instant(now)))

    def end(self, secret: str) -> None:
        """Sign out. A secret that stands for nothing is no error."""
        digest = digest_of(secret)
        with self._store.writing():
            row = self._store.row(SessionRow, digest=digest)
            if row is not None:
                self._end(row)

    def end_of(self, user: str, id: str) -> bool:  # noqa: A002 (the word of the page)
        """End one session out of those that `of` lists for this user; whether it was there."""
        with self._store.writing():
            row = self._store.row(SessionRow, digest=id, user=key_of(user))
            if row is not None:
                self._end(row)
        return row is not None

    def _end(self, row: SessionRow) -> None:
        self._store.drop(SessionRow, digest=row.digest)
        user = self._store.row(UserRow, key=row.user)
        self._told(Change.SIGNED_OUT, {"user": user.name if user else row.user})

    def of(self, user: str, now: np.datetime64) -> tuple[Opened, ...]:
        """The sessions of a user that have not ended, the latest used first."""
        rows = self._store.rows(SessionRow, user=key_of(user))
        found = [
            Opened(one.digest, np.datetime64(one.opened, "s"), np.datetime64(one.seen, "s"), one.address, one.agent)
            for one in rows
        ]
        lasting = [one for one in found if not self._ended(one.opened, one.seen, now)]
        return tuple(sorted(lasting, key=lambda one: (one.seen, one.opened), reverse=True))

    def sweep(self, now: np.datetime64) -> None:
        """Take away what has ended by itself."""
        with self._store.writing():
            self._sweep(now)

    def _sweep(self, now: np.datetime64) -> None:
        self._store.drop_until(SessionRow, "seen", now - self._terms.idle)
        self._store.drop_until(SessionRow, "opened", now - self._terms.longest)


def digest_of(secret: str) -> str:
    """The SHA-256 of a secret, which is all that is stored of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _visitor(user: UserRow, row: SessionRow, secret: str) -> Visitor:
    roles = read(user.roles)
    return Visitor(user.name, roles, rights_of(roles), Way.SESSION, _csrf(row, secret), row.digest)


def _csrf(row: SessionRow, secret: str) -> str:
    """What a form must bring back: made of what the file and what the browser keeps, so that neither alone has it."""
    return hmac.new(row.csrf.encode(), secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _short(text: str) -> str:
    """What a browser says of itself, as a page may show it."""
    return in_line(text.encode("utf-8", "replace").decode())[:_LONGEST_TEXT]
