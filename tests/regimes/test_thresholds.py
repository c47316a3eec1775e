"""Thresholds on a series: percentiles by hand and by pandas, what is unknown, and VIX through the years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests import real_world as real
from tests.signals.array_view import ArrayView, Named, panel, weekdays
from tests.signals.laws import walked
from trimtab.core.errors import ParameterError
from trimtab.core.terms import MONTH, Span, sessions
from trimtab.regimes.thresholds import Threshold

SESSIONS = weekdays("2020-01-03", 12)


def seen(values: list[float], rows: list[int] | None = None, *, late: int = 0) -> ArrayView:
    """A view of the series X, one value a weekday, known `late` days later."""
    dates = weekdays("2020-01-03", len(values))
    named = Named(dates, dates + np.timedelta64(late, "D"), np.array(values, dtype=float))
    made = panel(np.full(len(values), 100.0), first="2020-01", daily=True, X=named)
    return made.at(*rows) if rows is not None else made


def test_levels_by_hand() -> None:
    rows = Threshold("X", 25.0, 20.0)(seen([18.0, 26.0, 22.0, 25.0, 20.0])).probabilities
    # below 20: calm; above 25: stressed; between them and at either: nothing
    assert rows.tolist() == [[1, 0], [0, 1], [0, 0], [0, 0], [0, 0]]


def test_the_rank_in_a_history_by_hand() -> None:
    model = Threshold("X", 0.7, 0.4, percentile=True, history=sessions(4))
    found = model.measure(seen([1.0, 3.0, 2.0, 4.0, 2.0])).values[:, 0]
    # among 1 3 2 4 the last has three below and itself half: 3.5 / 4; among 3 2 4 2: none below, two equal: 1 / 4
    assert np.isnan(found[:3]).all()
    assert found[3:].tolist() == [0.875, 0.25]


def test_the_expanding_rank_by_hand() -> None:
    model = Threshold("X", 0.7, 0.4, percentile=True, minimum=3)
    found = model.measure(seen([1.0, 3.0, 2.0, 4.0])).values[:, 0]
    assert np.isnan(found[:2]).all()
    assert found[2:].tolist() == [0.5, 0.875]  # (1 + .5) / 3; (3 + .5) / 4


def test_smoothing_is_the_mean_of_the_last_rows() -> None:
    found = Threshold("X", 3.0, 2.0, smoothing=sessions(2)).measure(seen([1.0, 3.0, 2.0])).values[:, 0]
    assert np.isnan(found[0])
    assert found[1:].tolist() == [2.0, 2.5]


def test_ties_within_rounding_are_ties() -> None:
    rows = Threshold("X", 0.3, 0.1)(seen([0.1 + 0.2, 0.3 * (1 + 1e-9)])).probabilities
    assert rows.tolist() == [[0, 0], [0, 1]]


def test_percentiles_against_pandas() -> None:
    values = np.round(np.random.default_rng(3).standard_normal(200), 1).tolist()  # many ties
    view = seen(values)
    column = pd.Series(values)
    mean = column.rolling(3).mean()
    rolled = column.rolling(20).apply(lambda x: (x < x.iloc[-1]).mean() + 0.5 * (x == x.iloc[-1]).mean())
    grown = column.expanding(30).apply(lambda x: (x < x.iloc[-1]).mean() + 0.5 * (x == x.iloc[-1]).mean())
    smooth = Threshold("X", 0.8, 0.6, percentile=True, history=sessions(20))
    assert np.allclose(smooth.measure(view).values[:, 0], rolled, equal_nan=True)
    assert np.allclose(Threshold("X", 0.8, 0.6, True, minimum=30).measure(view).values[:, 0], grown, equal_nan=True)
    assert np.allclose(Threshold("X", 1, 0, smoothing=sessions(3)).measure(view).values[:, 0], mean, equal_nan=True)


@pytest.mark.parametrize(
    ("model", "values", "said"),
    [
        (Threshold("X", 2, 1, smoothing=sessions(3)), [1.0, 2.0], "X unknown: 0 of 1 values are known"),
        (Threshold("X", 0.8, 0.6, True, sessions(3)), [1.0, np.nan, 2.0], "X unknown: 2 of 3 values are known"),
        (Threshold("X", 0.8, 0.6, True, sessions(3)), [5.0, 5.0, 5.0], "X unknown: it has not varied over its last 3 values"),
        (Threshold("X", 0.8, 0.6, True, minimum=9), [5.0, 4.0], "X unknown: 2 values are known since the start, 9 are needed"),
        (Threshold("X", 0.8, 0.6, True, minimum=2), [5.0, 5.0], "X unknown: it has not varied over all its values"),
    ],
)
def test_what_is_unknown_says_why(model: Threshold, values: list[float], said: str) -> None:
    view = seen(values)
    assert np.isnan(model(view).probabilities[-1]).all()
    assert model.sentence(view).startswith(said)


def test_what_is_too_old_or_not_yet_known_is_unknown() -> None:
    view = seen([1.0, 2.0, 3.0, 4.0], late=3)
    fresh = Threshold("X", 2.0, 1.0, max_age=2)
    assert np.isnan(fresh(view).probabilities).all()
    assert "3 days old, more than 2" in fresh.sentence(view) or "5 days old, more than 2" in fresh.sentence(view)
    assert Threshold("X", 2.0, 1.0).sentence(view.at(0)) == "X unknown: nothing is known yet"
    assert np.isfinite(Threshold("X", 2.0, 1.0)(view).probabilities[-1]).all()


def test_sentences_and_words() -> None:
    view = seen([30.0, 10.0, 20.0])
    model = Threshold("X", 0.8, 0.6, True, sessions(3))
    assert model.words == "percentile of X, stressed above the 80th percentile until below the 60th percentile"
    assert model.sentence(view) == "X 20, at the 50th percentile of its last 3 values, is below the 60th percentile: calm"
    low = Threshold("X", 15.0, 25.0, states=("wide", "tight"))
    assert low.sentence(view) == "X 20 is between 15 and 25: the state before stays"
    assert low.words == "X, tight below 15 until above 25"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"enter": 0.7, "exit": 0.7}, "exit"),
        ({"enter": 80.0, "exit": 60.0, "percentile": True}, "enter"),
        ({"enter": 0.8, "exit": np.nan}, "exit"),
        ({"history": sessions(20)}, "history"),
        ({"percentile": True, "history": sessions(1)}, "history"),
        ({"percentile": True, "smoothing": sessions(5)}, "smoothing"),
        ({"percentile": True, "history": Span(9, MONTH), "smoothing": sessions(5)}, "smoothing"),
        ({"smoothing": sessions(0)}, "smoothing"),
        ({"states": ("calm", "calm")}, "states"),
        ({"series": ""}, "series"),
        ({"dwell": 0}, "dwell"),
        ({"minimum": 1}, "minimum"),
        ({"max_age": -1}, "max_age"),
    ],
)
def test_faults_are_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Threshold(**{"series": "X", "enter": 0.8, "exit": 0.6, **wrong})
    assert caught.value.field == field
    assert caught.value.remedy


def test_percent_is_asked_about() -> None:
    with pytest.raises(ParameterError) as caught:
        Threshold("X", 80.0, 60.0, percentile=True)
    assert "did you mean 0.80?" in caught.value.remedy


def test_vix_through_the_years_against_pandas() -> None:
    names = ("SPY", "IEF")
    rows = real.month_ends(names)
    view = real.view(rows, names)
    model = Threshold("vix", 0.8, 0.6, percentile=True, history=sessions(1260))
    found, held = model.measure(view).values[:, 0], walked(model, model(view).probabilities)
    vix = real.column("vix_daily.csv.gz", "close")
    ranks = vix.rolling(1260).apply(lambda x: (x < x[-1]).mean() + 0.5 * (x == x[-1]).mean(), raw=True)
    want = ranks.reindex(pd.DatetimeIndex(view.days.dates), method="ffill").to_numpy()
    assert np.allclose(found, want, equal_nan=True)
    assert str(view.days.dates[np.isfinite(found)][0]) == "1994-12-30"  # 1,260 sessions from 1990-01-02 end on 1994-12-27
    assert np.nanmin(found) > 0.0
    assert np.nanmax(found) < 1.0
    state, states = "calm", {}
    for date, share in zip(view.days.dates.astype(str), want, strict=True):
        state = "stressed" if share > 0.8 else "calm" if share < 0.6 else state
        states[date] = state
    for date in real.DATES:
        assert model.states[int(np.argmax(held[real.at(view, date)]))] == states[date]
    assert [states[date] for date in real.DATES] == ["stressed", "calm", "stressed", "calm", "stressed"]
