"""Promotion: one stage at a time, what each asks for, four eyes, months on paper with a decision in each, waivers of two."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.governance.promotion import (
    WATCHED,
    Evidence,
    Move,
    Stage,
    hypothesis_flaw,
    missing,
    obstacles,
    undecided,
    waived,
)
from trimtab.governance.review_plan import months_after

PAPER = date(2026, 1, 15)
TODAY = date(2026, 7, 15)  # six calendar months later, to the day
ENDS = tuple(date(2026, month, day) for month, day in ((1, 30), (2, 27), (3, 31), (4, 30), (5, 29), (6, 30)))
FULL = Evidence(
    stage=Stage.PAPER,
    committed_by="ann",
    hypothesis="trends persist for months",
    failed=(),
    paper_since=PAPER,
    decided=ENDS,
)
names = st.sampled_from(["ann", "Ann", " ANN ", "ben", "BEN", "carl", "", " "])


def said(to: Stage, by: str = "ben", on: date = TODAY, reason: str = "", **more: Any) -> str:
    return "; ".join(obstacles(Move(to, by, on, reason), replace(FULL, **more)))


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    """Anything that may stand of a policy."""
    return Evidence(
        stage=draw(st.sampled_from(list(Stage))),
        committed_by=draw(names),
        hypothesis=draw(st.sampled_from(["", "up", "trends persist for months"])),
        doubts=draw(st.sampled_from([(), ("its code was edited",)])),
        failed=draw(st.sampled_from([None, (), ("few episodes",)])),
        paper_since=draw(st.none() | st.dates(date(2025, 6, 1), TODAY)),
        decided=draw(st.lists(st.dates(date(2025, 6, 1), TODAY))),
        every=draw(st.sampled_from([1, 2, 3, 6, 12])),
        waived_by=draw(st.lists(names)),
        four_eyes=draw(st.booleans()),
    )


# Laws.


@given(at=evidence(), to=st.sampled_from(list(Stage)), by=names, reason=st.sampled_from(["", " ", "why"]))
def test_upward_one_at_a_time_and_down_with_a_reason(at: Evidence, to: Stage, by: str, reason: str) -> None:
    free = not obstacles(Move(to, by, TODAY, reason), at)
    if to >= at.stage:
        assert not free or to is at.stage.next
    else:
        assert free is bool(by.strip() and reason.strip())


@given(at=evidence(), by=names)
def test_nothing_goes_up_without_a_person_a_commitment_and_a_hypothesis(at: Evidence, by: str) -> None:
    above = at.stage.next
    if above is not None and not obstacles(Move(above, by, TODAY, "accepted"), at):
        assert by.strip()
        assert at.committed_by
        assert not hypothesis_flaw(at.hypothesis)
        assert not at.doubts
        assert above is not Stage.PAPER or at.failed is not None
        assert above is not Stage.LIVE or waived(at) or (at.paper_since and months_after(at.paper_since, 6) <= TODAY)


@given(at=evidence(), more=st.lists(names))
def test_more_signatures_and_more_decisions_never_stand_in_the_way(at: Evidence, more: list[str]) -> None:
    found = missing(Stage.LIVE, at, TODAY)
    better = replace(at, waived_by=[*at.waived_by, *more], decided=[*at.decided, *ENDS])
    assert found or not missing(Stage.LIVE, better, TODAY)


@given(people=st.lists(names))
def test_a_waiver_has_two_distinct_people_besides_who_committed(people: list[str]) -> None:
    """Names are the same person's in other letters and spaces."""
    distinct = {" ".join(one.split()).lower() for one in people} - {"", "ann"}
    assert waived(replace(FULL, waived_by=people)) is (len(distinct) >= 2)


