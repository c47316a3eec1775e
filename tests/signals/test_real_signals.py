"""Every built-in signal on real data: ETFs, VIX, yields, CAPE, factors and FRED-MD, against pandas and against what is known.

Decisions at month-ends from 1993 to 2024, two hours after the close, with the memory of each signal walked as the desk
does. `real_cases` is the table; its references read the shared files and nothing else.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests import real_files as files
from tests import real_world as real
from tests.numerics.sklearn_alone import no_plugins
from tests.signals import real_reference as reference
from tests.signals.real_cases import CASES, MONTHS, Case
from trimtab.data.view import MarketView
from trimtab.desk.asking import heard
from trimtab.desk.registry import BUILT_IN, name_of

every_signal = pytest.mark.parametrize("name", CASES)
THREE_DECIMALS = 5.1e-4


@cache
def view() -> MarketView:
    return real.view(real.month_ends())


@cache
def wanted(name: str) -> reference.Answer:
    return CASES[name].reference()


@cache
def said(name: str) -> pd.DataFrame:
    """(month-ends, funds) with memory."""
    with no_plugins():
        return pd.DataFrame(heard(CASES[name].signal, view()), files.ends(), list(real.FUNDS))


@cache
def measured(name: str) -> pd.DataFrame:
    with no_plugins():
        return pd.DataFrame(CASES[name].signal.measure(view()).values, files.ends(), list(real.FUNDS))


def of(frame: pd.DataFrame, case: Case) -> pd.Series:
    return frame[case.asset].dropna()


def in_month(column: pd.Series, month: str) -> float:
    return float(column[month].iloc[-1])


def test_no_signal_is_missing_from_the_table() -> None:
    assert list(CASES) == list(BUILT_IN["signals"])
    assert [name_of("signals", case.signal) for case in CASES.values()] == list(CASES)


def test_the_view_stands_at_the_month_ends_of_the_files() -> None:
    assert (view().days.dates == files.ends().to_numpy().astype("datetime64[D]")).all()
    assert [str(d) for d in view().days.dates[[0, -1]]] == ["1993-01-29", "2024-12-31"]


@every_signal
def test_every_fund_and_month_end_against_pandas(name: str) -> None:
    for found, want in zip((said(name), measured(name)), wanted(name), strict=True):
        np.testing.assert_allclose(found, want.astype(float), rtol=0.0, atol=1e-9)


@every_signal
def test_first_valid_date_and_range(name: str) -> None:
    case = CASES[name]
    for scores, measures in (wanted(name), (said(name), measured(name))):
        column, sizes = of(scores, case), of(measures, case)
        assert str(column.index[0].date()) == case.first
        assert (column.min(), column.max()) == pytest.approx(case.scores, abs=THREE_DECIMALS)
        assert (sizes.min(), sizes.max()) == pytest.approx(case.measures, abs=THREE_DECIMALS)


@every_signal
def test_state_in_four_months(name: str) -> None:
    case = CASES[name]
    for scores, _ in (wanted(name), (said(name), None)):
        assert [in_month(scores[case.asset], month) for month in MONTHS] == pytest.approx(case.states, abs=THREE_DECIMALS)


@every_signal
def test_once_a_signal_speaks_it_goes_on(name: str) -> None:
    """Real yields end with the vintages: the last file has prices to 2024-02, a hundred days old in May."""
    column = said(name)[CASES[name].asset]
    last = "2024-04-30" if name == "real_yield" else "2024-12-31"
    assert column[CASES[name].first : last].notna().all()
    assert str(column.last_valid_index().date()) == last


# Facts that stand in newspapers, so that table and references cannot be wrong together.


def runs(column: pd.Series) -> list[str]:
    """Months in which the column turned below 0 or back."""
    below = column.dropna() < 0.0
    return below.index[below != below.shift(fill_value=False)].strftime("%Y-%m").tolist()


def test_the_curve_inverted_before_each_recession() -> None:
    """2000, 2006-07 and 2019 lie before those of 2001, 2008 and 2020; since 2022 none has been dated."""
    turns = runs(said("spread")["SPY"])
    assert {month[:4] for month in turns[::2]} == {"2000", "2006", "2007", "2019", "2020", "2022"}
    assert turns[-2:] == ["2022-10", "2024-12"]
    inverted = said("spread")["SPY"] < 0.0
    assert inverted["2006-07":"2007-04"].all()
    assert not inverted["2008":"2018"].any()


def test_a_curve_that_is_exactly_flat_keeps_the_side_before() -> None:
    """10 years and 3 months paid the same on 2020-01-30, the last day published at the end of that month."""
    assert measured("spread").loc["2020-01-31", "SPY"] == 0.0
    assert said("spread").loc["2020-01-31", "SPY"] == 1.0


def test_the_average_left_shares_before_lehman_and_came_back_in_2009() -> None:
    below = said("trend")["SPY"] < 0.0
    assert below["2007-12":"2009-05"].all()
    assert not below["2009-06"].any()
    assert below["2020-02":"2020-04"].all()
    assert not below["2020-05":"2021"].any()
    assert not below["2012-06":"2015-07"].any()  # three years without a month below
    turns = {name: int((said(name)["SPY"].dropna().diff().abs() == 2.0).sum()) for name in ("trend", "crossover")}
    assert turns == {"trend": 42, "crossover": 24}  # fewer false starts


def test_drawdown_was_out_from_january_2008_to_january_2012() -> None:
    side = said("drawdown")["SPY"]
    assert (side["2008-01":"2012-01"] == -1.0).all()
    assert side["2012-02-29"] == 1.0
    price = files.monthly()["SPY"]
    assert price["2012-01-31"] / price["2009-02-27"] == pytest.approx(1.89, abs=0.005)
    assert runs(said("drawdown")["TLT"])[-1] == "2021-01"
    assert str(measured("drawdown")["SPY"].idxmin().date()) == "2009-02-27"  # at month-ends; the low was on 2009-03-09


def test_three_times_shares_stayed_below_bills_for_a_year() -> None:
    turns = pd.PeriodIndex(runs(said("momentum")["SPY"]), freq="M")
    long = [(str(a), str(b - 1)) for a, b in zip(turns[::2], turns[1::2], strict=True) if (b - a).n >= 12]
    assert long == [("2000-10", "2003-06"), ("2008-01", "2009-09"), ("2022-04", "2023-05")]


def test_a_loss_may_rank_high() -> None:
    """June 2022, without its last month: gold, property and linkers alone did better than SPY's loss of 2.6 %."""
    gains = measured("relative_momentum").loc["2022-06-30"].sort_values(ascending=False)
    assert gains.index[:4].tolist() == ["GLD", "VNQ", "TIP", "SPY"]
    assert gains["SPY"] == pytest.approx(-0.026, abs=THREE_DECIMALS)


