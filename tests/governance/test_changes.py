"""Change requests: four eyes, cooling-off, two signatures after extreme years, full-cycle reviews."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.governance.changes import Cause, Change, Circumstances, Terms, obstacles, others

ASKED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CHANGE = Change("a" * 64, "b" * 64, Cause.FLAW, "dividends were counted twice", "ann", ASKED)
FINE = Circumstances(ASKED + timedelta(days=10), ("bob",), 0.01, validated=True)


def said(change: Change = CHANGE, **more: object) -> str:
    return "; ".join(obstacles(change, Terms(), replace(FINE, **more)))  # type: ignore[arg-type]


def test_one_other_person_after_ten_days() -> None:
    assert said() == ""


def test_cooling_off_ends_to_the_second() -> None:
    assert said(now=ASKED + timedelta(days=10, seconds=-1)) == "the cooling-off ends on 2026-03-12"


@pytest.mark.parametrize("name", ["ann", "Ann", " ANN ", "", " ", "ann\u200b", "\u200bann", "\uff41nn", "\u200b"])
def test_who_asks_never_approves(name: str) -> None:
    assert said(approved_by=(name,)) == "somebody other than ann has to approve it"


@pytest.mark.parametrize("relative", [-0.051, 0.051, None])
def test_after_panic_or_chasing_two_sign(relative: float | None) -> None:
    words = said(relative=relative)
    assert "two people other than ann have to sign, 1 did" in words
    assert "two people" in said(relative=relative, approved_by=("bob", "Bob", "ann"))
    assert said(relative=relative, approved_by=("bob", "eve")) == ""


def test_the_edge_is_not_extreme() -> None:
    assert said(relative=0.05) == said(relative=-0.05) == ""


def test_reviews_open_parameters_only_at_the_end_of_a_cycle() -> None:
    review = replace(CHANGE, cause=Cause.REVIEW)
    assert said(review) == "no full-cycle review is under way, and no other opens parameters"
    assert said(review, full_cycle=True) == ""


def test_nothing_changes_without_validation() -> None:
    assert said(validated=False) == "the new policy has not been validated"


def test_everything_that_is_missing_is_said_at_once() -> None:
    nothing = Circumstances(ASKED, (), -0.2)
    assert len(obstacles(replace(CHANGE, cause=Cause.REVIEW), Terms(), nothing)) == 4


@given(st.lists(st.sampled_from(["ann", "Ann", "bob", "BOB ", "eve", ""])), st.floats(-0.5, 0.5))
def test_one_signature_more_never_closes_what_was_open(people: list[str], relative: float) -> None:
    before = obstacles(CHANGE, Terms(), replace(FINE, approved_by=people, relative=relative))
    after = obstacles(CHANGE, Terms(), replace(FINE, approved_by=[*people, "joe"], relative=relative))
    assert len(after) <= len(before)
    needed = 2 if abs(relative) > 0.05 else 1
    assert (not before) == (len({name.strip().casefold() for name in people} - {"ann", ""}) >= needed)


def test_names() -> None:
    assert others(["Bob", "bob", "ann", ""], "Ann") == {"bob"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"new": "a" * 64}, "nothing to change"),
        ({"why": " "}, "no reason"),
        ({"requested_by": " "}, "nobody asks"),
        ({"requested": datetime(2026, 3, 2)}, "no time zone"),  # noqa: DTZ001 - this is what is refused
    ],
)
def test_what_is_no_request(change: dict[str, object], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        replace(CHANGE, **change)  # type: ignore[arg-type]
