"""Parts of the history: they compound to the whole, crises by their dates, and regimes of correlation."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError, InvariantError, ParameterError
from trimtab.numerics.performance import cagr, max_drawdown, volatility
from trimtab.numerics.performance import wealth as growth
from trimtab.validation.correlation_regimes import correlation_regimes
from trimtab.validation.market_falls import CRISES, Window
from trimtab.validation.subperiods import History, decades, halves, windows


def months(first: str, count: int) -> np.ndarray:
    return (np.datetime64(first, "M") + np.arange(1, count + 1)).astype("datetime64[D]") - 1


def history(returns: np.ndarray, benchmark: np.ndarray, first: str = "1999-12") -> History:
    count = len(returns) + 1
    return History(months(first, count), growth(returns), growth(benchmark), 12, np.zeros(count - 1))


rows = st.integers(1, 260).flatmap(
    lambda n: st.integers(0, 2**32).map(lambda s: np.random.default_rng(s).normal(0, 0.1, (2, n)))
)


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(rows, st.sampled_from(["1999-12", "1995-06", "2009-11"]))
def test_halves_and_decades_compound_to_the_whole(pair, first):
    whole = history(*pair, first)
    for parts in (halves(whole).parts, decades(whole).parts):
        assert sum(part.periods for part in parts) == len(pair[0])
        assert math.prod(1 + part.strategy.total for part in parts) == pytest.approx(whole.wealth[-1])
        assert math.prod(1 + part.benchmark.total for part in parts) == pytest.approx(whole.benchmark[-1])
        assert [part.last for part in parts[:-1]] == [part.first for part in parts[1:]]
        assert min(part.strategy.deepest for part in parts) >= max_drawdown(pair[0]) - 1e-12


@settings(max_examples=15)
@given(st.integers(0, 2**32))
def test_regimes_part_the_periods_and_do_not_look_ahead(seed):
    mine, other, shares, bonds = np.random.default_rng(seed).normal(0.0, 0.03, (4, 60))
    found = correlation_regimes(mine, other, (shares, bonds), window=12, per_year=12)
    assert found.together.periods + found.apart.periods + found.unknown == 60
    later = bonds.copy()
    later[-1] = 0.9  # the last return decides about no period
    assert correlation_regimes(mine, other, (shares, later), window=12, per_year=12).apart.periods == found.apart.periods


# --- worked examples ------------------------------------------------------------------------------------------------


def test_decades_by_hand():
    # 1999-12 to 2011-06: 120 months of the 2000s at 1 %, 18 of the 2010s at 2 %
    returns = np.array([0.01] * 120 + [0.02] * 18)
    found = decades(history(returns, np.zeros(138)))
    assert [(part.name, part.periods, part.whole) for part in found.parts] == [("2000s", 120, True), ("2010s", 18, False)]
    assert found.parts[0].strategy.cagr == pytest.approx(1.01**12 - 1)
    assert found.parts[1].strategy.total == pytest.approx(1.02**18 - 1)
    assert str(found.parts[1].first) == "2009-12-31"
    assert found.share_ahead == 1.0
    assert not decades(history(np.zeros(114), np.zeros(114))).parts[0].whole  # to 2009-06
    stub = decades(history(np.full(126, 0.01), np.zeros(126))).parts[1]
    assert stub.periods == 6
    assert math.isnan(stub.strategy.cagr)  # nothing below a year is annualised
    assert stub.strategy.total == pytest.approx(1.01**6 - 1)


def test_decades_of_sessions_end_with_their_last_session():
    days = pd.bdate_range("1999-12-31", "2009-12-31").to_numpy().astype("datetime64[D]")
    path = np.linspace(1.0, 2.0, len(days))
    found = decades(History(days, path, path, 252, np.zeros(len(days) - 1)))
    assert [(part.name, part.whole) for part in found.parts] == [("2000s", True)]
    days = np.array(["1999-12-29", "2000-01-03"], dtype="datetime64[D]")  # its one period ends in the 2000s
    found = decades(History(days, np.ones(2), np.ones(2), 252, np.zeros(1)))
    assert [(part.name, part.periods) for part in found.parts] == [("2000s", 1)]


def test_a_crisis_takes_the_months_around_it():
    # 2020-02-19 to 2020-03-23 by month ends: from 2020-01-31 to 2020-03-31, two returns
    returns = np.zeros(60)
    whole = history(returns, returns, "2018-12")
    at = int(np.flatnonzero(whole.dates == np.datetime64("2020-02-29"))[0])
    returns[at - 1 : at + 1] = (-0.1, -0.2)
    found = windows(history(returns, np.zeros(60), "2018-12"))
    part = found.parts[0]
    assert part.name == "2020, pandemic"
    assert (str(part.first), str(part.last), part.periods) == ("2020-01-31", "2020-03-31", 2)
    assert (part.strategy.total, part.strategy.deepest) == pytest.approx((-0.28, -0.28))
    assert "-28.0 % against +0.0 % of the benchmark" in part.words
    assert [name[:4] for name in found.without] == ["1929", "1973", "1987", "2000", "2008"]
    ahead = "Ahead of the benchmark in 0 of 1 sub-periods; least in 2020, pandemic: -28.0 %."
    assert found.words == f"{ahead} Level in 2022, inflation and rates."


@pytest.mark.parametrize("rounding", [1.8e-10, -1.8e-10, 0.0, 1e-7])
def test_a_part_with_nothing_but_rounding_in_it_is_neither_ahead_nor_behind(rounding):
    """Regression: a lead of 1.8e-10, what rounding to cents leaves, counted as ahead of the benchmark."""
    # 2019-12 to 2024-12: the crisis of 2020 is level, that of 2022 is ahead by 1 % in one of its months
    other = np.random.default_rng(3).normal(0.0, 0.04, 60)
    mine = other + rounding
    found = windows(history(mine, other, "2019-12"))
    assert (found.differing, len(found.level)) == ((), 2)
    assert math.isnan(found.share_ahead)
    assert found.words == "Level in 2020, pandemic, 2022, inflation and rates."
    mine[28] += 0.01
    found = windows(history(mine, other, "2019-12"))
    assert (found.share_ahead, found.level) == (1.0, ("2020, pandemic",))
    assert ", level with the benchmark, deepest fall" in found.parts[0].words
    assert found.words.endswith(" Level in 2020, pandemic.")
    many = halves(history(np.tile(other, 20) + rounding, np.tile(other, 20)))  # a long part: totals far from 1
    assert [part.level for part in many.parts] == [True, True]


def test_a_regime_with_nothing_but_rounding_in_it_has_a_lead_of_exactly_nothing():
    shares = np.tile([0.01, -0.01], 30)
    bonds = np.where(np.arange(60) < 30, shares, -shares)
    apart = np.where(np.arange(60) < 36, 0.0, 0.02)
    found = correlation_regimes(shares + apart + 1e-9, shares, (shares, bonds), window=3, per_year=12)
    assert found.together.ahead == 0.0 < found.apart.ahead
    assert found.words.startswith("It made nothing a year against the benchmark while shares and bonds moved together")


def test_crises_are_in_order():
    assert [window.name[:4] for window in CRISES] == ["1929", "1973", "1987", "2000", "2008", "2020", "2022"]
    ends = [end for window in CRISES for end in (window.first, window.last)]
    assert ends == sorted(ends)


def test_a_window_that_the_data_begin_or_end_in_is_left_out():
    whole = history(np.full(24, 0.01), np.zeros(24), "2019-12")
    for first, last in (("2019-12-30", "2020-05-01"), ("2021-01-01", "2022-01-01")):
        assert windows(whole, [Window("w", np.datetime64(first), np.datetime64(last))]).without == ("w",)
    assert windows(whole, [Window("w", np.datetime64("2019-12-31"), np.datetime64("2021-12-31"))]).parts[0].periods == 24


def test_regimes_by_hand():
    # shares rise and fall in turn; bonds move with them for 30 months, then against them: the sign turns where most of the
    # last three have turned, and counts from the month after
    shares = np.tile([0.01, -0.01], 30)
    bonds = np.where(np.arange(60) < 30, shares, -shares)
    mine = np.where(np.arange(60) < 32, 0.01, 0.02)
    found = correlation_regimes(mine, np.zeros(60), (shares, bonds), window=3, per_year=12)
    sign = np.array([np.nan, *pd.Series(shares).rolling(3).corr(pd.Series(bonds)).to_numpy()[:-1]])
    assert (found.together.periods, found.apart.periods, found.unknown) == (
        int((sign > 0).sum()),
        int((sign <= 0).sum()),
        3,
    )
    assert found.apart.cagr == pytest.approx(float(cagr(mine[sign <= 0], 12)))
    assert found.together.volatility == pytest.approx(float(volatility(mine[sign > 0], 12)), abs=1e-12)
    assert "while shares and bonds moved together" in found.words


# --- edges ----------------------------------------------------------------------------------------------------------


def test_unknown_ruin_and_one_period():
    two = halves(history(np.array([np.nan, 0.1]), np.zeros(2)))
    assert math.isnan(two.parts[0].ahead)
    ruined = halves(history(np.array([-1.0, 0.1]), np.zeros(2))).parts[0]
    assert (ruined.strategy.total, ruined.strategy.deepest) == (-1.0, -1.0)
    one = halves(history(np.array([0.1]), np.zeros(1)))
    assert [part.name for part in one.parts] == ["first half"]
    nothing = windows(history(np.array([0.1]), np.zeros(1)))
    assert nothing.words == "The history reaches none of the sub-periods, or is unknown in them."
    assert math.isnan(nothing.share_ahead)


@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_regimes_of_what_is_short_or_still(count):
    still = np.full(count, 0.01)
    found = correlation_regimes(still, still, (still, still), window=3, per_year=12)
    assert found.unknown == count
    assert found.words == "No period has a known correlation between shares and bonds."


def test_the_door():
    day = months("2000-01", 3)
    for dates in (day[:1], day[::-1], day[[0, 0, 1]]):
        with pytest.raises(DataError, match="history"):
            History(dates, np.ones(len(dates)), np.ones(len(dates)), 12, np.zeros(max(len(dates) - 1, 0)))
    with pytest.raises(InvariantError, match="benchmark"):
        History(day, np.ones(3), np.ones(2), 12, np.zeros(2))
    with pytest.raises(InvariantError, match="rf"):
        History(day, np.ones(3), np.ones(3), 12, np.zeros(3))
    with pytest.raises(ParameterError, match="window"):
        correlation_regimes(np.ones(5), np.ones(5), (np.ones(5), np.ones(5)), window=2, per_year=12)
    with pytest.raises(ParameterError, match="bonds"):
        correlation_regimes(np.ones(5), np.ones(5), (np.ones(5), np.ones(4)), window=3, per_year=12)
    with pytest.raises(DataError, match="one path"):
        correlation_regimes(np.ones((2, 5)), np.ones(5), (np.ones(5), np.ones(5)), window=3, per_year=12)
