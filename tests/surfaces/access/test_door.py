"""The door as a whole: nobody holds a right that the user has not now, all is told, and no secret gets out (F1, F3, F13)."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.surfaces.access.doors import AGENT, ANNA, BEN, HERE, NOW, desk, door_of, entered
from trimtab.accounting.database.access import AccessStore
from trimtab.accounting.database.access_rows import RequestRow, SessionRow, TokenRow, UserRow
from trimtab.core.errors import TrimtabError
from trimtab.surfaces.access.door import Door
from trimtab.surfaces.access.recent import Recent
from trimtab.surfaces.access.roles import Role, rights_of
from trimtab.surfaces.access.users import External, Users
from trimtab.surfaces.access.visitor import Visitor, Way

NAMES = st.sampled_from(["ben", "carl"])
SOME = st.frozensets(st.sampled_from(Role), min_size=1)
WHICH = st.integers(0, 20)


class Desk(RuleBasedStateMachine):
    """Comings, goings and changes of roles, beside a plain model of who is in."""

    def __init__(self) -> None:
        super().__init__()
        self.store = AccessStore.in_memory()
        self.door = door_of(self.store)
        self.now = NOW
        self.roles: dict[str, frozenset[Role]] = {}
        self.enabled: dict[str, bool] = {}
        self.passwords: dict[str, str] = {}
        self.sessions: dict[str, tuple[str, np.datetime64]] = {}  # the user, and when it was opened or last used
        self.opened: dict[str, np.datetime64] = {}
        self.tokens: dict[str, tuple[str, frozenset[Role], np.datetime64]] = {}
        self.ended: set[str] = set()

    @initialize()
    def begin(self) -> None:
        self.door.found_administrator("anna", ANNA, NOW)
        for name in ("ben", "carl"):
            hashed = self.door.passwords.hashed(name, BEN)
            self.door.users.create(name, {Role.TRADER}, by="anna", now=NOW, password=hashed)
            self.roles[name], self.enabled[name], self.passwords[name] = frozenset({Role.TRADER}), True, BEN

    def _end(self, secrets: list[str]) -> None:
        for secret in secrets:
            self.sessions.pop(secret, None)
            self.ended.add(secret)

    def _chosen(self, held: dict[str, Any], which: int) -> str:
        return sorted(held)[which % len(held)] if held else ""

    @rule(name=NAMES, which=WHICH, right=st.booleans())
    def sign_in(self, name: str, which: int, right: bool) -> None:
        old = self._chosen(self.sessions, which) if which % 3 == 0 else ""
        given = self.passwords[name] if right else "a wrong password"
        try:
            visitor, secret = self.door.sign_in(name, given, f"198.51.100.{which}", AGENT, self.now, old=old)
        except TrimtabError:
            assert not right or not self.enabled[name] or self._locked
            return
        assert right
        assert self.enabled[name]
        assert visitor.rights == rights_of(self.roles[name])
        assert secret not in self.sessions
        assert secret not in self.ended
        self._end([old] if old else [])
        self.sessions[secret] = (name, self.now)
        self.opened[secret] = self.now

    @property
    def _locked(self) -> bool:
        ((most,),) = self.store._session.execute("SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM failures GROUP BY key)")
        return bool(most and most >= 10)

    @rule(which=WHICH)
    def sign_out(self, which: int) -> None:
        secret = self._chosen(self.sessions, which)
        self.door.sign_out(secret, self.now)
        self._end([secret])

    @rule(name=NAMES, roles=SOME)
    def set_roles(self, name: str, roles: frozenset[Role]) -> None:
        self.door.users.set_roles(name, roles, by="anna", now=self.now)
        self.roles[name] = roles

    @rule(name=NAMES)
    def disable(self, name: str) -> None:
        self.door.users.disable(name, by="anna", now=self.now)
        self.enabled[name] = False
        self._end([secret for secret, (user, _) in self.sessions.items() if user == name])

    @rule(name=NAMES)
    def enable(self, name: str) -> None:
        self.door.users.enable(name, by="anna", now=self.now)
        self.enabled[name] = True

    @rule(name=NAMES, which=WHICH)
    def set_password(self, name: str, which: int) -> None:
        secret, self.passwords[name] = self._chosen(self.sessions, which), f"password number {which} of {name}"
        keep = next((one.session for one in [self.door.visitor_of_session(secret, self.now)] if one), "") if secret else ""
        self.door.users.set_password(
            name, self.door.passwords.hashed("", self.passwords[name]), by=name, now=self.now, keep=keep
        )
        self._end([one for one, (user, _) in self.sessions.items() if user == name and not (keep and one == secret)])

    @rule(name=NAMES, roles=SOME, days=st.integers(1, 3))
    def make_token(self, name: str, roles: frozenset[Role], days: int) -> None:
        held = roles & self.roles[name]
        if held and self.enabled[name]:
            token, text = self.door.tokens.create(name, "a notebook", held, now=self.now, days=days)
            self.tokens[text] = (name, held, token.expires)

    @rule(which=WHICH)
    def revoke(self, which: int) -> None:
        if text := self._chosen(self.tokens, which):
            assert self.door.tokens.revoke(text.split("_")[1], by="anna")
            del self.tokens[text]
            self.ended.add(text)

    @rule(hours=st.sampled_from([0, 1, 5, 9, 30]))
    def wait(self, hours: int) -> None:
        self.now += np.timedelta64(hours * 3600, "s")
        over = [
            secret
            for secret, (_, seen) in self.sessions.items()
            if self.now - seen >= np.timedelta64(8, "h") or self.now - self.opened[secret] >= np.timedelta64(7, "D")
        ]
        self._end(over)

    @invariant()
    def nobody_is_more_than_the_user(self) -> None:
        for secret, (name, _) in self.sessions.items():
            visitor = self.door.visitor_of_session(secret, self.now)
            assert visitor is not None
            assert (visitor.name, visitor.roles, visitor.rights) == (name, self.roles[name], rights_of(self.roles[name]))
            self.sessions[secret] = (name, self.now)
        for text, (name, roles, expires) in self.tokens.items():
            seen = self.door.visitor_of_token(text, self.now)
            if not self.enabled[name] or self.now >= expires:
                assert seen is None
            else:
                assert seen is not None
                assert seen.rights == rights_of(roles & self.roles[name])
        for gone in self.ended:
            assert self.door.visitor_of_session(gone, self.now) is None
            assert self.door.visitor_of_token(gone, self.now) is None


BRIEF = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_no_sequence_leaves_a_right_that_the_user_has_not() -> None:
    run_state_machine_as_test(Desk, settings=BRIEF)


class Stale(Recent[Any]):
    """A memory that is not asked whether anything has changed."""

    def get(self, key: str) -> Any:
        return self._held.get(key)


class Lenient(Users):
    """Sessions are not ended with their user."""

    def _end_sessions(self, user: str, keep: str) -> int:
        return 0


class StaleDesk(Desk):
    def __init__(self) -> None:
        super().__init__()
        self.door.sessions._recent = Stale(self.store)


class LenientDesk(Desk):
    def __init__(self) -> None:
        super().__init__()
        self.door.users = Lenient(self.store)


@pytest.mark.parametrize("broken", [StaleDesk, LenientDesk])
def test_a_stale_memory_and_a_lenient_desk_would_be_seen(broken: type[Desk]) -> None:
    quick = settings(BRIEF, report_multiple_bugs=False, print_blob=False, phases=[*settings().phases][:3])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(broken, settings=quick)


def test_everything_is_told_and_nothing_secret() -> None:
    told: list[tuple[str, dict[str, str]]] = []
    door = desk(told=lambda kind, body: told.append((kind, body)))
    secret = entered(door, "BEN", BEN)
    door.users.set_roles("ben", {Role.VIEWER, Role.TRADER}, by="anna", now=NOW)
    token, text = door.tokens.create("ben", "a notebook", {Role.VIEWER}, now=NOW, days=1)
    door.tokens.revoke(token.id, by="ben")
    door.sign_out(secret, NOW)
    door.users.set_password("ben", door.passwords.hashed("ben", "another violet anchor"), by="ben", now=NOW)
    for number in range(11):
        with pytest.raises(TrimtabError):
            door.sign_in("ben", BEN, f"198.51.100.{number}", AGENT, NOW)
    door.users.disable("ben", by="anna", now=NOW)
    door.users.enable("ben", by="anna", now=NOW)
    door.users.set_external("ben", External("https://login.example", "s-1"), by="anna", now=NOW)
    door.users.set_external("ben", None, by="anna", now=NOW)
    everything = "viewer,analyst,trader,approver,administrator"
    made = {"user": "ben", "token": token.id, "name": "a notebook"}
    assert told == [
        ("user-made", {"user": "anna", "roles": everything, "by": "anna"}),
        ("user-made", {"user": "ben", "roles": "trader", "by": "anna"}),
        ("signed-in", {"user": "ben", "address": HERE}),
        ("roles-changed", {"user": "ben", "before": "trader", "roles": "viewer,trader", "by": "anna"}),
        ("token-made", made | {"roles": "viewer", "expires": "2026-03-03T09:00:00"}),
        ("token-revoked", made | {"by": "ben"}),
        ("signed-out", {"user": "ben"}),
        ("password-changed", {"user": "ben", "ended": "0", "by": "ben"}),
        ("locked", {"user": "ben", "address": "198.51.100.9"}),
        ("user-disabled", {"user": "ben", "by": "anna"}),
        ("user-enabled", {"user": "ben", "roles": "viewer,trader", "by": "anna"}),
        ("identity-changed", {"user": "ben", "subject": "s-1", "by": "anna"}),
        ("identity-changed", {"user": "ben", "subject": "none", "by": "anna"}),
    ]
    for hidden in (ANNA, BEN, secret, text[-64:]):
        assert hidden not in repr(told)


def planted(door: Door, store: AccessStore) -> dict[str, str]:
    """Secrets that went in or came out, by what they are."""
    visitor, secret = door.sign_in("anna", ANNA, HERE, AGENT, NOW)
    _, text = door.tokens.create("anna", "a notebook", {Role.VIEWER}, now=NOW)
    door.visitor_of_token(text, NOW)
    return {"anna": ANNA, "ben": BEN, "secret": secret, "csrf": visitor.csrf, "token": text[-64:]}


def found_in(folder: Path, secrets: dict[str, str]) -> set[str]:
    held = b"".join(path.read_bytes() for path in folder.iterdir())
    return {name for name, secret in secrets.items() if secret.encode() in held}


def test_no_secret_is_in_the_files(tmp_path: Path) -> None:
    with AccessStore.open(tmp_path / "access.db") as store:
        secrets = planted(desk(store), store)
        assert found_in(tmp_path, secrets) == set()  # with the log beside it
        assert found_in(tmp_path, {"known": "argon2id"}) == {"known"}  # the search does find what is there
    assert found_in(tmp_path, secrets) == set()


def test_a_store_that_keeps_a_secret_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trimtab.surfaces.access.sessions.digest_of", lambda secret: secret)
    with AccessStore.open(tmp_path / "access.db") as store:
        assert found_in(tmp_path, planted(desk(store), store)) == {"secret"}


def test_no_secret_in_words_logs_or_errors(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store = AccessStore.in_memory()
    door = desk(store)
    secrets = planted(door, store)
    attempt = door.attempt("anna", ANNA, HERE, NOW)
    said = [attempt, attempt.checked(), door.users.all(), door.tokens.all(), door.sessions.of("anna", NOW)]
    said += [door.visitor_of_session(secrets["secret"], NOW), door, store]
    rows = [*store.rows(UserRow), *store.rows(SessionRow), *store.rows(TokenRow), *store.rows(RequestRow)]
    hidden = [*secrets.values(), *(row.password for row in store.rows(UserRow)), *(row.digest for row in store.rows(TokenRow))]
    hidden += [row.digest for row in store.rows(SessionRow)] + [row.csrf for row in store.rows(SessionRow)]
    words = [f"{one!r} {one}" for one in (*said, *rows)] + [caplog.text]
    for name, given in [("anna", BEN), (ANNA, "x"), ("anna", "\ud800" + ANNA), ("anna", ANNA * 100)]:
        try:
            door.sign_in(name, given, HERE, AGENT, NOW)
        except TrimtabError as error:
            words.append("".join(traceback.format_exception(error)))
    for poor in ("anna" + ANNA[:7], "passwordpassword"):
        try:
            door.passwords.hashed("anna", poor)
        except TrimtabError as error:
            words.append(str(error))
    assert not [secret for secret in hidden if any(secret in one for one in words)]


def test_a_visitor_shows_a_name_and_rights_only() -> None:
    visitor = Visitor("ben", frozenset(), frozenset(), Way.SESSION, csrf="canary-csrf", session="canary-session")
    assert "canary" not in repr(visitor)
