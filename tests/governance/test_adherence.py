"""The process score: worked by hand, laws, and what cannot be."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.governance.adherence import Adherence, Duty, Violation, joined

DAY = date(2026, 3, 31)


def violation(duty: Duty, occasion: str = "2026-03", when: date = DAY) -> Violation:
    return Violation(duty, occasion, when, "late", "journal 7")


@st.composite
def kept(draw: st.DrawFn, name: str = "") -> Adherence:
    due = {duty: draw(st.integers(0, 12)) for duty in Duty}
    broken = [violation(duty, f"{name}{k}") for duty in Duty for k in range(draw(st.integers(0, due[duty])))]
    return Adherence(due, tuple(broken))


def test_worked_by_hand() -> None:
    """One of 12 decisions late: 25 x 11 / 12. Two of 12 trades: 25 x 10 / 12. One of 4 reviews: 10 x 3 / 4. Else kept."""
    broken = (
        violation(Duty.SIGNALS),
        violation(Duty.TRADES),
        violation(Duty.TRADES, "2026-04"),
        violation(Duty.REVIEWS, "2026 Q1"),
    )
    found = Adherence({Duty.SIGNALS: 12, Duty.TRADES: 12, Duty.LIMITS: 12, Duty.OVERRIDES: 2, Duty.REVIEWS: 4}, broken)
    assert found.score == Fraction(25 * 11, 12) + Fraction(25 * 10, 12) + 20 + 20 + Fraction(30, 4)
    assert round(float(found.score), 2) == 91.25


def test_the_weights_are_those_of_the_method() -> None:
    assert [duty.weight for duty in Duty] == [25, 25, 20, 20, 10]


def test_two_violations_on_one_occasion_count_once() -> None:
    once = Adherence({Duty.LIMITS: 4}, (violation(Duty.LIMITS),))
    twice = Adherence({Duty.LIMITS: 4}, (violation(Duty.LIMITS), violation(Duty.LIMITS)))
    assert once.score == twice.score == 95
    assert len(twice.violations) == 2  # both are listed


def test_what_was_never_due_is_kept() -> None:
    assert Adherence({}).score == 100


@given(kept())
def test_between_0_and_100_and_100_only_without_violations(found: Adherence) -> None:
    assert 0 <= found.score <= 100
    assert (found.score == 100) == (not found.violations)


@given(kept())
def test_one_violation_less_never_lowers_the_score(found: Adherence) -> None:
    for number in range(len(found.violations)):
        fewer = Adherence(found.due, found.violations[:number] + found.violations[number + 1 :])
        assert fewer.score > found.score


@given(kept("a"), kept("b"))
def test_joined_lies_between_its_parts_duty_by_duty(one: Adherence, other: Adherence) -> None:
    both = joined((one, other))
    for duty in Duty:
        assert both.due[duty] == one.due[duty] + other.due[duty]
        assert both.broken(duty) == one.broken(duty) + other.broken(duty)
    assert joined((one,)) == one


def test_oldest_first() -> None:
    late, early = violation(Duty.LIMITS, "b", date(2026, 5, 1)), violation(Duty.LIMITS, "a", date(2026, 4, 1))
    assert Adherence({Duty.LIMITS: 2}, (late, early)).violations == (early, late)


def test_more_violations_than_occasions_or_no_evidence_are_refused() -> None:
    with pytest.raises(ParameterError, match="reviews held: 1 of 0 occasions"):
        Adherence({}, (violation(Duty.REVIEWS),))
    with pytest.raises(ParameterError, match="no evidence"):
        Adherence({Duty.LIMITS: 1}, (Violation(Duty.LIMITS, "x", DAY, "late", " "),))
