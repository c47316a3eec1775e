"""The luck of the first day and of the rebalance day, and whether the edge is two episodes."""

from __future__ import annotations

import math

import empyrical
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.performance import cagr, returns_of, sharpe
from trimtab.numerics.performance import wealth as growth
from trimtab.validation.episodes import edge
from trimtab.validation.luck import day_luck, start_cagr, start_luck, start_sharpe, tranches, worst_start


def drawn(*shape: int) -> st.SearchStrategy[np.ndarray]:
    """Returns of up to 30 % by whole hundredths, so that equals and zeros occur."""
    return st.integers(0, 2**32).map(lambda seed: np.random.default_rng(seed).integers(-30, 31, shape) / 100)


returns_48, pairs_24 = drawn(48), drawn(2, 24)


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(returns_48, st.floats(0.5, 1e6), st.floats(0.0, 0.01))
def test_each_start_has_the_figures_of_the_path_that_begins_there(returns, money, rf):
    path = money * growth(returns)
    grown, ratios = start_cagr(path, 12, 13), start_sharpe(path, 12, 13, rf=rf)
    for k in range(13):
        assert grown[k] == pytest.approx(float(cagr(returns[k:], 12)), abs=1e-9)
        assert ratios[k] == pytest.approx(float(sharpe(returns[k:], 12, rf=rf)), rel=1e-6, abs=1e-9, nan_ok=True)


@settings(max_examples=20)
@given(returns_48, st.integers(1, 4))
def test_the_worst_start_is_the_least_of_all(returns, years):
    path = growth(returns)
    found = worst_start(path, 12, years)
    each = [float(cagr(returns[k : k + 12 * years], 12)) for k in range(48 - 12 * years + 1)]
    assert found.value == pytest.approx(min(each), abs=1e-12)
    assert found.starts == len(each)
    assert each[found.start] == pytest.approx(min(each), abs=1e-12)
    assert found.lost == pytest.approx(np.mean([path[k + 12 * years] < path[k] for k in range(len(each))]))


@settings(max_examples=20)
@given(drawn(4, 24), st.permutations(range(4)))
def test_tranches_lie_between_their_parts_and_have_no_order(returns, order):
    paths = growth(returns)
    whole = tranches(paths)
    assert (whole >= paths.min(0) - 1e-12).all()
    assert (whole <= paths.max(0) + 1e-12).all()
    np.testing.assert_allclose(tranches(7.0 * paths[order]), whole, rtol=1e-12)
    luck = day_luck(paths, 12)
    assert luck.least - 1e-12 <= luck.staggered <= luck.most + 1e-12


@settings(max_examples=30)
@given(pairs_24, st.integers(1, 5), st.integers(1, 4))
def test_episodes_and_the_rest_make_the_whole(pair, best, length):
    found = edge(*pair, per_year=12, best=best, length=length)
    logs = [math.log1p(one.ahead) for one in found.episodes]
    assert 2 * math.log1p(found.whole) == pytest.approx(2 * math.log1p(found.left) + sum(logs), abs=1e-9)
    assert logs == sorted(logs, reverse=True)
    rows = [set(range(one.first, one.last + 1)) for one in found.episodes]
    assert sum(len(row) for row in rows) == len(set().union(*rows))
    more = edge(*pair, per_year=12, best=best + 1, length=length)
    assert more.left <= found.left + 1e-12


# --- worked examples and an outside package -----------------------------------------------------------------------------


