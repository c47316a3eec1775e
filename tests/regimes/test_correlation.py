"""Stock-bond correlation: against NumPy, pandas and SciPy, bands by hand, and funds through the years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests import real_world as real
from tests.regimes.panels import shifting_panel
from tests.signals.array_view import ArrayView, panel
from tests.signals.laws import walked
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.terms import months, sessions
from trimtab.regimes.correlation import STATES, StockBond, interval


def moves_of(view: ArrayView) -> pd.DataFrame:
    return pd.DataFrame(next(iter(view.fields.values()))).pct_change(fill_method=None)


def with_correlation(value: float, count: int = 40) -> ArrayView:
    """Two assets whose returns have exactly this correlation over all `count` rows."""
    raw = np.random.default_rng(1).standard_normal((count, 2))
    raw -= raw.mean(0)
    axes, _ = np.linalg.qr(raw)
    moves = 0.02 * np.column_stack([axes[:, 0], value * axes[:, 0] + np.sqrt(1.0 - value**2) * axes[:, 1]])
    return panel(100.0 * np.vstack([np.ones(2), np.cumprod(1.0 + moves, axis=0)])).at(count)


def row(value: float) -> Array:
    return StockBond("A0", "A1", months(40))(with_correlation(value)).probabilities[0]


def test_against_pandas() -> None:
    view = shifting_panel(3, 90, daily=True)
    found = StockBond("A0", "A2", sessions(30)).measure(view).values[:, 0]
    moves = moves_of(view)
    assert np.allclose(found, moves[0].rolling(30).corr(moves[2]), equal_nan=True)


def test_with_a_halflife_against_weighted_numpy() -> None:
    view = shifting_panel(3, 90, daily=True)
    found = StockBond("A0", "A2", sessions(30), halflife=7.0).measure(view).values[:, 0]
    weights = 0.5 ** (np.arange(29, -1, -1) / 7.0)
    moves = moves_of(view)[[0, 2]].to_numpy()
    for d in range(30, 90):
        both = np.cov(moves[d - 29 : d + 1].T, aweights=weights)
        assert found[d] == pytest.approx(both[0, 1] / np.sqrt(both[0, 0] * both[1, 1]), abs=1e-12)


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (-0.9, [1, 0, 0]),
        (-0.26, [1, 0, 0]),
        (-0.24, [1 / 3, 2 / 3, 0]),
        (-0.16, [1 / 3, 2 / 3, 0]),
        (-0.14, [0, 1, 0]),
        (0.0, [0, 1, 0]),
        (0.14, [0, 1, 0]),
        (0.16, [0, 2 / 3, 1 / 3]),
        (0.24, [0, 2 / 3, 1 / 3]),
        (0.26, [0, 0, 1]),
    ],
)
def test_levels_of_a_fifth_with_a_band_of_a_twentieth(value: float, want: list[float]) -> None:
    assert row(value) == pytest.approx(want)


def test_from_the_far_side_it_comes_to_neutral_and_inside_a_band_it_stays() -> None:
    rows = np.array([row(value) for value in (-0.5, 0.22, 0.3, 0.18, 0.1, -0.22, -0.3, -0.18)])
    held = walked(StockBond("A0", "A1"), rows)
    want = ["negative", "neutral", "positive", "positive", "neutral", "neutral", "negative", "negative"]
    assert [STATES[int(np.argmax(one))] for one in held] == want


def test_the_interval_is_that_of_scipy() -> None:
    from scipy.stats import pearsonr

    raw = np.random.default_rng(4).standard_normal((60, 2)) @ np.array([[1.0, 0.4], [0.0, 1.0]])
    found = pearsonr(*raw.T)
    want = found.confidence_interval(0.95)
    assert interval(float(found.statistic), 60) == pytest.approx((want.low, want.high), abs=1e-4)  # 1.96 for 1.95996
    # by hand, r = 0 and n = 64 + 3: tanh(1.96 / 8) = tanh(.245) = .2402
    assert interval(0.0, 67) == pytest.approx((-0.2402, 0.2402), abs=5e-5)
    assert interval(1.0, 60) == (1.0, 1.0)
    assert interval(0.3, 3) == (-1.0, 1.0)


def test_rows_weighted_alike_count_in_full() -> None:
    assert StockBond("A", "B").effective == pytest.approx(60.0)
    # a half-life of n rows in an endless history counts as (1 + d) / (1 - d) rows, d = .5 ** (1 / 20): 57.7
    endless = StockBond("A", "B", sessions(2000), halflife=20.0).effective
    assert endless == pytest.approx((1 + 0.5**0.05) / (1 - 0.5**0.05))


def test_what_is_unknown_says_why() -> None:
    index = np.column_stack([100.0 * np.cumprod(np.full(30, 1.01)), 100.0 * np.cumprod(1.0 + 0.1 * np.sin(np.arange(30)))])
    model = StockBond("A0", "A1", months(20))
    assert np.isnan(model(panel(index)).probabilities).all()
    assert model.sentence(panel(index)) == "20-month correlation of A0 and A1 unknown: A0 has not varied"
    index[25, 1] = np.nan
    assert model.sentence(panel(index)) == "20-month correlation of A0 and A1 unknown: 18 of 20 returns are known"


def test_sentences() -> None:
    model = StockBond("A0", "A1", months(40))
    # atanh(.22) -+ 1.96 / sqrt(37) = .2237 -+ .3222
    said = "40-month correlation of A0 and A1 +0.22 (95 % interval -0.10 to +0.50): between neutral and positive"
    assert model.sentence(with_correlation(0.22)) == f"{said}, of which the state before stays"
    assert model.sentence(with_correlation(-0.5)).endswith(": negative")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"bonds": "A"}, "bonds"),
        ({"stocks": ""}, "bonds"),
        ({"window": sessions(3)}, "window"),
        ({"level": 0.0}, "level"),
        ({"level": 1.0}, "level"),
        ({"band": 0.3}, "band"),
        ({"level": 0.9, "band": 0.1}, "band"),
        ({"halflife": -1.0}, "halflife"),
        ({"halflife": np.inf}, "halflife"),
        ({"dwell": 0}, "dwell"),
    ],
)
def test_faults_are_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        StockBond(**{"stocks": "A", "bonds": "B", **wrong})
    assert caught.value.field == field


def test_an_unknown_asset_is_named() -> None:
    with pytest.raises(ParameterError) as caught:
        StockBond("A0", "A9")(shifting_panel(1, 20))
    assert caught.value.field == "bonds"


@pytest.mark.parametrize(("bonds", "first"), [("IEF", "2002-10-31"), ("TLT", "2002-10-31")])
def test_shares_and_bonds_through_the_years_against_pandas(bonds: str, first: str) -> None:
    names = ("SPY", bonds)
    view = real.view(real.month_ends(names), names)
    model = StockBond("SPY", bonds)
    found, held = model.measure(view).values[:, 0], walked(model, model(view).probabilities)
    frame = pd.read_parquet(real.shared("etf_daily.parquet")).pivot(index="date", columns="ticker", values="adj_close")
    moves = frame[list(names)].pct_change(fill_method=None)
    rolling = moves["SPY"].rolling(60).corr(moves[bonds])
    rolling.index = pd.DatetimeIndex(rolling.index)
    want = rolling.reindex(pd.DatetimeIndex(view.days.dates))
    assert np.allclose(found, want, atol=1e-9, equal_nan=True)
    assert str(view.days.dates[np.isfinite(found)][0]) == first  # both are known from 2002-07-30 on: 61 closes later
    assert -1.0 < np.nanmin(found) < -0.6 < 0.2 < np.nanmax(found) < 1.0
    state, states = "", {}
    for date, rho in want.dropna().items():
        outer = "negative" if rho < 0 else "positive"
        if abs(rho) > 0.25:
            state = outer
        elif abs(rho) < 0.15 or state != outer:
            state = "neutral"
        states[str(date)[:10]] = state
    for date in real.DATES:
        assert STATES[int(np.argmax(held[real.at(view, date)]))] == states[date]
