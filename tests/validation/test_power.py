"""What a history could have shown: laws, deflation at the bar, and how often it passes in simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.validation.deflation import deflated_sharpe
from trimtab.validation.power import History, detectable, passing_sharpe, power_at
from trimtab.validation.sharpe_probability import track_record

few = settings(max_examples=40, deadline=None)
MONTHS = History(240, 12.0, 50.0, 1.0 / 239.0)


@st.composite
def histories(draw: st.DrawFn) -> History:
    skew, periods = draw(st.floats(-2.0, 2.0)), draw(st.integers(100, 3000))
    kurtosis = 1.0 + skew**2 + draw(st.floats(0.1, 6.0))
    level = draw(st.floats(0.6, 0.99))
    return History(periods, 12.0, draw(st.floats(1.0, 1e4)), draw(st.floats(0.2, 3.0)) / periods, skew, kurtosis, level)


# Laws.


@few
@given(histories())
def test_the_bar_is_where_the_deflated_probability_is_the_level(history: History) -> None:
    bar = passing_sharpe(history)
    if np.isnan(bar):
        return
    ask = {"periods": history.periods, "trials": history.trials, "variance": history.variance}
    shape = {"skew": history.skew, "kurtosis": history.kurtosis}
    at = [deflated_sharpe(bar * one / 12**0.5, **ask, **shape).probability for one in (1.0, 1.0 - 1e-6, 1.0 + 1e-6)]
    assert at[0] == pytest.approx(history.level, abs=1e-9)
    assert at[1] <= at[0] <= at[2]


@few
@given(histories(), st.floats(0.05, 0.95))
def test_the_smallest_effect_passes_with_the_power_asked_for(history: History, power: float) -> None:
    found = detectable(history, power=power)
    if np.isnan(found.sharpe):
        assert "too little" in found.words
        return
    assert power_at(found.sharpe, history) == pytest.approx(power, abs=1e-8)
    assert (found.sharpe > found.bar) == (power > 0.5)
    assert found.luck <= found.bar


@few
@given(st.integers(60, 2000), st.floats(1.0, 1000.0))
def test_longer_histories_and_fewer_trials_show_more(periods: int, trials: float) -> None:
    history = History(periods, 12.0, trials, 1.0 / periods)
    least = detectable(history).sharpe
    assert detectable(replace(history, periods=2 * periods, variance=0.5 / periods)).sharpe < least
    assert detectable(replace(history, trials=2.0 * trials)).sharpe > least
    assert power_at(0.5, replace(history, trials=2.0 * trials)) < power_at(0.5, history)


# By hand: one trial, 240 normal months, level .95, so S* = 0. 239 x^2 = 1.6449^2 (1 + x^2 / 2) gives
# x = sqrt(2.7055 / 237.647) = .10670 a month and .36961 a year.


def test_the_bar_of_one_trial_by_hand() -> None:
    assert passing_sharpe(replace(MONTHS, trials=1.0)) == pytest.approx(0.36961, abs=5e-5)
    assert power_at(passing_sharpe(MONTHS), MONTHS) == pytest.approx(0.5, abs=1e-12)


# Chance itself: each record is judged by its own moments, as a user's is.


def share_that_passes(sharpe: float, history: History, records: int, *, seed: int, skewed: bool = False) -> float:
    rng = np.random.default_rng(seed)
    shape = (records, history.periods)
    noise = 1.0 - rng.standard_exponential(shape) if skewed else rng.normal(size=shape)
    record = track_record(noise + sharpe / history.per_year**0.5)
    found = deflated_sharpe(
        record.sharpe,
        periods=history.periods,
        trials=history.trials,
        variance=history.variance,
        skew=record.skew,
        kurtosis=record.kurtosis,
    )
    return float((found.probability >= history.level).mean())


@pytest.mark.parametrize("sharpe", [0.6, 1.0])
def test_as_many_records_pass_as_said(sharpe: float) -> None:
    # 2,000 records: a standard error of 1.1 points at one half
    assert share_that_passes(sharpe, MONTHS, 2000, seed=1) == pytest.approx(float(power_at(sharpe, MONTHS)), abs=0.035)


@pytest.mark.soak
@pytest.mark.parametrize("power", [0.2, 0.5, 0.8, 0.95])
def test_the_smallest_effect_passes_as_often_as_said(power: float) -> None:
    least = detectable(MONTHS, power=power).sharpe
    assert share_that_passes(least, MONTHS, 20_000, seed=2) == pytest.approx(power, abs=0.015)
    skewed = replace(MONTHS, periods=600, variance=1.0 / 599.0, skew=-2.0, kurtosis=9.0)  # one less an exponential
    least = detectable(skewed, power=power).sharpe
    assert share_that_passes(least, skewed, 20_000, seed=3, skewed=True) == pytest.approx(power, abs=0.06)


# Words and edges.


def test_the_sentence() -> None:
    words = detectable(MONTHS).words
    assert words.startswith("Over 20 years and 50 trials, only a true Sharpe ratio of 1.0")
    assert "80%" in words


def test_a_history_that_shows_nothing() -> None:
    # n = 2 and z^2 k = 2.7 * 2.25: the estimate's own tails outrun it, whatever the ratio
    short = History(3, 1.0, 10.0, 0.5, 0.0, 10.0)
    assert np.isnan(passing_sharpe(short))
    assert np.isnan(power_at([1.0, 50.0], short)).all()
    assert "too little" in detectable(short).words
    assert np.isnan(power_at([np.nan], MONTHS)).all()
    assert np.isnan(detectable(replace(MONTHS, variance=float("nan"))).sharpe)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"periods": 1}, "1 periods"),
        ({"per_year": 0.0}, "per_year"),
        ({"trials": 0.5}, "trials"),
        ({"variance": -1.0}, "variance"),
        ({"kurtosis": 0.0}, "kurtosis"),
        ({"level": 0.5}, "level"),
    ],
)
def test_the_door(changed: dict[str, float], match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        replace(MONTHS, **changed)


def test_the_power_is_a_probability() -> None:
    for power in (0.0, 1.0, 80.0, np.nan):
        with pytest.raises(ParameterError, match="power"):
            detectable(MONTHS, power=power)
