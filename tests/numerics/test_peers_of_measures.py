"""Measures against empyrical-reloaded and quantstats, where conventions coincide or can be made to."""

from __future__ import annotations

import importlib.util
import os
import warnings

import numpy as np
import pandas as pd
import pytest

from tests.numerics.bacon import MONTHS, B, P
from trimtab.numerics.conventions import PACKAGES
from trimtab.numerics.measures import measures

DAYS = np.arange("2001-01-01", "2009-01-01", dtype="datetime64[D]")
DAYS = DAYS[np.is_busday(DAYS)]


def drawn(seed):
    rng = np.random.default_rng(seed)
    other = rng.standard_t(5, len(DAYS)) * 0.008 + 0.0003
    return 0.7 * other + rng.standard_t(4, len(DAYS)) * 0.006 + 0.0002, other


CASES = [
    pytest.param(P, B, MONTHS, 12, id="bacon"),
    *(pytest.param(*drawn(seed), DAYS, 252, id=f"drawn {seed}") for seed in (1, 2)),
]


def needs(package):
    gone = importlib.util.find_spec(package) is None and not os.environ.get("CI")
    return pytest.mark.skipif(gone, reason=f"{package} is not installed; CI runs this test")


@needs("empyrical")
@pytest.mark.parametrize(("r", "b", "dates", "f"), CASES)
def test_empyrical_agrees(r, b, dates, f):
    import empyrical as ep

    mine, theirs = pd.Series(r, pd.to_datetime(dates)), pd.Series(b, pd.to_datetime(dates))
    at, period = {"annualization": f}, "monthly" if f == 12 else "daily"
    found = measures(r, f, benchmark=b, dates=dates, conventions=PACKAGES["empyrical"])
    expected = {
        "total_return": ep.cum_returns_final(mine),
        "cagr": ep.annual_return(mine, **at),
        "volatility": ep.annual_volatility(mine, **at),
        "downside_deviation": ep.downside_risk(mine, **at),
        "sharpe": ep.sharpe_ratio(mine, **at),
        "sortino": ep.sortino_ratio(mine, **at),
        "omega": ep.omega_ratio(mine),
        "max_drawdown": ep.max_drawdown(mine),
        "calmar": ep.calmar_ratio(mine, **at),
        "value_at_risk": ep.value_at_risk(mine),
        "expected_shortfall": ep.conditional_value_at_risk(mine),
        "tail_ratio": ep.tail_ratio(mine),
        "alpha": ep.alpha(mine, theirs, **at),
        "beta": ep.beta(mine, theirs),
        "information_ratio": ep.excess_sharpe(mine, theirs),
        "batting_average": ep.batting_average(mine, theirs)["batting average"],
        "up_capture": ep.up_capture(mine, theirs, period=period),
        "down_capture": ep.down_capture(mine, theirs, period=period),
    }
    for key, value in expected.items():
        assert float(found[key]) == pytest.approx(float(value), rel=1e-9), key


@needs("quantstats")
@pytest.mark.parametrize(("r", "b", "dates", "f"), CASES)
def test_quantstats_agrees(r, b, dates, f):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports IPython and seaborn, which warn of their own
        import quantstats.stats as qs

        mine, theirs = pd.Series(r, pd.to_datetime(dates)), pd.Series(b, pd.to_datetime(dates))
        at = {"periods": f}
        expected = {
            "total_return": qs.comp(mine),
            "cagr": qs.cagr(mine, **at),
            "volatility": qs.volatility(mine, **at),
            "sharpe": qs.sharpe(mine, **at),
            "sortino": qs.sortino(mine, **at),
            "omega": qs.omega(mine, **at),
            "max_drawdown": qs.max_drawdown(mine),
            "calmar": qs.calmar(mine, **at),
            "ulcer": qs.ulcer_index(mine),
            "skewness": qs.skew(mine),
            "excess_kurtosis": qs.kurtosis(mine),
            "tail_ratio": qs.tail_ratio(mine),
            "win_rate": qs.win_rate(mine),
            "payoff": qs.payoff_ratio(mine),
            "profit_factor": qs.profit_factor(mine),
            "kelly": qs.kelly_criterion(mine),
            "best_period": qs.best(mine),
            "worst_period": qs.worst(mine),
            "information_ratio": qs.information_ratio(mine, theirs),
            "alpha": qs.greeks(mine, theirs, **at)["alpha"],
            "beta": qs.greeks(mine, theirs, **at)["beta"],
            "r_squared": qs.r_squared(mine, theirs),
            "best_month": qs.best(mine, aggregate="ME"),
            "worst_month": qs.worst(mine, aggregate="ME"),
            "best_year": qs.best(mine, aggregate="YE"),
            "worst_year": qs.worst(mine, aggregate="YE"),
        }
    found = measures(r, f, benchmark=b, dates=dates, conventions=PACKAGES["quantstats"])
    for key, value in expected.items():
        assert float(found[key]) == pytest.approx(float(value), rel=1e-9), key
