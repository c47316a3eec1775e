"""The absorption ratio as a regime: identical and independent assets, what is unknown, and funds through the years."""

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
from trimtab.regimes.absorption import Absorption


def of(moves: Array) -> ArrayView:
    """One decision after all the returns (T, A)."""
    start = np.ones((1, moves.shape[1]))
    return panel(100.0 * np.vstack([start, np.cumprod(1.0 + moves, axis=0)])).at(len(moves))


def test_identical_assets_are_fragile() -> None:
    moves = 0.01 * np.random.default_rng(1).standard_normal((60, 1)) * np.ones(5)
    model = Absorption(window=months(60), halflife=20.0)
    assert model.measure(of(moves)).values[0, 0] == pytest.approx(1.0, abs=1e-12)
    assert model(of(moves)).probabilities.tolist() == [[0, 1]]


def test_independent_assets_are_resilient() -> None:
    moves = 0.01 * np.random.default_rng(2).standard_normal((8000, 10))
    view = panel(100.0 * np.vstack([np.ones((1, 10)), np.cumprod(1.0 + moves, axis=0)]), daily=True).at(8000)
    model = Absorption(window=sessions(8000), halflife=0.0)
    assert model.measure(view).values[0, 0] == pytest.approx(0.2, abs=0.02)  # two of ten
    assert model(view).probabilities.tolist() == [[1, 0]]


def test_with_a_halflife_against_weighted_numpy() -> None:
    view = shifting_panel(3, 60)
    index = next(iter(view.fields.values()))
    found = Absorption(0.4, months(24), halflife=12.0).measure(view).values[:, 0]
    weights = 0.5 ** (np.arange(23, -1, -1) / 12.0)
    moves = index[1:] / index[:-1] - 1.0
    for d in range(24, 60):
        values = np.linalg.eigvalsh(np.cov(moves[d - 24 : d].T, aweights=weights, ddof=0))
        assert found[d] == pytest.approx(values[-1] / values.sum(), abs=1e-12)  # round(.4 * 3) = 1 of 3


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Absorption(0.1, months(20)), "absorption ratio unknown: 0 of 3 factors are counted, which says nothing"),
        (Absorption(0.9, months(20)), "absorption ratio unknown: 3 of 3 factors are counted, which says nothing"),
        (
            Absorption(1.0, months(20), assets=("A1",)),
            "absorption ratio unknown: 1 of 1 factors are counted, which says nothing",
        ),
        (Absorption(0.4, months(70)), "absorption ratio unknown: 59 of 70 returns are known"),
    ],
)
def test_what_is_unknown_says_why(model: Absorption, said: str) -> None:
    view = shifting_panel(5, 60)
    assert np.isnan(model(view).probabilities).all()
    assert model.sentence(view).startswith(said)


def test_what_does_not_vary_is_unknown() -> None:
    still = of(np.full((30, 3), 0.01))
    model = Absorption(0.4, months(20))
    assert np.isnan(model(still).probabilities).all()
    assert model.sentence(still) == "absorption ratio unknown: nothing has varied"


def test_sentences() -> None:
    moves = 0.01 * np.random.default_rng(1).standard_normal((60, 1)) * np.ones(5)
    said = Absorption(window=months(60)).sentence(of(moves))
    assert said == "1 of 5 factors absorb 100.0 % of all variance, above 80 %: fragile"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"enter": 0.6}, "exit"),
        ({"exit": 0.0}, "exit"),
        ({"fraction": 1.2}, "fraction"),
        ({"window": sessions(1)}, "window"),
        ({"halflife": -1.0}, "halflife"),
        ({"halflife": np.inf}, "halflife"),
        ({"states": ("", "b")}, "states"),
        ({"dwell": 0}, "dwell"),
    ],
)
def test_faults_are_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Absorption(**wrong)
    assert caught.value.field == field


def test_funds_through_the_years_against_numpy() -> None:
    names = ("SPY", "QQQ", "IWM", "EFA", "IEF", "LQD")
    view = real.view(real.month_ends(names), names)
    model = Absorption(enter=0.7, exit=0.65)
    found, held = model.measure(view).values[:, 0], walked(model, model(view).probabilities)
    frame = pd.read_parquet(real.shared("etf_daily.parquet")).pivot(index="date", columns="ticker", values="adj_close")
    moves = frame[list(names)].pct_change(fill_method=None)
    weights = 0.5 ** (np.arange(499, -1, -1) / 250.0)
    places = {str(date)[:10]: k for k, date in enumerate(moves.index)}
    state, states, first = "resilient", {}, ""
    for d, date in enumerate(view.days.dates.astype(str).tolist()):
        rows = moves.to_numpy()[max(0, places[date] - 499) : places[date] + 1]
        if len(rows) < 500 or not np.isfinite(rows).all():
            assert np.isnan(found[d])
            continue
        squares = np.linalg.svd((rows - np.average(rows, axis=0, weights=weights)) * np.sqrt(weights)[:, None])[1] ** 2
        want = squares[0] / squares.sum()  # round(6 / 5) = 1
        assert found[d] == pytest.approx(want, abs=1e-9)
        state = "fragile" if want > 0.7 else "resilient" if want < 0.65 else state
        states[date], first = state, first or date
    assert first == "2004-07-30"  # all six from 2002-07-30 on: 500 returns later
    assert 1 / 6 < np.nanmin(found) < np.nanmax(found) < 1.0
    for date in real.DATES:
        assert model.states[int(np.argmax(held[real.at(view, date)]))] == states[date]
