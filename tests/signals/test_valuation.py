"""Valuation: against pandas, by hand, what turns it, and what it does not know."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import ArrayView, Named, month_ends, panel, weekdays
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.core.terms import DAY, Span, months, sessions
from trimtab.signals.valuation import Cheap, Valuation

nan = np.nan


def monthly(values: Any, *, days_late: int = 0, stamp: int = 0) -> ArrayView:
    """Two assets, and a series `pe` at each month's end; with `stamp`, dated on that day of the month instead."""
    ends = month_ends("2000-01", len(values))
    dates = ends.astype("datetime64[M]").astype("datetime64[D]") + (stamp - 1) if stamp else ends
    named = Named(dates, ends + np.timedelta64(days_late, "D"), np.asarray(values, dtype=float))
    return panel(np.ones((len(values), 2)), pe=named)


def daily(values: Any, first: str) -> ArrayView:
    """One asset, and a series `pe` at each close."""
    dates = weekdays(f"{first}-03", len(values))
    return panel(np.ones(len(values)), first=first, daily=True, pe=Named(dates, dates, np.asarray(values, dtype=float)))


@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([0, 12]))
@settings(max_examples=20, deadline=None)
def test_the_z_score_is_that_of_pandas_where_zeros_are_missing(seed: int, log: bool, window: int) -> None:
    rng = np.random.default_rng(seed)
    values = 16.0 * np.exp(0.3 * rng.standard_normal(40))
    values[rng.random(40) < 0.15] = 0.0
    known = pd.Series(values).where(values > 0.0)
    x = np.log(known) if log else known
    past = x.rolling(window, min_periods=5) if window else x.expanding(5)
    want = (x - past.mean()) / past.std()
    signal = Valuation("pe", log=log, window=months(window), minimum=5)
    view = monthly(values)
    assert np.allclose(signal.measure(view).values[:, 0], want, rtol=1e-9, atol=1e-9, equal_nan=True)
    assert np.allclose(signal(view).values[:, 1], -want.clip(-3.0, 3.0), rtol=1e-9, atol=1e-9, equal_nan=True)


def test_levels_by_hand() -> None:
    # 10, 20, 30: mean 20, sd 10, z = 1, and dear is below zero. Then 20, 30, 10: mean 20, sd 10, z = -1.
    view = monthly([10.0, 20.0, 30.0, 10.0])
    found = Valuation("pe", log=False, window=months(3), minimum=3)
    assert same(found(view).values[:, 0], np.array([nan, nan, -1.0, 1.0]))
    assert same(found.measure(view).values[:, 0], np.array([nan, nan, 1.0, -1.0]))
    # All four: mean 17.5, squares 56.25 + 6.25 + 156.25 + 56.25 = 275, sd sqrt(275 / 3) = 9.574, z = -7.5 / 9.574
    grown = Valuation("pe", log=False, minimum=3)
    assert grown(view).values[3, 0] == pytest.approx(7.5 / np.sqrt(275.0 / 3.0))


def test_logarithms_by_hand() -> None:
    # ln 1, e, e squared: 0, 1, 2; mean 1, sd 1, z = 1
    view = monthly(np.exp([0.0, 1.0, 2.0]))
    assert Valuation("pe", minimum=3)(view).values[2, 0] == pytest.approx(-1.0)


def test_a_high_yield_is_cheap() -> None:
    view = monthly([0.01, 0.02, 0.03])
    cheap = Valuation("pe", log=False, minimum=3, cheap_is=Cheap.HIGH)
    assert cheap(view).values[2, 0] == pytest.approx(1.0)
    assert cheap.sentence(view, 0).endswith(": cheap")


def test_the_score_is_clipped_and_the_measure_is_not() -> None:
    # Ten values of 10 +- 1 and then 100: z of an outlier among n = 11 is (n - 1) / sqrt(n) = 3.015 at most.
    view = monthly([9.0, 11.0] * 5 + [100.0])
    found = Valuation("pe", log=False, minimum=3, clip=2.5)
    assert found(view).values[-1, 0] == -2.5
    assert found.measure(view).values[-1, 0] == pytest.approx(3.0, abs=0.02)


def test_nothing_counts_before_it_is_known() -> None:
    late = monthly([10.0, 20.0, 30.0, 40.0], days_late=10)
    found = Valuation("pe", log=False, minimum=3)
    assert same(found(late).values[:, 0], np.array([nan, nan, nan, -1.0]))


def test_months_are_read_from_a_daily_series() -> None:
    # Two values a month: the later of each, and the latest there is.
    view = daily(np.linspace(10.0, 20.0, 70), "2000-01")
    ends = view.series("pe", 4, every=months(1).every)[-1]
    want = (ends[-1] - ends.mean()) / ends.std(ddof=1)
    for window in (months(4), months(0)):
        found = Valuation("pe", log=False, window=window, minimum=4).measure(view).values[-1, 0]
        assert found == pytest.approx(want)
    days = Valuation("pe", log=False, window=Span(0, DAY), minimum=4).measure(view).values[-1, 0]
    assert days == pytest.approx((20.0 - 15.0) / np.linspace(10.0, 20.0, 70).std(ddof=1))


# What turns it.


def edge(said: str) -> float:
    """The level that a flip names."""
    found = re.search(r"(?:below|above|leaves) ([0-9.]+)", said)
    assert found, said
    return float(found[1])


