"""Reversal: by hand, against pandas, what turns it, and what it does not know."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import panel, random_panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TOTAL_RETURN, months, sessions
from trimtab.signals.reversal import Reversal

nan = np.nan


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=8, deadline=None)
def test_it_is_what_pandas_says(seed: int) -> None:
    """Months 54 to 66 ago, thirteen of them, beside today, per year."""
    view = random_panel(seed, 90, 2, gaps=0.005)
    index = np.log(pd.DataFrame(view.fields[TOTAL_RETURN]))
    want = (index.shift(54).rolling(13).mean() - index) / 5.0
    assert np.allclose(Reversal().measure(view).values, want, equal_nan=True)
    assert np.allclose(Reversal()(view).values, (want / 0.10).clip(-1.0, 1.0), equal_nan=True)


def test_by_hand() -> None:
    # ln 100 averaged with ln 100 x e and ln 100 / e is ln 100; today 100 x e^.2. Two years: -.2 / 2 = -.1 a year.
    logs = np.array([1.0, 0.0, -1.0, 0.0, 0.2])
    signal = Reversal(months(3), months(2), scale=2.0)
    view = panel(100.0 * np.exp(logs)).at(4)
    assert signal.measure(view).values[0, 0] == pytest.approx(-0.2 / 0.25)  # three months are a quarter of a year
    assert signal(view).values[0, 0] == pytest.approx(-0.4)
    assert Reversal(months(3), months(2))(view).values[0, 0] == -1.0  # .8 a year is more than .1
    plain = Reversal(months(4), months(0), scale=10.0)
    assert plain.measure(view).values[0, 0] == pytest.approx(0.8 * 3.0)  # e^1 to e^.2 in a third of a year


def test_days_and_weeks_have_their_own_year() -> None:
    index = np.exp(-0.001 * np.arange(30.0))
    view = panel(index, daily=True).at(29)
    found = Reversal(sessions(20), sessions(0)).measure(view).values[0, 0]
    assert found == pytest.approx(0.252)


def test_what_did_not_move_is_no_opinion() -> None:
    view = panel([0.1 + 0.2] * 3 + [0.3]).at(3)
    assert Reversal(months(3), months(0))(view).values[0, 0] == 0.0
    assert Reversal(months(3), months(0)).sentence(view, 0) == "minus the 3-month log return is +0.0 % a year, level with zero"
    assert "turns up below" in Reversal(months(3), months(0)).flip(view, 0)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 2, 6]))
@settings(max_examples=10, deadline=None)
def test_the_next_close_turns_it_exactly_at_the_level(seed: int, smoothing: int) -> None:
    view = random_panel(seed, 30, 1)
    index = 5000.0 * view.fields[TOTAL_RETURN] / view.fields[TOTAL_RETURN][-1]  # many digits in the words
    view = panel(index).at(29)
    signal = Reversal(months(12), months(smoothing))
    found = re.search(r"(above|below) ([0-9.]+)", signal.flip(view, 0))
    assert found
    level, now = float(found[2]), float(signal(view).values[0, 0])
    day = str(np.busday_offset(view.sessions[-1].astype("datetime64[M]") + 2, -1, roll="forward"))
    scores = [signal(view.with_next(day, level * factor)).values[0, 0] for factor in (1.0 - 1e-4, 1.0 + 1e-4)]
    assert scores[0] > 0.0 > scores[1]
    assert found[1] == ("above" if now > 0.0 else "below")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ({0: nan}, "2 of 3 closes at its start are known"),
        ({2: 0.0}, "2 of 3 closes at its start are known"),
        ({4: nan}, "the last close is not known"),
        (dict.fromkeys(range(5), nan), "0 of 3 closes at its start are known"),
    ],
)
def test_what_is_unknown_says_why(spoil: dict[int, float], why: str) -> None:
    index = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    for row, value in spoil.items():
        index[row] = value
    view = panel(index).at(4)
    signal = Reversal(months(3), months(2))
    assert same(signal(view).values, np.array([[nan]]))
    assert signal.sentence(view, 0) == f"minus the 3-month log return unknown: {why}"
    assert signal.flip(view, 0) == ""
    assert np.isfinite(signal(panel(np.array([1.0, 2.0, 3.0, nan, 5.0])).at(4)).values).all()  # it reads no more than that


def test_a_next_start_that_is_unknown_names_no_level() -> None:
    view = panel(np.array([1.0, nan, 3.0, 4.0])).at(3)
    signal = Reversal(months(3), months(0))
    assert signal(view).values[0, 0] == -1.0
    assert signal.flip(view, 0) == ""


def test_words() -> None:
    assert Reversal().words == "minus the 60-month log return, its start averaged over 12 months"
    assert Reversal(smoothing=months(0)).words == "minus the 60-month log return"
    assert Reversal().rows == months(67)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Reversal(smoothing=months(5)), "smoothing"),
        (lambda: Reversal(smoothing=sessions(10)), "smoothing"),
        (lambda: Reversal(months(6), months(12)), "lookback"),
        (lambda: Reversal(months(0), months(0)), "lookback"),
        (lambda: Reversal(scale=0.0), "scale"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: Any, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()
    assert caught.value.field == field
