"""Realised against assumed cost: laws, a worked example, statsmodels on the trend, and what the sentence says."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.attribution.cost_creep import CostCreep, TradeCosts, cost_creep
from trimtab.core.errors import DataError, ParameterError

MONEY = st.floats(-1e4, 1e4)
TRADES = st.lists(
    st.tuples(st.integers(0, 1500), st.sampled_from([0.0, 0.01, 1e3]) | st.floats(1.0, 1e6), MONEY, MONEY), max_size=40
)
NONE = np.empty(0), np.empty(0, dtype="datetime64[D]")


def days(*text: str) -> np.ndarray:
    return np.array(text, dtype="datetime64[D]")


def costs(rows) -> TradeCosts:
    after, traded, realised, assumed = np.array(rows, dtype=float).reshape(-1, 4).T
    return TradeCosts(np.datetime64("2020-01-01") + after.astype(int), traded, realised, assumed)


def steady(bps: list[float], assumed: float = 5.0) -> CostCreep:
    """A trade of 1,000,000 in the middle of each quarter from 2020 Q1, at the given basis points."""
    months = np.datetime64("2020-02", "M") + 3 * np.arange(len(bps))
    dates = months.astype("datetime64[D]")
    realised = np.array(bps, dtype=float) * 100.0
    return cost_creep(TradeCosts(dates, np.full(len(bps), 1e6), realised, np.full(len(bps), assumed * 100.0)), *NONE)


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(TRADES, st.randoms(use_true_random=False))
def test_quarters_hold_every_trade_once(rows, random):
    found = cost_creep(costs(rows), *NONE)
    assert sum(row.trades for row in found.quarters) == len(rows)
    for k, name in enumerate(("traded", "realised", "assumed"), start=1):
        assert sum(getattr(row, name) for row in found.quarters) == pytest.approx(sum(row[k] for row in rows), abs=1e-6)
    names = [row.quarter for row in found.quarters]
    assert names == sorted(set(names))
    random.shuffle(rows)
    assert [row.quarter for row in cost_creep(costs(rows), *NONE).quarters] == names


@settings(max_examples=20)
@given(st.lists(st.floats(1.0, 50.0), min_size=8, max_size=20), st.floats(0.1, 10.0))
def test_dearer_by_a_factor_is_steeper_by_it_with_the_same_t(bps, factor):
    one, other = steady(bps), steady([factor * cost for cost in bps])
    assert other.slope == pytest.approx(factor * one.slope, rel=1e-6, abs=1e-6)
    assert other.t == pytest.approx(one.t, rel=1e-6, abs=1e-6, nan_ok=True)
    assert other.ratio == pytest.approx(factor * one.ratio)


# --- examples -------------------------------------------------------------------------------------------------------


def test_two_quarters_by_hand():
    trades = TradeCosts(
        days("2026-01-05", "2026-03-31", "2026-04-01"),
        np.array([100_000.0, 300_000.0, 50_000.0]),
        np.array([60.0, 140.0, 50.0]),
        np.array([50.0, 110.0, 25.0]),
    )
    valued = days("2026-01-30", "2026-02-27", "2026-03-31")
    first, second = cost_creep(trades, np.array([1e6, 2e6, 3e6]), valued).quarters
    assert (first.quarter, first.trades, second.quarter, second.trades) == ("2026 Q1", 2, "2026 Q2", 1)
    assert first.realised_bps == pytest.approx(5.0)  # 200 of 400,000
    assert first.assumed_bps == pytest.approx(4.0)  # 160 of 400,000
    assert first.ratio == pytest.approx(1.25)
    assert first.realised_of_assets == pytest.approx(1.0)  # 200 of 2,000,000 on average
    assert first.assumed_of_assets == pytest.approx(0.8)
    assert second.ratio == pytest.approx(2.0)
    assert math.isnan(second.realised_of_assets)  # nobody valued it
    assert math.isnan(second.net_assets)


def test_the_trend_is_that_of_statsmodels():
    bps = list(np.random.default_rng(3).normal(8.0, 1.0, 14) + 0.4 * np.arange(14))
    found = steady(bps)
    fit = sm.OLS(np.array(bps), sm.add_constant(np.arange(14) / 4.0)).fit()
    assert (found.slope, found.t) == pytest.approx((fit.params[1], fit.tvalues[1]), rel=1e-9)
    assert found.creeps


def test_a_quarter_without_trades_keeps_its_place_in_time():
    base = costs([(10, 1e6, 100.0, 100.0), (100, 1e6, 200.0, 100.0), (380, 1e6, 500.0, 100.0)])  # 2020 Q1, Q2, 2021 Q1
    found = cost_creep(base, *NONE)
    assert [row.trades for row in found.quarters] == [1, 1, 0, 0, 1]
    assert math.isnan(found.quarters[2].realised_bps)
    assert found.slope == pytest.approx(4.0)  # 1, 2 and 5 bps at 0, 1/4 and 1 year


# --- the sentence ---------------------------------------------------------------------------------------------------

NOISE = [0.2, -0.1, 0.0, 0.1, -0.2, 0.1, 0.0, -0.1]


@pytest.mark.parametrize(
    ("bps", "words"),
    [
        ([5 + k / 2 + e for k, e in enumerate(NOISE)], r"Costs creep: \+1\.9 bps of traded value a year \(t .* 8 quarters"),
        ([9 - k / 2 + e for k, e in enumerate(NOISE)], r"Costs fall: -2\.1 bps of traded value a year \(t -"),
        ([9 + e for e in NOISE], r"Costs do not creep: -0\.1 bps .*; all together they were 1\.80 times what was assumed\."),
        ([7.5] * 8, r"Costs do not creep: they were the same in 8 quarters with trades; .* 1\.50 times"),
        ([5, 6, 7], r"Whether costs creep is not known from 3 quarters with trades; all together they were 1\.20 times"),
        ([5], r"not known from 1 quarter with trades;"),
        ([], r"There were no trades whose costs are known\."),
    ],
)
def test_the_sentence(bps, words):
    found = steady(bps)
    assert re.match(words if words[0] in "CWT" else ".*" + words, found.sentence)
    assert found.creeps is found.sentence.startswith("Costs creep")


def test_nothing_assumed():
    assert "they were against none assumed." in steady([5.0] * 4, assumed=0.0).sentence
    assert math.isnan(steady([5.0] * 4, assumed=0.0).ratio)


# --- edges ----------------------------------------------------------------------------------------------------------


def test_trades_of_unknown_cost_are_left_out_and_counted():
    found = cost_creep(costs([(1, 1e5, np.nan, 10.0), (2, 1e5, 30.0, 10.0), (3, 1e5, 30.0, np.nan)]), *NONE)
    (only,) = found.quarters
    assert (only.trades, only.unknown, only.traded) == (1, 2, 1e5)
    assert only.realised_bps == pytest.approx(3.0)
    assert found.sentence.endswith("; 2 trades of unknown cost left out.")
    assert cost_creep(costs([(1, 1e5, np.nan, 10.0)]), *NONE).sentence == "There were no trades whose costs are known."


def test_what_is_not_above_zero_divides_nothing():
    (only,) = cost_creep(costs([(1, 0.0, 5.0, -1.0)]), np.array([0.0]), days("2020-01-03")).quarters
    assert all(math.isnan(one) for one in (only.realised_bps, only.ratio, only.realised_of_assets))


def test_the_door():
    when = days("2020-01-01")
    with pytest.raises(ParameterError, match=r"\(2,\) of realised"):
        TradeCosts(when, np.ones(1), np.ones(2), np.ones(1))
    for traded in (-1.0, np.nan, np.inf):
        with pytest.raises(DataError, match="no value of at least 0"):
            TradeCosts(when, np.array([traded]), np.ones(1), np.ones(1))
    with pytest.raises(DataError, match="no date"):
        TradeCosts(days("NaT"), np.ones(1), np.ones(1), np.ones(1))
    with pytest.raises(ParameterError, match="net asset values stand against"):
        cost_creep(TradeCosts(when, np.ones(1), np.ones(1), np.ones(1)), np.ones(2), when)
