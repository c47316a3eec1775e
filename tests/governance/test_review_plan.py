"""When reviews are due: every few months, and once a full cycle of three to five years."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.core.terms import DAY, MONTH, Span
from trimtab.governance.review_plan import ReviewPlan, months_after

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@given(DAYS, st.integers(0, 240))
def test_months_are_those_of_the_calendar(day: date, months: int) -> None:
    assert months_after(day, months) == day + relativedelta(months=months)


@given(DAYS, st.integers(0, 4000), st.integers(1, 12))
def test_reviews_are_due_once_a_step_and_never_before_it_is_over(begun: date, days: int, every: int) -> None:
    until = begun + timedelta(days)
    due = ReviewPlan(Span(every, MONTH)).due(begun, until)
    assert list(due) == sorted(set(due))
    assert all(begun < day <= until for day in due)
    assert len(due) == max(k for k in range(200) if begun + relativedelta(months=k * every) <= until or k == 0)


def test_a_year_has_four_reviews_of_the_process_and_three_years_one_of_the_parameters() -> None:
    plan, begun = ReviewPlan(), date(2016, 1, 31)
    assert plan.due(begun, date(2017, 1, 31)) == (date(2016, 4, 30), date(2016, 7, 31), date(2016, 10, 31), date(2017, 1, 31))
    assert plan.cycles(begun, date(2019, 1, 30)) == ()
    assert plan.cycles(begun, date(2022, 6, 1)) == (date(2019, 1, 31), date(2022, 1, 31))


@pytest.mark.parametrize(
    ("plan", "word"),
    [
        ({"full_cycle": Span(24, MONTH)}, "3 to 5 years"),
        ({"full_cycle": Span(61, MONTH)}, "3 to 5 years"),
        ({"every": Span(63, DAY)}, "no count of months"),
        ({"every": Span(13, MONTH)}, "1 to 12"),
        ({"every": Span(0, MONTH)}, "1 to 12"),
    ],
)
def test_a_plan_that_is_none_is_refused(plan: dict[str, Span], word: str) -> None:
    with pytest.raises(ParameterError, match=word):
        ReviewPlan(**plan)
