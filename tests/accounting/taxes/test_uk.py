"""United Kingdom tax: years, the exempt amount, losses, dividends; and a life of trades through pool and assessment."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

import trimtab.accounting.taxes
from trimtab.accounting.taxes.pool import Pools
from trimtab.accounting.taxes.rates import rate_table
from trimtab.accounting.taxes.uk import Band, Uk
from trimtab.core.entries import Fill
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.money import ZERO, Money
from trimtab.core.taxes import Carried, TaxRates, TaxRegime, TaxYear, Term


def pounds(amount: int) -> Money:
    return Money(Decimal(amount), "GBP")


# Rates of the tests, not of the law.
RULES = Uk(gains=0.2, dividends=0.3, interest=0.4, exempt=pounds(3000), allowance=pounds(500))
REGIME: TaxRegime = RULES

money = st.decimals(-(10**6), 10**6, places=2)
losses = st.decimals(0, 10**6, places=2)
MONEY_TABLE = {
    "currency": "GBP",
    "brackets": {
        "basic": {"2020-04-06": {"short": 0.1, "long": 0.1, "ordinary": 0.2, "qualified": 0.05}},
        "higher": {
            "2020-04-06": {"short": 0.2, "long": 0.2, "ordinary": 0.4, "qualified": 0.3, "exempt": 9000, "allowance": 700},
            "2021-01-01": {"short": 0.25, "long": 0.25, "ordinary": 0.4, "qualified": 0.3, "exempt": 9000, "allowance": 700},
        },
    },
}


@settings(max_examples=60, deadline=None)
@given(st.lists(money, min_size=1, max_size=6), losses)
def test_losses_are_kept_until_gains_above_the_exempt_amount_meet_them(gains: list[Decimal], before: Decimal) -> None:
    # every pound of gain is exempt, taxed or met by a loss, and every pound of loss is met or still there
    carried, taxed, exempt = Carried(long=before), ZERO, ZERO
    for k, gain in enumerate(gains):
        found = RULES.assess(TaxYear(2025 + k, long=gain), carried)
        lines = dict(found.lines)
        assert found.tax == (lines["taxable gains"] * Decimal("0.2")).quantize(Decimal("0.01"))
        assert ZERO <= -lines["annual exempt amount used"] <= 3000
        used = -lines["losses brought forward and used"]
        assert not used or -lines["annual exempt amount used"] == 3000  # a loss is not wasted on what is exempt
        assert not used or not found.carried.long or lines["taxable gains"] == 0
        taxed += lines["taxable gains"]
        exempt -= lines["annual exempt amount used"]
        carried = found.carried
    assert sum(gains, ZERO) == taxed + exempt + before - carried.long
    assert carried.short == 0 <= carried.long


@example(date(2025, 4, 5))
@example(date(2025, 4, 6))
@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_years_begin_on_6_april_and_end_in_the_year_they_are_named_by(day: date) -> None:
    year = RULES.year(day)
    assert date(year - 1, 4, 6) <= day <= date(year, 4, 5)
    assert RULES.due(year) == date(year + 1, 1, 31)


@given(st.dates(), st.dates())
def test_there_is_one_term(first: date, second: date) -> None:
    assert RULES.term(first, second) is Term.LONG
    assert RULES.turns(first) == first


@settings(max_examples=40, deadline=None)
@given(money, money, money)
def test_no_tax_is_below_zero_and_losses_never_meet_income(gain: Decimal, dividends: Decimal, interest: Decimal) -> None:
    with_gain = RULES.assess(TaxYear(2025, short=gain, qualified=dividends, ordinary=interest))
    without = RULES.assess(TaxYear(2025, qualified=dividends, ordinary=interest))
    assert with_gain.tax >= without.tax >= 0
    if gain <= 3000:
        assert with_gain.tax == without.tax


def test_a_year_by_hand() -> None:
    # gains 10,000 + 1,000 of futures - 2,000 = 9,000; exempt 3,000; 4,500 of old losses leave 1,500 at 20 %: 300
    # dividends 900 less 500 at 30 %: 120; interest 50 at 40 %: 20; together 440
    found = REGIME.assess(
        TaxYear(
            2025,
            short=Decimal(10_000),
            long=Decimal(-2000),
            ordinary=Decimal(50),
            qualified=Decimal(900),
            marked=Decimal(1000),
        ),
        Carried(short=Decimal(500), long=Decimal(4000)),
    )
    assert (found.year, found.tax, found.carried) == (2025, 440, Carried())
    lines = dict(found.lines)
    assert (lines["gains less losses"], lines["taxable gains"], lines["tax on gains"]) == (9000, 1500, 300)
    assert (lines["tax on dividends"], lines["tax on interest"], lines["tax"]) == (120, 20, 440)


@pytest.mark.parametrize(
    ("gain", "before", "tax", "after"),
    [
        (2000, 5000, 0, 5000),  # within the exempt amount: old losses are not touched
        (4000, 5000, 0, 4000),  # down to the exempt amount: 1,000 used
        (10_000, 5000, 400, 0),  # 10,000 - 3,000 - 5,000 at 20 %
        (-700, 5000, 0, 5700),
        (0, 0, 0, 0),
    ],
)
def test_losses_by_hand(gain: int, before: int, tax: int, after: int) -> None:
    found = RULES.assess(TaxYear(2025, long=Decimal(gain)), Carried(long=Decimal(before)))
    assert (found.tax, found.carried.long) == (tax, after)


def test_a_loss_taken_and_bought_back_within_30_days_is_none() -> None:
    # 100 for 1,000 in 2020; sold for 400 on 1 April 2025, bought back for 410 on 20 April, in the next tax year: the sale
    # meets that purchase, a loss of 10 in the year ended 2025, not of 600; the pool still costs 1,000
    def fill(day: date, units: int, amount: int) -> Fill:
        return Fill(day, 0, Decimal(units), Decimal(1), Decimal(amount), ZERO, "o")

    pools = Pools()
    for number, one in enumerate([fill(date(2020, 5, 1), 100, -1000), fill(date(2025, 4, 1), -100, 400)]):
        pools.post(number, one)
    assert [gain.amount for gain in pools.gains] == [-600]
    pools.post(2, fill(date(2025, 4, 20), 100, -410))
    (gain,) = pools.gains
    assert (gain.amount, RULES.year(gain.sold), pools.cost(0)) == (-10, 2025, 1000)
    assert RULES.assess(TaxYear(2025, long=gain.taxed)).carried.long == 10


def test_rates_come_from_the_table_of_the_band_and_fields_stand_in_for_them() -> None:
    table = rate_table(MONEY_TABLE)
    higher = Uk(table=table)
    assert higher.rates(date(2020, 12, 31)) == TaxRates(*map(Decimal, ("0.2", "0.2", "0.4", "0.3")))
    assert Uk(Band.BASIC, table=table).rates(date(2021, 1, 1)).long == Decimal("0.1")
    assert Uk(gains=0.5, table=table).rates(date(2021, 1, 1)).short == Decimal("0.5")
    # the rate changed within the year: the last day's, 25 %, holds for all of it; 10,000 - 9,000 is taxed
    found = higher.assess(TaxYear(2021, long=Decimal(10_000), qualified=Decimal(1700)))
    assert found.tax == 250 + 300
    assert Uk(exempt=pounds(0), table=table).assess(TaxYear(2021, long=Decimal(10_000))).tax == 2500
    with pytest.raises(DataError, match="the first are of 2020-04-06"):
        higher.rates(date(2020, 4, 5))


def test_the_file_that_comes_along_is_one() -> None:
    text = (Path(trimtab.accounting.taxes.__path__[0]) / "uk.yaml").read_text()
    table = rate_table(yaml.safe_load(text))
    for band in Band:
        regime = Uk(band, table=table)
        assert regime.assess(TaxYear(2025, long=Decimal(100_000))).tax > 0


def test_a_policy_file_can_say_it() -> None:
    said: dict[str, Any] = {"band": "basic", "gains": 0.1, "exempt": "3000 GBP"}
    found = TypeAdapter(Uk).validate_python(said)
    assert found == Uk(Band.BASIC, gains=0.1, exempt=pounds(3000))
    assert found.words == "United Kingdom tax at the basic rate"
    assert (found.pools, found.window, found.methods) == (True, 0, ())


def test_without_rates_there_is_no_tax_but_an_error() -> None:
    with pytest.raises(DataError, match="no gains is given"):
        Uk().rates(date(2025, 1, 1))
    with pytest.raises(DataError, match="no exempt is given"):
        Uk(gains=0.2, dividends=0.3, interest=0.4).assess(TaxYear(2025))


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"gains": 24.0}, "gains"),
        ({"interest": -0.1}, "interest"),
        ({"exempt": Money(Decimal(3000), "USD")}, "exempt"),
        ({"allowance": pounds(-1)}, "allowance"),
        ({"table": rate_table({**MONEY_TABLE, "currency": "USD"})}, "band"),
        ({"band": Band.HIGHEST, "table": rate_table(MONEY_TABLE)}, "band"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, Any], name: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Uk(**parameters)
    assert caught.value.field == name


def test_no_year_at_all() -> None:
    assert RULES.assess(TaxYear(2025)).tax == 0
    assert RULES.due(2025) - date(2025, 4, 5) == timedelta(days=301)
