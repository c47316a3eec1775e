"""Users: made, given roles, disabled. Nobody is ever deleted, because the journal names people for good.

The last enabled administrator can be neither disabled nor stripped of the role: nobody could make another one. That is
looked at in the transaction that changes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from trimtab.accounting.database.access import AccessStore, instant
from trimtab.accounting.database.access_rows import SessionRow, TokenRow, UserRow
from trimtab.core.errors import UsageError
from trimtab.surfaces.access.changes import Change, Listener, silent
from trimtab.surfaces.access.names import key_of, name_of
from trimtab.surfaces.access.passwords import Hashed
from trimtab.surfaces.access.roles import Role, read, written


class State(StrEnum):
    """Whether a user may come in."""

    ENABLED = "enabled"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class External:
    """Somebody as a single sign-on knows them: who says so, and under which lasting name (OpenID Connect `iss`, `sub`)."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class User:
    """A user as pages show it; whether there is a password, never which."""

    name: str
    roles: frozenset[Role]
    state: State
    changed: np.datetime64
    has_password: bool
    external: External | None = None

    @property
    def enabled(self) -> bool:
        """Whether the user may come in."""
        return self.state is State.ENABLED


@dataclass(frozen=True, slots=True)
class PasswordSet:
    """What a new password did: how many sessions it has ended, and how many tokens go on working until they are revoked."""

    ended: int
    tokens: int


