"""Personal tokens for programs: `trimtab_<id>_<secret>`, shown once, of which only the SHA-256 is stored.

The beginning is always the same, so that a scanner of secrets finds a token that got into a file (see SHAPE). What a token
may do is what its roles and the present roles of its user have in common.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from trimtab.accounting.database.access import AccessStore, instant
from trimtab.accounting.database.access_rows import TokenRow, UserRow
from trimtab.core.errors import UsageError
from trimtab.surfaces.access.changes import Change, Listener, silent
from trimtab.surfaces.access.names import key_of
from trimtab.surfaces.access.recent import Recent, Uses
from trimtab.surfaces.access.roles import Role, read, rights_of, written
from trimtab.surfaces.access.sessions import digest_of
from trimtab.surfaces.access.users import State
from trimtab.surfaces.access.visitor import Visitor, Way

SHAPE = "trimtab_[0-9a-f]{12}_[0-9a-f]{64}"
DAYS, MOST_DAYS = 90, 366
_LONGEST_NAME = 80
_READ = re.compile("trimtab_([0-9a-f]{12})_([0-9a-f]{64})", re.ASCII)
_DAY = np.timedelta64(86_400, "s")


@dataclass(frozen=True, slots=True)
class Token:
    """A token as its user sees it, without its secret. `used` is when it last let a program in, to the minute."""

    id: str
    user: str
    name: str
    roles: frozenset[Role]
    created: np.datetime64
    expires: np.datetime64
    used: np.datetime64 | None


@dataclass(frozen=True, slots=True)
class _Known:
    visitor: Visitor
    digest: str
    expires: np.datetime64
    used: np.datetime64


class Tokens:
    """The tokens of a store."""

    __slots__ = ("_recent", "_store", "_told", "_uses")

    def __init__(self, store: AccessStore, told: Listener = silent) -> None:
        self._store, self._told = store, told
        self._recent: Recent[_Known] = Recent(store)
        self._uses = Uses(store)

    def create(self, user: str, name: str, roles: Iterable[Role], *, now: np.datetime64, days: int = DAYS) -> tuple[Token, str]:
        """A new token and its text, which is never shown again.

        Raises UsageError where it would hold a role that its user has not, last longer than a year, or have no name.
        """
        if not 1 <= days <= MOST_DAYS:
            raise UsageError(f"a token lasts 1 to {MOST_DAYS} days, not {days}", remedy=f"{DAYS} is usual.")
        if not (1 <= len(name) <= _LONGEST_NAME and name.isprintable() and name.strip()):
            raise UsageError(f"a token has a name of 1 to {_LONGEST_NAME} letters", remedy="Say which program it is for.")
        held, id_, secret = frozenset(roles), secrets.token_hex(6), secrets.token_hex(32)
        with self._store.writing():
            owner = self._store.row(UserRow, key=key_of(user))
            if owner is None or owner.state != State.ENABLED:
                raise UsageError("there is no such user, or the user is disabled", remedy="Check the name.")
            if not held or not held <= read(owner.roles):
                what = f"{owner.name} cannot give a token the roles {written(held) or 'of nobody'}"
                raise UsageError(what, remedy=f"Choose among those of the user: {owner.roles}.")
            made, ends = instant(now), instant(now + days * _DAY)
            row = TokenRow(id_, digest_of(secret), owner.key, name, written(held), made, ends, "")
            self._store.put(row)
            self._told(Change.TOKEN_MADE, {"user": owner.name, "token": id_, "name": name, "roles": row.roles, "expires": ends})
        return _token(row, owner.name), f"trimtab_{id_}_{secret}"

    def by_text(self, text: str, now: np.datetime64) -> Visitor | None:
        """Whoever the token stands for at this moment; None where it has expired, was revoked or never was."""
        found = _READ.fullmatch(text)
        if found is None:
            return None
        known = self._recent.get(found[1]) or self._asked(found[1])
        if known is None or not hmac.compare_digest(known.digest, digest_of(found[2])) or now >= known.expires:
            return None
        self._uses.note(known.used, now, lambda: self._see(found[1], now))
        return known.visitor

    def _asked(self, id_: str) -> _Known | None:
        row = self._store.row(TokenRow, id=id_)
        user = self._store.row(UserRow, key=row.user) if row else None
        if row is None or user is None or user.state != State.ENABLED:
            return None
        roles = read(row.roles) & read(user.roles)
        visitor = Visitor(user.name, roles, rights_of(roles), Way.TOKEN)
        known = _Known(visitor, row.digest, np.datetime64(row.expires, "s"), np.datetime64(row.used or "NaT", "s"))
        self._recent.keep(id_, known)
        return known

    def _see(self, id_: str, now: np.datetime64) -> None:
        row = self._store.row(TokenRow, id=id_)
        if row is not None:
            self._store.put(replace(row, used=instant(now)))

    def all(self, user: str = "") -> tuple[Token, ...]:
        """The tokens of a user, or of everybody, expired ones as well until they are swept; the latest made first."""
        rows = self._store.rows(TokenRow, user=key_of(user)) if user else self._store.rows(TokenRow)
        names = {one.key: one.name for one in self._store.rows(UserRow)}
        made = sorted(rows, key=lambda one: (one.created, one.id), reverse=True)
        return tuple(_token(one, names[one.user]) for one in made)

    def revoke(self, id: str, *, by: str, user: str = "") -> bool:  # noqa: A002 (the word of the page)
        """End a token at once; with `user` only one of that user. Whether there was one."""
        named = {"id": id} | ({"user": key_of(user)} if user else {})
        with self._store.writing():
            row = self._store.row(TokenRow, **named)
            if row is None:
                return False
            self._store.drop(TokenRow, id=row.id)
            owner = self._store.row(UserRow, key=row.user)
            name = owner.name if owner else row.user
            self._told(Change.TOKEN_REVOKED, {"user": name, "token": row.id, "name": row.name, "by": by})
        return True

    def sweep(self, now: np.datetime64) -> None:
        """Take away what expired more than a month ago."""
        with self._store.writing():
            self._store.drop_until(TokenRow, "expires", now - 30 * _DAY)


def _token(row: TokenRow, user: str) -> Token:
    used = np.datetime64(row.used, "s") if row.used else None
    created, expires = np.datetime64(row.created, "s"), np.datetime64(row.expires, "s")
    return Token(row.id, user, row.name, read(row.roles), created, expires, used)
