"""Money: Decimal from the border on, one rounding rule, and nothing that is not a number gets in."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.money import UNROUNDED, Currency, Money, currency, decimal_of, exact, floor_to

finite = st.floats(allow_nan=False, allow_infinity=False)
amounts = st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=9)


@given(finite)
def test_a_float_crosses_the_border_and_reads_back_as_itself(number: float) -> None:
    assert float(decimal_of(number)) == number


@given(amounts, st.integers(0, 9))
def test_floor_is_the_largest_multiple_not_above(amount: Decimal, digits: int) -> None:
    quantum = Decimal(1).scaleb(-digits)
    with exact():
        floored = floor_to(amount, quantum)
    exact_floor = Fraction(amount) // Fraction(quantum)  # whole numbers, no rounding anywhere
    assert Fraction(floored) == exact_floor * Fraction(quantum)


@given(amounts, st.sampled_from(["USD", "JPY", "KWD"]))
def test_rounding_moves_by_half_a_unit_at_most(amount: Decimal, code: str) -> None:
    money = currency(code)
    with exact():
        rounded = money.round(amount)
    assert abs(Fraction(rounded) - Fraction(amount)) <= Fraction(money.minor) / 2
    assert Fraction(rounded) % Fraction(money.minor) == 0


@given(amounts)
def test_unrounded_money_keeps_every_digit(amount: Decimal) -> None:
    assert Currency("USD", UNROUNDED).round(amount) == amount


def test_half_goes_to_even() -> None:
    # 0.125 and 0.135 lie half way: to the even cent, 0.12 and 0.14. Rounding half up would give 0.13 and 0.14.
    usd = currency("USD")
    assert [usd.round(Decimal(text)) for text in ("0.125", "0.135", "-0.125", "-0.135")] == [
        Decimal("0.12"),
        Decimal("0.14"),
        Decimal("-0.12"),
        Decimal("-0.14"),
    ]


def test_floor_goes_down_below_zero_too() -> None:
    assert floor_to(Decimal("1.99"), Decimal(1)) == 1
    assert floor_to(Decimal("-1.01"), Decimal(1)) == -2  # a sale is never rounded to less than what must be sold


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_never_enters_the_book(number: float) -> None:
    with pytest.raises(InvariantError, match="cannot enter the book of record"):
        decimal_of(number)


def test_the_one_context_keeps_34_digits_and_raises() -> None:
    with localcontext() as outside:
        outside.prec = 6  # whatever the caller's own context is
        with exact():
            third = Decimal(1) / Decimal(3)
            assert len(third.as_tuple().digits) == 34
            with pytest.raises(InvalidOperation):
                Decimal("inf") - Decimal("inf")
        assert len((Decimal(1) / Decimal(3)).as_tuple().digits) == 6


@pytest.mark.parametrize(
    ("text", "amount", "code", "printed"),
    [
        ("200 USD", "200", "USD", "200 USD"),
        ("1_000_000 EUR", "1000000", "EUR", "1000000 EUR"),
        ("0.50 GBP", "0.5", "GBP", "0.5 GBP"),
        ("  -3.25   JPY ", "-3.25", "JPY", "-3.25 JPY"),
        ("200.00 USD", "200", "USD", "200 USD"),  # one form for one amount: a hash must not depend on zeros
    ],
)
def test_money_is_read_and_printed(text: str, amount: str, code: str, printed: str) -> None:
    money = Money.parse(text)
    assert (money.amount, money.currency, str(money)) == (Decimal(amount), code, printed)
    assert Money.parse(printed) == money


@pytest.mark.parametrize(
    "text", ["200", "USD 200", "200 usd", "200 US", "1,000 USD", "_ USD", "1e3 USD", "NaN USD", "٣ USD", ""]
)
def test_what_is_no_money_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ParameterError, match=r"is not an amount of money\. Money has a currency: write for example 200 USD"):
        Money.parse(text)


def test_currencies() -> None:
    assert [currency(code).minor for code in ("USD", "JPY", "KWD")] == [Decimal("0.01"), Decimal(1), Decimal("0.001")]
    with pytest.raises(ParameterError, match=r"'usd' is not a currency\. Use an ISO code"):
        currency("usd")
