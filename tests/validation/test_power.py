"""What a history could have shown: laws, deflation at the bar, and how often it passes in simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.numerics.normal import normal_quantile
from trimtab.validation.deflation import deflated_sharpe
from trimtab.validation.power import History, detectable, power_at
from trimtab.validation.sharpe_probability import track_record
from trimtab.validation.thresholds import CHANCE, EVEN

few = settings(max_examples=40, deadline=None)


def of(periods: int, trials: float, **terms: float) -> History:
    """A history whose data snooping is that of so many independent normal trials: z(.98^(1 / n)) standard errors."""
    bar = -normal_quantile(np.asarray(-np.expm1(np.log1p(-CHANCE) / trials)))
    lasts = terms.get("persistence", 1.0)
    return History(periods, 12.0, trials, float(bar) * (12.0 * lasts / periods) ** 0.5, **terms)


MONTHS = of(240, 50.0)


@st.composite
def histories(draw: st.DrawFn) -> History:
    skew, periods = draw(st.floats(-2.0, 2.0)), draw(st.integers(100, 3000))
    kurtosis = 1.0 + skew**2 + draw(st.floats(0.1, 6.0))
    trials, lasts = draw(st.floats(1.0, 1e4)), draw(st.floats(1.0, 3.0))
    return replace(of(periods, trials, persistence=lasts, skew=skew, kurtosis=kurtosis), asked=draw(st.floats(0.0, 2.0)))


# Laws.


@few
@given(histories())
def test_what_reaches_the_bar_passes_both_checks(history: History) -> None:
    ratio = history.bar / 12.0**0.5 / history.persistence**0.5
    shape = {"skew": history.skew, "kurtosis": history.kurtosis}
    luck = {"periods": history.periods, "trials": history.trials, "variance": 1.0 / (history.periods - 1)}
    below, above = (deflated_sharpe(ratio * one, **luck, **shape).probability for one in (1.0 - 1e-9, 1.0 + 1e-9))
    assert history.bar >= history.asked
    assert not above < EVEN - 1e-9
    if history.bar > history.asked:  # then it is the deflated ratio that asks for so much
        assert below <= EVEN + 1e-9


@given(st.integers(60, 3000), st.floats(1.0, 1e5))
def test_data_snooping_asks_for_more_than_the_deflated_ratio(periods: int, trials: float) -> None:
    history = of(periods, trials)
    assert history.bar == history.asked > history.luck


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
def test_longer_histories_fewer_trials_and_less_persistence_show_more(periods: int, trials: float) -> None:
    history = of(periods, trials)
    least = detectable(history).sharpe
    assert detectable(of(2 * periods, trials)).sharpe < least
    assert detectable(of(periods, 2.0 * trials)).sharpe > least
    assert detectable(of(periods, trials, persistence=1.5)).sharpe > least
    assert power_at(0.5, of(periods, 2.0 * trials)) < power_at(0.5, history)


# By hand: one trial, 240 normal months. z(.98) = 2.05375 and sqrt(12 / 240) = .22361: the bar is .45923 a year, .13257 a month.
# 239 (x - .13257)^2 = .84162^2 (1 + x^2 / 2), so (239 - .35416) x^2 - 63.368 x + 4.2003 - .70833 = 0 and
# x = (63.368 + sqrt(4015.5 - 3333.4)) / 477.29 = .18749 a month, .6495 a year.


def test_one_trial_by_hand() -> None:
    alone = of(240, 1.0)
    assert alone.luck == 0.0
    assert alone.bar == pytest.approx(0.45923, abs=5e-5)
    assert detectable(alone).sharpe == pytest.approx(0.6495, abs=2e-4)
    assert power_at(MONTHS.bar, MONTHS) == pytest.approx(0.5, abs=1e-12)


def test_twenty_years_show_what_docs_say() -> None:
    """docs/validation.md: 0.65 where nothing else was tried, 0.83 beside ten independent trials, 0.94 beside fifty."""
    assert [round(detectable(of(240, trials)).sharpe, 2) for trials in (1.0, 10.0, 50.0)] == [0.65, 0.83, 0.94]


# Chance itself: each record has the moments that a user's has.


def share_that_passes(sharpe: float, history: History, records: int, *, seed: int, skewed: bool = False) -> float:
    rng = np.random.default_rng(seed)
    shape = (records, history.periods)
    noise = 1.0 - rng.standard_exponential(shape) if skewed else rng.normal(size=shape)
    record = track_record(noise + sharpe / history.per_year**0.5)
    return float((record.sharpe * history.per_year**0.5 >= history.bar).mean())


@pytest.mark.parametrize("sharpe", [0.6, 1.0])
def test_as_many_records_pass_as_said(sharpe: float) -> None:
    # 2,000 records: a standard error of 1.1 points at one half
    assert share_that_passes(sharpe, MONTHS, 2000, seed=1) == pytest.approx(float(power_at(sharpe, MONTHS)), abs=0.035)


@pytest.mark.soak
@pytest.mark.parametrize("power", [0.2, 0.5, 0.8, 0.95])
def test_the_smallest_effect_passes_as_often_as_said(power: float) -> None:
    least = detectable(MONTHS, power=power).sharpe
    assert share_that_passes(least, MONTHS, 20_000, seed=2) == pytest.approx(power, abs=0.015)
    skewed = of(600, 50.0, skew=-2.0, kurtosis=9.0)  # one less an exponential
    least = detectable(skewed, power=power).sharpe
    assert share_that_passes(least, skewed, 20_000, seed=3, skewed=True) == pytest.approx(power, abs=0.06)


# Words and edges.


def test_the_sentence() -> None:
    words = detectable(MONTHS).words
    assert words.startswith("Over 20 years and 50 independent trials, only a true Sharpe ratio of 0.9")
    assert "80%" in words


def test_a_history_that_shows_nothing() -> None:
    # n = 2 and z^2 k = .71 * 9.75: the estimate's own tails outrun it, whatever the ratio
    assert "too little" in detectable(History(3, 1.0, 10.0, 2.0, kurtosis=40.0)).words
    none = replace(MONTHS, asked=float("nan"))
    assert np.isnan(none.bar)
    assert np.isnan(power_at([1.0, 50.0], none)).all()
    assert "too little" in detectable(none).words
    assert np.isnan(power_at([np.nan], MONTHS)).all()


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"periods": 1}, "1 periods"),
        ({"per_year": 0.0}, "per_year"),
        ({"trials": 0.5}, "trials"),
        ({"persistence": 0.5}, "persistence"),
        ({"kurtosis": 0.0}, "kurtosis"),
    ],
)
def test_the_door(changed: dict[str, float], match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        replace(MONTHS, **changed)


def test_the_power_is_a_probability() -> None:
    for power in (0.0, 1.0, 80.0, np.nan):
        with pytest.raises(ParameterError, match="power"):
            detectable(MONTHS, power=power)