def turned(signal: Valuation, following: ArrayView, level: float) -> tuple[float, float]:
    """The score if the next value of `following` lies a little below the level, and a little above it."""
    row, series = len(following.sessions) - 1, following.named["pe"]
    scores = []
    for value in (level * 0.999, level * 1.001):
        changed = Named(series.dates, series.known, np.append(series.values[:-1], value))
        scores.append(float(signal(replace(following.at(row), named={"pe": changed})).values[0, 0]))
    return scores[0], scores[1]


@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([0, 12]), st.sampled_from([0, 1, 15]))
@settings(max_examples=15, deadline=None)
def test_the_next_month_turns_it_exactly_at_the_level(seed: int, log: bool, window: int, stamp: int) -> None:
    values = 16.0 * np.exp(0.3 * np.random.default_rng(seed).standard_normal(31))
    signal = Valuation("pe", log=log, window=months(window), minimum=5)
    view = monthly(values[:30], stamp=stamp).at(29)
    level = edge(signal.flip(view, 0))
    below, above = turned(signal, monthly(values, stamp=stamp), level)
    assert below > 0.0 > above


@pytest.mark.parametrize("count", [64, 65])  # the 64th weekday from 3 January 2000 on is a Thursday, the 65th ends the month
@pytest.mark.parametrize("window", [0, 3])
def test_the_next_day_turns_it_exactly_at_the_level(count: int, window: int) -> None:
    """Within a month the next value takes the place of the last one; after its end it is one more."""
    values = 16.0 * np.exp(0.3 * np.random.default_rng(5).standard_normal(count + 1))
    view = daily(values[:count], "2000-01").at(count - 1)
    assert str(view.days.dates[0]) == {64: "2000-03-30", 65: "2000-03-31"}[count]
    signal = Valuation("pe", window=months(window), minimum=3)
    level = edge(signal.flip(view, 0))
    below, above = turned(signal, daily(values, "2000-01"), level)
    assert below > 0.0 > above


def test_words() -> None:
    view = monthly([10.0, 20.0, 30.0])
    found = Valuation("pe", log=False, minimum=3)
    said = "pe 30.00 is +1.00 standard deviations from its mean 20.00 of 3 monthly values: dear"
    assert found.sentence(view, 0) == said
    assert found.flip(view, 0) == "flips when pe falls below 20.00"
    assert found.words == "z-score of pe in its history, cheap where low"
    assert found.measure(view).name == "z-score of pe"
    assert not found.measure(view).percent
    rolling = Valuation("pe", window=months(3), minimum=3)
    assert rolling.words == "z-score of ln pe in its last 3 monthly values, cheap where low"
    assert "mean 18.17 of" in rolling.sentence(view, 0)  # the cube root of 10 x 20 x 30 = 6000
    assert found.sentence(monthly([30.0, 10.0, 20.0]), 0).endswith("neither cheap nor dear")
    assert found.flip(monthly([30.0, 10.0, 20.0]), 0) == "turns as soon as pe leaves 20.00"


def test_a_value_that_drops_out_turns_it_by_itself() -> None:
    # 2, 20, 14: mean 12, dear; without the 2 the mean of 20 and 14 is 17, so that 14 again would be cheap.
    view = monthly([2.0, 20.0, 14.0])
    rolling = Valuation("pe", log=False, window=months(3), minimum=3)
    assert rolling(view).values[-1, 0] < 0.0
    assert rolling.flip(view, 0) == "flips unless pe rises above 17.00"
    # 38, 20, 26: mean 28, cheap; without the 38 it is 23.
    view = monthly([38.0, 20.0, 26.0])
    assert rolling(view).values[-1, 0] > 0.0
    assert rolling.flip(view, 0) == "flips unless pe falls below 23.00"


# What it does not know.


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([7.0] * 6, "has not varied"),
        ([0.1 + 0.2, 0.3] * 3, "has not varied"),
        ([0.0] * 6, "0 of at least 4 values are known"),
        ([nan] * 6, "0 of at least 4 values are known"),
        ([-1.0, 0.0, 0.0, 3.0, 4.0, 5.0], "3 of at least 4 values are known"),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 0.0], "its latest value is missing"),
    ],
)
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("window", [0, 6])
def test_what_is_unknown_says_why(values: list[float], why: str, log: bool, window: int) -> None:
    view = monthly(values)
    signal = Valuation("pe", log=log, window=months(window), minimum=4)
    assert np.isnan(signal(view).values[-1]).all()
    assert signal.sentence(view, 0) == f"z-score of {'ln ' if log else ''}pe unknown: {why}"
    assert signal.flip(view, 0) == ""


def test_only_an_expanding_history_asks_for_since() -> None:
    assert Valuation("pe").expands
    assert not Valuation("pe", window=months(240)).expands
    assert Valuation("pe").needs == ("pe",)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Valuation(""), "series"),
        (lambda: Valuation("pe", minimum=1), "minimum"),
        (lambda: Valuation("pe", window=months(60)), "minimum"),
        (lambda: Valuation("pe", window=sessions(1), minimum=2), "minimum"),
        (lambda: Valuation("pe", clip=0.0), "clip"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: Any, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()
    assert caught.value.field == field
