"""ID tokens: whatever is none is refused, and keys that are for no signature are no keys. Forged ones: test_single_attacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import KeySet

from tests.surfaces.web.provider import plainly, rsa_key
from tests.surfaces.web.single_attacks import by_rsa
from trimtab.core.errors import DataError
from trimtab.surfaces.access.refusals import NotSignedIn
from trimtab.surfaces.web.single_token import LEEWAY, Expected, key_set, subject_of

CLAIMS: dict[str, Any] = {"iss": "i", "aud": "c", "nonce": "n", "sub": "s", "exp": 100, "iat": 1}
EXPECTED = Expected("i", "c", "n", 50)
TOKEN = plainly(rsa_key("first"), CLAIMS)
KEYS = KeySet([rsa_key("first")])


@settings(max_examples=100)
@given(st.one_of(st.text(), st.tuples(st.integers(0, len(TOKEN) - 5), st.text(min_size=1, max_size=2))))
def test_whatever_is_no_token_is_refused(given: str | tuple[int, str]):
    text = given if isinstance(given, str) else TOKEN[: given[0]] + given[1] + TOKEN[given[0] + len(given[1]) :]
    if text != TOKEN:
        with pytest.raises(NotSignedIn):
            subject_of(text, KEYS, EXPECTED)
    assert subject_of(TOKEN, KEYS, EXPECTED) == "s"


def test_keys_that_are_for_no_signature_are_left_out():
    good = rsa_key("first").as_dict(private=False)
    bad = [{"kty": "oct", "k": "AAAA"}, {**good, "use": "enc"}, {**good, "n": "AQAB"}, {"kty": "EC"}, {"kty": "RSA"}, 7]
    assert [key.kid for key in key_set({"keys": [*bad, good]})] == ["first"]
    for document in ({"keys": bad}, {"keys": None}, {}):
        with pytest.raises(DataError, match="no key that we can use"):
            key_set(document)


def test_it_holds_up_to_its_end_and_a_minute_more():
    assert subject_of(TOKEN, KEYS, replace(EXPECTED, now=100 + LEEWAY - 1)) == "s"
    with pytest.raises(NotSignedIn, match="has expired"):
        subject_of(TOKEN, KEYS, replace(EXPECTED, now=100 + LEEWAY))


@pytest.mark.parametrize("subject", ["", "a" * 256, "ä", "a\nb", 7, ["s"], None])
def test_a_subject_that_is_none_is_refused(subject: Any):
    with pytest.raises(NotSignedIn, match=r"does not say of whom|does not read"):
        subject_of(plainly(rsa_key("first"), CLAIMS | {"sub": subject}), KEYS, EXPECTED)


def test_what_a_header_says_besides_is_left_unread_unless_it_is_critical():
    assert subject_of(plainly(rsa_key("first"), CLAIMS, x5t="a" * 900), KEYS, EXPECTED) == "s"
    assert subject_of(by_rsa(CLAIMS, rsa_key("first"), {"kid": "first", "firm": 1}), KEYS, EXPECTED) == "s"
    with pytest.raises(NotSignedIn, match="signature"):
        subject_of(by_rsa(CLAIMS, rsa_key("first"), {"kid": "first", "firm": 1, "crit": ["firm"]}), KEYS, EXPECTED)
