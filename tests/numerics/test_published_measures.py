"""All measures in one call against the published figures of `portfolio_bacon` (METHODS 8), with the convention of each."""

from __future__ import annotations

import numpy as np
import pytest

from tests.numerics.bacon import MONTHS, B, P
from trimtab.core.errors import ParameterError
from trimtab.numerics import appraisal, drawdown, partial_moments, serial, winning
from trimtab.numerics.conventions import CHOICES, PACKAGES, Conventions
from trimtab.numerics.measures import measures

PUBLISHED = [
    ("cagr", "0.10367829", {}),
    ("volatility", "0.13700016", {}),
    ("sharpe", "0.788320", {}),
    ("sharpe", "0.756775", {"sharpe": "geometric"}),
    ("max_drawdown", "-0.14467296", {}),
    ("drawdown_periods", "11", {}),
    ("calmar", "0.716639", {}),
    ("pain_index", "0.039990", {}),
    ("pain_ratio", "2.5926", {}),
    ("active_return", "-0.01430510", {}),
    ("tracking_error", "0.03363972", {}),
    ("information_ratio", "-0.425244", {}),
    ("information_ratio", "-0.107267", {"information_ratio": "period"}),
    ("up_capture", "0.945619", {"capture": "cumulative"}),
    ("down_capture", "1.016456", {"capture": "cumulative"}),
    ("down_capture", "0.985544", {"capture": "strict"}),
    ("up_capture", "0.947878", {}),
    ("down_capture", "0.986474", {}),
    ("up_capture", "0.959267", {"capture": "means"}),
    ("down_capture", "0.984", {"capture": "means"}),
    ("skewness", "-0.082562", {}),
    ("excess_kurtosis", "-0.567546", {}),
    ("value_at_risk", "-0.0592", {}),
    ("value_at_risk", "-0.056029", {"value_at_risk": "modified"}),
    ("expected_shortfall", "-0.070860", {"expected_shortfall": "gaussian"}),
    ("expected_shortfall", "-0.068791", {"expected_shortfall": "modified"}),
    ("expected_shortfall", "-0.06433", {}),
    ("expected_shortfall", "-0.0630", {"expected_shortfall": "mean-below-the-quantile"}),
    ("expected_shortfall", "-0.0650", {"expected_shortfall": "whole-tail"}),
    ("omega", "1.291793", {"least": 0.005}),
    ("adjusted_sharpe", "0.791354", {}),
    ("adjusted_sharpe", "0.759", {"sharpe": "geometric"}),
    ("burke", "0.744731", {"burke": "spells"}),
    ("bernardo_ledoit", "1.779783", {}),
    ("m_squared", "0.100620", {}),
    ("appraisal_ratio", "-0.430", {}),
    ("d_ratio", "0.401", {}),
    ("jensen_alpha", "-0.014", {}),
    ("modified_treynor", "0.7975", {}),
    ("specific_risk", "0.0329", {}),
    ("upside_risk", "0.02937", {"least": 0.005}),
]


@pytest.mark.parametrize(("key", "printed", "chosen"), PUBLISHED)
def test_portfolio_bacon(key, printed, chosen):
    found = measures(P, 12, benchmark=B, dates=MONTHS, conventions=Conventions.of(chosen))[key]
    assert float(found) == pytest.approx(float(printed), abs=0.5 * 10.0 ** -len(printed.partition(".")[2]) + 1e-12)


@pytest.mark.parametrize(
    ("key", "printed", "chosen"),
    [("net_selectivity", "-0.017", {}), ("prospect", "-0.134", {"least": 0.05, "prospect": "once"})],
)
def test_figures_of_which_the_manual_cuts_the_digits_off(key, printed, chosen):
    # -0.017891 and -0.134707: the manual prints -0.017 and -0.134, which no rounding gives.
    found = float(measures(P, 12, benchmark=B, conventions=Conventions.of(chosen))[key])
    assert np.trunc(1000.0 * found) / 1000.0 == float(printed)


