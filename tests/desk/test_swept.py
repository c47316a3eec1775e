"""Figures from sums: what scipy makes of the returns themselves, and nothing where there is nothing to say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trimtab.core.arrays import Array
from trimtab.desk.swept import FIGURES, figures
from trimtab.numerics.lanes import tally
from trimtab.numerics.ratios import sharpe
from trimtab.numerics.returns import cagr, volatility

DAYS = 252.0


def told(wealth: Array, riskfree: Array, years: float = 1.0) -> dict[str, float]:
    """The figures of one path."""
    tallies = np.append(tally(wealth[:, np.newaxis], riskfree)[:, 0], [0.6, 30.0, 0.003])[np.newaxis]
    count = np.array([len(wealth) - 1])
    found = figures(tallies, count, np.array([years]), DAYS, wealth[:1])
    assert tuple(found) == FIGURES
    return {name: float(values[0]) for name, values in found.items()}


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(3, 300), size=st.sampled_from([1e-4, 0.01, 0.1]))
@settings(max_examples=30)
def test_figures_are_those_of_the_returns(seed: int, count: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    gain, riskfree = size * rng.standard_t(5, count).clip(-5, 5), np.append(0.0, rng.uniform(0.0, 2e-4, count))
    wealth = 1e6 * np.cumprod(np.append(1.0, 1.0 + gain))
    gain = wealth[1:] / wealth[:-1] - 1.0
    found, over = told(wealth, riskfree), gain - riskfree[1:]
    want = {
        "end_value": wealth[-1],
        "cagr": float(cagr(gain, DAYS)),
        "volatility": float(volatility(gain, DAYS)),
        "sharpe": float(sharpe(gain, DAYS, rf=riskfree[1:])),
        "skew": float(stats.skew(over)),
        "kurtosis": float(stats.kurtosis(over, fisher=False)),
        "max_drawdown": float((wealth / np.maximum.accumulate(wealth)).min() - 1.0),
    }
    for name, value in want.items():
        assert found[name] == pytest.approx(value, rel=1e-8, abs=1e-8), name


def test_sums_of_trading_are_by_the_year_and_costs_are_not() -> None:
    found = told(np.array([100.0, 101.0, 100.0]), np.zeros(3), years=1.5)
    assert (found["turnover_per_year"], found["cost_per_year"], found["costs"]) == pytest.approx((0.4, 0.002, 30.0))


def test_one_value_has_no_figures_and_a_flat_path_no_ratio() -> None:
    assert all(np.isnan(value) for value in told(np.array([100.0]), np.zeros(1)).values())
    flat = told(np.full(50, 100.0), np.zeros(50))
    assert (flat["volatility"], flat["cagr"], flat["max_drawdown"]) == (0.0, 0.0, 0.0)
    assert all(np.isnan(flat[name]) for name in ("sharpe", "skew", "kurtosis"))


def test_one_return_has_no_spread() -> None:
    """A regression: volatility was 0, where a backtest says that there is none."""
    found = told(np.array([100.0, 101.0]), np.zeros(2))
    known = {name for name, value in found.items() if np.isfinite(value)}
    assert known == {"end_value", "cagr", "max_drawdown", "turnover_per_year", "cost_per_year", "costs"}
    assert np.isnan(volatility(np.array([0.01]), DAYS))
    assert np.isnan(sharpe(np.array([0.01]), DAYS))


def test_a_total_loss_is_a_loss_of_everything() -> None:
    found = told(np.array([100.0, 50.0, 0.0]), np.zeros(3))
    assert (found["end_value"], found["cagr"], found["max_drawdown"]) == (0.0, -1.0, -1.0)
