"""Performance measures: laws, examples worked by hand, and why a figure is missing."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.numerics.bacon import MONTHS, B, P
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics import performance as perf
from trimtab.numerics.performance import Capture, Reason, Risk, Shortfall

SINGLE = {
    "cagr": partial(perf.cagr, per_year=12),
    "volatility": partial(perf.volatility, per_year=12),
    "downside_deviation": partial(perf.downside_deviation, per_year=12),
    "sharpe": partial(perf.sharpe, per_year=12),
    "sortino": partial(perf.sortino, per_year=12),
    "max_drawdown": perf.max_drawdown,
    "calmar": partial(perf.calmar, per_year=12),
    "ulcer": perf.ulcer_index,
    "skewness": perf.skewness,
    "excess_kurtosis": perf.excess_kurtosis,
    "value_at_risk": perf.value_at_risk,
    "expected_shortfall": perf.expected_shortfall,
}
PAIRED = {
    "tracking_error": partial(perf.tracking_error, per_year=12),
    "information_ratio": partial(perf.information_ratio, per_year=12),
    "beta": perf.beta,
    "up_capture": partial(perf.up_capture, per_year=12),
    "down_capture": partial(perf.down_capture, per_year=12),
}
MORE = [
    partial(perf.sharpe, per_year=12, geometric=True),
    partial(perf.value_at_risk, method=Risk.GAUSSIAN),
    partial(perf.value_at_risk, method=Risk.MODIFIED),
    *(partial(perf.expected_shortfall, method=method) for method in Shortfall),
    perf.pain_index,
    partial(perf.pain_ratio, per_year=12),
    perf.omega,
    perf.upside_risk,
    perf.d_ratio,
    partial(perf.adjusted_sharpe, per_year=12),
    perf.total_return,
]
MORE_PAIRED = [
    *(partial(perf.up_capture, per_year=12, convention=convention) for convention in Capture),
    *(partial(perf.down_capture, per_year=12, convention=convention) for convention in Capture),
    partial(perf.information_ratio, per_year=12, arithmetic=True),
    *(
        partial(function, per_year=12)
        for function in (
            perf.jensen_alpha,
            perf.appraisal_ratio,
            perf.m_squared,
            perf.modified_treynor,
            perf.specific_risk,
            perf.systematic_risk,
        )
    ),
]

REAL = st.floats(-0.3, 0.5, allow_nan=False)
RETURNS = arrays(float, st.integers(2, 60), elements=REAL)
PAIRS = st.integers(2, 60).flatmap(lambda n: st.tuples(*[arrays(float, n, elements=REAL)] * 2))
AWKWARD = st.sampled_from([0.0, 0.01, -0.01, 0.5, -1.0, -1.5, -2.0, math.nan, 3e9])
ODD = arrays(float, st.integers(0, 5), elements=AWKWARD)
ODD_PAIRS = st.integers(0, 5).flatmap(lambda n: st.tuples(*[arrays(float, n, elements=AWKWARD)] * 2))


# --- laws -----------------------------------------------------------------------------------------------------------


@given(RETURNS, st.floats(0.1, 2.0))
def test_scaling_returns_scales_risk_and_leaves_sharpe(returns, factor):
    assert perf.volatility(factor * returns, 12) == pytest.approx(factor * perf.volatility(returns, 12), abs=1e-12)
    assume(np.ptp(returns) > 1e-6)
    assert perf.sharpe(factor * returns, 12) == pytest.approx(float(perf.sharpe(returns, 12)), rel=1e-6, abs=1e-9)


@given(RETURNS)
def test_drawdowns_lie_between_ruin_and_zero(returns):
    depth = perf.drawdowns(returns)
    assert ((depth <= 0.0) & (depth >= -1.0)).all()
    assert perf.max_drawdown(returns) == depth.min()
    assert perf.max_drawdown(returns) <= min(0.0, float(returns.min())) + 1e-12


@given(RETURNS, RETURNS)
def test_wealth_of_joined_returns_is_wealth_times_wealth(first, second):
    joined = perf.wealth(np.concatenate([first, second]))
    start = perf.wealth(first)
    np.testing.assert_allclose(joined, np.concatenate([start, start[-1] * perf.wealth(second)[1:]]), rtol=1e-12)
    assert perf.max_drawdown(np.concatenate([first, second])) <= perf.max_drawdown(first)


@given(RETURNS)
def test_returns_and_wealth_are_each_others_inverse(returns):
    np.testing.assert_allclose(perf.returns_of(perf.wealth(returns)), returns, atol=1e-12)


@given(RETURNS)
def test_the_table_of_drawdowns_tells_the_path(returns):
    depth, path = perf.drawdowns(returns), perf.wealth(returns)
    table = perf.drawdown_table(returns, count=99)
    assert [d.depth for d in table] == sorted(d.depth for d in table)
    assert sum(int((depth[d.peak + 1 : d.end + 1] < 0.0).sum()) for d in table) == int((depth < 0.0).sum())
    for d in table:
        assert d.peak < d.trough <= d.end
        assert path[d.trough] / path[d.peak] - 1.0 == pytest.approx(d.depth, abs=1e-12)
        assert (d.recovery is None) == (depth[d.end] < 0.0)
        assert d.length == d.end - d.peak
    if table:
        assert table[0].depth == perf.max_drawdown(returns)


@given(RETURNS)
def test_a_portfolio_against_itself(returns):
    assert perf.tracking_error(returns, returns, 12) == 0.0
    assert math.isnan(perf.information_ratio(returns, returns, 12))
    if np.ptp(returns) > 1e-6:
        assert perf.beta(returns, returns) == pytest.approx(1.0)
    for convention in Capture:
        for capture in (perf.up_capture, perf.down_capture):
            value = float(capture(returns, returns, 12, convention=convention))
            assert math.isnan(value) or value == pytest.approx(1.0)


@given(RETURNS)
def test_shortfall_is_at_least_as_bad_as_value_at_risk(returns):
    for method in (Shortfall.HISTORICAL, Shortfall.BELOW_QUANTILE):
        assert perf.expected_shortfall(returns, method=method) <= perf.value_at_risk(returns) + 1e-12


@settings(max_examples=30, deadline=None)
@given(PAIRS)
def test_stacked_series_answer_as_each_alone(pair):
    stacked = np.stack(pair)
    for one in (*SINGLE.values(), *MORE):
        np.testing.assert_allclose(one(stacked), [one(row) for row in pair], rtol=1e-9, atol=1e-9)
    for two in (*PAIRED.values(), *MORE_PAIRED):
        np.testing.assert_allclose(two(stacked, pair[0]), [two(row, pair[0]) for row in pair], rtol=1e-7, atol=1e-7)


@given(RETURNS)
def test_months_and_years_compound_to_the_whole(returns):
    dates = np.datetime64("2019-11-20") + np.arange(len(returns)) * np.timedelta64(9, "D")
    table = perf.year_table(returns, dates)
    whole = 1.0 + float(perf.total_return(returns))
    assert np.prod(1.0 + table.months[np.isfinite(table.months)]) == pytest.approx(whole)
    assert np.prod(1.0 + table.totals[np.isfinite(table.totals)]) == pytest.approx(whole)


@given(RETURNS, st.integers(1, 12))
def test_rolling_figures_are_those_of_each_window(returns, count):
    rows = range(count - 1, len(returns))
    np.testing.assert_allclose(
        perf.rolling_return(returns, count)[count - 1 :],
        [perf.total_return(returns[t - count + 1 : t + 1]) for t in rows],
        atol=1e-12,
    )
    np.testing.assert_allclose(
        perf.rolling_volatility(returns, count, 12)[count - 1 :],
        [perf.volatility(returns[t - count + 1 : t + 1], 12) for t in rows],
        atol=1e-12,
    )
    assert np.isnan(perf.rolling_return(returns, count)[: count - 1]).all()
    assert np.isnan(perf.rolling_volatility(returns, count, 12)[: count - 1]).all()


@given(ODD)
def test_a_figure_is_finite_or_its_absence_has_a_reason(returns):
    for key, function in SINGLE.items():
        value = float(function(returns))
        assert not math.isinf(value)
        assert (perf.why_not(key, value, returns) is None) == math.isfinite(value)
    for function in MORE:
        assert not math.isinf(float(function(returns)))


@given(ODD_PAIRS)
def test_a_comparison_is_finite_or_its_absence_has_a_reason(pair):
    for key, function in PAIRED.items():
        value = float(function(*pair))
        assert not math.isinf(value)
        assert (perf.why_not(key, value, *pair) is None) == math.isfinite(value)
    for function in MORE_PAIRED:
        assert not math.isinf(float(function(*pair)))


# --- worked by hand -------------------------------------------------------------------------------------------------


def test_one_fall_and_its_recovery():
    # Wealth 1, 1.1, 0.99, 0.88, 1.1, 1.21, 1.089: from 1.1 down to 0.88 is -20 %, made good three periods after the
    # high; from 1.21 down to 1.089 is -10 %, still open.
    returns = perf.returns_of(np.array([1.0, 1.1, 0.99, 0.88, 1.1, 1.21, 1.089]))
    first, second = perf.drawdown_table(returns)
    assert (first.peak, first.trough, first.recovery, first.length) == (1, 3, 4, 3)
    assert first.depth == pytest.approx(-0.2)
    assert (second.peak, second.trough, second.recovery, second.length) == (5, 6, None, 1)
    # Depths below water: 10 %, 20 % and 10 % in six periods. Mean 40 / 6 %, root mean square sqrt(600 / 6) %.
    assert perf.pain_index(returns) == pytest.approx(0.4 / 6)
    assert perf.ulcer_index(returns) == pytest.approx(0.1)
    assert perf.ulcer_index(returns, ddof=1) == pytest.approx(math.sqrt(0.06 / 5))


def test_a_loss_in_the_first_period_counts():
    assert perf.max_drawdown(np.array([-0.1, 0.2])) == pytest.approx(-0.1)


def test_downside_deviation_and_sortino_count_all_periods():
    # Returns 2 %, -2 %, 0, 4 %: shortfalls 0, 2, 0, 0, so sqrt(4 / 4) = 1 % a period; mean 1 %: ratio 1 a period.
    returns = np.array([0.02, -0.02, 0.0, 0.04])
    assert perf.downside_deviation(returns, 1) == pytest.approx(0.01)
    assert perf.sortino(returns, 1) == pytest.approx(1.0)
    assert perf.sortino(returns, 4) == pytest.approx(2.0)
    rf = np.array([0.0, 0.0, 0.01, 0.0])  # shortfalls of 2 % and 1 %: sqrt(5 / 4) %; mean excess 0.75 %
    assert perf.sortino(returns, 1, least=rf) == pytest.approx(0.75 / math.sqrt(1.25))


def test_sharpe_against_a_changing_riskless_rate():
    # Excess 1 %, 3 %: mean 2 %, standard deviation sqrt(2) %.
    assert perf.sharpe(np.array([0.02, 0.05]), 1, rf=np.array([0.01, 0.02])) == pytest.approx(math.sqrt(2.0))


def test_complete_years_only_are_best_or_worst():
    dates = np.arange("2000-07", "2002-03", dtype="datetime64[M]").astype("datetime64[D]")
    returns = np.full(20, 0.01)
    returns[:6], returns[-2:] = 0.2, -0.2  # the stubs of 2000 and 2002 are more extreme than the year 2001
    assert perf.best_year(returns, dates) == pytest.approx(1.01**12 - 1.0)
    assert perf.worst_year(returns, dates) == pytest.approx(1.01**12 - 1.0)
    table = perf.year_table(returns, dates)
    assert table.years.tolist() == [2000, 2001, 2002]
    assert np.isnan(table.months[0, :6]).all()
    assert math.isnan(perf.best_year(returns[:5], dates[:5]))


def test_a_year_without_any_return_is_an_empty_row():
    dates = np.array(["2000-12-29", "2002-01-31"], dtype="datetime64[D]")
    table = perf.year_table(np.array([0.1, 0.2]), dates)
    assert table.years.tolist() == [2000, 2001, 2002]
    assert np.isnan(table.totals[1])


def test_ruin_is_final():
    returns = np.array([0.1, -1.0, 0.5])
    assert perf.wealth(returns).tolist() == pytest.approx([1.0, 1.1, 0.0, 0.0])
    assert perf.cagr(returns, 12) == -1.0
    assert perf.max_drawdown(returns) == -1.0
    beyond = np.array([0.1, -1.2, -1.5])  # two negative factors must not make a gain
    assert math.isnan(perf.cagr(beyond, 12))
    assert perf.why_not("cagr", math.nan, beyond) is Reason.RUIN
    assert perf.drawdown_table(beyond) == ()


@pytest.mark.parametrize(
    ("key", "returns", "reason"),
    [
        ("cagr", [], Reason.EMPTY),
        ("sharpe", [0.01], Reason.SHORT),
        ("sharpe", [0.01, 0.01, 0.01], Reason.FLAT),
        ("skewness", [0.1] * 7, Reason.FLAT),
        ("volatility", [math.nan] * 3, Reason.UNKNOWN),
        ("volatility", [0.01, math.nan, 0.02], Reason.GAPS),
        ("calmar", [0.01, 0.02], Reason.NO_FALL),
        ("sortino", [0.01, 0.02], Reason.NO_LOSS),
        ("cagr", [3e9] * 5, Reason.TOO_LARGE),
    ],
)
def test_why_a_figure_is_missing(key, returns, reason):
    values = np.array(returns)
    value = float(SINGLE[key](values) if key != "cagr" else perf.cagr(values, 252))
    assert math.isnan(value)
    assert perf.why_not(key, value, values) is reason


@pytest.mark.parametrize(
    ("key", "benchmark", "reason"),
    [
        ("beta", [0.01, 0.01], Reason.FLAT_BENCHMARK),
        ("information_ratio", [0.01, -0.02], Reason.SAME),
        ("up_capture", [-0.01, -0.02], Reason.NEVER_UP),
        ("down_capture", [0.01, 0.02], Reason.NEVER_DOWN),
        ("beta", [0.01, math.nan], Reason.GAPS),
    ],
)
def test_why_a_comparison_is_missing(key, benchmark, reason):
    returns, other = np.array([0.01, -0.02]), np.array(benchmark)
    value = float(PAIRED[key](returns, other))
    assert math.isnan(value)
    assert perf.why_not(key, value, returns, other) is reason


def test_zero_variance_left_by_rounding_is_no_sharpe_ratio():
    steady = np.full(24, 0.1) + np.tile([0.0, 2e-17], 12)
    assert math.isnan(perf.sharpe(steady, 12))
    assert perf.volatility(np.full(24, 0.5), 12) == 0.0


def test_series_of_different_length_are_refused():
    with pytest.raises(ParameterError, match="24 returns stand against 23 of the benchmark"):
        perf.beta(P, B[1:])
    with pytest.raises(ParameterError, match="Give a confidence"):
        perf.value_at_risk(P, level=0.05)


@pytest.mark.parametrize("order", [[0, 2, 1], [0, 1, 1]], ids=["unsorted", "duplicate"])
def test_dates_that_do_not_rise_are_refused(order):
    with pytest.raises(DataError, match="do not rise"):
        perf.year_table(P[:3], MONTHS[:3][order])


def test_no_dates_are_no_years():
    table = perf.year_table(P[:0], MONTHS[:0])
    assert (table.years.shape, table.months.shape, table.totals.shape) == ((0,), (0, 12), (0,))


def test_every_definition_is_worded():
    for key, definition in perf.DEFINITIONS.items():
        assert definition.key == key
        assert definition.sentence.endswith(".")
        assert definition.formula
