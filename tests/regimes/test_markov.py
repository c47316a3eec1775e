"""Markov switching as a regime: it knows no future, its parameters keep to the calendar, and statsmodels agrees."""

from __future__ import annotations

import csv
import dataclasses
import gzip
from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

from tests.numerics.markov_samples import market
from tests.shared_data import shared
from tests.signals.array_view import ArrayView, Named, panel, random_panel
from tests.signals.laws import batch_faults, future_faults, memory_faults, same
from trimtab.core.errors import ParameterError
from trimtab.core.terms import CLOSE, DAY, MONTH, TOTAL_RETURN, WEEK, Span, months
from trimtab.regimes.markov import MarkovSwitching
from trimtab.regimes.markov_rows import portfolio_returns, refitted_to, rows_since_refit

WINDOW, REFIT = months(60), months(12)
SMALL = MarkovSwitching((0.6, 0.4), window=WINDOW, refit=REFIT)
CASES: list[Any] = [
    SMALL,
    MarkovSwitching((0.6, 0.0), window=WINDOW, refit=months(9), switching_variance=False),
    MarkovSwitching(asset="A1", window=WINDOW, refit=months(4), order=1),
    MarkovSwitching((1.0, 1.0), window=WINDOW, refit=months(36), states=3),
    MarkovSwitching((0.5, 0.5), window=Span(60, WEEK), refit=Span(13, WEEK)),
    MarkovSwitching((0.5, 0.5), window=Span(60, DAY), refit=Span(21, DAY)),
]
every_case = pytest.mark.parametrize("model", CASES, ids=[str(k) for k in range(len(CASES))])
ask: Any = lambda model: lambda view: model(view).probabilities  # noqa: E731


def weather(seed: int, count: int, *, daily: bool = False, first: str = "2000-01") -> ArrayView:
    """Two assets that share a weather, deciding at every row."""
    both = np.stack([market(seed, count), 0.5 * market(seed, count) + 0.01 * market(seed + 1, count)], axis=1)
    return panel(100.0 * np.cumprod(1.0 + both, axis=0), first=first, daily=daily)


