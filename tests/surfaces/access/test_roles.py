"""Which role brings which right, and that an administrator does not approve."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import UsageError
from trimtab.surfaces.access.refusals import Forbidden
from trimtab.surfaces.access.roles import ALL, Right, Role, read, rights_of, roles_of, written
from trimtab.surfaces.access.visitor import Visitor, Way

SOME = st.frozensets(st.sampled_from(Role))
TABLE = {
    "viewer": "read",
    "analyst": "read research",
    "trader": "read research trade stop",
    "approver": "read approve stop",
    "administrator": "read administer stop",
}


@given(SOME, SOME)
def test_rights_add_up(one: frozenset[Role], two: frozenset[Role]) -> None:
    assert rights_of(one | two) == rights_of(one) | rights_of(two)
    assert rights_of(one & two) <= rights_of(one) & rights_of(two)


@given(SOME)
def test_roles_come_back_as_they_were_written(roles: frozenset[Role]) -> None:
    assert read(written(roles)) == roles
    assert written(sorted(roles)) == written(roles)


def test_the_table_of_rights() -> None:
    assert {role: frozenset(words.split()) for role, words in TABLE.items()} == {role: rights_of([role]) for role in Role}
    assert rights_of(ALL) == frozenset(Right)
    assert Right.APPROVE not in rights_of([Role.ADMINISTRATOR])


@pytest.mark.parametrize("words", [[], ["root"], ["viewer", ""]])
def test_words_that_are_no_roles(words: list[str]) -> None:
    with pytest.raises(UsageError, match="viewer, analyst, trader, approver, administrator"):
        roles_of(words)
    assert roles_of(["viewer", "viewer"]) == {Role.VIEWER}


@given(SOME, st.sampled_from(Right))
def test_a_visitor_does_what_the_rights_say(roles: frozenset[Role], right: Right) -> None:
    visitor = Visitor("ben", roles, rights_of(roles), Way.TOKEN)
    if right in visitor.rights:
        visitor.require(right)
    else:
        with pytest.raises(Forbidden, match=f"ben .* has no right to {right}") as caught:
            visitor.require(right)
        assert caught.value.code == "TT-ACC-003"


def test_a_form_brings_the_token_of_its_session_back() -> None:
    visitor = Visitor("ben", frozenset(), frozenset(), Way.SESSION, csrf="a" * 64)
    visitor.require_form("a" * 64)
    for other in ("", "b" * 64, "a" * 63, "é", "\ud800"):
        with pytest.raises(Forbidden):
            visitor.require_form(other)
    with pytest.raises(Forbidden):
        Visitor("ben", frozenset(), frozenset(), Way.SESSION).require_form("")  # a session without a token forgives nothing
    Visitor("ben", frozenset(), frozenset(), Way.TOKEN).require_form("")
