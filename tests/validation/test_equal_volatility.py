"""The benchmark at the strategy's volatility: its law, M squared beside it, and what has no such mix."""

from __future__ import annotations

import math

import empyrical
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trimtab.core.errors import DataError, ParameterError
from trimtab.validation.equal_volatility import equal_volatility, mixed


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.floats(1e-4, 0.3), st.floats(1e-4, 0.3), st.integers(2, 60), st.floats(0.0, 0.01))
def test_the_mix_is_as_volatile_whatever_the_bills(seed, risk, market, count, rf):
    rng = np.random.default_rng(seed)
    mine, other = rng.normal(0.005, risk, (3, count)), rng.normal(0.005, market, (3, count))
    share, mix = mixed(mine, other, rf=rf)
    assert (mix - rf).std(-1, ddof=1) == pytest.approx((mine - rf).std(-1, ddof=1), rel=1e-9)
    np.testing.assert_allclose(mix, rf + share[:, None] * (other - rf), atol=1e-12)


@settings(max_examples=20)
@given(arrays(float, 12, elements=st.floats(-0.2, 0.2)), st.floats(0.05, 3.0))
def test_a_leveraged_benchmark_is_its_own_mix(benchmark, part):
    assume(benchmark.std() > 1e-6)
    found = equal_volatility(part * benchmark, benchmark, per_year=12)
    assert found.share == pytest.approx(part)
    assert found.ahead == pytest.approx(0.0, abs=1e-9)
    assert found.mix_drawdown == pytest.approx(found.drawdown, abs=1e-9)


def test_by_hand():
    # strategy +2 % and 0 %, benchmark +6 % and -2 %, bills 1 %: excess sd 1 against 4, so a quarter of the benchmark:
    # 1 % + (5 % and -3 %) / 4 = 2.25 % and 0.25 %
    share, mix = mixed(np.array([0.02, 0.0]), np.array([0.06, -0.02]), rf=0.01)
    assert float(share) == pytest.approx(0.25)
    assert mix == pytest.approx([0.0225, 0.0025])
    found = equal_volatility(np.array([0.02, 0.0]), np.array([0.06, -0.02]), per_year=2, rf=0.01)
    assert (found.cagr, found.mix_cagr) == pytest.approx((0.02, 1.0225 * 1.0025 - 1))
    assert "25 % benchmark and 75 % cash is as volatile (2.0 % a year)" in found.words


def test_m_squared_is_the_same_comparison_in_means():
    rng = np.random.default_rng(4)
    mine, other = rng.normal(0.006, 0.02, 240), rng.normal(0.007, 0.045, 240)
    share, mix = mixed(mine, other)
    # (mean of the strategy less that of the mix) over the share is M squared less the benchmark's mean, arithmetically
    squared = mine.mean() / mine.std(ddof=1) * other.std(ddof=1)
    assert (mine.mean() - mix.mean()) / float(share) == pytest.approx(squared - other.mean())


def test_empyrical_sees_the_same_mix():
    rng = np.random.default_rng(9)
    mine, other = rng.normal(0.006, 0.02, 240), rng.normal(0.007, 0.045, 240)
    found = equal_volatility(mine, other, per_year=12, rf=0.001)
    mix = 0.001 + found.share * (other - 0.001)
    assert found.mix_cagr == pytest.approx(empyrical.cagr(mix, period="monthly"))
    assert found.mix_drawdown == pytest.approx(empyrical.max_drawdown(mix))
    assert found.mix_sharpe == pytest.approx(empyrical.sharpe_ratio(other, 0.001, period="monthly"))
    assert found.volatility == pytest.approx(empyrical.annual_volatility(mine, period="monthly"))


def test_borrowing_costs_its_spread():
    mine, other = np.array([0.1, -0.1, 0.1, -0.06]), np.array([0.05, -0.05, 0.05, -0.03])
    dear = mixed(mine, other, spread=0.01)[1]
    assert dear == pytest.approx(mine - 0.01)  # one unit is borrowed
    found = equal_volatility(mine, other, per_year=12, spread=0.12)
    assert found.mix_cagr == pytest.approx(empyrical.cagr(mine - 0.01, period="monthly"))
    assert "100 % borrowed" in equal_volatility(mine, other, per_year=12).words
    assert equal_volatility(0.5 * other, other, per_year=12, spread=0.12).ahead == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("mine", "other", "reason"),
    [
        ([], [], "fewer than two"),
        ([0.1], [0.1], "fewer than two"),
        ([np.nan] * 3, [0.1, 0.2, 0.3], "unknown"),
        ([0.1, 0.2, 0.3], [0.1, np.nan, 0.3], "unknown"),
        ([0.1, 0.2, 0.3], [0.1] * 3, "does not vary"),
        ([0.9, -0.9, 0.9, -0.9], [0.01, 0.01, 0.01, -0.06], "more than everything"),
    ],
)
def test_no_mix(mine, other, reason):
    found = equal_volatility(np.array(mine, dtype=float), np.array(other, dtype=float), per_year=12)
    assert reason in found.words
    assert math.isnan(found.mix_cagr)


def test_a_strategy_of_cash_is_matched_by_cash():
    found = equal_volatility(np.full(12, 0.001), np.tile([0.01, -0.01], 6), per_year=12, rf=0.001)
    assert (found.share, found.ahead) == (0.0, 0.0)
    assert "0 % benchmark and 100 % cash" in found.words


def test_the_door():
    with pytest.raises(DataError, match="one path"):
        equal_volatility(np.ones((2, 3)), np.ones(3), per_year=12)
    with pytest.raises(ParameterError, match="stand against"):
        equal_volatility(np.ones(3), np.ones(2), per_year=12)
    with pytest.raises(ParameterError, match="spread"):
        equal_volatility(np.ones(3), np.ones(3), per_year=12, spread=-0.1)
