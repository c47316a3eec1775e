"""Who is who: one person under two spellings is one, and a name that nobody sees is nobody's."""

from __future__ import annotations

import unicodedata

import pytest

from trimtab.core.persons import is_program, people, person, same_person

JURGEN = "J\u00fcrgen Stra\u00dfe"
UNSEEN = ("\u200b", "\u00ad", "\u2060", "\ufeff", "\u202e", "\ufe0f", "\u034f", "\u3164", "\u2800", "\U000e0041", "\x00", "\n")


@pytest.mark.parametrize(
    "other",
    [
        *(unicodedata.normalize(form, JURGEN) for form in ("NFC", "NFD", "NFKC", "NFKD")),
        *(JURGEN.upper(), "j\u00fcrgen  strasse", f" {JURGEN}\t", "\uff2a\u00fcrgen\u00a0Stra\u00dfe"),
        *(f"{JURGEN}{one}" for one in UNSEEN),
        *(f"{one}{JURGEN}" for one in UNSEEN),
        *(f"J{one}\u00fcrgen Stra\u00dfe" for one in UNSEEN[:-1]),
    ],
)
def test_one_person_in_two_spellings_is_one(other: str) -> None:
    assert same_person(JURGEN, other)
    assert people([JURGEN, other]) == (JURGEN,)


def test_two_people_are_two() -> None:
    assert not same_person("Jurgen", "J\u00fcrgen")
    assert not same_person("ann", "anna")
    assert people(["ben", " anna ", "", "Ben\u200b"]) == ("ben", "anna")


@pytest.mark.parametrize("name", ["", " ", "\t\n", *UNSEEN, "".join(UNSEEN)])
def test_a_name_that_nobody_sees_is_nobody(name: str) -> None:
    assert person(name) == ""
    assert not same_person(name, name)


@pytest.mark.parametrize(
    ("name", "program"), [("assistant", True), (" Assistant ", True), ("schedule:monthly", True), ("anna", False), ("", False)]
)
def test_programs_of_ours_are_known_by_name(name: str, program: bool):
    assert is_program(name) is program
