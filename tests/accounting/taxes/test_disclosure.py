"""After-tax returns: the formula of Form N-1A by hand and at its edges, and those of an account."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.accounting.taxes.disclosure import Distribution, Fund, after_tax, annual, fund_returns, more_than_a_year
from trimtab.accounting.taxes.us import UsFederal
from trimtab.core.entries import Payout
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.taxes import TaxRates, Term

RATES = TaxRates(Decimal("0.408"), Decimal("0.238"), Decimal("0.408"), Decimal("0.238"))
NONE = TaxRates(*[Decimal(0)] * 4)
BEGINS = date(2019, 12, 31)


def fund(*distributions: Distribution, closing: str = "10.70", opening: str = "10", ends: date = date(2020, 12, 31)) -> Fund:
    return Fund(BEGINS, Decimal(opening), ends, Decimal(closing), distributions)


def paid(amount: str, kind: Payout = Payout.QUALIFIED, *, on: date = date(2020, 12, 31), price: str = "10.70") -> Distribution:
    return Distribution(on, Decimal(price), {kind: Decimal(amount)})


@st.composite
def funds(draw: st.DrawFn) -> Fund:
    prices = st.decimals("0.5", "50", places=2)
    days = sorted(draw(st.sets(st.integers(1, 1800), max_size=8)))
    pays = [
        Distribution(
            BEGINS + timedelta(days=d),
            draw(prices),
            {kind: draw(st.decimals(0, 2, places=2)) for kind in draw(st.sets(st.sampled_from(Payout)))},
            draw(st.decimals(0, 1, places=2)),
        )
        for d in days
    ]
    return fund(*pays, closing=str(draw(prices)), opening=str(draw(prices)), ends=BEGINS + timedelta(days=1826))


@settings(max_examples=50, deadline=None)
@given(funds())
def test_tax_takes_and_without_rates_all_three_are_one(one: Fund) -> None:
    untaxed = fund_returns(one, lambda _: NONE)
    assert untaxed.before == untaxed.distributions == untaxed.redemption
    taxed = fund_returns(one, lambda _: RATES)
    assert taxed.before == untaxed.before >= taxed.distributions
    growth = np.prod([1.0, *(1.0 + float(sum(d.paid.values()) + d.returned) / float(d.price) for d in one.distributions)])
    whole = growth * float(one.closing / one.opening)  # reinvesting all is a product
    assert taxed.before == pytest.approx(whole ** (1 / one.years) - 1.0, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(funds())
def test_one_rate_for_everything_taxes_the_whole_gain_once(one: Fund) -> None:
    # with one rate t and no distribution but returned capital the end value less t times the gain is what is left
    same = TaxRates(*[Decimal("0.3")] * 4)
    plain = Fund(one.begins, one.opening, one.ends, one.closing)
    left = 0.7 * float(one.closing) + 0.3 * float(one.opening)
    found = fund_returns(plain, lambda _: same)
    assert found.redemption == pytest.approx((left / float(one.opening)) ** (1 / one.years) - 1.0, abs=1e-12)


def test_the_oracle_of_the_method() -> None:
    # 1,000 at 10 are 100 units; 30 of qualified dividends less 23.8 % are 22.86, at 10.70 they are 2.1364 units;
    # 102.1364 at 10.70 are 1,092.86; before tax 1,070 + 30 = 1,100
    found = fund_returns(fund(paid("0.30")), lambda _: RATES)
    assert found.before == pytest.approx(0.10, abs=1e-15)
    assert round(found.distributions, 5) == 0.09286
    # redeemed exactly one year after the purchase, not more: short-term. Gain 1,070 - 1,000, tax 28.56: 1,064.30
    assert round(found.redemption, 5) == 0.06430
    held_longer = fund_returns(fund(paid("0.30")), lambda _: RATES, term=lambda *_: Term.LONG)
    assert round(held_longer.redemption, 5) == 0.07620  # 1,092.86 - 0.238 * 70 = 1,076.20
    assert [name for name, _ in found.lines] == [
        "return before taxes",
        "return after taxes on distributions",
        "return after taxes on distributions and sale",
    ]


def test_kinds_are_taxed_apart() -> None:
    # of 1 paid, what is left is 0.762 (qualified, gain), 0.592 (ordinary) or 1 (exempt), on units worth 10
    for kind, left in ((Payout.QUALIFIED, 0.762), (Payout.GAIN, 0.762), (Payout.ORDINARY, 0.592), (Payout.EXEMPT, 1.0)):
        found = fund_returns(fund(paid("1", kind, price="10"), closing="10"), lambda _: RATES)
        assert found.distributions == pytest.approx(left / 10, abs=1e-12)


def test_reinvested_lots_have_their_own_cost_and_term_and_are_netted() -> None:
    # two years: bought at 10. After 18 months 2 of ordinary income at 8: 2 * 0.592 = 1.184 buy 0.148 units. Sold at 12:
    # 1.148 * 12 = 13.776. Long gain 2 at 23.8 %; short gain 0.148 * 12 - 1.184 = 0.592 at 40.8 %
    two = date(2021, 12, 31)
    pays = paid("2", Payout.ORDINARY, on=date(2021, 6, 30), price="8")
    found = fund_returns(fund(pays, closing="12", ends=two), lambda _: RATES)
    assert found.distributions == pytest.approx((13.776 / 10) ** 0.5 - 1.0, abs=1e-12)
    left = 13.776 - 0.238 * 2 - 0.408 * 0.592
    assert found.redemption == pytest.approx((left / 10) ** 0.5 - 1.0, abs=1e-12)
    # sold at 6: long loss 4, short loss 0.296: saved 4 * 0.238 + 0.296 * 0.408. Sold at 9: long loss 1, short gain 0.148: net
    # long loss 0.852 saves at 23.8 %, the instruction nets first (Item 26(b)(3), instruction 7)
    low = fund_returns(fund(pays, closing="6", ends=two), lambda _: RATES)
    assert low.redemption == pytest.approx(((1.148 * 6 + 4 * 0.238 + 0.296 * 0.408) / 10) ** 0.5 - 1.0, abs=1e-12)
    mixed = fund_returns(fund(pays, closing="9", ends=two), lambda _: RATES)
    assert mixed.redemption == pytest.approx(((1.148 * 9 + 0.852 * 0.238) / 10) ** 0.5 - 1.0, abs=1e-12)


def test_each_distribution_is_taxed_at_the_rates_of_its_date() -> None:
    # 1 and 1 at 10, without growth; free in the first year, 50 % in the second: 1.1 * 1.05
    def rates(on: date) -> TaxRates:
        return NONE if on.year == 2020 else TaxRates(*[Decimal("0.5")] * 4)

    pays = [paid("1", on=date(year, 6, 30), price="10") for year in (2020, 2021)]
    found = fund_returns(fund(*pays, closing="10", ends=date(2021, 12, 31)), rates)
    assert found.distributions == pytest.approx((1.1 * 1.05) ** 0.5 - 1.0, abs=1e-12)


def test_capital_given_back_lowers_the_cost_first() -> None:
    # 12 given back on a unit that cost 10: 2 of short-term gain are taxed, 0.816; 11.184 at 10 buy 1.1184 units.
    # Sold at 10 after two years: the first unit costs nothing, 10 of long gain; the others cost what they are worth
    back = Distribution(date(2020, 6, 30), Decimal(10), {}, Decimal(12))
    found = fund_returns(fund(back, closing="10", ends=date(2021, 12, 31)), lambda _: RATES)
    assert found.distributions == pytest.approx(2.1184**0.5 - 1.0, abs=1e-12)
    assert found.redemption == pytest.approx(((21.184 - 2.38) / 10) ** 0.5 - 1.0, abs=1e-12)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 800))
def test_more_than_a_year_is_what_the_federal_law_says(day: date, days: int) -> None:
    assert more_than_a_year(day, day + timedelta(days=days)) is UsFederal().term(day, day + timedelta(days=days))


def test_years_are_whole_from_a_date_to_its_anniversary() -> None:
    assert fund(ends=date(2029, 12, 31)).years == 10.0
    assert fund(ends=date(2020, 7, 1)).years == pytest.approx(183 / 365.25)


def test_wrong_funds_are_refused() -> None:
    day = date(2020, 3, 1)
    for distributions in ([paid("1", on=day), paid("1", on=day)], [paid("1", on=BEGINS)], [paid("1", on=date(2021, 1, 1))]):
        with pytest.raises(DataError, match="not in order of date"):
            fund(*distributions)
    for price in ("0", "NaN", "-1"):
        with pytest.raises(DataError, match="not above 0"):
            fund(paid("1", price=price))


# An account.

steps = st.lists(st.tuples(st.floats(-0.5, 1.0), st.floats(0.0, 5.0), st.floats(-20.0, 20.0)), min_size=1, max_size=12)


@settings(max_examples=50, deadline=None)
@given(steps, st.floats(0.0, 3.0), st.floats(-3.0, 3.0))
def test_taxes_are_the_only_difference(path: list[tuple[float, float, float]], accrued: float, liquidation: float) -> None:
    wealth, paid_, flows = [100.0], [0.0], [0.0]
    for growth, tax, flow in path:
        wealth.append(wealth[-1] * (1.0 + growth) - tax + flow)
        paid_.append(tax)
        flows.append(flow)
    if min(wealth) < 1.0:
        return
    found = after_tax(wealth, paid_, 2.0, accrued=accrued, liquidation=liquidation, flows=flows)
    gross = float(np.prod([1.0 + growth for growth, _, _ in path]))
    assert found.before == pytest.approx(gross**0.5 - 1.0, rel=1e-9, abs=1e-9)
    assert not found.distributions > found.before
    assert not (liquidation >= 0.0) or not found.redemption > found.distributions
    free = after_tax(wealth, [0.0] * len(wealth), 2.0, flows=flows)
    assert free.before == free.distributions == free.redemption


def test_an_account_by_hand() -> None:
    # 100 grew to 111 in a year, of which 1 was paid in tax: 110. In the second to 121. Owed 2 more, and 5 if all is sold.
    # Before tax 1.11 * 1.10, after it 1.10 * 119 / 110 = 1.19, sold 1.14
    found = after_tax([100.0, 110.0, 121.0], [0.0, 1.0, 0.0], 2.0, accrued=2.0, liquidation=5.0)
    assert found.before == pytest.approx((1.11 * 1.10) ** 0.5 - 1.0)
    assert found.distributions == pytest.approx(1.19**0.5 - 1.0)
    assert found.redemption == pytest.approx(1.14**0.5 - 1.0)
    # money brought in is no return: 100 to 110, then 90 more come
    assert after_tax([100.0, 200.0], [0.0, 0.0], 1.0, flows=[0.0, 90.0]).before == pytest.approx(0.10)


def test_an_account_that_loses_all() -> None:
    assert after_tax([100.0, 0.0], [0.0, 0.0], 1.0).before == -1.0
    assert np.isnan(after_tax([100.0, 1.0], [0.0, 0.0], 1.0, accrued=2.0).distributions)
    assert np.isnan(after_tax([0.0, 1.0], [0.0, 0.0], 1.0).before)
    assert np.isnan(annual(float("nan"), 1.0))


def test_wrong_paths_are_refused() -> None:
    for wealth, taxes, years in (([1.0], [0.0], 1.0), ([1.0, 2.0], [0.0], 1.0), ([1.0, 2.0], [0.0, 0.0], 0.0)):
        with pytest.raises(ParameterError):
            after_tax(wealth, taxes, years)
