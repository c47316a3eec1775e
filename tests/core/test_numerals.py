"""Numbers as people write them: two readings are a question, and no text is a traceback."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.numerals import decimal_comma, parse

CENTS = st.integers(-(10**14), 10**14).map(lambda cents: Decimal(cents).scaleb(-2))


@given(CENTS)
def test_what_is_printed_with_thousands_reads_back(value: Decimal) -> None:
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert parse(english, comma=False) == parse(german, comma=True) == parse(english, comma=None) == value
    assert parse(f"${english}") == value
    assert parse(f"({abs(value):,.2f})") == -abs(value)


@given(st.text(max_size=90))
def test_any_text_is_a_number_or_nothing_or_a_sentence(text: str) -> None:
    for comma in (None, True, False):
        try:
            value = parse(text, comma)
        except ValueError as fault:
            value = None if str(fault) else Decimal("NaN")
        assert value is None or value.is_finite()


@pytest.mark.parametrize(
    ("text", "comma", "value"),
    [
        ("1,234.56", None, "1234.56"),
        ("1.234,56", None, "1234.56"),
        ("12,5", None, "12.5"),
        ("0.125", None, "0.125"),
        ("1,234", False, "1234"),
        ("1,234", True, "1.234"),
        ("1.234", False, "1.234"),
        ("1.234.567", None, "1234567"),
        ("-$16,531.98", False, "-16531.98"),
        ("$-16,531.98", False, "-16531.98"),
        ("($12.50)", False, "-12.50"),
        ("12.50-", False, "-12.50"),
        ("\u221212.50", False, "-12.50"),
        ("EUR 1 000,50", None, "1000.50"),
        ("1\u00a0000,50 €", None, "1000.50"),
        ("1'000.50", None, "1000.50"),
        ("1e5", False, "100000"),
        (".5", False, "0.5"),
    ],
)
def test_a_number_has_one_value(text: str, comma: bool | None, value: str) -> None:
    assert parse(text, comma) == Decimal(value)


@pytest.mark.parametrize("text", ["", " ", "--", "-", "N/A", "null"])
def test_a_dash_is_no_number(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("text", ["1,234", "1.234", "12,345", "-1.234 EUR"])
def test_a_number_that_could_be_a_thousand_times_more_is_a_question(text: str) -> None:
    with pytest.raises(ValueError, match="say whether"):
        parse(text, comma=None)


@pytest.mark.parametrize(
    "text", ["NaN", "inf", "-Infinity", "1e400", "1e-400", "9" * 60, "1,23,4.5", "12%", "٣", "=1+1", "0x10"]
)
def test_what_no_account_holds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|larger"):
        parse(text)


def test_a_number_that_does_not_fit_the_file_is_refused() -> None:
    with pytest.raises(ValueError, match="decimal comma"):
        parse("1,234.56", comma=True)


def test_the_numbers_without_doubt_decide_for_the_others() -> None:
    assert decimal_comma(["1.234", "12,5", ""]) is True
    assert decimal_comma(["1,234", "12.50", "x"]) is False
    assert decimal_comma(["1,234", "5"]) is None
    assert decimal_comma(["12,5", "12.5"]) is None  # they disagree