def test_total_risk_is_ten_times_what_the_manual_prints():
    # As systematic risk in test_published_performance: sqrt(0.1300^2 + 0.0329^2) = 0.1341.
    assert float(measures(P, 12, benchmark=B)["total_risk"]) == pytest.approx(0.1341, abs=5e-5)


def test_lo_of_a_series_that_alternates():
    # +1 %, -1 %, ... over T = 8 with mean 0.5 % added: rho(k) = (-1)^k (8 - k) / 8. With q = 2: 2 + 2 * rho(1) = 2 - 1.75.
    r = np.tile([0.015, -0.005], 4)
    ratio = float(serial.lo_sharpe(r, 2))
    assert ratio == pytest.approx(float(r.mean() / r.std(ddof=1)) * 2.0 / np.sqrt(0.25))
    assert float(serial.autocorrelation(r)) == pytest.approx(-7.0 / 8.0)


def test_gains_and_losses_by_hand():
    # Gains 1 % and 3 %, losses 2 %, one zero. Payoff (4 / 2) / 2 = 1; win rate 2 of 4, of those that moved 2 of 3.
    r = np.array([0.01, 0.0, -0.02, 0.03])
    assert winning.win_rate(r) == 0.5
    assert winning.win_rate(r, moved=True) == pytest.approx(2.0 / 3.0)
    assert winning.payoff_ratio(r) == pytest.approx(1.0)
    assert winning.kelly(r) == pytest.approx(2.0 / 3.0 - 1.0 / 3.0)
    assert partial_moments.bernardo_ledoit(r) == pytest.approx(2.0)
    # Mean gain .01, mean loss .005, downside deviation .01: (.01 - 2.25 * .005) / .01 = -.125; upside potential 1.
    assert partial_moments.prospect_ratio(r) == pytest.approx(-0.125)
    assert partial_moments.upside_potential(r) == pytest.approx(1.0)


def test_burke_by_hand():
    # Wealth 1, .9, .99, 1.089, .98010: falls of 10 % and 10 % below highs 1 and 1.089; spells -10 % and -10 % as well.
    r = np.array([-0.1, 0.1, 0.1, -0.1])
    growth = 0.9 * 1.1 * 1.1 * 0.9 - 1.0
    assert drawdown.burke_ratio(r, 4) == pytest.approx(growth / np.sqrt(0.02))
    assert drawdown.burke_ratio(r, 4, spells=True) == pytest.approx(growth / np.sqrt(0.02))
    assert drawdown.longest_drawdown(r) == 3  # from the start to the new high after the third period


def test_net_selectivity_of_a_leveraged_benchmark_is_jensens_alpha():
    assert float(appraisal.net_selectivity(2.0 * B, B, 12)) == pytest.approx(float(appraisal.jensen_alpha(2.0 * B, B, 12)))


def test_conventions_by_name():
    chosen = Conventions.of({"package": "quantstats", "ulcer": "all", "level": "0.99"})
    assert (chosen.named()["ulcer"], chosen.level, chosen.named()["moments"]) == ("all", 0.99, "sample")
    assert Conventions.of({}) == Conventions() == PACKAGES["trimtab"]
    for key, kind in CHOICES.items():
        for member in kind:
            assert getattr(Conventions.of({key: member.value}), key) is member
            assert getattr(Conventions.of({key: member}), key) is member


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"sharp": "x"}, "no convention 'sharp'"),
        ({"sharpe": "x"}, "One of arithmetic, geometric"),
        ({"package": "x"}, "One of trimtab, PerformanceAnalytics"),
        ({"level": "x"}, "Give a number"),
        ({"level": 0.05}, "such as 0.95"),
        ({"least": 5}, "such as 0.005"),
    ],
)
def test_conventions_that_are_none(chosen, words):
    with pytest.raises(ParameterError, match=words):
        Conventions.of(chosen)
