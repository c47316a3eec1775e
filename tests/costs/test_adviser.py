"""The adviser's fee: graduated and whole, exact and in floats, and what a policy file may write."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction as Ratio

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError, PolicyError
from trimtab.core.frictions import Billing, FeeValue
from trimtab.core.money import ZERO, Money, exact
from trimtab.core.terms import Span, months
from trimtab.costs.adviser import Adviser, Tier
from trimtab.desk.config import Builder, adapter, plain_values
from trimtab.desk.yaml12 import parse

QUARTER, YEAR = Ratio(1, 4), Ratio(1)


def usd(amount: int) -> Money:
    return Money(Decimal(amount))


TIERS = (Tier(0.01, usd(1_000_000)), Tier(0.0075, usd(5_000_000)), Tier(0.005))
GRADUATED, WHOLE = Adviser(TIERS), Adviser(TIERS, whole=True)

values = st.decimals(0, 50_000_000, places=2)
years = st.fractions(Ratio(1, 366), Ratio(3, 1), max_denominator=1200)


def by_cents(value: Decimal) -> Ratio:
    """The graduated fee of a year in rational numbers, band by band: another way to the same number."""
    whole = Ratio(value)
    bands = [(0, 1_000_000, Ratio(1, 100)), (1_000_000, 5_000_000, Ratio(3, 400)), (5_000_000, 10**12, Ratio(1, 200))]
    return sum((max(Ratio(0), min(whole, Ratio(high)) - low) * rate for low, high, rate in bands), Ratio(0))


# Laws.


@given(values, years)
@settings(max_examples=60, deadline=None)
def test_the_fee_is_that_of_rational_numbers_and_both_voices_agree(value: Decimal, span: Ratio) -> None:
    expected = by_cents(value) * span
    assert float(abs(Ratio(GRADUATED.due(value, span)) - expected)) <= 1e-24
    for fee in (GRADUATED, WHOLE):
        due = fee.due(value, span)
        assert float(due) == pytest.approx(float(fee.charge(np.asarray(float(value)), np.asarray(float(span)))), rel=1e-12)
    assert WHOLE.due(value, span) <= GRADUATED.due(value, span)  # falling rates


@given(values, values, years, years)
@settings(max_examples=40, deadline=None)
def test_a_graduated_fee_never_falls_with_value_and_adds_up_over_time(one: Decimal, two: Decimal, a: Ratio, b: Ratio) -> None:
    low, high = sorted((one, two))
    with exact():
        assert GRADUATED.due(low, a) <= GRADUATED.due(high, a) <= GRADUATED.due(low, a) + (high - low) * Decimal("0.0301")
        parts = GRADUATED.due(one, a) + GRADUATED.due(one, b)
        assert abs(parts - GRADUATED.due(one, a + b)) < Decimal("1e-24")


# By hand.


def test_each_band_pays_its_own_rate() -> None:
    # 7 m: 1 m at 1 % = 10 000, 4 m at .75 % = 30 000, 2 m at .5 % = 10 000: 50 000 a year, 12 500 a quarter
    assert GRADUATED.due(Decimal(7_000_000), YEAR) == 50_000
    assert GRADUATED.due(Decimal(7_000_000), QUARTER) == 12_500
    assert float(GRADUATED.rate(np.asarray(7e6))) == pytest.approx(50 / 7000)


def test_whole_is_the_rate_of_the_tier_reached_and_its_end_belongs_to_a_tier() -> None:
    # 7 m at .5 % = 35 000. 1 m is in the first tier: 10 000. A cent more is in the second: 7 500.
    assert WHOLE.due(Decimal(7_000_000), YEAR) == 35_000
    assert WHOLE.due(Decimal(1_000_000), YEAR) == 10_000
    assert WHOLE.due(Decimal("1000000.01"), YEAR) == Decimal("7500.000075")
    for value in (1e6, 1e6 + 0.01, 5e6, 5e6 + 0.01, 7e6):
        assert float(WHOLE.charge(np.asarray(value), np.asarray(1.0))) == pytest.approx(
            float(WHOLE.due(Decimal(repr(value)), YEAR))
        )


def test_half_a_cent_is_exact_before_it_is_rounded() -> None:
    # 6 666 at .9 % is 59.994 a year and 4.9995 a month: a twelfth is no decimal number, and its digits must not show
    assert Adviser((Tier(0.009),)).due(Decimal(6666), Ratio(1, 12)) == Decimal("4.9995")
    assert Adviser((Tier(0.009),)).due(Decimal(23092), Ratio(5, 12)) == Decimal("86.595")  # times a rounded 5/12 it is not


def test_arrays_keep_their_shape_and_one_rate_is_one_rate() -> None:
    fee = Adviser((Tier(0.01),))
    assert fee.charge(np.full((2, 3), 100.0), np.array([0.0, 1.0, 2.0])).tolist() == [[0.0, 1.0, 2.0]] * 2
    assert GRADUATED.charge(np.array([[1e6, 7e6]]), np.asarray(1.0)).tolist() == [[10_000.0, 50_000.0]]


# Degenerate.


def test_nothing_is_due_on_nothing_and_unknown_stays_unknown() -> None:
    for fee in (GRADUATED, WHOLE):
        assert fee.due(ZERO, YEAR) == fee.due(Decimal(-5), YEAR) == fee.due(Decimal(5), Ratio(0)) == 0
        found = fee.charge(np.array([-5.0, 0.0, np.nan]), np.asarray(1.0))
        assert found[:2].tolist() == [0.0, 0.0]
        assert np.isnan(found[2])
        assert fee.rate(np.array([-5.0, 0.0])).tolist() == [0.01, 0.01]
        assert np.isnan(fee.rate(np.asarray(np.nan)))


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Adviser(()), "tiers"),
        (lambda: Adviser((Tier(0.01, usd(5)),)), "tiers"),
        (lambda: Adviser((Tier(0.01), Tier(0.01))), "tiers"),
        (lambda: Adviser((Tier(0.01, usd(5)), Tier(0.02, usd(5)), Tier(0.0))), "tiers"),
        (lambda: Adviser((Tier(0.01, usd(0)), Tier(0.0))), "tiers"),
        (lambda: Adviser((Tier(0.01, usd(5)), Tier(0.01, Money(Decimal(6), "EUR")), Tier(0.0))), "tiers"),
        (lambda: Tier(1.5), "rate"),
        (lambda: Adviser((Tier(0.01),), months(5)), "every"),
        (lambda: Adviser((Tier(0.01),), months(0)), "every"),
        (lambda: Adviser((Tier(0.01),), Span.parse("10D")), "every"),
        (lambda: Adviser((Tier(0.01),), base=FeeValue.AVERAGE, billed=Billing.ADVANCE), "base"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field


# In a policy file.


def read(text: str) -> Adviser:
    document = parse(text, "test.yaml")
    return Builder(document).plain(Adviser, document.values, ())  # type: ignore[no-any-return]


def test_a_policy_writes_tiers_and_reads_its_own_form_again() -> None:
    written = {
        "tiers": [{"up_to": "1_000_000 USD", "rate": 0.01}, {"up_to": "5000000 USD", "rate": 0.0075}, {"rate": 0.005}],
        "every": "1Q",
        "billed": "advance",
    }
    fee = adapter(Adviser).validate_python(written)
    assert fee == Adviser(TIERS, months(3), billed=Billing.ADVANCE)
    assert fee.currency == "USD"
    assert adapter(Adviser).validate_python(plain_values(fee)) == fee


def test_a_misspelt_end_is_no_tier_without_one() -> None:
    with pytest.raises(PolicyError, match="upto"):
        read("tiers: [{upto: 5 USD, rate: 0.01}, {rate: 0.005}]")
    assert read("tiers: [{rate: 0.005}]") == Adviser((Tier(0.005),))


def test_words() -> None:
    assert GRADUATED.words == (
        "the adviser takes 1 % up to 1000000 USD, 0.75 % up to 5000000 USD, 0.5 % above a year of the value, "
        "each quarter in arrears"
    )
    flat = Adviser((Tier(0.01),), months(4), FeeValue.AVERAGE)
    assert flat.words == "the adviser takes 1 % a year of the average value, every 4 months in arrears"
    assert "of all of it by the tier it reaches" in WHOLE.words
    assert (flat.why, flat.currency) == ("adviser", "")
