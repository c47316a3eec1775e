"""Sessions: when they begin and end, and that an old secret never outlives a sign-in (F1, F3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.surfaces.access.doors import AGENT, ANNA, BEN, HERE, NOW, desk, door_of, entered, later
from trimtab.accounting.database.access import AccessStore
from trimtab.accounting.database.access_rows import SessionRow, UserRow
from trimtab.surfaces.access.refusals import NotSignedIn
from trimtab.surfaces.access.roles import ALL, Right, Role
from trimtab.surfaces.access.sessions import digest_of
from trimtab.surfaces.access.users import External
from trimtab.surfaces.access.visitor import Way


def test_a_session_knows_its_user() -> None:
    door = desk()
    visitor, secret = door.sign_in("ANNA", ANNA, HERE, AGENT, NOW)
    assert (visitor.name, visitor.roles, visitor.way) == ("anna", ALL, Way.SESSION)
    assert door.visitor_of_session(secret, NOW) == visitor == door.visitor_of_session(secret, NOW)
    assert len(secret) == 43


@pytest.mark.parametrize("secret", ["", "x", "x" * 43, "x" * 5000, "\ud800" * 43, "\0"])
def test_secrets_that_stand_for_nobody(secret: str) -> None:
    assert desk().visitor_of_session(secret, NOW) is None


@pytest.mark.parametrize(("name", "password"), [("anna", BEN), ("nobody", ANNA), ("anna", ""), ("", ""), ("anna", "x" * 5000)])
def test_one_answer_for_whatever_was_wrong(name: str, password: str) -> None:
    with pytest.raises(NotSignedIn) as caught:
        desk().sign_in(name, password, HERE, AGENT, NOW)
    assert str(caught.value) == "the name or the password is not right. Check both, and whether capitals are locked."
    assert caught.value.code == "TT-ACC-001"


def test_idle_sessions_end_after_eight_hours() -> None:
    door = desk()
    secret = entered(door)
    assert door.visitor_of_session(secret, later(hours=7, minutes=59, seconds=59))
    assert door.visitor_of_session(secret, later(hours=15, minutes=59, seconds=58))  # each use counts
    assert door.visitor_of_session(secret, later(hours=23, minutes=59, seconds=58)) is None


def test_used_sessions_end_after_seven_days() -> None:
    door = desk()
    secret = entered(door)
    for hour in range(4, 7 * 24, 4):
        assert door.visitor_of_session(secret, later(hours=hour))
    assert door.visitor_of_session(secret, later(days=6, hours=23, minutes=59, seconds=59))
    assert door.visitor_of_session(secret, later(days=7)) is None


def test_use_is_noted_once_a_minute() -> None:
    store = AccessStore.in_memory()
    door = desk(store)
    secret = entered(door)
    seen = []
    for second in (0, 30, 59, 60, 61, 119, 120, 200):
        door.visitor_of_session(secret, later(seconds=second))
        seen.append(store.rows(SessionRow)[0].seen[-5:])
    assert seen == ["00:00", "00:00", "00:00", "01:00", "01:00", "01:00", "02:00", "03:20"]


def test_a_look_writes_nothing_within_the_minute() -> None:
    store = AccessStore.in_memory()
    door = desk(store)
    secret, before = entered(door), store.mark()
    for _ in range(5):
        door.visitor_of_session(secret, NOW)
    assert store.mark() == before


def fixed(door, old: str) -> bool:  # type: ignore[no-untyped-def]
    """Whether a secret that somebody has planted in a browser lets them in after its owner signs in."""
    _, new = door.sign_in("ben", BEN, HERE, AGENT, NOW, old=old)
    assert new != old
    return door.visitor_of_session(old, NOW) is not None


def test_a_planted_secret_dies_at_the_sign_in() -> None:
    door = desk()
    assert not fixed(door, "planted-secret-of-somebody-else")
    assert not fixed(door, entered(door, "ben", BEN))
    assert not fixed(door, entered(door))  # even where it is a session of another user


def test_a_sign_in_that_keeps_the_old_secret_would_be_seen() -> None:
    """The control: sessions that take over the secret that the browser brought."""
    door = desk()
    opening = door.sessions.open

    def keeping(user, address, agent, now, *, old=""):  # type: ignore[no-untyped-def]
        return opening(user, address, agent, now)

    old = entered(door)
    door.sessions = type("Keeping", (), {"open": staticmethod(keeping), "by_secret": door.sessions.by_secret})()
    assert fixed(door, old)


def test_a_failed_sign_in_ends_nothing() -> None:
    door = desk()
    secret = entered(door)
    with pytest.raises(NotSignedIn):
        door.sign_in("anna", BEN, HERE, AGENT, NOW, old=secret)
    assert door.visitor_of_session(secret, NOW)


def test_signing_out_ends_one_session_only() -> None:
    door = desk()
    one, two = entered(door), entered(door)
    door.sign_out(one, NOW)
    door.sign_out(one, NOW)  # twice is no error, and neither is nonsense
    door.sign_out("nonsense", NOW)
    assert door.visitor_of_session(one, NOW) is None
    assert door.visitor_of_session(two, NOW)


def test_the_token_of_forms_belongs_to_one_session() -> None:
    door = desk()
    first, second = (door.visitor_of_session(entered(door), NOW) for _ in range(2))
    assert first is not None
    assert second is not None
    assert len(first.csrf) == 64
    assert first.csrf != second.csrf
    first.require_form(first.csrf)


def test_the_file_alone_makes_no_token_of_forms() -> None:
    store = AccessStore.in_memory()
    visitor, secret = desk(store).sign_in("anna", ANNA, HERE, AGENT, NOW)
    row = store.rows(SessionRow)[0]
    assert visitor.csrf not in (row.csrf, row.digest)
    assert row.digest == digest_of(secret) == visitor.session


def test_a_user_sees_and_ends_sessions() -> None:
    door = desk()
    first = entered(door)
    second = entered(door, at=later(minutes=5))
    theirs = entered(door, "ben", BEN)
    held = door.sessions.of("anna", later(minutes=6))
    assert [(one.seen, one.address, one.agent) for one in held] == [(later(minutes=5), HERE, AGENT), (NOW, HERE, AGENT)]
    assert not door.sessions.end_of("anna", digest_of(theirs))  # another's (F2)
    assert door.sessions.end_of("anna", held[1].id)
    assert [door.visitor_of_session(one, later(minutes=6)) is not None for one in (first, second, theirs)] == [
        False,
        True,
        True,
    ]
    assert door.sessions.of("anna", later(days=8)) == ()


def test_what_a_browser_says_of_itself_steers_nothing() -> None:
    door = desk()
    door.sign_in("anna", ANNA, HERE, "evil\x1b[2J\n\u202e\ud800" + "x" * 5000, NOW)
    (held,) = door.sessions.of("anna", NOW)
    assert held.agent.isprintable()
    assert len(held.agent) == 200


def test_single_sign_on() -> None:
    door = desk()
    door.users.create("carl", {Role.APPROVER}, by="anna", now=NOW, external=External("https://id.example", "c-17"))
    old = entered(door)
    visitor, secret = door.sign_in_external("https://id.example", "c-17", HERE, AGENT, NOW, old=old)
    assert visitor.name == "carl"
    assert door.visitor_of_session(old, NOW) is None
    for issuer, subject in [("https://id.example", "c-18"), ("https://other.example", "c-17"), ("", "")]:
        with pytest.raises(NotSignedIn):
            door.sign_in_external(issuer, subject, HERE, AGENT, NOW)
    with pytest.raises(NotSignedIn):
        door.sign_in("carl", "", HERE, AGENT, NOW)  # no password is no empty password
    door.users.disable("carl", by="anna", now=NOW)
    assert door.visitor_of_session(secret, NOW) is None
    with pytest.raises(NotSignedIn):
        door.sign_in_external("https://id.example", "c-17", HERE, AGENT, NOW)


def test_a_password_that_changed_while_it_was_checked() -> None:
    door = desk()
    attempt = door.attempt("anna", ANNA, HERE, NOW)
    checked = attempt.checked()
    door.users.set_password("anna", door.passwords.hashed("anna", "another marble kettle"), by="anna", now=NOW)
    with pytest.raises(NotSignedIn):
        door.admit(attempt, checked, AGENT, NOW)


def test_a_user_disabled_while_the_password_was_checked() -> None:
    door = desk()
    attempt = door.attempt("ben", BEN, HERE, NOW)
    checked = attempt.checked()
    door.users.disable("ben", by="anna", now=NOW)
    with pytest.raises(NotSignedIn):
        door.admit(attempt, checked, AGENT, NOW)


def test_a_password_is_asked_for_again_without_a_new_session() -> None:
    door = desk()
    attempt = door.attempt("anna", ANNA, HERE, NOW)
    assert door.confirm(attempt, attempt.checked()).name == "anna"
    wrong = door.attempt("anna", BEN, HERE, NOW)
    with pytest.raises(NotSignedIn):
        door.confirm(wrong, wrong.checked())
    assert door.sessions.of("anna", NOW) == ()


def test_a_sign_in_renews_a_hash_that_has_become_cheap() -> None:
    store = AccessStore.in_memory()
    door = desk(store)
    before = store.row(UserRow, key="anna")
    dearer = door_of(store)
    object.__setattr__(dearer, "passwords", type(door.passwords)(type(door.passwords.cost)(2, 16, 1)))
    entered(dearer)
    after = store.row(UserRow, key="anna")
    assert before is not None
    assert after is not None
    assert "t=1," in before.password
    assert "t=2," in after.password
    entered(dearer)


def test_two_processes_on_one_file(tmp_path: Path) -> None:
    """What one does binds the other at its next look, cached or not."""
    with AccessStore.open(tmp_path / "access.db") as here, AccessStore.open(tmp_path / "access.db") as there:
        ours, theirs = desk(here), door_of(there)
        secret = entered(ours, "ben", BEN)
        seen = theirs.visitor_of_session(secret, NOW)
        assert seen is not None
        assert Right.TRADE in seen.rights
        ours.users.set_roles("ben", {Role.VIEWER}, by="anna", now=NOW)
        narrowed = theirs.visitor_of_session(secret, NOW)
        assert narrowed is not None
        assert narrowed.rights == {Right.READ}
        theirs.sign_out(secret, NOW)
        assert ours.visitor_of_session(secret, NOW) is None


def test_ended_sessions_are_swept() -> None:
    store = AccessStore.in_memory()
    door = desk(store)
    entered(door)
    door.sweep(later(hours=7, minutes=59))
    assert len(store.rows(SessionRow)) == 1
    door.sweep(later(hours=8))
    assert not store.rows(SessionRow)