def test_dual_momentum_held_bonds_through_the_crisis() -> None:
    held = said("dual_momentum")[["SPY", "EFA", "IEF"]].dropna().idxmax(axis=1)
    assert (held["2008-01":"2009-08"] == "IEF").all()
    near = held["2012-12":"2013-10"]
    assert int((near != near.shift(1, fill_value="SPY")).sum()) == 6
    assert held["2020-03":"2020-04"].eq("IEF").all()
    assert held["2022-04":"2023-03"].eq("IEF").all()  # a refuge that lost money itself


def test_dear_or_cheap_depends_on_the_history() -> None:
    """Since 1881 the CAPE was above its mean at all four dates; since 1993, with the bubble in it, below in 2008 and 2013."""
    short, long = measured("valuation")["SPY"], reference.cape_z("1881-01-01")
    assert [in_month(long, month) > 0.0 for month in MONTHS] == [True] * 4
    assert [in_month(short, month) > 0.0 for month in MONTHS] == [False, False, True, True]
    cheap = said("valuation_rule")["SPY"] == 1.0
    assert cheap.index[cheap].strftime("%Y-%m").tolist() == ["2009-07"]  # below 14 in March 2009 alone, known in July


def test_gold_pays_nothing_and_junk_pays_most() -> None:
    assert said("dividend_yield")["GLD"].isna().all()
    assert measured("dividend_yield").loc["2008-10-31"].idxmax() == "HYG"
    assert said("dividend_yield")["SPY"]["2009-02-27"] > 2.0
    assert said("dividend_yield")["SPY"]["2021-12-31"] == -3.0
    # what is no income counts too: the inflation that TIP pays out; and EFA pays seldom and unevenly
    assert (said("dividend_yield").loc["2022-06-30", ["TIP", "EFA"]] == 3.0).all()


def test_prices_outran_yields_in_2022() -> None:
    real_yield = measured("real_yield")["IEF"]
    assert str(real_yield.idxmin().date()) == "2022-08-31"  # prices to June, 9 % up: the highest rate in forty years
    assert (real_yield["2021":"2022"] < 0.0).all()


def test_ten_year_bonds_earned_less_than_bills_while_the_curve_was_inverted() -> None:
    carry = measured("carry")
    assert runs(carry["IEF"])[::2] == ["2000-09", "2006-09", "2019-07", "2020-03", "2022-12"]
    assert runs(carry["IEF"])[1::2] == ["2001-02", "2007-06", "2019-11", "2020-04"]
    assert carry["LQD"].min() > 0.0
    less = carry["IEF"] < 0.0
    assert (said("spread")["SPY"][less] < 0.0).mean() > 0.85  # means of the month before against yesterday's curve