def some(model: Any, layout: str = "gather") -> ArrayView:
    """A view for a model, deciding at an even step around and after its warm-up; always the same, as fits take time."""
    if model.window.every is MONTH:
        view = weather(3, 130)
        return dataclasses.replace(view.at(*range(60, 130, 9)), layout=layout)
    view = weather(3, 100 if model.window.every is DAY else 480, daily=True)
    return dataclasses.replace(view.at(*range(55, len(view.sessions), len(view.sessions) // 7)), layout=layout)


@every_case
@pytest.mark.parametrize("layout", ["gather", "strided"])
def test_each_date_alone_equals_the_batch(model: Any, layout: str) -> None:
    assert not batch_faults(ask(model), some(model, layout))


@every_case
def test_the_future_changes_nothing(model: Any) -> None:
    assert not future_faults(ask(model), some(model))


@every_case
def test_rows_before_the_window_change_nothing(model: Any) -> None:
    span = model.window + model.refit.count + 1
    assert not memory_faults(ask(model), some(model), span)


@every_case
def test_assets_permute(model: Any) -> None:
    view = some(model)
    moved = dataclasses.replace(model, benchmark=model.benchmark[::-1])
    assert same(ask(moved)(view.permuted([1, 0])), ask(model)(view))


@every_case
def test_the_unit_of_prices_does_not_matter(model: Any) -> None:
    view = some(model)
    assert np.allclose(ask(model)(view.scaled(7.3)), ask(model)(view), rtol=0.0, atol=1e-9, equal_nan=True)


@every_case
def test_rows_are_probabilities_or_unknown(model: Any) -> None:
    view = some(model)
    regime = model(view)
    known = np.isfinite(regime.probabilities).all(axis=1)
    assert (known == np.isfinite(regime.probabilities).any(axis=1)).all()
    assert not known[0]
    assert known[-1]
    assert np.allclose(regime.probabilities[known].sum(axis=1), 1.0, rtol=1e-12)
    measured = model.measure(view)
    assert measured.name == "probability of turbulent"
    assert same(measured.values, regime.probabilities[:, -1:])
    assert not regime.probabilities.flags.writeable


def test_a_portfolio_by_hand() -> None:
    # Weights 1 and 3 are 25 % and 75 %: returns of 10 % and -2 % give .25 * .10 - .75 * .02 = .010.
    view = panel(np.array([[100.0, 50.0, np.nan], [110.0, 49.0, np.nan]]))
    assert np.allclose(portfolio_returns(view.at(1), (1.0, 3.0, 0.0), 1, MONTH), 0.010, rtol=1e-12)
    assert np.isnan(portfolio_returns(view.at(1), (1.0, 3.0, 1.0), 1, MONTH)).all()


def test_the_order_of_the_assets_does_not_change_a_bit_of_a_portfolio() -> None:
    view, order = random_panel(1, 40, 6), [3, 1, 5, 0, 2, 4]
    weights = (0.1, 0.2, 0.05, 0.3, 0.17, 0.18)
    one = portfolio_returns(view, weights, 12, MONTH)
    assert same(portfolio_returns(view.permuted(order), tuple(weights[a] for a in order), 12, MONTH), one)


def test_refits_keep_to_the_calendar() -> None:
    # December 2009 is the 24120th month since year 0, the first of January 0 counted: 2009 * 12 + 12 = 24120 = 2010 * 12.
    # It is complete from January on: a January decision looks one row back, one in December twelve.
    dates = np.array(["2009-12-31", "2010-01-04", "2010-12-31"], dtype="datetime64[D]")
    assert rows_since_refit(dates, months(12)).tolist() == [12, 1, 12]
    assert [refitted_to(day, months(12)) for day in dates] == ["2008-12", "2009-12", "2009-12"]
    # 1970-01-01 was a Thursday of week 0; week 8 is 1970-02-23 to 03-01, so that a refit every 4 weeks saw week 7.
    week = np.array(["1970-02-22", "1970-02-23", "1970-03-01", "1970-03-02"], dtype="datetime64[D]")
    assert rows_since_refit(week, Span(4, WEEK)).tolist() == [4, 1, 1, 2]
    assert refitted_to(week[1], Span(4, WEEK)) == "1970-02-22"
    # Weekday 0 is Thursday 1970-01-01, weekday 5 the Thursday after it; a weekend is no weekday of its own.
    day = np.array(["1970-01-01", "1970-01-07", "1970-01-08", "1970-01-09"], dtype="datetime64[D]")
    assert rows_since_refit(day, Span(5, DAY)).tolist() == [0, 4, 0, 1]
    assert refitted_to(day[3], Span(5, DAY)) == "1970-01-08"


def test_parameters_rest_between_refits_and_see_complete_months_alone() -> None:
    view = weather(7, 120)
    dates = view.days.dates.astype("datetime64[M]")
    january = int(np.flatnonzero(dates == np.datetime64("2008-01"))[0])
    rows = view.fields[TOTAL_RETURN] @ np.array([0.0, 1.0])
    returns = rows[1:] / rows[:-1] - 1.0  # returns[t - 1] belongs to month t
    model = MarkovSwitching(asset="A1", window=WINDOW, refit=REFIT)
    seen, back = model._rows(view)
    ends = {d: int(back[d]) for d in range(january - 1, january + 12)}
    assert ends[january - 1] == 12
    assert [ends[d] for d in range(january, january + 12)] == list(range(1, 13))
    for d in range(january, january + 12):  # all rest on the sixty months to December 2007
        fitted = seen[d, 72 - ends[d] - 60 : 72 - ends[d]]
        assert np.allclose(fitted, returns[january - 61 : january - 1], rtol=1e-12)


def test_the_filter_goes_on_to_the_decision_date() -> None:
    # A crash on the last day of a calm year is seen on that day, and in no parameter.
    calm = weather(8, 100)
    crash = calm.fields[TOTAL_RETURN].copy()
    last = 98
    crash[last:] *= 0.75
    after = dataclasses.replace(calm, fields={TOTAL_RETURN: crash, CLOSE: crash})
    before, then = (SMALL(view.at(last)).probabilities[0, 1] for view in (calm, after))
    assert then > 0.99 > before
    assert SMALL.sentence(after.at(last)).split(":")[1:] == SMALL.sentence(calm.at(last)).split(":")[1:]


def test_sentences_say_what_is_known() -> None:
    view = weather(9, 100)
    said = SMALL.sentence(view)
    chance = SMALL(view).probabilities[-1, 1]
    assert said.startswith(f"turbulent with a probability of {100 * chance:.0f} %, by a fit to the 60 months to 2007-12: calm ")
    assert "% a year, volatility" in said
    assert "lasting" in said
    assert SMALL.sentence(view.at(30)).startswith("unknown: 30 of 72 rows of monthly returns of the benchmark are known")
    assert "unknown" in MarkovSwitching(window=WINDOW, refit=REFIT).sentence(view)
    assert SMALL.sentence(view.at()) == "unknown: there is no date"
    assert SMALL.words == (
        "calm or turbulent, by Markov switching in monthly returns of the benchmark, refitted every 12 months to 60; "
        "filtered, never smoothed"
    )


def test_a_named_series_by_its_changes_or_as_it_is() -> None:
    view = weather(10, 100)
    levels = view.fields[TOTAL_RETURN][:, 0]
    dates = view.sessions
    series = {"index": Named(dates, dates, levels), "rate": Named(dates, dates, np.append(np.nan, np.diff(np.log(levels))))}
    view = dataclasses.replace(view, named=series)
    by_change = MarkovSwitching(series="index", window=WINDOW, refit=REFIT)
    as_is = MarkovSwitching(series="rate", change=False, window=WINDOW, refit=REFIT)
    assert by_change.needs == ("index",)
    assert np.allclose(ask(by_change)(view), ask(as_is)(view), atol=1e-9, equal_nan=True)
    assert np.isfinite(ask(as_is)(view)[-1]).all()
    assert "a year" in by_change.sentence(view)
    assert "standard deviation" in as_is.sentence(view)
    assert not batch_faults(ask(by_change), view.at(*range(60, 100, 7)))
    assert not future_faults(ask(by_change), view.at(*range(60, 100, 7)))


def test_a_late_series_keeps_to_its_own_calendar() -> None:
    # Known forty days late: at the end of January 2008 the latest value is November's or December's, so the fit of the
    # year before still holds, and in March the new one does.
    view = weather(11, 110)
    late = Named(view.sessions, view.sessions + np.timedelta64(40, "D"), view.fields[TOTAL_RETURN][:, 0])
    model = MarkovSwitching(series="index", window=WINDOW, refit=REFIT)
    view = dataclasses.replace(view, named={"index": late})
    month = view.days.dates.astype("datetime64[M]")
    january, march = (view.at(int(np.flatnonzero(month == np.datetime64(one))[0])) for one in ("2008-01", "2008-03"))
    assert "to 2006-12" in model.sentence(january)
    assert "to 2007-12" in model.sentence(march)


@pytest.mark.parametrize("fill", [np.nan, 100.0, 0.0, -1.0])
def test_what_cannot_be_fitted_is_unknown(fill: float) -> None:
    view = panel(np.full((100, 1), fill))
    model = MarkovSwitching((1.0,), window=WINDOW, refit=REFIT)
    assert np.isnan(ask(model)(view)).all()
    assert model.sentence(view).startswith("unknown: ")


def test_one_gap_makes_the_rows_that_need_it_unknown() -> None:
    view = weather(12, 130)
    index = view.fields[TOTAL_RETURN].copy()
    index[50, 0] = np.nan
    gap = dataclasses.replace(view, fields={TOTAL_RETURN: index, CLOSE: index})
    found, whole = ask(SMALL)(gap), ask(SMALL)(view)
    assert np.isnan(found[50:110]).all()  # the sixty months to the last December start with the gap until then
    assert same(found[124:], whole[124:])
    only_b = MarkovSwitching((0.0, 1.0), window=WINDOW, refit=REFIT)
    assert same(ask(only_b)(gap), ask(only_b)(view))  # what has no weight may be missing
    late = dataclasses.replace(view, fields={TOTAL_RETURN: np.where(np.arange(130)[:, None] == 129, np.nan, index)})
    assert "a row since then is unknown" in SMALL.sentence(late.at(129))


@pytest.mark.parametrize("benchmark", [(), (0.0, 0.0)])
def test_no_benchmark_is_no_answer(benchmark: tuple[float, ...]) -> None:
    assert np.isnan(ask(MarkovSwitching(benchmark, window=WINDOW, refit=REFIT))(weather(13, 90))).all()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"refit": Span(12, WEEK)}, "refit"),
        ({"refit": months(0)}, "refit"),
        ({"window": months(12)}, "window"),
        ({"states": 4}, "states"),
        ({"order": 5}, "order"),
        ({"asset": "A0", "series": "gdp"}, "series"),
    ],
)
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        MarkovSwitching(**wrong)
    assert caught.value.field == field


