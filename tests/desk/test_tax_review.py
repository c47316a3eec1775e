"""What taxes took: the three returns, the tax years, and who is taxed alike; from whole runs, and by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from tests.desk.test_events import history
from trimtab.accounting.taxes.disclosure import Distribution, Fund, fund_returns
from trimtab.core.entries import Payout, Tax
from trimtab.core.money import ZERO
from trimtab.core.taxes import Assessment, Carried, TaxRates, TaxYear, Term
from trimtab.core.terms import DIVIDEND
from trimtab.data.assembly import assemble
from trimtab.data.history import Kind
from trimtab.desk.backtest import backtest
from trimtab.desk.counterparts import UNTAXED, counterparts
from trimtab.desk.load import policy_from
from trimtab.desk.result import Result
from trimtab.desk.rivals import static
from trimtab.desk.summary import after_what, summary
from trimtab.desk.tax_review import TaxedYear, gain_rows, left_out, review_taxes, tax_words, taxes_paid, uneven, year_rows
from trimtab.desk.taxing import TaxRecord

RATES = {"short": 0.408, "long": 0.238, "ordinary": 0.408, "qualified": 0.238}
FEDERAL = {"use": "us_federal", **RATES}
FEES = [{"use": "adviser", "tiers": [{"rate": 0.01}]}]


def taxed(**changes: Any) -> Result:
    policy = worlds.policy(**{"tax": FEDERAL, **changes})
    return backtest(policy, worlds.market(policy, 3, count=900))


@pytest.fixture(scope="module")
def result() -> Result:
    return taxed()


def held(dividend: float = 0.0, **changes: Any) -> Result:
    """1,000,000 in one asset at 10 from the last session of January 2020 on; at 12 on 2023-01-31, and paid `dividend` once."""
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "hand",
        "universe": {"A": None},
        "benchmark": {"A": 1.0},
        "execution": {"rounding": "none", "digits": 12, "dividends": "pay"},
        "schedule": {"decide": "month-end", "trade": "same_close"},
        "tax": FEDERAL,
    }
    policy = policy_from(values | changes)
    count = int(np.busday_count("2020-01-31", "2023-02-01"))
    close, paid = np.full(count, 10.0), np.zeros(count)
    close[-1], paid[100] = 12.0, dividend
    kind = Kind.PRICE_AND_DIVIDENDS if dividend else Kind.PRICE
    world = history("A", close, first="2020-01-31", kind=kind, fields={DIVIDEND: paid} if dividend else {})
    return backtest(policy, assemble(policy.universe, {"A": world}))


# Laws.


@pytest.mark.parametrize("lots", ["fifo", "min_tax"])
def test_what_is_assessed_is_paid_or_owed_and_its_parts_add_up(lots: str) -> None:
    result = taxed(execution={"lots": lots})
    review = review_taxes(result)
    assert review is not None
    assert len(review.years) == 4
    assert sum((one.assessment.tax for one in review.years), ZERO) == review.paid + review.owed > 0
    assert review.paid == result.account.tax == sum(entry.amount for entry in result.entries if isinstance(entry, Tax))
    assert taxes_paid(result).sum() == pytest.approx(float(review.paid))
    for one in review.years:
        assert abs(sum((amount for _, amount in one.parts), ZERO) - one.assessment.tax) < Decimal("0.01")
        assert one.paid is None or one.paid >= one.due


def test_the_return_after_taxes_is_that_of_the_wealth_and_lies_below_the_one_before(result: Result) -> None:
    review = review_taxes(result)
    figures = summary(result)
    assert review is not None
    assert result.taxes is not None
    assert review.returns.distributions == pytest.approx(figures["cagr"], rel=1e-12)
    assert review.returns.before > review.returns.distributions
    assert figures["cagr_before_taxes"] == review.returns.before
    assert figures["tax_per_year"] == pytest.approx(review.drag)
    assert figures["taxes_owed"] == float(review.owed)
    assert result.wealth[-1] + float(review.owed) == pytest.approx(
        float(result.account.nav), abs=0.01
    )  # the book itself, which rounds


def test_weights_are_of_the_same_wealth_as_the_returns(result: Result) -> None:
    """Units at their last prices are the weights times the wealth, though part of the cash is owed."""
    units = np.zeros(len(result.assets))
    for fill in result.fills:
        units[fill.asset] += float(fill.units)
    values = units * np.array([float(price) for price in result.closing])
    assert result.taxes is not None
    assert result.taxes.owed > 0
    np.testing.assert_allclose(result.weights[-1] * result.wealth[-1], values, rtol=1e-9)


def test_gains_add_up_to_the_tax_years(result: Result) -> None:
    assert result.taxes is not None
    assert result.taxes.disallowed > 0
    law = result.policy.tax.regime if result.policy.tax is not None else None
    assert law is not None
    sums: dict[tuple[int, Term], Decimal] = {}
    for gain in result.taxes.gains:
        key = (gain.sold.year, law.term(gain.acquired, gain.sold))
        sums[key] = sums.get(key, ZERO) + gain.taxed
    for about in result.taxes.years:
        assert sums.get((about.year, Term.SHORT), ZERO) == about.short
        assert sums.get((about.year, Term.LONG), ZERO) == about.long
    assert len(list(gain_rows(result))) == len(result.taxes.gains)


# By hand.


def test_three_valuations_by_hand(result: Result) -> None:
    # 1000 at first. 1100 a year later, of which 20 are owed. 1200 after 20 were paid, 30 owed, 50 more on a sale.
    # Before taxes 1100 / 1000 times (1200 + 20) / 1100 is 1.22, after them (1200 - 30) / 1000 is 1.17, and sold 1.12.
    dates = np.array(["2001-12-31", "2002-12-31", "2003-12-31"], dtype="datetime64[D]")
    owing = ((dates[1], 20.0), (np.datetime64("2003-04-15"), 0.0), (dates[2], 30.0))
    record = TaxRecord((), Decimal(20), Decimal(30), Decimal(50), (), (), owing)
    entries = (Tax(date(2003, 4, 15), Decimal(20), 2002),)
    wealth = np.array([1000.0, 1080.0, 1170.0])
    made = replace(result, dates=dates, wealth=wealth, periods_per_year=1, taxes=record, entries=entries)
    review = review_taxes(made)
    assert review is not None
    assert review.returns.before == pytest.approx(1.22**0.5 - 1.0)
    assert review.returns.distributions == pytest.approx(1.17**0.5 - 1.0)
    assert review.returns.redemption == pytest.approx(1.12**0.5 - 1.0)
    assert taxes_paid(made).tolist() == [0.0, 0.0, 20.0]


def test_what_is_bought_and_held_is_taxed_by_its_sale_alone() -> None:
    # 100,000 units from 10 to 12: a gain of 200,000, long-term: 23.8 % of it, 47,600, if all were sold
    result = held()
    review = review_taxes(result)
    assert review is not None
    assert (review.paid, review.owed, review.liquidation) == (0, 0, Decimal("47600.00"))
    assert review.returns.before == review.returns.distributions == pytest.approx(1.2 ** (1 / review.returns.years) - 1.0)
    assert review.returns.redemption == pytest.approx(1.1524 ** (1 / review.returns.years) - 1.0)


def test_a_fund_that_pays_once_is_taxed_as_its_prospectus_has_it() -> None:
    """Outside oracle: the disclosure of a fund with the same prices (Item 26(b)): 10, a dividend of 0.5, 12 at the end.

    The tax on 50,000 is 11,900; what is left, 38,100, buys 3,810 units at 10: 103,810 units at 12 are 1,245,720.
    """
    result = held(0.5)
    review = review_taxes(result)
    assert review is not None
    assert review.paid + review.owed == Decimal("11900.00")
    rate = Decimal("0.238")
    paid = Distribution(date(2020, 6, 19), Decimal(10), {Payout.QUALIFIED: Decimal("0.5")})
    fund = Fund(date(2020, 1, 31), Decimal(10), date(2023, 1, 31), Decimal(12), (paid,))
    found = fund_returns(fund, lambda _: TaxRates(rate, rate, rate, rate))
    assert (1.0 + found.distributions) ** 3 == pytest.approx(1.24572)
    assert (1.0 + found.redemption) ** 3 == pytest.approx(1.24572 - 0.238 * (1.24572 - 1.0381))
    years = review.returns.years
    assert (1.0 + review.returns.distributions) ** years == pytest.approx(1.24572)
    assert (1.0 + review.returns.redemption) ** years == pytest.approx(1.24572 - 0.238 * (1.24572 - 1.0381))


def test_the_columns_of_the_years(result: Result) -> None:
    review = review_taxes(result)
    assert review is not None
    rows = list(year_rows(review))
    assert [row[0] for row in rows] == [2001, 2002, 2003, 2004]
    assert [row[-2] for row in rows] == [date(year + 1, 4, 15) for year in (2001, 2002, 2003, 2004)]
    assert rows[-1][-1] == ""  # owed
    assert rows[0][9] == review.years[0].assessment.tax


def test_a_loss_that_would_save_more_than_there_is_leaves_one_part() -> None:
    lines = (("tax on qualified dividends", Decimal(100)), ("tax saved by losses", Decimal(-150)), ("tax", ZERO))
    one = TaxedYear(TaxYear(2001), Assessment(2001, ZERO, Carried(), lines), date(2002, 4, 15), None)
    assert one.parts == (("tax", ZERO),)


# Who is compared with whom.


def test_the_benchmark_held_still_is_taxed_alike_and_the_counterpart_is_not(result: Result) -> None:
    saa = backtest(static(result.policy), result.market)
    assert saa.taxes is not None
    assert saa.taxes.paid + saa.taxes.owed > 0
    (other,) = counterparts(result.policy)
    plain = backtest(other, result.market)
    assert (other.title, plain.taxes) == (UNTAXED, None)
    assert uneven(result, [saa, plain]) == ()
    stranger = taxed(tax=None, title="A stranger", fees=FEES)
    assert uneven(result, [stranger]) == (
        "A stranger is not taxed, and this policy is.",
        "A stranger is charged fees, and this policy is not.",
    )
    assert uneven(stranger, [result]) == (
        "law is taxed, and this policy is not.",
        "law is not charged fees, and this policy is.",
    )


def test_what_figures_are_after_is_said(result: Result) -> None:
    assert after_what(result) == "after costs and taxes"
    assert after_what(taxed(fees=FEES)) == "after costs, fees and taxes"
    assert after_what(taxed(tax=None)) == "after costs"
    assert after_what(taxed(tax=None, fees=FEES)) == "after costs and fees"
    assert after_what(taxed(tax=None, fees=[{"use": "fund_expenses", "per_year": 0.001}])) == "after costs"  # charged by nobody


# Words.


def test_words_say_the_three_returns_and_what_is_missing(result: Result) -> None:
    review = review_taxes(result)
    assert review is not None
    assert result.policy.tax is not None
    found = review.returns
    returns = f"{found.before:.1%} before taxes, {found.distributions:.1%} after taxes paid and owed"
    assert tax_words(review)[0] == f"Return a year: {returns}, {found.redemption:.1%} after selling all at the end as well."
    assert any("Wash sales put off losses" in line for line in tax_words(review))
    assert any("State and local" in line for line in left_out(result.policy.tax))
    assert any("Wash sales count this account alone" in note for note in result.notes)
    assert not any("taxes are left out" in note for note in result.notes)
    state = taxed(tax=FEDERAL | {"state": 0.05}).policy.tax
    assert state is not None
    assert not any("State and local" in line for line in left_out(state))


def test_losses_that_are_left_are_said(result: Result) -> None:
    review = review_taxes(result)
    assert review is not None
    last = review.years[-1]
    left = replace(last, assessment=replace(last.assessment, carried=Carried(Decimal(1000), Decimal(500))))
    words = tax_words(replace(review, years=(left,), liquidation=Decimal(-7)))
    assert "Losses of 1,500.00 USD are carried on, and nothing is counted for them." in words
    assert any("selling all would save 7.00" in line for line in words)


# Degenerate.


def test_nothing_is_reviewed_where_nothing_is_taxed() -> None:
    plain = taxed(tax=None)
    assert review_taxes(plain) is None
    keys = ("cagr_before_taxes", "cagr_after_sale", "tax_per_year", "taxes_paid", "taxes_owed", "tax_on_sale")
    assert [summary(plain)[key] for key in keys] == [None] * 6
    assert list(gain_rows(plain)) == []
    assert any("taxes are left out" in note for note in plain.notes)


def test_an_account_that_defers_is_not_taxed_and_says_what_is_left_out() -> None:
    deferred, exempt = (taxed(tax=FEDERAL | {"account": kind}) for kind in ("deferred", "exempt"))
    assert review_taxes(deferred) is None
    assert review_taxes(exempt) is None
    assert any("the tax on money that leaves the account is left out" in note for note in deferred.notes)
    assert "The universe was chosen with hindsight." in exempt.notes


def test_a_short_run_states_no_yearly_return(result: Result) -> None:
    review = review_taxes(replace(result, dates=result.dates[:100], wealth=result.wealth[:100], entries=()))
    assert review is not None
    assert tax_words(review)[0].startswith("Taxes over 0.4 years, too few")
    one = review_taxes(replace(result, dates=result.dates[:1], wealth=result.wealth[:1], entries=()))
    assert one is not None
    assert np.isnan(one.returns.before)
    assert np.isnan(one.drag)


def test_a_pool_is_reviewed_as_lots_are() -> None:
    uk = {"use": "uk", "gains": 0.24, "dividends": 0.3375, "interest": 0.4, "exempt": "3000 GBP", "allowance": "500 GBP"}
    result = taxed(tax=uk, base_currency="GBP", capital="1000000 GBP", costs={"use": "linear", "bps": 10})
    review = review_taxes(result)
    assert review is not None
    assert review.paid + review.owed > 0
    assert review.years[0].due.month == 1
    assert {words for one in review.years for words, _ in one.parts} == {"tax on gains", "tax on dividends", "tax on interest"}
    assert result.policy.tax is not None
    assert not any("Wash" in line for line in left_out(result.policy.tax))