def test_the_credit_spread_was_off_the_scale_in_2008() -> None:
    off = said("spread_score")["HYG"] == -3.0
    assert off["2008-11":"2009-06"].all()
    assert int(off.sum()) == 9  # and 2020-06
    assert measured("spread_score")["HYG"]["2008-12-31"] == pytest.approx(-0.0260)  # 6.28 less 8.88, those of October
    assert str(measured("spread_score")["HYG"].idxmin().date()) == "2009-02-27"  # 3.38 points, those of December 2008


def test_the_odds_of_a_recession_were_highest_when_none_came() -> None:
    odds = measured("recession_odds")["SPY"]
    assert odds["1993":"2022"].max() < 0.5
    assert odds["2023"].max() > 0.7


def test_low_volatility_always_prefers_short_bonds() -> None:
    assert (said("low_volatility")["SHY"].dropna() == 1.0).all()
    assert said("low_volatility").loc["2022-06-30"].idxmin() == "QQQ"


def test_funds_have_the_styles_of_their_indices() -> None:
    slopes = measured("factor_exposure")
    assert slopes["QQQ"].max() < 0.0  # growth
    assert slopes["SPY"].abs().max() < 0.11  # the market, held constant


def test_a_score_scaled_by_volatility_is_capped() -> None:
    """Short bonds move 1 or 2 % a year: 40 % on them would be a multiple of 20 and more."""
    assert (said("scaled_momentum")["SHY"].min(), said("scaled_momentum")["SHY"].max()) == (-10.0, 10.0)
    assert str(said("scaled_momentum")["SPY"].idxmax().date()) == "2017-12-29"  # the calmest year of the S&P 500 since 1964


def test_reversal_called_shares_cheap_after_the_lost_decade_alone() -> None:
    cheap = said("reversal")["SPY"] > 0.0
    assert [str(date.date()) for date in cheap.index[cheap][[0, -1]]] == ["2002-09-30", "2012-05-31"]
    assert {2003, 2009} <= set(cheap.index[cheap].year) <= set(range(2002, 2013))


def test_windows_disagree_in_a_third_of_all_months() -> None:
    split = said("ensemble")["SPY"].dropna().abs() < 1.0
    assert split.mean() == pytest.approx(0.28, abs=0.005)
    both = said("ensemble")["SPY"].dropna().index
    assert (np.sign(said("ensemble")["SPY"][both]) != said("momentum")["SPY"][both]).mean() < 0.25


def test_trend_curve_and_valuation_seldom_agree_against_shares() -> None:
    total = said("sum")["SPY"]
    assert int((total == -1.0).sum()) == 9
    assert total.index[total == 1.0].strftime("%Y-%m").tolist() == ["2009-07"]


def test_the_last_month_counts_most() -> None:
    """It turns often, and was back in April 2020, a month after the low; twelve months took two."""
    turns = {
        name: int((np.sign(said(name)["SPY"].dropna()).diff() != 0.0).sum() - 1) for name in ("weighted_momentum", "momentum")
    }
    assert turns == {"weighted_momentum": 90, "momentum": 24}
    assert (said("weighted_momentum")["SPY"]["2020-02":"2020-03"] < 0.0).all()
    assert (said("weighted_momentum")["SPY"]["2020-04":"2020-12"] > 0.0).all()
    assert str(said("weighted_momentum")["SPY"].idxmin().date()) == "2008-10-31"


def test_managed_momentum_is_small_in_storms() -> None:
    size = said("volatility_managed")["SPY"].abs()
    assert str(size.idxmin().date()) == "2009-03-31"
    assert str(size.idxmax().date()) == "2017-12-29"
    assert size.min() == pytest.approx(0.21, abs=0.005)
    assert size["2008-10":"2009-03"].max() < 0.27
    assert (said("volatility_managed")["SHY"].abs().dropna() == 2.0).all()


def test_inverse_volatility_holds_bonds() -> None:
    weights = said("optimiser")[["SPY", "EFA", "IEF", "LQD", "GLD"]].dropna()
    bonds = weights["IEF"] + weights["LQD"]
    assert (bonds.min(), bonds.max()) == pytest.approx((0.479, 0.712), abs=THREE_DECIMALS)
    assert set(weights.idxmax(axis=1)) == {"IEF", "LQD"}


@pytest.mark.parametrize(("name", "share"), [("realised_volatility", 0.345), ("implied_volatility", 0.376)])
def test_volatility_is_off_in_crises_and_on_in_calm_years(name: str, share: float) -> None:
    side = said(name)["SPY"].dropna()
    assert (side["2004":"2006"] == 1.0).all()
    assert (side["2017"] == 1.0).all()
    assert (side["2008-09":"2009-05"] == -1.0).all()
    assert (side < 0.0).mean() == pytest.approx(share, abs=THREE_DECIMALS)


def test_the_vix_of_the_four_months() -> None:
    assert [in_month(files.vix(), month) for month in MONTHS] == pytest.approx([59.9, 16.9, 53.5, 28.7], abs=0.05)
