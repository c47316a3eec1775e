"""US federal tax: terms to the day, the tax of a year by hand, and losses carried through the years."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.accounting.taxes.rates import rate_table
from trimtab.accounting.taxes.us import UsFederal
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.money import Money
from trimtab.core.taxes import Carried, LotMethod, TaxRates, TaxRegime, TaxYear, Term

dates = st.dates(date(1950, 1, 1), date(2090, 1, 1))
dollars = st.integers(-(10**6), 10**6).map(Decimal)
PLAIN = UsFederal(short=0.4, long=0.2, ordinary=0.4, qualified=0.2)
HIGHEST = {"short": 0.434, "long": 0.238, "ordinary": 0.434, "qualified": 0.238}
TABLE = rate_table({"brackets": {"highest": {"2013-01-01": HIGHEST}, "low": {"2013-01-01": {**HIGHEST, "short": 0.1}}}})


@given(dates, st.integers(1, 3000))
def test_a_sale_is_long_term_from_the_day_it_turns_and_never_before(acquired: date, days: int) -> None:
    sold = acquired + timedelta(days=days)
    assert (PLAIN.term(acquired, sold) is Term.LONG) == (sold >= PLAIN.turns(acquired))
    assert timedelta(days=366) <= PLAIN.turns(acquired) - acquired <= timedelta(days=367)
    assert PLAIN.turns(acquired) <= PLAIN.turns(acquired + timedelta(days=1))


@given(st.tuples(*[dollars] * 6))
def test_a_loss_more_never_costs_tax_and_the_tax_is_never_below_zero(amounts: tuple[Decimal, ...]) -> None:
    year = TaxYear(2020, *amounts)
    found = PLAIN.assess(year)
    assert found.tax >= 0
    for less in (replace(year, short=year.short - 100), replace(year, long=year.long - 100)):
        assert PLAIN.assess(less).tax <= found.tax
    assert found.lines[-1] == ("tax", found.tax)


@pytest.mark.parametrize(
    ("acquired", "turns"),
    [
        ("2019-01-02", "2020-01-03"),  # the day of acquisition does not count
        ("2020-02-29", "2021-03-01"),
        ("2019-03-01", "2020-03-02"),
        ("2020-02-28", "2021-03-01"),  # the year that begins on 29 February ends on 28 February
        ("2019-02-28", "2020-03-01"),  # Rev. Rul. 66-7: the last day of a month, then whole months
        ("2018-12-31", "2020-01-01"),
    ],
)
def test_the_first_long_term_day_by_hand(acquired: str, turns: str) -> None:
    first = date.fromisoformat(turns)
    assert PLAIN.turns(date.fromisoformat(acquired)) == first
    assert PLAIN.term(date.fromisoformat(acquired), first) is Term.LONG
    assert PLAIN.term(date.fromisoformat(acquired), first - timedelta(days=1)) is Term.SHORT


def test_the_calendar_of_the_tax_year() -> None:
    assert (PLAIN.year(date(2020, 12, 31)), PLAIN.year(date(2021, 1, 1))) == (2020, 2021)
    assert PLAIN.due(2020) == date(2021, 4, 15)


YEARS = [
    # what the year brought -> tax, at 40 % short and ordinary, 20 % long and qualified
    ("gains of both terms", {"short": 1000, "long": 2000}, 800),  # 400 + 400
    ("a short loss against a long gain", {"short": -500, "long": 2000}, 300),  # 1500 x 20 %
    ("handed-on gains are long-term and meet losses", {"long": -500, "handed": 800}, 60),  # 300 x 20 %
    ("60 % of futures are long-term", {"marked": 1000}, 280),  # 600 x 20 % + 400 x 40 %
    ("futures lose in both terms", {"marked": -1000, "short": 500, "long": 500}, 0),
    ("60 % of a loss meets the long side", {"marked": -1000, "short": 500, "long": 1000}, 120),  # 100 x 40 %, 400 x 20 %
    ("qualified dividends never meet a loss", {"long": -5000, "qualified": 1000}, 200),
    ("a loss meets ordinary income", {"long": -1000, "ordinary": 4000}, 1200),  # 3000 x 40 %
    ("up to 3000 a year", {"long": -9000, "ordinary": 4000}, 400),
    ("and no more than there is", {"short": -9000, "ordinary": 800, "qualified": 100}, 20),
    ("nothing", {}, 0),
]


@pytest.mark.parametrize(("brought", "tax"), [case[1:] for case in YEARS], ids=[case[0] for case in YEARS])
def test_the_tax_of_a_year_by_hand(brought: dict[str, int], tax: int) -> None:
    year = TaxYear(2020, **{name: Decimal(amount) for name, amount in brought.items()})
    assert PLAIN.assess(year).tax == tax


def test_losses_are_carried_through_the_years_and_keep_their_term() -> None:
    # 2020: short -4000, long -6000, ordinary 5000: 3000 of the short loss used, 1000 short and 6000 long carried on
    # 2021: nothing but ordinary 500: 500 more of the short loss: 500 and 6000
    # 2022: short 2000, long 1000: short 2000 - 500 = 1500, long 1000 - 6000 = -5000; across: -3500; no income: carried
    # 2023: long 4000: 500 are taxed at 20 %
    brought = {
        2020: {"short": -4000, "long": -6000, "ordinary": 5000},
        2021: {"ordinary": 500},
        2022: {"short": 2000, "long": 1000},
        2023: {"long": 4000},
    }
    carried, found = Carried(), []
    for year, amounts in brought.items():
        assessed = PLAIN.assess(TaxYear(year, **{k: Decimal(v) for k, v in amounts.items()}), carried)
        carried = assessed.carried
        found.append((assessed.tax, carried.short, carried.long))
    assert found == [(800, 1000, 6000), (0, 500, 6000), (0, 0, 3500), (100, 0, 0)]


def test_income_from_elsewhere_uses_losses_up_and_its_saving_lowers_the_tax_to_zero() -> None:
    earning = replace(PLAIN, other_income=Money(Decimal(100_000)))
    found = earning.assess(TaxYear(2020, short=Decimal(-5000), qualified=Decimal(10_000)))
    assert (found.tax, found.carried.short) == (800, 2000)  # 2000 less 3000 x 40 %
    assert earning.assess(TaxYear(2020, short=Decimal(-5000))).tax == 0
    tight = replace(earning, loss_limit=Money(Decimal(1500)))  # married, filing separately
    assert tight.assess(TaxYear(2020, short=Decimal(-5000))).carried.short == 3500


def test_the_lines_say_how_the_tax_came_about() -> None:
    found = PLAIN.assess(TaxYear(2020, Decimal(1000), Decimal(2000), qualified=Decimal(50)), Carried(long=Decimal(500)))
    assert dict(found.lines) == {
        "short-term gains less losses": 1000,
        "long-term gains less losses": 2000,
        "long-term losses carried in": -500,
        "short-term gains after netting": 1000,
        "long-term gains after netting": 1500,
        "tax on short-term gains": 400,
        "tax on long-term gains": 300,
        "tax on qualified dividends": 10,
        "tax": 710,
    }


def test_the_tax_is_in_cents() -> None:
    assert UsFederal(table=TABLE).assess(TaxYear(2013, Decimal("100.01"))).tax == Decimal("43.40")  # 43.40434


def test_state_tax_comes_on_top_of_every_rate_and_own_rates_replace_those_of_the_table() -> None:
    regime = UsFederal(state=0.05, long=0.1, table=TABLE)
    on = date(2014, 1, 1)
    assert regime.rates(on) == TaxRates(Decimal("0.484"), Decimal("0.15"), Decimal("0.484"), Decimal("0.288"))
    assert replace(regime, bracket="low", state=0.0).rates(on).short == Decimal("0.1")
    assert regime.words == "US federal tax and a state tax of 0.05"


def test_it_plays_the_role_of_a_regime() -> None:
    regime: TaxRegime = PLAIN
    assert (regime.pools, regime.window, set(regime.methods)) == (False, 30, set(LotMethod))
    assert hash(UsFederal(table=TABLE)) == hash(UsFederal(table=TABLE))


def test_without_rates_it_says_what_to_do() -> None:
    with pytest.raises(DataError, match=r"no tax rates are given\. Name a file of rates"):
        UsFederal(short=0.4).rates(date(2020, 1, 1))
    with pytest.raises(DataError, match="no tax rates are known for 2012-12-31"):
        UsFederal(table=TABLE).assess(TaxYear(2012))


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        ({"state": 5.0}, r"state is 5\.0, above 1\.0"),
        ({"short": 40.8}, r"short is 40\.8\. Rates are fractions"),
        ({"qualified": -0.1}, r"qualified is -0\.1"),
        ({"loss_limit": Money(Decimal(3000), "EUR")}, "loss_limit is 3000 EUR"),
        ({"other_income": Money(Decimal(-1))}, "other_income is -1 USD"),
        ({"bracket": "middle", "table": TABLE}, r"bracket 'middle' has no rates\. The file of rates has highest, low"),
    ],
)
def test_wrong_parameters_are_refused_at_the_door(faulty: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        UsFederal(**faulty)  # type: ignore[arg-type]
