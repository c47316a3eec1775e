"""Names: one key for what looks the same, and nothing that could steer a page or an address."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import UsageError
from trimtab.surfaces.access.names import key_of, name_of

LETTERS = st.text(st.characters(categories=["L", "Nd"]) | st.sampled_from("._-@"), min_size=1, max_size=40)


@given(LETTERS)
def test_case_and_spelling_make_no_other_user(text: str) -> None:
    try:
        name = name_of(text)
    except UsageError:
        return
    assert name_of(name) == name
    assert key_of(text) == key_of(name) == key_of(unicodedata.normalize("NFD", name))
    assert key_of(key_of(name)) == key_of(name)


@given(st.text())
def test_any_text_has_a_key(text: str) -> None:
    assert len(key_of(text)) < 10_000
    key_of(text).encode()


@pytest.mark.parametrize("name", ["anna", "b", "anna.b_c-d@desk", "Ärzte", "Ｂｅｎ", "李", "4eyes", "a" * 40])
def test_names_that_are_taken(name: str) -> None:
    assert name_of(name) == unicodedata.normalize("NFKC", name)


@pytest.mark.parametrize(
    "name", ["", "a" * 41, "an na", ".", "..", "-x", "a/b", "a\0", "<b>", "a\u202eb", "\ud800", "a,b", "﷽﷽﷽"]
)
def test_names_that_are_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        name_of(name)
    words = "Use 1 to 40 letters, digits and the signs . _ - @, beginning with a letter or a digit."
    assert str(caught.value) == f"this cannot be the name of a user. {words}"


def test_the_same_name_by_another_key() -> None:
    assert key_of("ANNA") == key_of("anna") == key_of("ａｎｎａ")
    assert key_of("Straße") == key_of("STRASSE")
