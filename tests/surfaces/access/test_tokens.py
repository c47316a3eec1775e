"""Tokens of programs: shown once, never more than their user, over when they are over (F1, F2, F13)."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.surfaces.access.doors import NOW, desk, later
from trimtab.accounting.database.access import AccessStore
from trimtab.accounting.database.access_rows import TokenRow
from trimtab.core.errors import UsageError
from trimtab.surfaces.access.roles import ALL, Role, rights_of
from trimtab.surfaces.access.tokens import SHAPE
from trimtab.surfaces.access.visitor import Way

SOME = st.frozensets(st.sampled_from(Role), min_size=1)


@given(SOME, SOME)
def test_a_token_may_do_what_it_and_its_user_have_in_common(token: frozenset[Role], later_on: frozenset[Role]) -> None:
    door = desk()
    door.users.set_roles("ben", ALL, by="anna", now=NOW)
    _, text = door.tokens.create("ben", "a notebook", token, now=NOW)
    assert door.visitor_of_token(text, NOW) is not None
    door.users.set_roles("ben", later_on, by="anna", now=NOW)
    visitor = door.visitor_of_token(text, NOW)
    assert visitor is not None
    assert visitor.way is Way.TOKEN
    assert visitor.roles == token & later_on
    assert visitor.rights == rights_of(token & later_on)


def test_the_text_is_what_scanners_look_for() -> None:
    token, text = desk().tokens.create("ben", "a notebook", {Role.TRADER}, now=NOW)
    assert re.fullmatch(SHAPE, text)
    assert text.startswith(f"trimtab_{token.id}_")


def test_how_long_a_token_lasts() -> None:
    door = desk()
    for days, asked in [(90, {}), (1, {"days": 1}), (366, {"days": 366})]:
        token, text = door.tokens.create("ben", "a notebook", {Role.TRADER}, now=NOW, **asked)
        assert token.expires == later(days=days)
        assert door.visitor_of_token(text, token.expires - np.timedelta64(1, "s"))
        assert door.visitor_of_token(text, token.expires) is None
    for days in (0, 367, -1):
        with pytest.raises(UsageError, match="1 to 366 days"):
            door.tokens.create("ben", "a notebook", {Role.TRADER}, now=NOW, days=days)


def test_what_cannot_be_made() -> None:
    door = desk()
    for roles in ({Role.APPROVER}, {Role.TRADER, Role.ADMINISTRATOR}, set()):
        with pytest.raises(UsageError, match="those of the user: trader"):
            door.tokens.create("ben", "a notebook", roles, now=NOW)
    for name in ("", " ", "x" * 81, "a\nb", "\ud800"):
        with pytest.raises(UsageError, match="has a name"):
            door.tokens.create("ben", name, {Role.TRADER}, now=NOW)
    door.users.disable("ben", by="anna", now=NOW)
    for user in ("ben", "nobody"):
        with pytest.raises(UsageError, match="no such user"):
            door.tokens.create(user, "a notebook", {Role.TRADER}, now=NOW)


def test_texts_that_stand_for_nobody() -> None:
    door = desk()
    token, text = door.tokens.create("ben", "a notebook", {Role.TRADER}, now=NOW)
    _, other = door.tokens.create("anna", "another", {Role.VIEWER}, now=NOW)
    assert door.visitor_of_token(text, NOW) is not None
    crossed = f"trimtab_{token.id}_{other[-64:]}"  # the id of one, the secret of another
    for wrong in ("", text[:-1], f"{text}0", f"{text}\n", text.upper(), crossed, "trimtab_" + "0" * 77, "\ud800", "x" * 10_000):
        assert door.visitor_of_token(wrong, NOW) is None


def test_a_revoked_token_is_over_at_once_and_only_for_its_user() -> None:
    door = desk()
    token, text = door.tokens.create("ben", "a notebook", {Role.TRADER}, now=NOW)
    assert door.visitor_of_token(text, NOW)
    assert not door.tokens.revoke(token.id, by="anna", user="anna")  # not hers (F2)
    assert not door.tokens.revoke("000000000000", by="anna")
    assert door.visitor_of_token(text, NOW)
    assert door.tokens.revoke(token.id, by="ben", user="BEN")
    assert door.visitor_of_token(text, NOW) is None
    assert not door.tokens.revoke(token.id, by="ben")


def test_the_list_shows_use_and_no_secret() -> None:
    door = desk()
    first, text = door.tokens.create("ben", "a notebook", {Role.TRADER}, now=NOW)
    door.tokens.create("anna", "another", {Role.VIEWER}, now=later(minutes=1))
    assert first.used is None
    for second in (10, 50, 69, 71):
        door.visitor_of_token(text, later(seconds=second))
    (mine,) = door.tokens.all("BEN")
    assert (mine.user, mine.name, mine.roles, mine.used) == ("ben", "a notebook", {Role.TRADER}, later(seconds=70 + 1))
    assert [one.user for one in door.tokens.all()] == ["anna", "ben"]
    assert text[-64:] not in repr(door.tokens.all())


def test_tokens_that_expired_long_ago_are_swept() -> None:
    store = AccessStore.in_memory()
    door = desk(store)
    door.tokens.create("ben", "a notebook", {Role.TRADER}, now=NOW)
    door.sweep(later(days=119))
    assert len(store.rows(TokenRow)) == 1
    door.sweep(later(days=120))
    assert not store.rows(TokenRow)
