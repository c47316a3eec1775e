"""Performance measures against published figures (`portfolio_bacon`, METHODS 8) and against an independent package."""

from __future__ import annotations

import importlib.util
import math
import os
from statistics import NormalDist

import numpy as np
import pytest

from tests.numerics.bacon import MONTHS, B, P
from trimtab.numerics import performance as perf
from trimtab.numerics.performance import Capture, Risk, Shortfall

# --- published and cross-checked figures (METHODS 8), to half a unit of the last printed digit ----------------------

MAR = 0.005
GOLDEN = [
    (perf.cagr(P, 12), "0.10367829"),
    (perf.cagr(B, 12), "0.11798339"),
    (perf.volatility(P, 12), "0.13700016"),
    (perf.sharpe(P, 12), "0.788320"),
    (perf.sharpe(P, 12, geometric=True), "0.756775"),
    (perf.max_drawdown(P), "-0.14467296"),
    (perf.calmar(P, 12), "0.716639"),
    (perf.pain_index(P), "0.039990"),
    (perf.pain_ratio(P, 12), "2.5926"),
    (perf.tracking_error(P, B, 12), "0.03363972"),
    (perf.information_ratio(P, B, 12), "-0.425244"),
    (perf.information_ratio(P, B, 12, arithmetic=True) / math.sqrt(12), "-0.107267"),
    (perf.up_capture(P, B, 12), "0.945619"),
    (perf.down_capture(P, B, 12), "1.016456"),
    (perf.down_capture(P, B, 12, convention=Capture.STRICT), "0.985544"),
    (perf.up_capture(P, B, 12, convention=Capture.ANNUALISED), "0.947878"),
    (perf.down_capture(P, B, 12, convention=Capture.ANNUALISED), "0.986474"),
    (perf.up_capture(P, B, 12, convention=Capture.MEANS), "0.959267"),
    (perf.down_capture(P, B, 12, convention=Capture.MEANS), "0.984"),
    (perf.skewness(P), "-0.082562"),
    (perf.excess_kurtosis(P), "-0.567546"),
    (perf.value_at_risk(P), "-0.0592"),
    (perf.value_at_risk(P, method=Risk.MODIFIED), "-0.056029"),
    (perf.expected_shortfall(P, method=Shortfall.GAUSSIAN), "-0.070860"),
    (perf.expected_shortfall(P, method=Shortfall.MODIFIED), "-0.068791"),
    (perf.expected_shortfall(P), "-0.06433"),
    (perf.expected_shortfall(P, method=Shortfall.BELOW_QUANTILE), "-0.0630"),
    (perf.expected_shortfall(P, method=Shortfall.WHOLE_TAIL), "-0.0650"),
    (perf.omega(P, least=MAR), "1.291793"),
    (perf.adjusted_sharpe(P, 12), "0.791354"),
    (perf.d_ratio(P), "0.401"),
    (perf.upside_risk(P, least=MAR), "0.02937"),
    (perf.m_squared(P, B, 12), "0.100620"),
    (perf.jensen_alpha(P, B, 12), "-0.014"),
    (perf.appraisal_ratio(P, B, 12), "-0.430"),
    (perf.specific_risk(P, B, 12), "0.0329"),
    (perf.modified_treynor(P, B, 12), "0.7975"),
    (perf.sharpe_error(0.5, 12), "0.306"),
    (perf.sharpe_error(1.5, 60), "0.188"),
    (perf.sharpe_error(3.0, 12), "0.677"),
    (perf.sharpe_scale(12, (-0.2) ** np.arange(1, 12)), "4.171"),
    (perf.sharpe_scale(12, np.zeros(11)), "3.464"),
    (perf.sharpe_scale(12, 0.2 ** np.arange(1, 12)), "2.879"),
    (perf.sharpe_scale(12, 0.9 ** np.arange(1, 12)), "1.207"),
]


@pytest.mark.parametrize(("value", "printed"), GOLDEN)
def test_portfolio_bacon(value, printed):
    digits = len(printed.partition(".")[2])
    assert float(value) == pytest.approx(float(printed), abs=0.5 * 10.0**-digits + 1e-12)


def test_the_deepest_drawdown_of_portfolio_bacon():
    # Down from 2001-02 on (the high is the end of 2001-01, row 13), trough in 2001-06, 11 months and still open.
    worst = perf.drawdown_table(P)[0]
    assert (MONTHS[worst.peak], MONTHS[worst.trough - 1]) == (np.datetime64("2001-02-01"), np.datetime64("2001-06-01"))
    assert (worst.length, worst.recovery) == (11, None)


def test_systematic_risk_is_ten_times_what_the_manual_prints():
    # PerformanceAnalytics' manual prints 0.013. Its own modified Treynor ratio, 0.7975 = 0.103678 / 0.130, needs 0.130.
    assert perf.systematic_risk(P, B, 12) == pytest.approx(0.130, abs=5e-4)


def test_the_interval_of_the_sharpe_ratio():
    # 0.78832 a year is 0.227568 a month: SE sqrt((1 + 0.227568² / 2) / 24) = 0.206750, times 1.959964 sqrt(12).
    low, high = perf.sharpe_interval(P, 12)
    assert (low, high) == pytest.approx((0.78832 - 1.403732, 0.78832 + 1.403732), abs=2e-5)
    narrow = perf.sharpe_interval(P, 12, level=0.90)
    ratio = NormalDist().inv_cdf(0.95) / NormalDist().inv_cdf(0.975)
    assert narrow[1] - narrow[0] == pytest.approx((high - low) * ratio)


# --- an independent package -----------------------------------------------------------------------------------------

needs_empyrical = pytest.mark.skipif(
    importlib.util.find_spec("empyrical") is None and not os.environ.get("CI"),
    reason="empyrical-reloaded is not installed; CI runs this test",
)


@needs_empyrical
@pytest.mark.parametrize("count", [24, 500])
def test_empyrical_agrees(count):
    import empyrical as ep

    rng = np.random.default_rng(5)
    returns, other = (P, B) if count == 24 else rng.normal(0.0004, 0.01, (2, count))
    f = 12 if count == 24 else 252
    at = {"annualization": f}
    pairs = [
        (perf.cagr(returns, f), ep.annual_return(returns, **at)),
        (perf.volatility(returns, f), ep.annual_volatility(returns, **at)),
        (perf.sharpe(returns, f, rf=0.0001), ep.sharpe_ratio(returns, risk_free=0.0001, **at)),
        (perf.sortino(returns, f, least=0.0001), ep.sortino_ratio(returns, required_return=0.0001, **at)),
        (perf.downside_deviation(returns, f), ep.downside_risk(returns, **at)),
        (perf.max_drawdown(returns), ep.max_drawdown(returns)),
        (perf.calmar(returns, f), ep.calmar_ratio(returns, **at)),
        (perf.omega(returns), ep.omega_ratio(returns)),
        (perf.beta(returns, other), ep.beta(returns, other)),
        (perf.value_at_risk(returns), ep.value_at_risk(returns)),
        (
            perf.information_ratio(returns, other, f, arithmetic=True) / math.sqrt(f),
            ep.excess_sharpe(returns, other),
        ),
    ]
    for ours, theirs in pairs:
        assert float(ours) == pytest.approx(float(theirs), rel=1e-9)
