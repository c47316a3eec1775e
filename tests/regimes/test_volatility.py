"""The volatility regime: by hand, against pandas on the benchmark, what is unknown, and funds through the years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests import real_world as real
from tests.regimes.panels import shifting_panel
from tests.signals.array_view import panel
from tests.signals.laws import walked
from trimtab.core.errors import ParameterError
from trimtab.core.terms import months, sessions
from trimtab.regimes.volatility import VolatilityRegime


def test_by_hand() -> None:
    # returns .10 .20 -.30 .10, one a window: sizes .1 .2 .3 .1; the third is the largest of three, 2.5 / 3; the fourth
    # is the smallest of .2 .3 .1: .5 / 3
    index = 100.0 * np.cumprod([1.0, 1.10, 1.20, 0.70, 1.10])
    model = VolatilityRegime("A0", months(1), months(3))
    assert model.measure(panel(index)).values[3:, 0] == pytest.approx([2.5 / 3, 0.5 / 3])
    assert model(panel(index)).probabilities[3:].tolist() == [[0, 1], [1, 0]]


def test_the_benchmark_against_pandas() -> None:
    view = shifting_panel(7, 120, daily=True)
    weights = (0.6, 0.0, 0.2)  # .75 and .25 of what has a weight
    model = VolatilityRegime("", sessions(10), sessions(30), benchmark=weights)
    moves = pd.DataFrame(next(iter(view.fields.values()))).pct_change(fill_method=None)
    size = np.sqrt(252 * (0.75 * moves[0] + 0.25 * moves[2]).pow(2).rolling(10).mean())
    want = size.rolling(30).apply(lambda x: (x < x.iloc[-1]).mean() + 0.5 * (x == x.iloc[-1]).mean())
    assert np.allclose(model.measure(view).values[:, 0], want, equal_nan=True)


def test_a_gap_in_an_asset_without_weight_does_not_matter() -> None:
    index = shifting_panel(7, 60).fields[next(iter(shifting_panel(7, 60).fields))].copy()
    index[50, 1] = np.nan
    for weights, known in (((0.5, 0.0, 0.5), True), ((0.5, 0.1, 0.4), False)):
        model = VolatilityRegime("", months(3), months(9), benchmark=weights)
        assert bool(np.isfinite(model(panel(index)).probabilities[-1]).all()) == known


def test_what_is_unknown_says_why() -> None:
    view = shifting_panel(7, 30)
    model = VolatilityRegime("A0", months(3), months(40))
    assert model.sentence(view) == "3-month volatility of A0 unknown: 29 of 42 returns are known"
    bare = VolatilityRegime("", months(3), months(9))
    assert np.isnan(bare(view).probabilities).all()
    assert bare.sentence(view) == "3-month volatility of the benchmark unknown: the benchmark has no weight in any asset"
    steady = panel(100.0 * 1.01 ** np.arange(30))
    said = VolatilityRegime("A0", months(3), months(9)).sentence(steady)
    assert said == "3-month volatility of A0 unknown: it has not varied over its last 9 values"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"enter": 0.5}, "exit"),
        ({"enter": 1.0}, "enter"),
        ({"exit": -0.1}, "exit"),
        ({"window": sessions(0)}, "window"),
        ({"history": months(60)}, "history"),
        ({"states": ("calm", "")}, "states"),
        ({"dwell": 0}, "dwell"),
    ],
)
def test_faults_are_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        VolatilityRegime(**wrong)
    assert caught.value.field == field


def test_a_benchmark_or_an_asset_that_does_not_fit_is_named() -> None:
    with pytest.raises(ParameterError, match="2 weights for 3 assets"):
        VolatilityRegime(benchmark=(0.5, 0.5))(shifting_panel(1, 30))
    with pytest.raises(ParameterError) as caught:
        VolatilityRegime("A11")(shifting_panel(1, 30))
    assert caught.value.remedy == "Did you mean A1?"


def test_shares_and_bonds_through_the_years_against_pandas() -> None:
    names = ("SPY", "IEF")
    rows = real.month_ends(names)
    view = real.view(rows, names)
    model = VolatilityRegime(benchmark=(0.6, 0.4))
    found, held = model.measure(view).values[:, 0], walked(model, model(view).probabilities)
    frame = pd.read_parquet(real.shared("etf_daily.parquet")).pivot(index="date", columns="ticker", values="adj_close")
    frame.index = pd.DatetimeIndex(frame.index)
    moves = frame[list(names)].pct_change(fill_method=None)
    size = (0.6 * moves["SPY"] + 0.4 * moves["IEF"]).pow(2).rolling(21).mean()
    ranks = size.rolling(1260).apply(lambda x: (x < x[-1]).mean() + 0.5 * (x == x[-1]).mean(), raw=True)
    want = ranks.reindex(pd.DatetimeIndex(view.days.dates))
    assert np.allclose(found, want, equal_nan=True)
    assert view.days.dates[np.isfinite(found)][0] == np.datetime64(want.first_valid_index(), "D")
    state, states = "calm", {}
    for date, share in want.items():
        state = "stressed" if share > 0.8 else "calm" if share < 0.6 else state
        states[str(date)[:10]] = state
    for date in real.DATES:
        assert model.states[int(np.argmax(held[real.at(view, date)]))] == states[date]
    assert [states[date] for date in real.DATES] == ["stressed", "calm", "stressed", "calm", "stressed"]