def test_what_is_not_in_the_universe_is_refused() -> None:
    view = weather(14, 20)
    with pytest.raises(ParameterError, match="Did you mean A"):
        MarkovSwitching(asset="A10")(view)
    with pytest.raises(ParameterError, match="3 weights for 2 assets"):
        MarkovSwitching((0.2, 0.3, 0.5))(view)


def test_states_come_in_order() -> None:
    view = weather(15, 100)
    for model in (SMALL, MarkovSwitching((0.6, 0.4), window=WINDOW, refit=REFIT, switching_variance=False)):
        fit = model._fits(*model._rows(view.at(99)))[0]
        ladder = fit.variances if model.switching_variance else -fit.means
        assert (np.diff(ladder) > 0.0).all()


def test_daily_prices_are_read_by_the_month() -> None:
    # The running month counts as far as it has come: a decision in the middle of it has a partial last row.
    view = weather(16, 1700, daily=True)
    model = MarkovSwitching((0.6, 0.4), window=WINDOW, refit=REFIT)
    found = ask(model)(view.at(1690, 1699))
    assert np.isfinite(found).all()
    assert not same(found[0], found[1])


def french_months() -> ArrayView:
    """The US market by month, from Ken French's daily factors."""
    with gzip.open(shared("french_ff3_mom_daily.csv.gz"), "rt", encoding="utf-8") as lines:
        rows = [(row["date"], float(row["mkt_rf"]) + float(row["rf"])) for row in csv.DictReader(lines)]
    dates = np.array([one for one, _ in rows], dtype="datetime64[D]")
    index = np.cumprod(1.0 + np.array([gain for _, gain in rows]) / 100.0)[:, None]
    month = dates.astype("datetime64[M]")
    last = np.flatnonzero(np.append(month[1:] != month[:-1], True))
    return ArrayView(dates[last], {TOTAL_RETURN: index[last], CLOSE: index[last]}, list(range(len(last))))


