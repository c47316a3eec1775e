"""Turbulence: every value against its own window in a plain loop, calibration, what is unknown, and funds through the years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests import real_world as real
from tests.regimes.panels import shifting_panel
from tests.signals.array_view import panel
from tests.signals.laws import walked
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.terms import months, sessions
from trimtab.regimes.turbulence import Turbulence


def by_loop(moves: Array, window: int) -> Array:
    """d_t of each row (T,) against the `window` rows before it; NaN for the first ones."""
    out = np.full(len(moves), np.nan)
    for t in range(window, len(moves)):
        past = moves[t - window : t]
        if np.isfinite(past).all() and np.isfinite(moves[t]).all():
            off = moves[t] - past.mean(0)
            out[t] = off @ np.linalg.inv(np.cov(past.T)) @ off / moves.shape[1]
    return out


def ranks(values: Array, history: int) -> Array:
    column = pd.Series(values).rolling(history)
    return column.apply(lambda x: (x < x[-1]).mean() + 0.5 * (x == x[-1]).mean(), raw=True).to_numpy()


def test_every_value_has_a_window_of_its_own_that_ends_the_row_before() -> None:
    view = shifting_panel(5, 80, daily=True)
    model = Turbulence(sessions(20), sessions(15))
    index = next(iter(view.fields.values()))
    want = np.append(np.nan, by_loop(index[1:] / index[:-1] - 1.0, 20))
    full = ranks(want, 15)
    found = model.measure(view).values[:, 0]
    known = np.isfinite(full)
    assert np.allclose(found[known], want[known], rtol=1e-9)
    assert (np.isfinite(model(view).probabilities).all(axis=1) == known).all()
    assert model(view).probabilities[known].tolist() == [[float(x < 0.5), float(x > 0.75)] for x in full[known]]


def test_one_asset_by_hand() -> None:
    # past returns .01 -.01 .01 -.01: mean 0, variance 4 * .0001 / 3; today .02: .0004 / (.0004 / 3) = 3
    index = 100.0 * np.cumprod([1.0, 1.05, 1.01, 0.99, 1.01, 0.99, 1.02])
    assert Turbulence(months(4), months(2)).measure(panel(index)).values[-1, 0] == pytest.approx(3.0)


def test_a_calm_world_is_turbulent_a_quarter_of_the_time() -> None:
    # every value is ranked against values made in the same way, so that ranks of independent days are even
    moves = 0.01 * np.random.default_rng(6).standard_normal((2600, 4))
    view = panel(100.0 * np.cumprod(1.0 + moves, axis=0), daily=True).at(*range(200, 2600, 8))
    rows = Turbulence(sessions(60), sessions(60))(view).probabilities
    assert rows[:, 1].mean() == pytest.approx(0.25, abs=3 * np.sqrt(0.25 * 0.75 / 300))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("constant", "turbulence unknown: A1 has not varied"),
        ("twins", "turbulence unknown: 8 of 8 covariances have no inverse"),
        ("gap", "turbulence unknown: 26 of 28 returns are known"),
        ("still for a while", "turbulence unknown: 1 of 8 covariances have no inverse"),
    ],
)
def test_what_is_unknown_says_why(fault: str, said: str) -> None:
    index = next(iter(shifting_panel(5, 60).fields.values())).copy()
    if fault == "constant":
        index[:, 1] = 50.0 * 1.01 ** np.arange(60)
    elif fault == "twins":
        index[:, 1] = 3.0 * index[:, 0]
    elif fault == "gap":
        index[40, 1] = np.nan
    else:
        index[31:52, 1] = index[31, 1]  # 20 returns of nothing fill one window of 20
    model = Turbulence(months(20), months(8))
    assert np.isnan(model(panel(index)).probabilities[-1]).all()
    assert model.sentence(panel(index)) == said


def test_a_window_with_no_more_rows_than_assets_is_unknown() -> None:
    model = Turbulence(months(3), months(5))
    view = shifting_panel(5, 60)
    assert np.isnan(model(view).probabilities).all()
    assert model.sentence(view) == "turbulence unknown: a window of 3 rows says too little about 3 assets"
    assert np.isfinite(Turbulence(months(3), months(5), assets=("A0", "A1"))(view).probabilities[-1]).all()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"enter": 0.4}, "exit"),
        ({"enter": 1.5}, "enter"),
        ({"window": sessions(1)}, "window"),
        ({"history": sessions(1)}, "history"),
        ({"history": months(60)}, "history"),
        ({"smoothing": months(2)}, "smoothing"),
        ({"smoothing": sessions(0)}, "smoothing"),
        ({"states": ("a", "a")}, "states"),
        ({"dwell": 0}, "dwell"),
    ],
)
def test_faults_are_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Turbulence(**wrong)
    assert caught.value.field == field


def test_an_unknown_asset_is_named() -> None:
    with pytest.raises(ParameterError) as caught:
        Turbulence(assets=("A0", "A9"))(shifting_panel(1, 20))
    assert caught.value.field == "assets"


NAMES = ("SPY", "EFA", "IEF", "LQD")


@pytest.fixture(scope="module")
def daily() -> pd.Series:
    """Turbulence of each session against the 500 before it."""
    frame = pd.read_parquet(real.shared("etf_daily.parquet")).pivot(index="date", columns="ticker", values="adj_close")
    moves = frame[list(NAMES)].pct_change(fill_method=None)
    return pd.Series(by_loop(moves.to_numpy(), 500), pd.DatetimeIndex(moves.index))


@pytest.mark.parametrize(("smoothing", "first"), [(1, "2006-07-31"), (21, "2006-08-31")])
def test_funds_through_the_years_against_a_loop(daily: pd.Series, smoothing: int, first: str) -> None:
    view = real.view(real.month_ends(NAMES), NAMES)
    model = Turbulence(smoothing=sessions(smoothing))
    found, held = model.measure(view).values[:, 0], walked(model, model(view).probabilities)
    smooth = daily.rolling(smoothing).mean()
    rank = pd.Series(ranks(smooth.to_numpy(), 500), daily.index).reindex(pd.DatetimeIndex(view.days.dates))
    known = np.isfinite(rank.to_numpy())
    assert np.allclose(found[known], smooth.reindex(rank.index)[known], rtol=1e-8)
    assert (np.isfinite(held).all(axis=1) == known).all()
    assert str(view.days.dates[known][0]) == first  # all four from 2002-07-30 on: 1,000 returns later, or 1,020
    assert np.nanmin(found[known]) > 0.0
    state, states = "calm", {}
    for date, share in rank.items():
        state = "turbulent" if share > 0.75 else "calm" if share < 0.5 else state
        states[str(date)[:10]] = state
    for date in real.DATES:
        assert model.states[int(np.argmax(held[real.at(view, date)]))] == states[date]
    # the last days of October 2008 and of March 2020 were ordinary ones in view of the weeks before: a single day says
    # little about a month, a mean of days sees it
    assert states["2008-10-31"] == states["2020-03-31"] == ("calm" if smoothing == 1 else "turbulent")
