"""Users: who there is, and that there is always an administrator who can come in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.surfaces.access.doors import ANNA, BEN, NOW, desk, door_of, entered, later
from trimtab.accounting.database.access import AccessStore
from trimtab.core.errors import UsageError
from trimtab.surfaces.access.door import Door
from trimtab.surfaces.access.roles import ALL, Role
from trimtab.surfaces.access.users import External, PasswordSet, State, Users

CARL = External("https://id.example", "c-17")


def test_the_first_user_is_everything_and_there_is_one_first_user() -> None:
    door = door_of()
    assert door.first_run()
    made = door.found_administrator("anna", ANNA, NOW)
    assert (made.name, made.roles, made.enabled, made.has_password, made.changed) == ("anna", ALL, True, True, NOW)
    assert not door.first_run()
    with pytest.raises(UsageError, match="has users already"):
        door.found_administrator("ben", BEN, NOW)
    assert [one.name for one in door.users.all()] == ["anna"]


def test_a_poor_first_password_makes_nobody() -> None:
    door = door_of()
    with pytest.raises(UsageError, match="fewer than 12"):
        door.found_administrator("anna", "short", NOW)
    assert door.first_run()


def test_names_are_taken_in_whatever_case() -> None:
    door = desk()
    for name in ("anna", "ANNA", "ａｎｎａ"):
        with pytest.raises(UsageError, match="already"):
            door.users.create(name, {Role.VIEWER}, by="anna", now=NOW)
    assert door.users.get("BEN").name == "ben"


def test_users_from_outside() -> None:
    door = desk()
    carl = door.users.create("carl", {Role.VIEWER}, by="anna", now=NOW, external=CARL)
    assert (carl.external, carl.has_password) == (CARL, False)
    with pytest.raises(UsageError, match="another user"):
        door.users.create("dora", {Role.VIEWER}, by="anna", now=NOW, external=CARL)
    with pytest.raises(UsageError, match="Give both"):
        door.users.create("dora", {Role.VIEWER}, by="anna", now=NOW, external=External("https://id.example", ""))
    assert not door.users.create("dora", {Role.VIEWER}, by="anna", now=NOW).has_password  # nor can she come in yet


def test_nobody_of_that_name() -> None:
    users = desk().users
    hashed = desk().passwords.hashed("x", ANNA)
    for change in (
        lambda: users.get("dora"),
        lambda: users.set_roles("dora", {Role.VIEWER}, by="anna", now=NOW),
        lambda: users.set_password("dora", hashed, by="anna", now=NOW),
        lambda: users.disable("dora", by="anna", now=NOW),
        lambda: users.enable("dora", by="anna", now=NOW),
    ):
        with pytest.raises(UsageError, match="no user of that name"):
            change()


def test_a_user_has_a_role() -> None:
    users = desk().users
    with pytest.raises(UsageError, match="at least one role"):
        users.set_roles("ben", (), by="anna", now=NOW)
    with pytest.raises(UsageError, match="at least one role"):
        users.create("dora", (), by="anna", now=NOW)


def last_is_kept(users: Users) -> bool:
    """Whether the last administrator is refused to be disabled, and to be stripped of the role."""
    changes: list[Callable[[], object]] = [
        lambda: users.set_roles("anna", {Role.VIEWER}, by="anna", now=NOW),
        lambda: users.disable("anna", by="anna", now=NOW),
    ]
    refused = 0
    for change in changes:
        try:
            change()
        except UsageError as error:
            refused += "last administrator" in str(error)
    return refused == 2


def test_the_last_administrator_stays() -> None:
    users = desk().users
    assert last_is_kept(users)
    assert users.get("anna").roles == ALL
    users.set_roles("anna", ALL - {Role.TRADER}, by="anna", now=NOW)  # other roles are free
    users.create("carl", {Role.ADMINISTRATOR}, by="anna", now=NOW)
    users.disable("carl", by="anna", now=NOW)
    assert last_is_kept(users)  # one who cannot come in does not count
    users.enable("carl", by="anna", now=NOW)
    assert users.disable("anna", by="carl", now=NOW).state is State.DISABLED


def test_a_desk_without_that_guard_would_be_seen() -> None:
    class Unguarded(Users):
        def _require_administrator(self, before, after) -> None:  # type: ignore[no-untyped-def]
            """Nothing is asked."""

    store = AccessStore.in_memory()
    desk(store)
    assert not last_is_kept(Unguarded(store))


def test_a_new_password_ends_the_other_sessions_and_counts_the_tokens() -> None:
    door = desk()
    mine, other, theirs = entered(door), entered(door), entered(door, "ben", BEN)
    door.tokens.create("anna", "a notebook", {Role.VIEWER}, now=NOW)
    door.tokens.create("anna", "one that is over", {Role.VIEWER}, now=NOW, days=1)
    asking = door.visitor_of_session(mine, NOW)
    assert asking is not None
    hashed, at = door.passwords.hashed("anna", "another marble kettle"), later(days=1)
    assert door.users.set_password("anna", hashed, by="anna", now=at, keep=asking.session) == PasswordSet(1, 1)
    standing = [door.visitor_of_session(one, later(hours=1)) is not None for one in (mine, other, theirs)]
    assert standing == [True, False, True]
    assert entered(door, "anna", "another marble kettle", at)


def test_a_disabled_user_is_out_and_comes_back_with_nothing_open() -> None:
    door = desk()
    secret = entered(door, "ben", BEN)
    _, text = door.tokens.create("ben", "a notebook", {Role.TRADER}, now=NOW)
    door.users.disable("ben", by="anna", now=NOW)
    assert (door.visitor_of_session(secret, NOW), door.visitor_of_token(text, NOW)) == (None, None)
    assert door.users.enable("ben", by="anna", now=NOW).roles == {Role.TRADER}
    assert door.visitor_of_session(secret, NOW) is None
    assert door.visitor_of_token(text, NOW) is not None


def test_a_change_that_cannot_be_told_is_not_made() -> None:
    def deaf(kind: str, body: dict[str, str]) -> None:
        raise OSError("the journal is full")

    store = AccessStore.in_memory()
    desk(store)
    door = Door(store, None, deaf)
    for change in (
        lambda: door.users.set_roles("ben", ALL, by="anna", now=NOW),
        lambda: door.users.create("carl", ALL, by="anna", now=NOW),
        lambda: door.tokens.create("ben", "x", {Role.TRADER}, now=NOW),
    ):
        with pytest.raises(OSError, match="journal"):
            change()
    assert [(one.name, one.roles) for one in door.users.all()] == [("anna", ALL), ("ben", {Role.TRADER})]
    assert door.tokens.all() == ()
