"""The pictures of docs/review.md are those that would be drawn today, and true."""

from __future__ import annotations

from datetime import date

import pytest

from tests.docs.drawn_today import require_drawn_today
from tests.docs.pages import ROOT
from tests.docs.review_pictures import BEGUN, FOLDER, PICTURES, entries, rows, scores
from trimtab.desk.review_periods import Kind
from trimtab.governance.adherence import Duty

PAGE = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())
    assert f"](_static/review/{name}.svg)" in PAGE


def test_each_quarter_lost_what_went_wrong_in_it() -> None:
    """25 / 3 for one of three decisions and 25 / 2 for one of two proposals; 20 / 3 for one of three, 10 for the review."""
    first, second, third, fourth = scores()
    assert (first.score, fourth.score) == (100, 100)
    assert float(second.score) == pytest.approx(100 - 25 / 3 - 25 / 2)
    assert float(third.score) == pytest.approx(100 - 20 / 3 - 10)
    assert {one.duty for one in second.violations} == {Duty.SIGNALS, Duty.TRADES}
    assert {one.duty for one in third.violations} == {Duty.OVERRIDES, Duty.REVIEWS}
    for found in (second, third):
        assert f"{float(found.score):.1f}" in PAGE


def test_twelve_reviews_come_before_parameters_are_open() -> None:
    quarters, *single = rows()
    assert len(quarters.days) == 12
    assert quarters.days[-1] == single[-1].days[0] == date(BEGUN.year + 3, BEGUN.month, BEGUN.day)
    assert {one.kind for one in entries()} == set(Kind)


def test_the_weights_of_the_page_are_those_of_the_score() -> None:
    for duty in Duty:
        assert f"| {duty.words} | {duty.weight} |" in PAGE
