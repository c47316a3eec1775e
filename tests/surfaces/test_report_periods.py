"""Trailing periods, crises and rolling figures of a report: the windows that they name, and what pandas finds in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.surfaces.report.crises import SHOWN, crises, within
from trimtab.surfaces.report.given import given_study, line_of, went_live
from trimtab.surfaces.report.rolling import rolling_beta, rolling_sharpe
from trimtab.surfaces.report.study import Line
from trimtab.surfaces.report.trailing import ORDER, periods, since, starts, trailing
from trimtab.surfaces.series import read_series

DAYS = pd.bdate_range("2006-12-29", "2023-06-15")
RNG = np.random.default_rng(3)
MINE = pd.Series(RNG.normal(0.0003, 0.008, len(DAYS)), index=DAYS, name="Mine")
THEIRS = pd.Series(0.7 * MINE + RNG.normal(0.0, 0.006, len(DAYS)), index=DAYS, name="Theirs")
STUDY = given_study(read_series(MINE), read_series(THEIRS), source="a test")


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def monthly(first: str, returns: list[float]) -> Line:
    """A line valued at ends of months, the first of them without a return."""
    months = np.datetime64(first, "M") + np.arange(len(returns) + 1)
    return line_of("Months", (months + 1).astype("datetime64[D]") - 1, np.array(returns), 12)


def test_a_period_starts_at_the_same_day_or_at_the_end_of_a_month() -> None:
    middle, end = starts(day("2023-06-15"), day("2000-01-03")), starts(day("2024-02-29"), day("2000-01-03"))
    assert [str(middle[name]) for name in ORDER] == [
        *("2023-05-31", "2023-03-15", "2022-12-31", "2022-06-15", "2020-06-15", "2018-06-15", "2013-06-15", "2000-01-03"),
    ]
    assert [str(end[name]) for name in ORDER[:4]] == ["2024-01-31", "2023-11-30", "2023-12-31", "2023-02-28"]
    assert str(starts(day("2023-03-30"), day("2000-01-03"))["1 year"]) == "2022-03-30"  # the 31st is still to come
    assert str(starts(day("2024-06-28"), day("2000-01-03"))["1 year"]) == "2023-06-30"  # a Friday; no session is left


def test_trailing_returns_are_those_of_pandas() -> None:
    names, found = periods(STUDY)
    assert names == list(ORDER)
    wealth = (1.0 + MINE).cumprod()
    for name, years in (("3 months", 0), ("1 year", 1), ("3 years", 3), ("10 years", 10)):
        before = wealth[: pd.Timestamp("2023-06-15") - pd.DateOffset(months=12 * years or 3)].iloc[-1]
        growth = wealth.iloc[-1] / before
        assert found[names.index(name), 0] == pytest.approx(growth ** (1.0 / max(years, 1)) - 1.0)
    assert found[0, 1] == pytest.approx((1.0 + THEIRS["2023-06-01":]).prod() - 1.0)


def test_a_short_history_has_no_long_period() -> None:
    line = monthly("2022-01", [0.01] * 14)
    assert since(line, day("2022-03-31"), 1.0) == pytest.approx(1.01**12 - 1.0)
    assert np.isnan(since(line, day("2020-03-31"), 3.0))
    assert since(line, day("2022-01-28")) == pytest.approx(1.01**14 - 1.0)  # begins three days late: a weekend
    part = trailing(given_study(read_series(MINE[-40:]), source="a test"))
    assert part is not None
    assert "3 months" not in part.markup
    assert "Full window" in part.markup


@settings(max_examples=25)
@given(st.integers(2, 60), st.integers(0, 400))
def test_a_steady_line_has_the_same_rate_over_every_period(months: int, rate: int) -> None:
    line = monthly("2010-01", [rate / 1e4] * months)
    for name, start in starts(line.dates[-1], line.dates[0]).items():
        years = {"1 year": 1.0, "3 years": 3.0}.get(name, 0.0)
        value = since(line, start, years)
        if years and np.isfinite(value):
            assert value == pytest.approx((1.0 + rate / 1e4) ** 12 - 1.0)


def test_a_crisis_runs_over_the_valuation_dates_around_it() -> None:
    # Months: 2020-02-19 to 2020-03-23 lies within 2020-01-31 .. 2020-03-31: 0.92 * 0.88 - 1 = -19.04 %.
    line = monthly("2019-12", [0.0, -0.08, -0.12, 0.1])
    found = within(line, SHOWN[3])
    assert found == pytest.approx((0.92 * 0.88 - 1.0, 0.92 * 0.88 - 1.0))
    assert within(monthly("2019-12", [0.0, -0.08]), SHOWN[3]) is None  # ends before the low
    assert within(monthly("2020-02", [-0.1, 0.2]), SHOWN[3]) is None  # begins after the high


def test_crises_of_a_daily_series_are_those_of_pandas() -> None:
    part = crises(went_live(STUDY, day("2019-06-03")))
    assert part is not None
    for crisis in SHOWN:
        window = (1.0 + MINE[crisis.first : crisis.last].iloc[1:]).cumprod()  # every date is a session of this calendar
        deepest = (window / np.maximum(window.cummax(), 1.0)).min() - 1.0
        assert within(STUDY.subject, crisis) == pytest.approx((window.iloc[-1] - 1.0, deepest))
    assert part.markup.count(">in sample<") == 3
    assert part.markup.count(">out of sample<") == 2
    assert crises(given_study(read_series(MINE["2012":"2017"]), source="a test")) is None


def test_the_table_of_crises_is_in_order_and_holds_dates() -> None:
    edges = [date for one in SHOWN for date in (one.first, one.last)]
    assert edges == sorted(edges)
    assert all(np.is_busday(edge) for edge in edges)
    assert [one.name[:4] for one in SHOWN] == ["2008", "2011", "2018", "2020", "2022"]


def test_rolling_figures_are_those_of_pandas() -> None:
    line = STUDY.subject
    window = MINE.rolling(252)
    wanted = window.mean() / window.std() * 252**0.5
    assert rolling_sharpe(line) == pytest.approx(wanted.to_numpy(), nan_ok=True)
    beta = MINE.rolling(252).cov(THEIRS) / THEIRS.rolling(252).var()
    assert rolling_beta(MINE.to_numpy(), THEIRS.to_numpy(), 252) == pytest.approx(beta.to_numpy(), nan_ok=True)
    flat = line_of("Flat", np.append(DAYS[0].to_numpy().astype("datetime64[D]") - 1, line.dates[1:]), np.zeros(len(DAYS)), 252)
    assert np.isnan(rolling_sharpe(flat)).all()