class Users:
    """The users of a store. `by` is who makes a change; every change is told to the listener."""

    __slots__ = ("_store", "_told")

    def __init__(self, store: AccessStore, told: Listener = silent) -> None:
        self._store, self._told = store, told

    def all(self) -> tuple[User, ...]:
        """Everybody, disabled ones as well, by name."""
        return tuple(map(user_of, self._store.rows(UserRow)))

    def get(self, name: str) -> User:
        """One of them. Raises UsageError where there is none."""
        return user_of(self.row(name))

    def row(self, name: str) -> UserRow:
        """The same as it is stored, with the hash of the password."""
        found = self._store.row(UserRow, key=key_of(name))
        if found is None:
            raise UsageError("there is no user of that name", remedy="See who there is: the page Settings, Users.")
        return found

    def create(
        self,
        name: str,
        roles: Iterable[Role],
        *,
        by: str,
        now: np.datetime64,
        password: Hashed | None = None,
        external: External | None = None,
    ) -> User:
        """Make a user, who signs in with a password, from outside, both, or not yet.

        Raises UsageError where the name is taken, in whatever case, or cannot be one.
        """
        with self._store.writing():
            return user_of(self.add(name, roles, by=by, now=now, password=password, external=external))

    def add(
        self,
        name: str,
        roles: Iterable[Role],
        *,
        by: str,
        now: np.datetime64,
        password: Hashed | None = None,
        external: External | None = None,
    ) -> UserRow:
        """The same inside a transaction of the caller's."""
        shown, outside = name_of(name), external or External("", "")
        if not (held := written(roles)):
            raise UsageError("a user has at least one role", remedy=f"Choose among {', '.join(Role)}.")
        hashed = password.hash if password else ""
        row = UserRow(key_of(shown), shown, held, hashed, State.ENABLED, outside.issuer, outside.subject, instant(now))
        self._require_free(row)
        self._store.put(row)
        self._told(Change.USER_MADE, {"user": shown, "roles": held, "by": by})
        return row

    def _require_free(self, row: UserRow) -> None:
        if self._store.row(UserRow, key=row.key) is not None:
            raise UsageError(f"there is a user {row.name} already", remedy="Choose another name, or enable that user.")
        self._require_identity_free(row)

    def _require_identity_free(self, row: UserRow) -> None:
        if bool(row.issuer) != bool(row.subject):
            raise UsageError("a single sign-on names an issuer and a subject", remedy="Give both, or neither.")
        borne = self._store.row(UserRow, issuer=row.issuer, subject=row.subject) if row.issuer else None
        if borne is not None and borne.key != row.key:
            raise UsageError("that identity belongs to another user already", remedy="Check the subject.")

    def set_roles(self, name: str, roles: Iterable[Role], *, by: str, now: np.datetime64) -> User:
        """Give a user these roles instead of the ones held. It binds from the next request on, in open sessions too."""
        with self._store.writing():
            row = self.row(name)
            changed = replace(row, roles=written(roles), changed=instant(now))
            if not changed.roles:
                raise UsageError("a user has at least one role", remedy="To keep somebody out, disable the user.")
            self._require_administrator(row, changed)
            self._store.put(changed)
            self._told(Change.ROLES_CHANGED, {"user": row.name, "before": row.roles, "roles": changed.roles, "by": by})
        return user_of(changed)

    def set_password(self, name: str, password: Hashed, *, by: str, now: np.datetime64, keep: str = "") -> PasswordSet:
        """A new password. It ends all sessions of the user but `keep`, the one that asks; tokens go on."""
        with self._store.writing():
            row = self.row(name)
            self._store.put(replace(row, password=password.hash, changed=instant(now)))
            ended = self._end_sessions(row.key, keep)
            tokens = len([one for one in self._store.rows(TokenRow, user=row.key) if one.expires > instant(now)])
            self._told(Change.PASSWORD_CHANGED, {"user": row.name, "ended": str(ended), "by": by})
        return PasswordSet(ended, tokens)

    def set_external(self, name: str, external: External | None, *, by: str, now: np.datetime64) -> User:
        """Have a user come in by an identity of a single sign-on, or by none. Sessions end, whichever way they were opened.

        Raises UsageError where the identity belongs to somebody else.
        """
        outside = external or External("", "")
        with self._store.writing():
            row = self.row(name)
            changed = replace(row, issuer=outside.issuer, subject=outside.subject, changed=instant(now))
            self._require_identity_free(changed)
            self._store.put(changed)
            self._end_sessions(row.key, "")
            self._told(Change.IDENTITY_CHANGED, {"user": row.name, "subject": outside.subject or "none", "by": by})
        return user_of(changed)

    def disable(self, name: str, *, by: str, now: np.datetime64) -> User:
        """Keep a user out from now on: sessions end, and tokens do not work until the user is enabled."""
        with self._store.writing():
            row = self.row(name)
            changed = replace(row, state=State.DISABLED, changed=instant(now))
            self._require_administrator(row, changed)
            self._store.put(changed)
            self._end_sessions(row.key, "")
            self._told(Change.USER_DISABLED, {"user": row.name, "by": by})
        return user_of(changed)

    def enable(self, name: str, *, by: str, now: np.datetime64) -> User:
        """Let a disabled user in again, with the same roles and password."""
        with self._store.writing():
            row = self.row(name)
            changed = replace(row, state=State.ENABLED, changed=instant(now))
            self._store.put(changed)
            self._told(Change.USER_ENABLED, {"user": row.name, "roles": row.roles, "by": by})
        return user_of(changed)

    def _end_sessions(self, user: str, keep: str) -> int:
        held = [one.digest for one in self._store.rows(SessionRow, user=user) if one.digest != keep]
        return sum(self._store.drop(SessionRow, digest=digest) for digest in held)

    def _require_administrator(self, before: UserRow, after: UserRow) -> None:
        """Raises UsageError where the change would leave no enabled administrator."""
        if _administers(after) or not _administers(before):
            return
        if not any(_administers(one) for one in self._store.rows(UserRow) if one.key != before.key):
            what = f"{before.name} is the last administrator who may come in"
            raise UsageError(what, remedy="Make another administrator first.")


def _administers(row: UserRow) -> bool:
    return row.state == State.ENABLED and Role.ADMINISTRATOR in read(row.roles)


def user_of(row: UserRow) -> User:
    """A user as pages show it."""
    external = External(row.issuer, row.subject) if row.issuer else None
    changed = np.datetime64(row.changed, "s")
    return User(row.name, read(row.roles), State(row.state), changed, bool(row.password), external)
