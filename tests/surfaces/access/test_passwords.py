"""Passwords: what is refused, what is renewed, and that nobody costs as much as somebody."""

from __future__ import annotations

import sys
import unicodedata

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError, UsageError
from trimtab.surfaces.access.passwords import Checked, Cost, Passwords

CHEAP = Passwords(Cost(1, 8, 1))
GOOD = "four violet kettles sing"


@settings(max_examples=40)
@given(st.text(min_size=12, max_size=60), st.text(max_size=60))
def test_a_password_opens_what_it_closed(password: str, other: str) -> None:
    try:
        hashed = CHEAP.hashed("anna", password)
    except UsageError:
        return
    assert CHEAP.checked(hashed.hash, password) == Checked(right=True)
    same = unicodedata.normalize("NFKC", password) == unicodedata.normalize("NFKC", other)
    assert CHEAP.checked(hashed.hash, other).right is same


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        ("anna", "eleven char", "fewer than 12"),
        ("anna", "x7" * 513, "more than 1024 bytes"),
        ("anna", "é" * 512 + "x", "more than 1024 bytes"),
        ("anna", "passwordpassword", "first that would be guessed"),
        ("anna", "PasswordPassword", "first that would be guessed"),
        ("anna", "ababababababab", "first that would be guessed"),
        ("anna", "012345678901", "first that would be guessed"),
        ("anna.of.the.desk", "Anna.Of.The.Desk", "little more than the name"),
        ("anna", "annaannaanna", "little more than the name"),
        ("benedict", "benedict2026", "little more than the name"),
    ],
)
def test_poor_passwords(name: str, password: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        CHEAP.hashed(name, password)
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    "password", [GOOD, "x7%" + "q" * 1021, "twelve chars", "é" * 6 + "ünlíght", "\ud800 lone half of a pair"]
)
def test_good_passwords(password: str) -> None:
    assert CHEAP.checked(CHEAP.hashed("anna", password).hash, password).right


def test_the_same_letters_from_another_keyboard() -> None:
    hashed = CHEAP.hashed("anna", unicodedata.normalize("NFD", "les élèves été là"))
    assert CHEAP.checked(hashed.hash, unicodedata.normalize("NFC", "les élèves été là")).right


def test_the_cost_is_that_of_the_parameters() -> None:
    found = argon2.extract_parameters(Passwords(Cost(2, 16, 2)).hashed("anna", GOOD).hash)
    assert (found.type, found.time_cost, found.memory_cost, found.parallelism) == (argon2.Type.ID, 2, 16, 2)
    default = Cost()
    assert default.memory >= 19 * 1024  # OWASP, Password Storage Cheat Sheet: at least this, with two rounds
    assert default.rounds >= 2


def test_a_dearer_cost_renews_and_a_cheaper_one_does_not() -> None:
    old, dear = CHEAP.hashed("anna", GOOD).hash, Passwords(Cost(2, 16, 1))
    checked = dear.checked(old, GOOD)
    assert checked.right
    assert dear.checked(checked.renewed, GOOD) == Checked(right=True)
    assert not dear.checked(old, "something else here").renewed
    assert not CHEAP.checked(checked.renewed, GOOD).renewed


def test_nobody_costs_as_much_as_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is counted, not timed: calls and their parameters (F11)."""
    stored, verify = CHEAP.hashed("anna", GOOD).hash, argon2.PasswordHasher.verify
    work: list[tuple[int, int, int]] = []

    def counted(self: argon2.PasswordHasher, known: str, password: bytes) -> bool:
        found = argon2.extract_parameters(known)
        work.append((found.time_cost, found.memory_cost, found.hash_len))
        return bool(verify(self, known, password))

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    for known, password in [
        (stored, GOOD),
        (stored, "wrong one, sorry"),
        ("", GOOD),
        ("", "x"),
        (stored, "x" * 5000),
        ("", ""),
    ]:
        work.clear()
        assert CHEAP.checked(known, password).right is (known == stored and password == GOOD)
        assert work == [(1, 8, 32)]


def test_a_shortcut_for_nobody_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: a check that leaves the hash out for an unknown name does no work at all."""
    work: list[str] = []
    monkeypatch.setattr(argon2.PasswordHasher, "verify", lambda *_: work.append("hash"))

    def hasty(stored: str, password: str) -> Checked:
        return CHEAP.checked(stored, password) if stored else Checked(right=False)

    hasty("", GOOD)
    assert work == []
    CHEAP.checked("", GOOD)
    assert work == ["hash"]


@pytest.mark.parametrize("stored", ["$argon2id$canary", "canary", "$argon2id$v=19$m=8,t=1,p=1$canary"])
def test_a_damaged_hash_says_so_without_showing_it(stored: str) -> None:
    with pytest.raises(DataError, match="damaged") as caught:
        CHEAP.checked(stored, GOOD)
    assert "canary" not in str(caught.value)


def test_no_secret_in_a_repr() -> None:
    hashed = CHEAP.hashed("anna", GOOD)
    assert hashed.hash not in repr(hashed)
    assert "argon2" not in repr(Checked(right=True, renewed=hashed.hash))


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "argon2", None)
    for work in (lambda: CHEAP.hashed("anna", GOOD), lambda: CHEAP.checked("", GOOD)):
        with pytest.raises(UsageError, match=r"pip install 'trimtab\[web\]'"):
            work()
