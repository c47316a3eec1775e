"""Faster against slower: the parts add up, planted edges and costs, and alpha against statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.bootstrap import stationary_indices
from trimtab.numerics.intervals import best_block
from trimtab.validation.schedules import Sampling, Traded, alpha_decay, compare_schedules

RNG = np.random.default_rng(11)
MARKET = RNG.normal(0.006, 0.04, 240)
NOISE = RNG.normal(0.0, 0.004, (3, 240))
FREE = np.zeros(240)
QUICK = Sampling(seed=5, draws=200)


def traded(edge: float, cost: float, row: int = 0) -> Traded:
    """A schedule with an edge and a cost of so much a month, above 0.9 of the market."""
    return Traded(0.9 * MARKET + edge + NOISE[row], np.full(240, cost))


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=10)
@given(st.floats(-0.01, 0.01), st.floats(0.0, 0.01), st.floats(0.0, 0.002))
def test_alpha_less_cost_is_net_and_turning_round_turns_the_sign(edge, cost, rf):
    one, two = traded(edge, cost), traded(0.0, 0.0005, 1)
    there = compare_schedules(one, two, MARKET, per_year=12, sampling=QUICK, rf=rf)
    back = compare_schedules(two, one, MARKET, per_year=12, sampling=QUICK, rf=rf)
    assert there.net.value == pytest.approx(there.alpha.value - there.cost.value, abs=1e-12)
    assert there.net.value == pytest.approx(-back.net.value, abs=1e-12)
    assert there.net.low == pytest.approx(-back.net.high, abs=1e-9)
    assert there.cost.value == pytest.approx(12 * (cost - 0.0005), abs=1e-12)
    assert not (there.keep_faster and back.keep_faster)


def test_alpha_before_costs_is_that_of_statsmodels_and_the_interval_that_of_the_pairs_drawn_together():
    two = traded(0.0, 0.0001, 1)
    one = Traded(traded(0.001, 0.0).returns, np.where(np.arange(240) % 60 < 30, 0.01, 0.0))  # costs that come in spells
    found = compare_schedules(one, two, MARKET, per_year=12, sampling=QUICK, rf=0.001)
    x = sm.add_constant(MARKET - 0.001)
    alphas = [sm.OLS(each.returns - 0.001, x).fit().params[0] for each in (one, two)]
    assert found.alpha.value == pytest.approx(12 * (alphas[0] - alphas[1]), abs=1e-12)
    gap = (one.returns - one.costs) - (two.returns - two.costs)
    block = best_block(np.stack([gap, MARKET - 0.001]))
    rows = stationary_indices(240, 200, block, seed=5)
    gross, cost = one.returns - two.returns, one.costs - two.costs
    net = [12 * (sm.OLS(gross[k], sm.add_constant(MARKET[k] - 0.001)).fit().params[0] - cost[k].mean()) for k in rows]
    assert (found.net.low, found.net.high) == pytest.approx(tuple(np.quantile(net, [0.025, 0.975])), abs=1e-9)
    assert found.net.block == pytest.approx(block)


# --- planted --------------------------------------------------------------------------------------------------------


def test_an_edge_that_pays_for_its_costs_is_kept_and_one_that_does_not_is_not():
    slow = traded(0.0, 0.0001, 1)
    # monthly edge 0.3 % against 0.04 % more cost, with 0.57 % of noise a month: error 0.037 %, so it is sure
    assert compare_schedules(traded(0.003, 0.0005), slow, MARKET, per_year=12, sampling=QUICK).keep_faster
    costly = compare_schedules(traded(0.003, 0.0031), slow, MARKET, per_year=12, sampling=QUICK)
    assert costly.alpha.low > 0.0  # the alpha is sure, what is left of it is not
    assert not costly.keep_faster
    assert costly.words.startswith("Keep the slower schedule: the faster adds +3.")
    assert "net " in costly.words


def test_the_same_schedule_twice_is_no_reason_to_trade_more():
    same = compare_schedules(traded(0.0, 0.0), traded(0.0, 0.0), MARKET, per_year=12, sampling=QUICK)
    assert (same.net.low, same.net.value, same.net.high) == (0.0, 0.0, 0.0)
    assert not same.keep_faster


def falsely_kept(trials: int, draws: int, *, seed: int) -> int:
    """How often the faster of two schedules without any difference but luck is kept, over ten years of months."""
    rng, kept = np.random.default_rng(seed), 0
    for one in range(trials):
        market, noise = rng.normal(0.005, 0.04, 120), rng.normal(0.0, 0.01, (2, 120))
        pair = (Traded(market + row, np.zeros(120)) for row in noise)
        kept += compare_schedules(*pair, market, per_year=12, sampling=Sampling(one, draws)).keep_faster
    return kept


def test_a_false_edge_is_kept_about_as_seldom_as_the_level_says():
    assert falsely_kept(40, 100, seed=2) <= 5  # 2.5 % of 40 is 1; blocks fall a little short in finite samples


@pytest.mark.soak
def test_a_false_edge_is_kept_as_seldom_as_the_level_says():
    assert falsely_kept(1000, 500, seed=3) == pytest.approx(30, abs=17)  # 2.5 %, and what ten years fall short; sd 5.4


def test_alpha_decays_by_lag_with_the_errors_of_statsmodels():
    # an edge of 0.3, 0.2 and 0.1 % a month at lags 0, 1 and 5, on the same noise
    rows = np.stack([0.8 * MARKET + NOISE[0] + edge for edge in (0.003, 0.002, 0.001)])
    found = alpha_decay(rows, (0, 1, 5), MARKET, per_year=12)
    fit = sm.OLS(rows[0], sm.add_constant(MARKET)).fit(cov_type="HAC", cov_kwds={"maxlags": 4})
    assert found.alphas[0] == pytest.approx(12 * fit.params[0], abs=1e-12)
    assert found.errors[0] == pytest.approx(12 * fit.bse[0], rel=1e-9)
    assert found.alphas - found.alphas[0] == pytest.approx([0.0, -0.012, -0.024], abs=1e-12)
    assert found.kept[0] == 1.0
    assert list(found.table) == [0, 1, 5]
    assert "at lag 0, " in found.words
    assert found.words.endswith("of it is left after 5 more.")


# --- unknown, short, refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_little_to_compare(count):
    short = Traded(MARKET[:count], FREE[:count])
    found = compare_schedules(short, short, MARKET[:count], per_year=12, sampling=QUICK)
    assert not found.keep_faster
    if count < 2:
        assert "too short" in found.words


def test_what_is_unknown_keeps_the_slower():
    holes = MARKET.copy()
    holes[3] = np.nan
    found = compare_schedules(Traded(holes, FREE), traded(0.0, 0.0), MARKET, per_year=12, sampling=QUICK)
    assert math.isnan(found.net.value)
    assert not found.keep_faster
    still = compare_schedules(traded(0.003, 0.0), traded(0.0, 0.0, 1), np.full(240, 0.01), per_year=12, sampling=QUICK)
    assert math.isnan(still.net.value)
    decay = alpha_decay(np.stack([holes, MARKET * 0.5 + NOISE[0]]), (0, 1), MARKET, per_year=12)
    assert math.isnan(decay.alphas[0])
    assert "unknown at lag 0" in decay.words


def test_the_door():
    with pytest.raises(DataError, match="beside costs"):
        Traded(MARKET, FREE[1:])
    with pytest.raises(ParameterError, match="slower schedule"):
        compare_schedules(traded(0, 0), Traded(MARKET[1:], FREE[1:]), MARKET, per_year=12, sampling=QUICK)
    with pytest.raises(ParameterError, match="benchmark"):
        compare_schedules(traded(0, 0), traded(0, 0), MARKET[1:], per_year=12, sampling=QUICK)
    for lags in ((), (1, 0), (-1, 0), (0, 0)):
        with pytest.raises(ParameterError, match="lags"):
            alpha_decay(np.stack([MARKET, MARKET]), lags, MARKET, per_year=12)
    with pytest.raises(ParameterError, match="for 3 lags"):
        alpha_decay(np.stack([MARKET, MARKET]), (0, 1, 2), MARKET, per_year=12)
