"""The calendar that the system keeps, when parameters are open, and what is written down of a review that was held."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desk.adhered_worlds import BEGUN, Desk, at, desk, later
from tests.promoted import put_at
from trimtab.accounting.database.notes import notes
from trimtab.core.errors import UsageError
from trimtab.desk.books import Signature
from trimtab.desk.following_history import policy_of, stretches
from trimtab.desk.process_notes import REVIEWED
from trimtab.desk.review_calendar import Minutes, hold_review, reviews_due
from trimtab.desk.review_periods import Kind, cycle_under_way, reviewed
from trimtab.governance.promotion import Stage
from trimtab.governance.review_plan import months_after

FIRST, SECOND, CYCLE = date(2001, 4, 10), date(2001, 7, 10), date(2004, 1, 10)
THERE = Minutes(("anna", " ben "), "we look again")


def days(made: Desk, today: date) -> list[tuple[str, str]]:
    return [(str(one.on), one.kind.value) for one in reviews_due(made.book, "", today)]


def held(made: Desk, today: date, kind: Kind = Kind.QUARTER, minutes: Minutes = THERE, score: int = 100) -> int:
    about = reviewed(made.book, "P1", today, kind)
    return hold_review(made.book, about, kind, Fraction(score), minutes, Signature("carl", at(today)))


def test_a_review_that_is_due_stays_on_the_calendar_until_it_is_held(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        assert days(made, later(FIRST, -1)) == [("2001-04-10", "quarter"), ("2004-01-10", "cycle")]
        due = [("2001-04-10", "quarter"), ("2001-07-10", "quarter"), ("2004-01-10", "cycle")]
        assert days(made, FIRST) == days(made, later(FIRST, 40)) == due
        assert [one.pending(FIRST) for one in reviews_due(made.book, "P1", FIRST)] == [True, False, False]
        held(made, later(FIRST, 40))
        assert days(made, later(FIRST, 40)) == due[1:]


def test_of_several_that_were_missed_the_last_stands_on_the_calendar(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        assert days(made, SECOND)[0] == ("2001-07-10", "quarter")
        held(made, SECOND)
        assert days(made, SECOND)[0] == ("2001-10-10", "quarter")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ahead=st.integers(0, 1500), holds=st.lists(st.integers(0, 1500), max_size=3))
def test_the_calendar_is_sorted_and_what_is_pending_is_what_exit_codes_ask_for(
    tmp_path_factory: pytest.TempPathFactory, ahead: int, holds: list[int]
) -> None:
    """Exactly the kinds whose last due day was not held are pending, and each next one lies ahead."""
    with desk(tmp_path_factory.mktemp("any")) as made:
        for day in sorted(holds):
            when = later(BEGUN, day)
            if reviewed(made.book, "P1", when).due is not None:
                held(made, when)
        today = later(BEGUN, max([ahead, *holds]))
        found = reviews_due(made.book, "", today)
        assert [one.on for one in found] == sorted(one.on for one in found)
        for kind in (Kind.QUARTER, Kind.CYCLE):
            pending = [one.on for one in found if one.kind is kind and one.pending(today)]
            assert pending == [day for day in [reviewed(made.book, "P1", today, kind).due] if day is not None]
            assert any(one.kind is kind and one.on > today for one in found)


def test_a_review_looks_at_the_time_since_the_one_before(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        one = reviewed(made.book, "P1", later(FIRST, 3))
        assert (one.first, one.last, one.due, one.following) == (BEGUN, later(FIRST, -7), FIRST, SECOND)
        held(made, later(FIRST, 3))
        one = reviewed(made.book, "P1", later(FIRST, 5))
        assert (one.first, one.last, one.due) == (later(FIRST, -6), later(FIRST, 5), None)
        one = reviewed(made.book, "P1", SECOND)
        assert (one.first, one.last, one.due) == (later(FIRST, -6), later(SECOND, -7), SECOND)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(late=st.lists(st.integers(0, 80), min_size=4, max_size=12))
def test_reviews_that_are_held_look_at_every_day_once(tmp_path_factory: pytest.TempPathFactory, late: list[int]) -> None:
    """However late each is held, within its quarter: the first one begins on the first day, each other after the one before."""
    with desk(tmp_path_factory.mktemp("tiled")) as made:
        until = later(BEGUN, -1)
        for number, days_late in enumerate(late, 1):
            today = later(months_after(BEGUN, 3 * number), days_late)
            one = reviewed(made.book, "P1", today)
            assert one.first == later(until, 1)
            assert one.due is not None
            assert one.last < one.due <= today
            held(made, today)
            until = one.last


def test_reviews_are_counted_from_the_commitment_where_there_is_one(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        put_at(made.book, made.policy, Stage.CANDIDATE, at=at(date(2001, 2, 1)))
        assert days(made, BEGUN) == [("2001-05-01", "quarter"), ("2004-02-01", "cycle")]


def test_reviews_that_were_due_before_an_account_followed_the_policy_are_not_its_own(tmp_path: Path) -> None:
    """Committed to on 1 October 2000, followed since 10 January: the review of 1 January 2001 is not the account's."""
    with desk(tmp_path) as made:
        put_at(made.book, made.policy, Stage.CANDIDATE, at=at(date(2000, 10, 1)))
        assert days(made, BEGUN) == [("2001-04-01", "quarter"), ("2003-10-01", "cycle")]


