"""All measures in one call: they agree with the plain function of each, for one series and for many, and never fail."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.numerics.bacon import MONTHS, B, P
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics import appraisal, calendar_returns, drawdown, partial_moments, ratios, serial, tail, winning
from trimtab.numerics import performance as perf
from trimtab.numerics.conventions import Active, Alpha, Conventions, Count, Falls, Moments, Reward, Scale, Threshold, Wins
from trimtab.numerics.measures import DATED, KEYS, RELATIVE, Asked, answer, measures
from trimtab.numerics.ratios import Capture
from trimtab.numerics.tail import Risk, Shortfall

DAYS = np.arange("2000-01-03", "2012-01-01", dtype="datetime64[D]")
DAYS = DAYS[np.is_busday(DAYS)]
RATE = 0.0001


def plain(r, b, f, dates, rate, chosen):
    """Every measure by its plain function, for one series; `rate` of a period."""
    year = (1.0 + rate) ** f - 1.0
    least = chosen.least or 0.0
    floor = rate if chosen.least is None else chosen.least
    arithmetic = chosen.information_ratio is not Active.GEOMETRIC
    information = perf.information_ratio(r, b, f, arithmetic=arithmetic)
    sharpe = perf.sharpe(r, f, rf=rate, geometric=chosen.sharpe is Reward.GEOMETRIC)
    skew, kurtosis = perf.skewness(r), perf.excess_kurtosis(r)
    sample = chosen.moments is Moments.SAMPLE
    ends = np.concatenate([[dates[0] - (dates[1] - dates[0])], dates])
    falls = perf.drawdown_table(r, count=1)
    days = (ends[falls[0].end] - ends[falls[0].peak]).astype(int) if falls else np.nan
    table = {
        "total_return": perf.total_return(r),
        "cagr": perf.cagr(r, f),
        "volatility": perf.volatility(r, f),
        "skewness": tail.sample_skewness(r) if sample else skew,
        "excess_kurtosis": tail.sample_kurtosis(r) if sample else kurtosis,
        "autocorrelation": serial.autocorrelation(r),
        "best_period": r.max(),
        "worst_period": r.min(),
        "sharpe": sharpe,
        "adjusted_sharpe": sharpe * (1.0 + skew / 6.0 * sharpe - kurtosis / 24.0 * sharpe**2),
        "lo_sharpe": serial.lo_sharpe(r, f, rf=rate),
        "downside_deviation": perf.downside_deviation(r, f, least=least),
        "sortino": perf.sortino(r, 1.0 if chosen.sortino is Scale.PERIOD else f, least=floor),
        "upside_risk": perf.upside_risk(r, least=least),
        "upside_potential": partial_moments.upside_potential(r, least=least),
        "omega": perf.omega(r, least=least),
        "prospect": partial_moments.prospect_ratio(r, least=least, once=chosen.prospect is Threshold.ONCE),
        "bernardo_ledoit": partial_moments.bernardo_ledoit(r),
        "d_ratio": perf.d_ratio(r),
        "win_rate": winning.win_rate(r, moved=chosen.win_rate is Wins.MOVED),
        "payoff": winning.payoff_ratio(r),
        "profit_factor": partial_moments.bernardo_ledoit(r),
        "kelly": winning.kelly(r),
        "max_drawdown": perf.max_drawdown(r),
        "drawdown_length": days,
        "drawdown_periods": falls[0].length if falls else np.nan,
        "longest_drawdown": drawdown.longest_drawdown(r),
        "pain_index": perf.pain_index(r),
        "ulcer": perf.ulcer_index(r, ddof=chosen.ulcer is Count.LESS_ONE),
        "calmar": perf.calmar(r, f),
        "pain_ratio": perf.pain_ratio(r, f),
        "martin": drawdown.martin_ratio(r, f, rf=year, ddof=chosen.ulcer is Count.LESS_ONE),
        "burke": drawdown.burke_ratio(r, f, rf=year, spells=chosen.burke is Falls.SPELLS),
        "value_at_risk": perf.value_at_risk(r, level=chosen.level, method=chosen.value_at_risk),
        "expected_shortfall": perf.expected_shortfall(r, level=chosen.level, method=chosen.expected_shortfall),
        "tail_ratio": winning.tail_ratio(r, level=chosen.level),
        "best_month": calendar_returns.best_month(r, dates),
        "worst_month": calendar_returns.worst_month(r, dates),
        "best_year": perf.best_year(r, dates),
        "worst_year": perf.worst_year(r, dates),
        "active_return": (r - b).mean() * f if arithmetic else perf.cagr(r, f) - perf.cagr(b, f),
        "tracking_error": perf.tracking_error(r, b, f),
        "information_ratio": information / (math.sqrt(f) if chosen.information_ratio is Active.PERIOD else 1.0),
        "batting_average": winning.batting_average(r, b),
        "beta": perf.beta(r, b, rf=rate),
        "alpha": appraisal.regression_alpha(r, b, f, rf=rate, compound=chosen.alpha is Alpha.COMPOUND),
        "correlation": appraisal.correlation_with(r, b),
        "r_squared": appraisal.correlation_with(r, b) ** 2,
        "up_capture": perf.up_capture(r, b, f, convention=chosen.capture),
        "down_capture": perf.down_capture(r, b, f, convention=chosen.capture),
    }
    priced = ("jensen_alpha", "net_selectivity", "treynor", "modified_treynor", "appraisal_ratio", "m_squared")
    table |= {key: getattr(appraisal, key)(r, b, f, rf=year) for key in priced}
    return table | {key: getattr(appraisal, key)(r, b, f) for key in ("systematic_risk", "specific_risk", "total_risk")}


OTHER = Conventions(
    Reward.GEOMETRIC,
    Scale.PERIOD,
    Active.PERIOD,
    Capture.MEANS,
    Risk.MODIFIED,
    Shortfall.MODIFIED,
    Count.LESS_ONE,
    Moments.SAMPLE,
    Alpha.COMPOUND,
    Wins.MOVED,
    Falls.SPELLS,
    Threshold.ONCE,
    0.99,
    0.0005,
)
SETS = [
    Conventions(),
    OTHER,
    Conventions(information_ratio=Active.ARITHMETIC, capture=Capture.STRICT, expected_shortfall=Shortfall.WHOLE_TAIL),
    Conventions(capture=Capture.CUMULATIVE, expected_shortfall=Shortfall.BELOW_QUANTILE, value_at_risk=Risk.GAUSSIAN),
    Conventions(expected_shortfall=Shortfall.GAUSSIAN, level=0.9),
]


@pytest.mark.parametrize("chosen", SETS, ids=["own", "other", "strict", "cumulative", "gaussian"])
@pytest.mark.parametrize(("count", "f"), [(24, 12), (700, 52), (2600, 252)])
def test_every_measure_is_that_of_its_plain_function(chosen, count, f):
    rng = np.random.default_rng(count)
    rows, other = rng.normal(0.0004, 0.01, (5, count)).round(6), rng.normal(0.0003, 0.01, count).round(6)
    rows[1] += 0.9 * other
    rows[2, :9], other[3] = 0.0, 0.0  # ties, and a benchmark that stood still
    dates = {12: MONTHS, 52: DAYS[::4][:count], 252: DAYS[:count]}[f]
    found = measures(rows, f, benchmark=other, rf=RATE, dates=dates, conventions=chosen)
    assert tuple(found) == KEYS
    for k, row in enumerate(rows):
        for key, value in plain(row, other, f, dates, RATE, chosen).items():
            np.testing.assert_allclose(found[key][k], value, rtol=1e-12, atol=3e-14, err_msg=f"{key} of {k}")


def test_one_series_many_axes_and_a_benchmark_each(monkeypatch):
    rng = np.random.default_rng(1)
    rows, others = rng.normal(0.0, 0.01, (2, 3, 2, 300))
    whole = measures(rows, 252, benchmark=others, dates=DAYS[:300])
    monkeypatch.setattr("trimtab.numerics.measures.BLOCK", 1000)  # several blocks, the last of another size
    cut = measures(rows, 252, benchmark=others, dates=DAYS[:300])
    for key in KEYS:
        np.testing.assert_array_equal(whole[key], cut[key])
        alone = measures(rows[1, 0], 252, benchmark=others[1, 0], dates=DAYS[:300])[key]
        assert alone.shape == ()
        np.testing.assert_allclose(alone, whole[key][1, 0], rtol=1e-12, atol=1e-14, err_msg=key)


def test_what_lies_otherwise_in_memory_answers_the_same():
    rows = np.random.default_rng(2).normal(0.0, 0.01, (7, 260))
    for other in (np.asfortranarray(rows), rows.astype(np.float32).astype(float), rows[::-1][::-1]):
        for key, value in measures(other, 252).items():
            np.testing.assert_allclose(value, measures(rows, 252)[key], rtol=1e-4)
    assert measures(np.zeros((2, 5), dtype=int), 12)["total_return"].tolist() == [0.0, 0.0]


def test_a_riskless_rate_that_varies():
    rng = np.random.default_rng(3)
    r, b, rf = rng.normal(0.005, 0.03, 60), rng.normal(0.004, 0.03, 60), np.abs(rng.normal(0.002, 0.001, 60))
    found = measures(r, 12, benchmark=b, rf=rf)
    assert found["sharpe"] == pytest.approx(float(ratios.sharpe(r, 12, rf=rf)), rel=1e-12)
    assert found["sortino"] == pytest.approx(float(ratios.sortino(r, 12, least=rf)), rel=1e-12)
    assert found["beta"] == pytest.approx(float(ratios.beta(r, b, rf=rf)), rel=1e-12)
    assert found["lo_sharpe"] == pytest.approx(float(serial.lo_sharpe(r, 12, rf=rf)), rel=1e-12)
    assert found["autocorrelation"] == pytest.approx(float(serial.autocorrelation(r)), rel=1e-12)
    year = float(np.prod(1.0 + rf) ** (12 / 60) - 1.0)
    assert found["martin"] == pytest.approx(float(drawdown.martin_ratio(r, 12, rf=year)), rel=1e-12)
    geometric = measures(r, 12, rf=rf, conventions=Conventions(sharpe=Reward.GEOMETRIC))["sharpe"]
    assert geometric == pytest.approx(float(ratios.sharpe(r, 12, rf=rf, geometric=True)), rel=1e-12)


# --- laws -----------------------------------------------------------------------------------------------------------

AWKWARD = st.sampled_from([0.0, 0.01, -0.01, 0.5, -0.5, -1.0, -1.5, -2.0, math.nan, math.inf, -math.inf, 3e9, 1e300, 1e-320])
ODD = st.integers(0, 9).flatmap(lambda n: st.tuples(*[arrays(float, n, elements=AWKWARD)] * 2))


@settings(max_examples=60, deadline=None)
@given(ODD, st.sampled_from(SETS), st.sampled_from([1, 4, 12, 252]), st.sampled_from([0.0, 0.01]))
def test_no_measure_is_infinite_or_fails_and_a_missing_one_has_its_reason(pair, chosen, f, rf):
    r, b = pair
    dates = DAYS[: len(r)]
    found = measures(r, f, benchmark=b, rf=rf, dates=dates, conventions=chosen)
    for key, value in found.items():
        assert not np.isinf(value), key
        why = perf.why_not(key, float(value), r, b)
        assert (why is None) == bool(np.isfinite(value)), key


@settings(max_examples=20, deadline=None)
@given(ODD, st.sampled_from(SETS))
def test_a_series_among_others_answers_as_alone(pair, chosen):
    r, b = pair
    stacked = measures(np.stack([r, b]), 12, benchmark=b, conventions=chosen)
    for key, value in measures(r, 12, benchmark=b, conventions=chosen).items():
        np.testing.assert_allclose(stacked[key][0], value, rtol=1e-9, atol=1e-12, err_msg=key)


@given(arrays(float, st.integers(30, 60), elements=st.floats(-0.3, 0.5)))
@settings(max_examples=25, deadline=None)
def test_identities(r):
    found = measures(r, 12, benchmark=B[np.arange(len(r)) % 24])
    for first, second in (("omega", "bernardo_ledoit"), ("omega", "profit_factor")):
        np.testing.assert_array_equal(found[first], found[second])
    total = found["systematic_risk"] ** 2 + found["specific_risk"] ** 2
    assert total == pytest.approx(float(found["volatility"]) ** 2 * (len(r) - 1) / len(r), abs=1e-12)
    assert found["worst_period"] <= found["expected_shortfall"] + 1e-12
    assert found["expected_shortfall"] <= found["value_at_risk"] + 1e-12
    assert found["pain_index"] <= found["ulcer"] + 1e-12
    assert found["ulcer"] <= -found["max_drawdown"] + 1e-12


# --- edges ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(0,), (0, 5), (3, 0)])
def test_nothing_answers_nothing(shape):
    found = measures(np.empty(shape), 12, benchmark=np.empty(shape[-1]), dates=DAYS[: shape[-1]])
    assert {value.shape for value in found.values()} == {shape[:-1]}
    assert all(np.isnan(value).all() for value in found.values())


def test_one_point():
    found = measures(np.array([0.02]), 12, benchmark=np.array([0.01]), dates=DAYS[:1])
    known = {key for key, value in found.items() if np.isfinite(value)}
    assert {"total_return", "best_period", "value_at_risk", "max_drawdown", "win_rate", "best_month"} <= known
    assert not {"volatility", "sharpe", "beta", "skewness", "autocorrelation", "best_year", "tracking_error"} & known


def test_ruin_is_a_number_and_below_it_is_none():
    found = measures(np.array([[0.1, -1.0, 0.1], [0.1, -1.5, 0.1]]), 12)
    assert found["total_return"][0] == found["max_drawdown"][0] == found["cagr"][0] == -1.0
    assert np.isnan([found[key][1] for key in ("total_return", "max_drawdown", "calmar", "ulcer", "burke")]).all()
    assert np.isfinite(found["volatility"]).all()


def test_an_unknown_return_leaves_no_figure_and_its_neighbours_alone():
    rows = np.array([P, np.where(np.arange(24) == 7, np.nan, P), np.full(24, np.nan)])
    found = measures(rows, 12, benchmark=B)
    for key, value in found.items():
        assert np.isfinite(value[0]), key
        assert np.isnan(value[1:]).all(), key
    gap = measures(P, 12, benchmark=np.where(np.arange(24) == 7, np.nan, B))
    assert {key for key, value in gap.items() if np.isnan(value)} == RELATIVE


def test_a_benchmark_that_stands_still_has_no_beta():
    found = measures(P, 12, benchmark=np.full(24, 0.001))
    for key in ("beta", "alpha", "treynor", "correlation", "net_selectivity", "down_capture"):
        assert np.isnan(found[key]), key
        assert perf.why_not(key, math.nan, P, np.full(24, 0.001)) is not None
    assert np.isfinite(found["tracking_error"])


@pytest.mark.parametrize("shape", [(), (5, 24), (3, 2, 24)])
def test_a_benchmark_that_fits_no_series_is_refused(shape):
    with pytest.raises(ParameterError, match="a benchmark of shape"):
        measures(np.zeros((3, 24)), 12, benchmark=np.zeros(shape))


def test_correlation_and_risks_are_those_of_returns_above_bills():
    draw = np.random.default_rng(42)
    bills = draw.uniform(0.0, 0.004, 60)
    r, b = 0.0015 + draw.normal(0.0, 0.0002, 60), 0.0018 + draw.normal(0.0, 0.0004, 60)
    found = measures(r, 12, benchmark=b, rf=bills)
    rho = np.corrcoef(r - bills, b - bills)[0, 1]
    assert (found["correlation"], found["r_squared"]) == (pytest.approx(rho), pytest.approx(rho**2))
    assert found["total_risk"] == pytest.approx((r - bills).std() * math.sqrt(12))  # systematic and specific make the whole


def test_a_benchmark_whose_only_move_is_rounding_has_no_beta():
    still = np.full(24, 0.1) + np.tile([0.0, 2e-17], 12)
    assert np.ptp(still) > 0.0
    found = measures(P, 12, benchmark=still)
    assert np.isnan([found[key] for key in ("beta", "alpha", "treynor", "correlation", "specific_risk")]).all()


def test_wealth_that_never_falls_has_no_drawdown():
    found = measures(np.array([0.01, 0.0, 0.02]), 12, dates=DAYS[:3])
    assert (found["max_drawdown"], found["longest_drawdown"], found["pain_index"]) == (0.0, 0.0, 0.0)
    assert np.isnan([found[key] for key in ("drawdown_length", "drawdown_periods", "calmar", "burke", "martin")]).all()


def test_the_start_of_the_dates_dates_a_fall_from_the_first_day():
    r = np.array([-0.1, 0.0, 0.2])
    dates = np.array(["2020-01-31", "2020-02-29", "2020-03-31"], dtype="datetime64[D]")
    start = np.datetime64("2019-12-31")
    assert measures(r, 12, dates=np.concatenate([[start], dates]))["drawdown_length"] == 91  # 31 + 29 + 31
    assert measures(r, 12, dates=dates)["drawdown_length"] == 89  # one step of 29 days ahead of the first


def test_only_what_was_asked_for_is_answered():
    asked = partial(answer, P)
    assert set(asked(Asked(12, keys=frozenset({"sharpe", "ulcer"})))) == {"sharpe", "ulcer"}
    for key in KEYS:
        alone = answer(P, Asked(12, dates=MONTHS, keys=frozenset({key})), B)
        np.testing.assert_array_equal(alone[key], measures(P, 12, benchmark=B, dates=MONTHS)[key])
    assert not (DATED | RELATIVE) & set(measures(P, 12))


def test_what_cannot_be_answered_is_refused():
    with pytest.raises(ParameterError, match="no measure 'sharp'"):
        answer(P, Asked(12, keys=frozenset({"sharp"})))
    with pytest.raises(ParameterError, match="beta needs a benchmark"):
        answer(P, Asked(12, keys=frozenset({"beta"})))
    with pytest.raises(ParameterError, match="best_year needs dates"):
        answer(P, Asked(12, keys=frozenset({"best_year"})))
    with pytest.raises(ParameterError, match="per_year is 0"):
        measures(P, 0)
    with pytest.raises(ParameterError, match="24 returns stand against 23 of the benchmark"):
        measures(P, 12, benchmark=B[1:])
    with pytest.raises(ParameterError, match="riskless rate is unknown"):
        measures(P, 12, rf=math.nan)
    with pytest.raises(ParameterError, match="of the dates"):
        measures(P, 12, dates=MONTHS[:3])
    with pytest.raises(DataError, match="do not rise"):
        measures(P, 12, dates=MONTHS[::-1])