def test_the_luck_of_the_start_by_hand():
    # yearly values 1, 0.5, 1, 2: from the first 2^(1/3) - 1 = 26 %, from the second 4^(1/2) - 1 = 100 %
    found = start_luck(np.array([1.0, 0.5, 1.0, 2.0]), 1, within=1.0)
    assert found.cagr == pytest.approx([2 ** (1 / 3) - 1, 1.0])
    assert found.range == pytest.approx(2.0 - 2 ** (1 / 3))
    assert "2 starts the same path grew by 26.0 % to 100.0 % a year" in found.words
    # two years from the first: 1 -> 1 = 0 %; from the second: 0.5 -> 2 = 100 % a year
    worst = worst_start(np.array([1.0, 0.5, 1.0, 2.0]), 1, 2)
    assert (worst.start, worst.value, worst.starts, worst.lost) == (0, 0.0, 2, 0.0)
    assert worst.words == "Held for 2 years, the worst start brought +0.0 % a year; 0 % of 2 starts lost money."


def test_the_luck_of_the_day_by_hand():
    # over one year of one period: +10 % and +30 %; equal parts make +20 %; sd (ddof 1) is 0.2 / sqrt(2)
    luck = day_luck(np.array([[1.0, 1.1], [2.0, 2.6]]), 1)
    assert (luck.mean, luck.least, luck.most, luck.staggered) == pytest.approx((0.2, 0.1, 0.3, 0.2))
    assert luck.deviation == pytest.approx(0.2 / math.sqrt(2))
    assert "10.0 % to 30.0 % a year, 20.0 % apart; equal parts on all: 20.0 %" in luck.words
    # over two, 1 -> 2 -> 1 and 1 -> 1 -> 2: parts are not moved, so 1, 1.5, 1.5
    assert tranches(np.array([[1.0, 2.0, 1.0], [1.0, 1.0, 2.0]])) == pytest.approx([1.0, 1.5, 1.5])


def test_empyrical_sees_the_same_starts():
    returns = np.random.default_rng(5).normal(0.0004, 0.01, 600)
    path = growth(returns)
    for k, (grown, ratio) in enumerate(zip(start_cagr(path, 252, 5), start_sharpe(path, 252, 5), strict=True)):
        assert grown == pytest.approx(empyrical.cagr(returns[k:]), abs=1e-12)
        assert ratio == pytest.approx(empyrical.sharpe_ratio(returns[k:]), rel=1e-9)


def test_the_edge_is_two_months():
    # the benchmark stands still; the strategy doubles twice and loses 1/2 once in eight months of two years: 2 in all
    returns = np.array([0.0, 1.0, 0.0, 0.0, -0.5, 0.0, 1.0, 0.0])
    found = edge(returns, np.zeros(8), per_year=4, best=2)
    assert found.whole == pytest.approx(math.sqrt(2) - 1)  # 2 over two years
    assert found.left == pytest.approx(math.sqrt(0.5) - 1)
    assert found.share == pytest.approx(2.0)  # log 4 of log 2
    assert found.needed == 1
    assert [(one.first, one.ahead) for one in found.episodes] == [(1, pytest.approx(1.0)), (6, pytest.approx(1.0))]
    assert found.words.startswith("The best 2 periods make up 200 % of the edge: +41.4 % a year")
    # episodes of three: rows 0-2 (the first of equals) and 5-7, each a doubling
    longer = edge(returns, np.zeros(8), per_year=4, best=2, length=3)
    assert [(one.first, one.last) for one in longer.episodes] == [(0, 2), (5, 7)]


def test_a_steady_edge_is_spread_over_all_periods():
    steady = edge(np.full(120, 0.01), np.full(120, 0.008), per_year=12, best=6)
    assert steady.share == pytest.approx(6 / 120)
    assert steady.needed == 120


def test_no_outperformance_has_no_share():
    found = edge(np.array([0.1, -0.3, 0.0]), np.zeros(3), per_year=12)
    assert math.isnan(found.share)
    assert found.needed is None
    assert found.words.startswith("There is no outperformance to explain")
    same = edge(np.full(5, 0.01), np.full(5, 0.01), per_year=12)
    assert (same.whole, same.left, same.episodes) == (0.0, 0.0, ())


# --- unknown, ruined, short -----------------------------------------------------------------------------------------


