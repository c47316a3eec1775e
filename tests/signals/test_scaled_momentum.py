"""Volatility-scaled momentum: laws, by hand, against pandas' exponential weights, and its words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import panel, random_panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TOTAL_RETURN, months, sessions
from trimtab.signals.momentum import Momentum
from trimtab.signals.scaled_momentum import ScaledMomentum

nan = np.nan


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), factor=st.floats(0.1, 3.0))
def test_the_sign_is_that_of_momentum_and_the_size_goes_with_the_target(seed: int, factor: float) -> None:
    view = random_panel(seed, 60, 2, gaps=0.01)
    one = ScaledMomentum(sessions(9), target=0.1, centre=2.0, at_most=1e9)
    other = ScaledMomentum(sessions(9), target=0.1 * factor, centre=2.0, at_most=1e9)
    known = np.isfinite(one(view).values)
    assert same(np.sign(one(view).values)[known], Momentum(sessions(9))(view).values[known])
    assert np.allclose(other(view).values, factor * one(view).values, rtol=1e-12, equal_nan=True)
    capped = ScaledMomentum(sessions(9), target=0.1, centre=2.0, at_most=0.2)(view).values
    assert np.nanmax(np.abs(capped)) <= 0.2


def test_by_hand() -> None:
    # Centre 1: decay 1/2, so that 7 returns hold 1 - 1/128 = 99.2 % of the weight; nine sessions are read, the last is
    # left out. Returns alternate +10 %, -10 %, oldest first; weights 1 2 4 8 16 32 64 of 127 give + to 1 4 16 64.
    # Mean 0.1 (85 - 42) / 127, mean of squares 0.01, variance 0.01 - mean^2 a day; 261 days a year.
    growth = np.array([1.0, 1.1, 0.9, 1.1, 0.9, 1.1, 0.9, 1.1, 3.0])
    signal = ScaledMomentum(sessions(2), centre=1.0)
    mean = 0.1 * 43.0 / 127.0
    volatility = np.sqrt(261.0 * (0.01 - mean * mean))
    assert signal.returns == 7
    assert signal.volatility(panel(np.cumprod(growth), daily=True))[-1, 0] == pytest.approx(volatility, rel=1e-12)
    # The last session trebled the price: it makes the sign, and has no part in the volatility.
    assert signal(panel(np.cumprod(growth), daily=True)).values[-1, 0] == pytest.approx(0.40 / volatility, rel=1e-12)


def test_the_paper_s_weights_against_pandas() -> None:
    # Centre of mass 60: the 279 returns hold 1 - (60/61)^279 = 99.0 % of the weight.
    signal = ScaledMomentum(months(12))
    assert signal.returns == 279
    assert pytest.approx(0.99, abs=2e-4) == 1.0 - (60.0 / 61.0) ** 279
    view = random_panel(11, 700, 2, daily=True).at(*range(280, 700, 20))
    returns = pd.DataFrame(view.fields[TOTAL_RETURN]).pct_change()
    expected = [returns.iloc[row - 279 : row].ewm(com=60).var(bias=True).iloc[-1] for row in view.rows]
    assert np.allclose(signal.volatility(view), np.sqrt(261.0 * np.array(expected)), rtol=1e-12)
    # The paper's weights have no end; the finite window stays within 1 % of them.
    endless = np.sqrt(261.0 * returns.ewm(com=60).var(bias=True).shift(1).iloc[list(view.rows)])
    assert np.allclose(signal.volatility(view), endless, rtol=0.01)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), centre=st.floats(0.5, 8.0))
def test_monthly_rows_against_pandas(seed: int, centre: float) -> None:
    view = random_panel(seed, 70, 2)
    signal = ScaledMomentum(months(6), 0.1, centre, 12.0, excess_of="bills")
    index = pd.DataFrame(view.fields[TOTAL_RETURN])
    bills = pd.Series(view.named["bills"].values)
    sign = np.sign((index / index.shift(6)).sub(bills / bills.shift(6), axis=0))
    returns = index.pct_change()
    n = signal.returns
    rows = range(n + 1, 70)
    variance = np.array([returns.iloc[row - n : row].ewm(com=centre).var(bias=True).iloc[-1] for row in rows])
    expected = sign.iloc[list(rows)] * np.minimum(0.1 / np.sqrt(12.0 * variance), 10.0)
    assert np.allclose(signal(view).values[list(rows)], expected, rtol=1e-9, equal_nan=True)
    assert signal.needs == ("bills",)


@pytest.mark.parametrize("growth", [1.0, 1.01])
def test_what_does_not_vary_has_no_multiple(growth: float) -> None:
    view = panel(100.0 * growth ** np.arange(40), daily=True)
    signal = ScaledMomentum(sessions(3), centre=2.0)
    assert np.isnan(signal(view).values).all()
    assert signal.sentence(view, 0) == "volatility has not varied"
    assert signal.flip(view, 0) == ""


def test_words() -> None:
    view = panel(np.cumprod([1.0, 1.1, 0.9, 1.1, 0.9, 1.1, 0.9, 1.1, 3.0]), daily=True)
    signal = ScaledMomentum(sessions(2), centre=1.0)
    # 0.40 / (sqrt(261) x sqrt(0.01 - 0.033858^2)) = 0.40 / 1.5201.
    scale = "0.26 times at a volatility of 152.0 % a year"
    assert signal.sentence(view, 0) == f"2-day total return +230.0 %, above zero; {scale}"
    assert signal.flip(view, 0) == Momentum(sessions(2)).flip(view, 0) == "flips below 1.07 at the next close"
    assert signal.sentence(view.at(3), 0) == "volatility unknown: 2 of 7 returns are known"
    assert signal.sentence(view.at(1), 0) == "2-day total return unknown: history is too short"
    assert signal.words == "sign of the 2-day total return against zero, scaled to a volatility of 40 % a year"


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: ScaledMomentum(months(0)), "lookback"),
        (lambda: ScaledMomentum(target=0.0), "target"),
        (lambda: ScaledMomentum(centre=-1.0), "centre"),
        (lambda: ScaledMomentum(at_most=0.0), "at_most"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
