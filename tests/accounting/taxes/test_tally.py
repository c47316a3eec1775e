"""The tally of a tax year: the order in which it hears does not matter, and each kind of income by hand."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.accounting.taxes.tally import Tally
from trimtab.accounting.taxes.us import UsFederal
from trimtab.core.entries import Dividend, Fee, Fill, Flow, Interest, Payout, Variation
from trimtab.core.errors import DataError
from trimtab.core.money import ZERO
from trimtab.core.taxes import Carried, Gain, TaxYear

REGIME = UsFederal(short=0.4, long=0.2, ordinary=0.4, qualified=0.2)
DAY = date(2021, 6, 1)


def gain(amount: int | str, acquired: date = date(2021, 1, 4), sold: date = DAY, code: str = "") -> Gain:
    return Gain(0, "1", acquired, sold, Decimal(1), Decimal(amount) + 100, Decimal(100), 2, code)


said = st.tuples(
    st.sampled_from(["gain", "washed", "dividend", "interest", "variation"]),
    st.dates(date(2018, 1, 1), date(2023, 12, 31)),
    st.integers(-5000, 5000).map(Decimal),
    st.sampled_from(Payout),
)


def tell(tally: Tally, what: str, when: date, amount: Decimal, payout: Payout) -> None:
    if what == "gain":
        tally.realised(gain(str(amount), date(2019, 6, 1), max(when, date(2019, 6, 1))))
    elif what == "washed":
        tally.disallowed(gain(-10_000, when, when), abs(amount))
    elif what == "dividend":
        tally.note(Dividend(when, 0, amount, payout=payout))
    else:
        tally.note(Interest(when, amount) if what == "interest" else Variation(when, 1, amount))


@given(st.lists(said, max_size=12), st.randoms(use_true_random=False), st.integers(2017, 2024))
def test_the_order_in_which_it_hears_does_not_matter_nor_does_asking(
    heard: list[tuple[str, date, Decimal, Payout]], dice: random.Random, asked: int
) -> None:
    first, second = Tally(REGIME), Tally(REGIME)
    for one in heard:
        tell(first, *one)
        first.assessment(asked)  # what was worked out before more came must not stand
    dice.shuffle(heard)
    for one in heard:
        tell(second, *one)
    for year in range(2017, 2026):
        assert first.year(year) == second.year(year)
        assert first.assessment(year) == second.assessment(year)
        assert first.carried(year) == second.carried(year)
    carried = Carried()
    for year in range(min(second.years, default=2018), 2026):  # the plain chain
        assert second.carried(year) == carried
        carried = REGIME.assess(second.year(year), carried).carried


def test_each_kind_of_income_by_hand() -> None:
    tally = Tally(REGIME, futures=frozenset({7}))
    for payout, amount in zip(Payout, (1, 2, 4, 8), strict=True):
        tally.note(Dividend(DAY, 0, Decimal(amount), payout=payout))
    tally.note(Interest(DAY, Decimal(16)))
    tally.note(Interest(DAY, Decimal(-1000)))  # interest paid is not deducted
    tally.note(Variation(DAY, 7, Decimal(-32)))
    tally.note(Fill(DAY, 7, Decimal(1), Decimal(100), ZERO, Decimal(3), ""))  # the cost of a trade in futures
    tally.note(Fill(DAY, 0, Decimal(1), Decimal(100), Decimal(-100), Decimal(3), ""))
    tally.note(Fee(DAY, Decimal(5)))
    tally.note(Flow(DAY, Decimal(5)))
    tally.realised(gain(64))
    tally.realised(gain(128, acquired=date(2020, 5, 31)))
    tally.realised(gain(-256))
    tally.disallowed(gain(-256), Decimal(200))
    expected = {"short": 64 - 256 + 200, "long": 128, "ordinary": 2 + 16, "qualified": 1, "handed": 4, "marked": -35}
    assert tally.year(2021) == TaxYear(2021, **{name: Decimal(amount) for name, amount in expected.items()})
    assert tally.year(2020) == TaxYear(2020)
    assert tally.years == (2021,)


def test_a_loss_that_january_disallows_goes_out_of_december() -> None:
    tally = Tally(REGIME)
    loss = gain(-5000, sold=date(2021, 12, 20))
    tally.realised(loss)
    assert tally.carried(2022) == Carried(short=Decimal(5000))
    tally.disallowed(loss, Decimal(4000))
    assert tally.carried(2022) == Carried(short=Decimal(1000))


def test_losses_from_before_the_first_entry_and_years_without_anything() -> None:
    # 9000 carried in; 2021: 1000 of interest meet 1000; 2022: nothing; 2023: a gain of 3000: 5000 are left
    tally = Tally(REGIME)
    tally.opening = Carried(short=Decimal(9000))
    assert tally.carried(2025) == tally.opening
    tally.note(Interest(DAY, Decimal(1000)))
    tally.realised(gain(3000, sold=date(2023, 5, 1), acquired=date(2023, 1, 4)))
    assert [tally.carried(year).short for year in (2020, 2021, 2022, 2023, 2024)] == [9000, 9000, 8000, 8000, 5000]


def test_other_currencies_at_the_rate_of_their_day() -> None:
    # cost 100 at 1.20 (January), proceeds 150 at 1.10 (June): 165 - 120 = 45; a dividend of 10 at 1.10 is 11
    rates = {date(2021, 1, 4): Decimal("1.20"), DAY: Decimal("1.10")}
    tally = Tally(REGIME, own="EUR", rate=lambda _, when: rates[when])
    tally.realised(gain(50))
    tally.note(Dividend(DAY, 0, Decimal(10)))
    tally.note(Dividend(DAY, 0, Decimal(10), "USD"))
    assert (tally.year(2021).short, tally.year(2021).qualified) == (45, 21)
    with pytest.raises(DataError, match=r"EUR was taken in on 2021-06-01\. Give rates of EUR in USD"):
        Tally(REGIME).note(Dividend(DAY, 0, Decimal(10), "EUR"))
