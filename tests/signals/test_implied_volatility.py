"""ImpliedVolatility: worked by hand, against pandas, and where it is unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import ArrayView, Named, panel, random_panel, weekdays
from tests.signals.laws import same, walked
from trimtab.core.errors import ParameterError
from trimtab.core.terms import sessions
from trimtab.signals.implied_volatility import ImpliedVolatility

nan = np.nan


def quoted(values: list[float]) -> ArrayView:
    dates = weekdays("2000-01-03", len(values))
    return panel(np.ones((len(values), 2)), daily=True, vix=Named(dates, dates, np.array(values)))


def test_by_hand() -> None:
    # Ranks so far: 30 of (20 10 30): 5/6; 15 of four: 1.5/4 = .375; 20 of five, two equal: (2 + 1)/5 = .6, at the edge;
    # 12 of six: 1.5/6.
    view = quoted([20.0, 10.0, 30.0, 15.0, 20.0, 12.0])
    signal = ImpliedVolatility("vix", minimum=3)
    assert same(signal.measure(view).values[:2], np.full((2, 2), nan))
    assert signal.measure(view).values[2:, 0] == pytest.approx([5 / 6, 0.375, 0.6, 0.25])
    assert same(signal(view).values[:, 1], np.array([nan, nan, -1.0, 1.0, 0.0, 1.0]))
    assert same(walked(signal, signal(view).values)[:, 1], np.array([nan, nan, -1.0, 1.0, 1.0, 1.0]))
    # Among the last three: 30 5/6; 15 of (10 30 15): .5; 20 of (30 15 20): .5; 12: 1/6.
    rolling = ImpliedVolatility("vix", sessions(3), minimum=3)
    assert rolling.measure(view).values[2:, 0] == pytest.approx([5 / 6, 0.5, 0.5, 1 / 6])
    assert (signal.expands, rolling.expands) == (True, False)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_against_pandas(seed: int) -> None:
    view = random_panel(seed, 80, 1, daily=True)
    series = pd.Series(view.named["vix"].values)
    for signal, rolled in (
        (ImpliedVolatility("vix", minimum=20), series.expanding(20)),
        (ImpliedVolatility("vix", sessions(30), minimum=20), series.rolling(30, min_periods=20)),
    ):
        expected = rolled.rank(pct=True) - 0.5 / rolled.count()
        np.testing.assert_allclose(signal.measure(view).values[:, 0], expected, rtol=1e-12)


def test_what_is_unknown() -> None:
    signal = ImpliedVolatility("vix", minimum=3)
    few = quoted([20.0, nan, 10.0])
    assert np.isnan(signal(few).values).all()
    assert signal.sentence(few, 0) == "percentile of vix unknown: 2 values are known, 3 are needed"
    missing = quoted([20.0, 10.0, 15.0, nan])
    assert np.isnan(signal(missing).values[3]).all()
    assert signal.sentence(missing, 0) == "vix is not known"
    assert np.isfinite(signal(quoted([20.0, nan, 10.0, 15.0])).values[3]).all()
    for one in (signal, ImpliedVolatility("vix", sessions(4), minimum=3)):
        flat = quoted([12.5] * 6)
        assert np.isnan(one(flat).values).all()
        assert one.sentence(flat, 0) == "percentile of vix unknown: it has not varied"
        assert one.flip(flat, 0) == ""


def test_words() -> None:
    view = quoted([20.0, 10.0, 30.0])
    signal = ImpliedVolatility("vix", minimum=3)
    assert signal.sentence(view, 0) == "vix 30, percentile 83.3 %, above 80 %: off (3 values)"
    assert signal.flip(view, 0) == "turns on below 60 % in the percentile of vix"
    assert signal.words == "percentile of vix among all its values so far, off above 80 %, on below 60 %"
    assert "among its last 300" in ImpliedVolatility("vix", sessions(300)).words
    assert signal.needs == ("vix",)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: ImpliedVolatility(""), "series"),
        (lambda: ImpliedVolatility("vix", sessions(100)), "history"),
        (lambda: ImpliedVolatility("vix", on_below=0.9), "on_below"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