def test_the_us_market_since_1926() -> None:
    view, model = french_months(), MarkovSwitching((1.0,))
    month = view.days.dates.astype("datetime64[M]")
    start = int(np.flatnonzero(month == np.datetime64("2012-01"))[0])
    view = view.at(*range(start, len(month)))
    month, found = month[start:], ask(model)(view)[:, 1]
    assert np.isfinite(found).all()
    assert found.min() < 0.05
    assert found.max() > 0.99
    chance = {str(one): float(found[np.flatnonzero(month == np.datetime64(one))[0]]) for one in TURNS}
    assert {one: chance[one] > 0.5 for one in TURNS} == TURNS
    warm = french_months()
    first = np.flatnonzero(np.isfinite(ask(model)(warm.at(*range(243, 249))))[:, 0])[0]
    # 1926-07 is the first month, its return unknown (no price before it); 240 returns end with 1946-07, and the first
    # December from there on is that of 1946: known from January 1947 on, row 246.
    assert str(warm.days.dates[243 + first].astype("datetime64[M]")) == "1947-01"


TURNS = {"2013-06": False, "2017-06": False, "2020-03": True, "2022-06": True}


@pytest.mark.parametrize("when", ["2008-10", "2013-06", "2020-03", "2022-06"])
def test_statsmodels_sees_the_same_weather(when: str) -> None:
    view = french_months()
    row = int(np.flatnonzero(view.days.dates.astype("datetime64[M]") == np.datetime64(when))[0])
    index = view.fields[TOTAL_RETURN][:, 0]
    returns = np.append(np.nan, index[1:] / index[:-1] - 1.0)
    year_end = row - int(when[-2:])  # the December before
    rows = 100.0 * returns[year_end - 239 : row + 1]  # per cent: statsmodels searches in the units it is given
    theirs = MarkovRegression(rows[:240], 2, switching_variance=True)
    fit = theirs.fit(disp=False)
    turbulent = int(np.argmax(fit.params[-2:]))
    seen = MarkovRegression(rows, 2, switching_variance=True).filter(fit.params).filtered_marginal_probabilities
    model = MarkovSwitching((1.0,))
    ours = model._fits(*model._rows(view.at(row)))[0]
    assert ours.log_likelihood >= fit.llf + 240 * np.log(100.0) - 1e-4
    assert abs(ask(model)(view.at(row))[0, 1] - seen[-1, turbulent]) < 1e-2
