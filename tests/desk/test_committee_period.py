"""Quarters of the calendar: they tile the days, and what is no quarter says so in one line."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import UsageError
from trimtab.desk.committee_period import Quarter, quarter_of

FAR = date(9000, 1, 1)


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_every_day_lies_in_one_quarter_and_quarters_follow_without_a_gap(when: date) -> None:
    held = [one for one in (Quarter(when.year, number) for number in range(1, 5)) if one.holds(when)]
    (own,) = held
    assert quarter_of(own.name, FAR) == own
    assert own.following.first == own.last + timedelta(days=1)
    assert 90 <= (own.last - own.first).days + 1 <= 92


@pytest.mark.parametrize("written", ["2018Q1", " 2018q1 ", "2018-Q1", "2018 q1"])
def test_a_quarter_is_read_as_people_write_it(written: str) -> None:
    found = quarter_of(written, FAR)
    assert (found.first, found.last) == (date(2018, 1, 1), date(2018, 3, 31))


@pytest.mark.parametrize("written", ["", "2018", "2018Q5", "2018Q0", "Q1 2018", "18Q1", "0000Q1", "2018Q11"])
def test_what_is_no_quarter_is_refused_in_one_line(written: str) -> None:
    with pytest.raises(UsageError, match="is no quarter") as refused:
        quarter_of(written, FAR)
    assert "2026Q3" in refused.value.remedy


def test_a_quarter_that_has_not_begun_has_no_pack() -> None:
    assert quarter_of("2018Q2", date(2018, 4, 1)) == Quarter(2018, 2)
    with pytest.raises(UsageError, match="begins on 2018-07-01, and today is 2018-06-30"):
        quarter_of("2018Q3", date(2018, 6, 30))
