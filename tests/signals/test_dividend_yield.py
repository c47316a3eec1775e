"""DividendYield: against pandas, by hand, through a split, and on what pays nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import ArrayView, month_ends, random_panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.core.terms import CLOSE, DIVIDEND, SPLIT, TOTAL_RETURN, months, sessions
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.view import look
from trimtab.signals.dividend_yield import DividendYield

nan = np.nan
SHORT = DividendYield(months(3), minimum=3)


def paid(yields: Any) -> ArrayView:
    """One asset at a price of 100 whose index grew by `yields` in each month beyond it."""
    index = 100.0 * np.cumprod(1.0 + np.asarray(yields, dtype=float))
    price = np.full((len(index), 1), 100.0)
    return ArrayView(month_ends("2000-01", len(index)), {TOTAL_RETURN: index[:, None], CLOSE: price}, [len(index) - 1])


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=8, deadline=None)
def test_it_is_what_pandas_says_of_month_ends(seed: int, daily: bool) -> None:
    view = random_panel(seed, 700 if daily else 40, 2, daily=daily, gaps=0.05)
    ends = pd.Series(view.sessions).groupby(view.sessions.astype("datetime64[M]")).last()
    rows = np.flatnonzero(np.isin(view.sessions, ends.to_numpy().astype("datetime64[D]")))
    total, price = (pd.DataFrame(view.fields[field][rows]) for field in (TOTAL_RETURN, CLOSE))
    yields = (total / total.shift(12)) / (price / price.shift(12)) - 1.0
    past = yields.rolling(10, min_periods=6)
    want = (yields - past.mean()) / past.std()
    signal = DividendYield(months(10), minimum=6)
    at = view.at(*rows.tolist())
    assert np.allclose(signal.measure(at).values, yields, equal_nan=True)
    assert np.allclose(signal(at).values, want.clip(-3.0, 3.0), atol=1e-7, equal_nan=True)


def test_by_hand() -> None:
    # Twelve months without, then 1 % paid in each of three: yields of the last year are 1 %, 1.01^2 - 1 = 2.01 % and
    # 1.01^3 - 1 = 3.0301 %; mean 2.013367 %, deviations -1.013367, -.003367, 1.016733, sd sqrt(2.060672 / 2) = 1.015054,
    # z = 1.016733 / 1.015054 = 1.0017
    view = paid([0.0] * 12 + [0.01] * 3)
    assert SHORT.measure(view).values[0, 0] == pytest.approx(0.030301)
    assert SHORT(view).values[0, 0] == pytest.approx(1.0017, abs=5e-5)
    said = "dividend yield +3.03 % is +1.00 standard deviations from its mean +2.01 % of 3 months"
    assert SHORT.sentence(view, 0) == said


def test_a_yield_that_ended_is_low() -> None:
    # 1 % in each of three months and nothing for a year: the first counts as the start, so that the last yields are
    # 2.01, 1 and 0 %; mean 1.003333, deviations 1.006667, -.003333, -1.003333, sd sqrt(2.020067 / 2) = 1.005004
    view = paid([0.01] * 3 + [0.0] * 12)
    assert SHORT.measure(view).values[0, 0] == pytest.approx(0.0)
    assert SHORT(view).values[0, 0] == pytest.approx(-1.003333 / 1.005004, abs=1e-5)


def test_a_split_changes_nothing() -> None:
    """Two for one in the middle of the window, prices as traded, on the desk's own view."""
    days = np.arange("2000-01-01", "2004-01-01", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    cash = np.where(np.arange(len(days)) % 65 == 3, 0.5 + 0.2 * np.sin(np.arange(len(days)) / 50.0), nan)
    price = 100.0 + 10.0 * np.sin(np.arange(len(days)) / 40.0)
    ratio = np.where(days == np.datetime64("2002-06-03"), 2.0, 1.0)
    after = np.cumprod(ratio)
    about = About("X", "X", Kind.PRICE_AND_DIVIDENDS, "invented")
    plain = History(about, days, {CLOSE: price, DIVIDEND: cash})
    split = History(about, days, {CLOSE: price / after, DIVIDEND: cash / after, SPLIT: ratio})
    signal = DividendYield(months(24), minimum=12)
    found = []
    for history in (plain, split):
        market = assemble((Asset("X", "X"),), {"X": history})
        rows = np.flatnonzero(np.append(np.diff(days.astype("datetime64[M]").astype(int)) > 0, True))
        view = look(market, rows, cut_off=np.timedelta64(2, "h"), since=days[0])
        found.append((signal.measure(view).values, signal(view).values))
    (one, z_one), (two, z_two) = found
    assert np.allclose(one, two, rtol=0.0, atol=1e-12, equal_nan=True)
    assert np.allclose(z_one, z_two, rtol=0.0, atol=1e-9, equal_nan=True)
    late = one[-1, 0]
    assert late == pytest.approx(np.nansum(cash[-261:]) / 100.0, abs=0.004)  # a year of cash over a price near 100


@pytest.mark.parametrize(
    ("yields", "why"),
    [
        ([0.0] * 20, "it pays nothing, its data are a price alone"),
        ([0.01] * 20, "has not varied"),
        ([0.01] * 13, "1 of at least 3 values are known"),
        ([0.0] * 13, "1 of at least 3 values are known"),
        ([nan] * 20, "0 of at least 3 values are known"),
    ],
)
def test_what_is_unknown_says_why(yields: list[float], why: str) -> None:
    view = paid(yields)
    assert np.isnan(SHORT(view).values).all()
    assert SHORT.sentence(view, 0) == f"dividend yield unknown: {why}"
    assert SHORT.flip(view, 0) == ""


def test_rounding_is_no_dividend() -> None:
    """An index that is the price in another unit differs from it in the last bits."""
    price = 100.0 * np.exp(np.cumsum(0.05 * np.random.default_rng(2).standard_normal((60, 2)), axis=0))
    view = ArrayView(month_ends("2000-01", 60), {TOTAL_RETURN: price * 0.37, CLOSE: price}, [59])
    signal = DividendYield(months(40), minimum=20)
    assert 0.0 < np.abs(signal._yields(view, 40)).max() < 1e-14
    assert np.isnan(signal(view).values).all()
    assert signal.sentence(view, 1) == "dividend yield unknown: it pays nothing, its data are a price alone"


def test_a_price_of_zero_is_missing() -> None:
    view = paid(np.linspace(0.0, 0.02, 18))
    price = view.fields[CLOSE].copy()
    price[-1] = 0.0
    view = ArrayView(view.sessions, {**view.fields, CLOSE: price}, [17])
    assert same(SHORT(view).values, np.array([[nan]]))
    assert "unknown: 2 of at least 3" in SHORT.sentence(view, 0)
    assert "its latest value is missing" in DividendYield(months(3), minimum=2).sentence(view, 0)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: DividendYield(sessions(200)), "window"),
        (lambda: DividendYield(months(24)), "minimum"),
        (lambda: DividendYield(minimum=1), "minimum"),
        (lambda: DividendYield(clip=-1.0), "clip"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: Any, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()
    assert caught.value.field == field
    assert DividendYield().words == "12-month dividend yield in its last 120 months, high is cheap"
