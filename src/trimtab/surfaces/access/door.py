"""The door: who comes in, by which way. The one part of this room that pages and the API have to know.

One thread calls it, the one that opened the store; the work of a password is the exception. A sign-in takes three steps:
`attempt` (counts it, reads the hash), `Attempt.checked` (slow and pure: in a thread of its own), `admit` (opens the
session). `sign_in` takes all three at once. Pass the time of the machine, not that of a practice desk.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from trimtab.accounting.database.access import AccessStore
from trimtab.accounting.database.access_rows import UserRow
from trimtab.core.errors import UsageError
from trimtab.surfaces.access.changes import Change, Listener, silent
from trimtab.surfaces.access.keys import Keys
from trimtab.surfaces.access.lockout import Charge, Limits, Lockout, place_of
from trimtab.surfaces.access.names import key_of
from trimtab.surfaces.access.passwords import Checked, Cost, Passwords
from trimtab.surfaces.access.refusals import NotSignedIn
from trimtab.surfaces.access.roles import ALL
from trimtab.surfaces.access.sessions import Sessions, Terms
from trimtab.surfaces.access.tokens import Tokens
from trimtab.surfaces.access.users import State, User, Users, user_of
from trimtab.surfaces.access.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a password costs, how long sessions last, and when attempts are locked out."""

    cost: Cost = Cost()
    terms: Terms = Terms()
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody has given a name and a password; it counts as a failure until the password is found right."""

    key: str = field(repr=False)  # it may be a password in the wrong field
    address: str
    charge: Charge
    passwords: Passwords
    stored: str = field(repr=False)
    given: str = field(repr=False)

    def checked(self) -> Checked:
        """Whether the password is right. Slow; reads and writes nothing, so that any thread may do it."""
        return self.passwords.checked(self.stored, self.given)


class Door:
    """Who may come in, by the store of a desk. Every change is told to `told` (see changes.py)."""

    def __init__(self, store: AccessStore, parameters: Parameters | None = None, told: Listener = silent) -> None:
        held = parameters or Parameters()
        self._store, self._told = store, told
        self._lockout = Lockout(store, held.limits)
        self.passwords = Passwords(held.cost)
        self.users = Users(store, told)
        self.sessions = Sessions(store, held.terms, told)
        self.tokens = Tokens(store, told)
        self.keys = Keys(store)

    def first_run(self) -> bool:
        """Whether there is no user yet."""
        return not self._store.rows(UserRow)

    def found_administrator(self, name: str, password: str, now: np.datetime64) -> User:
        """Make the first user, with all roles. Raises UsageError where there is one already, or for a poor password."""
        self._require_first()
        hashed = self.passwords.hashed(name, password)
        with self._store.writing():
            self._require_first()  # another process may have been faster
            return user_of(self.users.add(name, ALL, by=name, now=now, password=hashed))

    def _require_first(self) -> None:
        if not self.first_run():
            raise UsageError("this desk has users already", remedy="Sign in, or ask an administrator for a user.")

    def sign_in(
        self, name: str, password: str, address: str, agent: str, now: np.datetime64, *, old: str = ""
    ) -> tuple[Visitor, str]:
        """All three steps of a sign-in; `old` is the secret that the browser held, whose session ends. See `admit`."""
        attempt = self.attempt(name, password, address, now)
        return self.admit(attempt, attempt.checked(), agent, now, old=old)

    def attempt(self, name: str, password: str, address: str, now: np.datetime64) -> Attempt:
        """The first step. Raises LockedOut after too many failures, for the account or from the address."""
        charge = self._lockout.charge(name, address, now)
        row = self._store.row(UserRow, key=key_of(name))
        return Attempt(key_of(name), place_of(address), charge, self.passwords, row.password if row else "", password)

    def admit(
        self, attempt: Attempt, checked: Checked, agent: str, now: np.datetime64, *, old: str = ""
    ) -> tuple[Visitor, str]:
        """The last step: a new session and its secret.

        Raises NotSignedIn, in the same words for a wrong password, an unknown name and a disabled user.
        """
        with self._store.writing():
            row = self._confirmed(attempt, checked)
            if row is not None:
                return self.sessions.open(row, attempt.address, agent, now, old=old)
        raise self._refused(attempt)

    def confirm(self, attempt: Attempt, checked: Checked) -> User:
        """The last step where somebody who is in has to give the password again. Raises NotSignedIn as `admit` does."""
        with self._store.writing():
            row = self._confirmed(attempt, checked)
            if row is not None:
                return user_of(row)
        raise self._refused(attempt)

    def _confirmed(self, attempt: Attempt, checked: Checked) -> UserRow | None:
        """The user as it stands now, where the password that was checked is still the one."""
        row = self._store.row(UserRow, key=attempt.key)
        if row is None or not checked.right or row.state != State.ENABLED or row.password != attempt.stored:
            return None
        self._lockout.take_back(attempt.charge)
        if checked.renewed:
            row = replace(row, password=checked.renewed)
            self._store.put(row)
        return row

    def _refused(self, attempt: Attempt) -> NotSignedIn:
        if attempt.charge.fills:
            row = self._store.row(UserRow, key=attempt.key)
            self._told(Change.LOCKED, {"user": row.name if row else "", "address": attempt.address})
        return NotSignedIn("the name or the password is not right", remedy="Check both, and whether capitals are locked.")

    def sign_in_external(
        self, issuer: str, subject: str, address: str, agent: str, now: np.datetime64, *, old: str = ""
    ) -> tuple[Visitor, str]:
        """A session for somebody whom a single sign-on vouches for. Raises NotSignedIn where no user bears that identity."""
        with self._store.writing():
            row = self._store.row(UserRow, issuer=issuer, subject=subject) if issuer and subject else None
            if row is not None and row.state == State.ENABLED:
                return self.sessions.open(row, place_of(address), agent, now, old=old)
        raise NotSignedIn("no user of this desk bears that identity", remedy="Ask an administrator to make one.")

    def visitor_of_session(self, secret: str, now: np.datetime64) -> Visitor | None:
        """Whoever the secret of a session stands for; None where it stands for nobody, or no longer."""
        return self.sessions.by_secret(secret, now)

    def visitor_of_token(self, text: str, now: np.datetime64) -> Visitor | None:
        """Whoever a token stands for; None where it stands for nobody, has expired or was revoked."""
        return self.tokens.by_text(text, now)

    def sign_out(self, secret: str, now: np.datetime64) -> None:
        """End the session of this secret; none is no error."""
        self.sessions.end(secret)

    def sweep(self, now: np.datetime64) -> None:
        """Forget sessions, tokens and keys that are over. Once a day is enough."""
        self.sessions.sweep(now)
        self.tokens.sweep(now)
        self.keys.sweep(now)
