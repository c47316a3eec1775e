"""Dates as people write them: two readings are a question."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.days import day_first, parse

DATES = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@given(DATES)
def test_a_date_reads_back_in_every_form(day: date) -> None:
    forms = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S.000Z", "%Y%m%d;%H%M%S", "%Y%m%d%H%M%S"]
    for form in forms:
        assert parse(day.strftime(form)) == day
    assert parse(day.strftime("%d/%m/%Y"), dayfirst=True) == parse(day.strftime("%m-%d-%Y"), dayfirst=False) == day


@given(st.text(max_size=70))
def test_any_text_is_a_date_or_nothing_or_a_sentence(text: str) -> None:
    for dayfirst in (None, True, False):
        try:
            told: object = parse(text, dayfirst)
        except ValueError as fault:
            told = str(fault) or "no sentence"
        assert told != "no sentence"


def test_a_date_that_could_be_two_is_a_question() -> None:
    with pytest.raises(ValueError, match="could be two days"):
        parse("03/04/2024")
    assert parse("03/03/2024") == date(2024, 3, 3)
    assert parse("13/04/2024") == parse("04/13/2024") == date(2024, 4, 13)
    assert parse("03/04/2024", dayfirst=True) == date(2024, 4, 3)
    assert parse("03/04/2024", dayfirst=False) == date(2024, 3, 4)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("29-Mar-24 20:25:00", date(2024, 3, 29)),
        ("Mar 29, 2024", date(2024, 3, 29)),
        ("5. März 2024", date(2024, 3, 5)),
        ("20240115120000[-5:EST]", date(2024, 1, 15)),
        ("2016-01-04 20:00:00+00:00", date(2016, 1, 4)),
    ],
)
def test_forms_of_programs_are_known(text: str, day: date) -> None:
    assert parse(text) == day


@pytest.mark.parametrize("text", ["2024-02-30", "31.04.2024", "2024-13-01", "yesterday", "0001-01-01", "9999-12-31", "45123"])
def test_what_is_no_day_of_an_account_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        parse(text)


def test_two_digits_of_a_year_are_refused() -> None:
    with pytest.raises(ValueError, match="in full"):
        parse("13/04/24", dayfirst=True)


def test_the_dates_without_doubt_decide_for_the_others() -> None:
    assert day_first(["03/04/2024", "13/04/2024"]) is True
    assert day_first(["03/04/2024", "04/13/2024"]) is False
    assert day_first(["03/04/2024"]) is None
    assert day_first(["13/04/2024", "04/13/2024"]) is None  # they disagree