@given(since=st.dates(date(2020, 1, 1), date(2030, 12, 31)), late=st.integers(0, 400))
def test_who_decides_at_every_month_end_is_let_through_from_the_first_day_on(since: date, late: int) -> None:
    """Whatever the day: a decision at the end of each month is in each of the last six, or the six before this one."""
    first = since.year * 12 + since.month - 1
    ends = [date((first + k + 1) // 12, (first + k + 1) % 12 + 1, 1) - timedelta(days=1) for k in range(24)]
    on = months_after(since, WATCHED) + timedelta(days=late)
    decided = [day for day in ends if since <= day <= on]
    at = replace(FULL, paper_since=since, decided=decided)
    assert missing(Stage.LIVE, at, on) == ()
    assert "end on" in "".join(missing(Stage.LIVE, at, months_after(since, WATCHED) - timedelta(days=1)))


def test_stages_are_in_order() -> None:
    assert all(one < other and other > one and one.next is other for one, other in pairwise(Stage))
    assert Stage.LIVE.next is None
    assert max(Stage) is Stage.LIVE


# What each stage asks for, by hand.


def test_a_candidate_is_committed_with_a_hypothesis() -> None:
    draft = {"stage": Stage.DRAFT}
    assert said(Stage.CANDIDATE, **draft) == ""
    assert said(Stage.CANDIDATE, committed_by="", **draft) == "nobody has committed it"
    assert said(Stage.CANDIDATE, hypothesis="", **draft) == "there is no hypothesis"
    assert said(Stage.CANDIDATE, hypothesis="up", **draft) == "one word is no hypothesis"
    assert said(Stage.CANDIDATE, hypothesis="it goes up", **draft) == "3 words are too few for a hypothesis"
    assert said(Stage.CANDIDATE, by=" ", **draft) == "nobody says that it moves"
    assert said(Stage.CANDIDATE, doubts=("the file was changed",), **draft) == "the file was changed"


def test_paper_asks_for_a_validation_and_a_reason_to_accept_what_fails() -> None:
    candidate = {"stage": Stage.CANDIDATE}
    assert said(Stage.PAPER, **candidate) == ""
    assert said(Stage.PAPER, failed=None, **candidate) == "it has not been validated as it stands"
    words = "its validation fails (few episodes, data snooping), and no reason is given to accept that"
    assert said(Stage.PAPER, failed=("few episodes", "data snooping"), **candidate) == words
    assert said(Stage.PAPER, failed=("few episodes",), reason=" ", **candidate) != ""
    assert said(Stage.PAPER, failed=("few episodes",), reason="a short history", **candidate) == ""


@pytest.mark.parametrize("by", ["ann", "Ann", "  ANN "])
def test_with_four_eyes_who_committed_promotes_to_candidate_at_most(by: str) -> None:
    words = "ann committed it: somebody else has to promote it (four eyes)"
    assert said(Stage.LIVE, by=by, four_eyes=True) == words
    assert said(Stage.PAPER, by=by, four_eyes=True, stage=Stage.CANDIDATE) == words
    assert said(Stage.CANDIDATE, by=by, four_eyes=True, stage=Stage.DRAFT) == ""
    assert said(Stage.LIVE, by=by) == ""
    assert said(Stage.DRAFT, by=by, four_eyes=True, reason="retired") == ""


def test_six_months_on_paper_end_to_the_day() -> None:
    assert said(Stage.LIVE) == ""
    assert said(Stage.LIVE, on=TODAY - timedelta(days=1)) == "its six months on paper end on 2026-07-15"
    assert said(Stage.LIVE, paper_since=None) == "it has not been on paper"


@pytest.mark.parametrize("gone", ENDS)
def test_a_month_without_a_decision_is_named(gone: date) -> None:
    words = f"no decision was recorded in {gone.isoformat()[:7]}"
    assert said(Stage.LIVE, decided=[day for day in ENDS if day != gone]) == words


def test_a_decision_before_it_went_on_paper_is_none_of_its_six() -> None:
    assert said(Stage.LIVE, decided=[date(2026, 1, 14), *ENDS[1:]]) == "no decision was recorded in 2026-01"


def test_the_month_that_is_under_way_counts_once_it_has_a_decision() -> None:
    """On 31 July: with it February to July are the last six; without it they are January to June."""
    late = date(2026, 7, 31)
    assert undecided(replace(FULL, decided=[*ENDS[1:], late]), late) == ()
    assert undecided(replace(FULL, decided=ENDS[1:]), late) == ("2026-01",)


@pytest.mark.parametrize(
    ("every", "decided", "gaps"),
    [
        (3, [date(2026, 3, 31), date(2026, 6, 30)], ()),  # quarters: January to March, April to June
        (3, [date(2026, 6, 30)], ("2026-01 to 2026-03",)),
        (2, [date(2026, 2, 27), date(2026, 4, 30), date(2026, 6, 30)], ()),
        (6, [date(2026, 6, 30)], ()),
        (12, [], ("2025-07 to 2026-06",)),  # a policy that decides once a year is watched for one decision
    ],
)
def test_who_decides_more_rarely_is_asked_for_as_many(every: int, decided: list[date], gaps: tuple[str, ...]) -> None:
    assert undecided(replace(FULL, every=every, decided=decided), TODAY) == gaps


def test_a_first_signature_is_counted_and_the_second_waives() -> None:
    early = TODAY - timedelta(days=60)
    words = "its six months on paper end on 2026-07-15; two people have to waive that, 1 did"
    assert said(Stage.LIVE, on=early, waived_by=("ben", "Ben", "ann")) == words
    assert said(Stage.LIVE, on=early, waived_by=("ben", "carl")) == ""


def test_without_the_months_all_else_is_asked_for() -> None:
    move = Move(Stage.LIVE, "ben", PAPER)
    assert obstacles(move, FULL, months=False) == ()
    assert obstacles(move, replace(FULL, doubts=("the file was changed",)), months=False) == ("the file was changed",)


def test_it_says_where_it_is_and_what_comes_next() -> None:
    assert said(Stage.PAPER) == "it is paper already"
    assert said(Stage.LIVE, stage=Stage.DRAFT) == "one stage at a time: after draft comes candidate"
    assert said(Stage.DRAFT) == "going back to draft needs a reason"