def test_six_months_on_paper_stand_on_the_calendar_until_the_policy_is_live(tmp_path: Path) -> None:
    for stage, shown in ((Stage.PAPER, True), (Stage.LIVE, False)):
        with desk(tmp_path / stage.value) as made:
            put_at(made.book, made.policy, stage, at=at(date(2001, 2, 1)))
            assert (("2001-08-01", "watch") in days(made, BEGUN)) is shown


def test_overrides_and_requests_stand_on_the_calendar_with_what_to_do(tmp_path: Path) -> None:
    """An override that lives to 1 March; a request of 1 February cools off for ten days, and is off once it was made."""
    with desk(tmp_path) as made:
        body = {"id": "O-1", "begins": "2001-02-01", "ends": "2001-03-01", "shifts": {}, "holds": ["A"], "why": "strike"}
        made.note("override", body, at(date(2001, 2, 1)))
        asked = {"id": "C-1", "old": made.policy.sha256, "new": "0" * 64, "cause": "data error", "why": "wrong split"}
        made.note("change.requested", asked, at(date(2001, 2, 1)), "", "ben")
        found = {one.kind: one for one in reviews_due(made.book, "P1", date(2001, 2, 2))}
        assert str(found[Kind.OVERRIDE].on) == "2001-03-01"
        assert found[Kind.OVERRIDE].what == "override O-1 of anna ends by itself (strike)"
        assert str(found[Kind.CHANGE].on) == "2001-02-11"
        assert found[Kind.CHANGE].what == "request C-1 of ben to change law (data error)"
        assert all(one.do for one in found.values())
        made.note("override.ended", {"id": "O-1", "on": "2001-02-05", "why": "over"}, at(date(2001, 2, 5)))
        made.note("change.made", {"id": "C-1", "old": made.policy.sha256, "new": made.policy.sha256}, at(date(2001, 2, 20)))
        assert {one.kind for one in reviews_due(made.book, "P1", date(2001, 2, 21))} == {Kind.QUARTER, Kind.CYCLE}


def test_parameters_are_open_from_the_end_of_a_cycle_until_90_days_after_its_review(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        assert cycle_under_way(made.book, "P1", later(CYCLE, -1)) is None
        assert cycle_under_way(made.book, "P1", CYCLE) == CYCLE
        assert cycle_under_way(made.book, "P1", later(CYCLE, 90)) == CYCLE
        held(made, later(CYCLE, 90), Kind.CYCLE)
        assert cycle_under_way(made.book, "P1", later(CYCLE, 180)) == CYCLE
        assert cycle_under_way(made.book, "P1", later(CYCLE, 181)) is None


def test_what_is_held_is_written_down_as_the_notes_of_the_process_say(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        record = held(made, later(FIRST, 3), score=91)
        (note,) = notes(made.book, REVIEWED)
        assert (note.record, note.place, note.author) == (record, "P1", "carl")
        assert note.body == {
            "kind": "quarter", "due": "2001-04-10", "score": "91", "said": "we look again", "attended": ["anna", "ben"],
        }  # fmt: skip


def test_a_review_is_held_by_somebody_when_it_is_due_and_a_low_score_is_spoken_of(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        with pytest.raises(UsageError, match="no review of the process of P1 is due: the next one is on 2001-04-10"):
            held(made, later(FIRST, -1))
        with pytest.raises(UsageError, match="nobody attended"):
            held(made, FIRST, minutes=Minutes((" ", "\u200b"), "x"))
        with pytest.raises(UsageError, match="nothing is said of it"):
            held(made, FIRST, minutes=Minutes(("anna",), " "), score=99)
        assert notes(made.book, REVIEWED) == ()
        held(made, FIRST, minutes=Minutes(("anna",)))


def test_another_policy_begins_a_calendar_of_its_own(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        other = "f" * 64
        made.note("follows", {"policy": "other.yaml", "sha256": other, "name": "other"}, at(date(2001, 3, 1)))
        first, second = stretches(made.book, "P1")
        assert (first.begins, first.ends, second.begins, second.ends) == (BEGUN, date(2001, 3, 1), date(2001, 3, 1), None)
        assert first.holds(date(2001, 2, 28))
        assert not first.holds(date(2001, 3, 1))
        with pytest.raises(UsageError, match=r"cannot read the policy other\.yaml"):
            policy_of(made.book, other)


def test_a_decision_for_an_earlier_day_begins_the_first_stretch_there(tmp_path: Path) -> None:
    """Followed on the morning of 10 January, decided for the close of the 9th."""
    with desk(tmp_path) as made:
        made.note("decision", {"policy": made.policy.sha256, "when": "2001-01-09", "batch": "x", "nav": 1.0}, at(BEGUN))
        (one,) = stretches(made.book, "P1")
        assert one.begins == date(2001, 1, 9)