def test_what_is_unknown_stays_unknown_from_where_it_matters():
    path = growth(np.full(36, 0.01))
    path[2] = np.nan
    grown = start_cagr(path, 12, 5)
    assert np.isnan(grown[:3]).all()
    assert grown[3:] == pytest.approx([1.01**12 - 1] * 2)
    assert math.isnan(start_luck(path, 12).range)
    assert "unknown" in start_luck(path, 12).words
    assert math.isnan(worst_start(path, 12, 1).value)
    assert worst_start(path, 12, 1).words == "The worst 1 years are unknown: the path is shorter, or some of it is unknown."
    assert np.isnan(tranches(np.stack([path, path / path[0]]))[2])
    assert math.isnan(day_luck(np.stack([path, path]), 12).range)
    assert day_luck(np.stack([path, path]), 12).words.startswith("The luck of the rebalance day is unknown")
    for fault in (np.nan, -1.0):
        assert edge(np.array([0.1, fault]), np.zeros(2), per_year=12).reason
    assert "fewer periods" in edge(np.empty(0), np.empty(0), per_year=12).words


def test_a_holding_period_across_a_gap_is_unknown_too():
    path = growth(np.full(36, 0.01))
    path[18] = np.nan  # neither a start nor an end of 30 months
    assert math.isnan(worst_start(path, 12, 2.5).value)


def test_ruin_and_a_path_that_does_not_move():
    ruined = np.array([1.0, 0.5, 0.0])
    assert start_cagr(ruined, 1, 2) == pytest.approx([-1.0, -1.0])
    assert worst_start(ruined, 1, 1).value == -1.0
    still = start_luck(np.ones(25), 12)
    assert (still.cagr == 0.0).all()
    assert np.isnan(still.sharpe).all()
    assert "Sharpe ratio unknown to unknown" in still.words


@pytest.mark.parametrize("count", [1, 2, 12, 13])
def test_a_path_of_a_year_or_less_has_no_starts(count):
    found = start_luck(np.linspace(1.0, 2.0, count), 12)
    assert len(found.cagr) == 0
    assert math.isnan(found.range)
    assert math.isnan(worst_start(np.linspace(1.0, 2.0, count), 12, 2).value)


def test_starts_keep_a_year():
    assert len(start_luck(np.linspace(1.0, 2.0, 20), 12, within=5).cagr) == 8  # 19 periods: the last start leaves 12


def test_the_door():
    path = np.linspace(1.0, 2.0, 20)
    with pytest.raises(ParameterError, match="20 starts"):
        start_cagr(path, 12, 20)
    with pytest.raises(ParameterError, match="within"):
        start_luck(path, 12, within=0.0)
    with pytest.raises(ParameterError, match="years"):
        worst_start(path, 12, 0.0)
    with pytest.raises(DataError, match="no tranche"):
        tranches(np.empty((0, 5)))
    for many in (lambda p: start_luck(p, 12), lambda p: worst_start(p, 12, 1)):
        with pytest.raises(DataError, match="one path"):
            many(np.ones((2, 30)))
    with pytest.raises(DataError, match="rebalance day"):
        day_luck(path, 12)
    with pytest.raises(DataError, match="one path"):
        edge(np.ones((2, 3)), np.ones((2, 3)), per_year=12)
    for best, length in ((0, 1), (1, 0)):
        with pytest.raises(ParameterError, match="best"):
            edge(path, path, per_year=12, best=best, length=length)
    with pytest.raises(ParameterError, match="stand against"):
        edge(path, path[1:], per_year=12)


def test_the_returns_behind_a_path_of_days_are_its_own():
    paths = growth(np.random.default_rng(1).normal(0.0, 0.02, (5, 260)))
    luck = day_luck(paths, 252)
    each = cagr(returns_of(paths), 252)
    assert (luck.mean, luck.deviation) == pytest.approx((each.mean(), each.std(ddof=1)))
