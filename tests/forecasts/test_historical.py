"""Historical means: by hand, by pandas, and where too little is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.forecasts.fixed import Sampled, ask, fixed
from tests.signals.array_view import panel, random_panel
from trimtab.core.errors import ParameterError
from trimtab.core.terms import Span, Step, months, sessions
from trimtab.forecasts.historical import Historical


def test_the_mean_by_hand() -> None:
    # 100, 110, 99, 108.9: returns +10 %, -10 %, +10 %. Mean of the last two 0, of all three 1/30 a month, 0.4 a year.
    view = panel([100.0, 110.0, 99.0, 108.9])
    two, three = (ask(Historical(fixed([[0.04]]), months(n)), view).mean[:, 0] for n in (2, 3))
    assert two[2:] == pytest.approx([0.0, 0.0], abs=1e-12)
    assert np.isnan(two[:2]).all()
    assert three[3] == pytest.approx(0.4)
    assert np.isnan(three[:3]).all()


@pytest.mark.parametrize(("window", "per_year"), [(sessions(20), 252), (Span(6, Step.WEEK), 52)])
def test_it_is_the_mean_of_pandas(window: Span, per_year: int) -> None:
    view = random_panel(1, 120, 2, daily=True)
    index = pd.DataFrame(next(iter(view.fields.values())), pd.DatetimeIndex(view.sessions))
    if window.every is Step.WEEK:
        index = index.groupby(index.index.to_period("W-SUN")).tail(1)  # the last session of each week
    expected = index.pct_change().rolling(window.count).mean().iloc[-1] * per_year
    assert ask(Historical(Sampled(), window), view).mean[-1] == pytest.approx(expected.to_numpy(), rel=1e-12)


def test_the_covariance_is_that_of_the_forecaster_within_and_so_is_its_repair() -> None:
    inner = fixed([[0.04, 0.01], [0.01, 0.09]])
    view = random_panel(2, 30, 2)
    forecast = ask(Historical(type(inner)(inner.rows, repaired=0.02), months(3)), view)
    assert (forecast.covariance == np.array(inner.rows)).all()
    assert forecast.repaired is not None
    assert (forecast.repaired == 0.02).all()


def test_what_is_no_price_has_no_return() -> None:
    for bad in (-1.0, np.nan):
        mean = ask(Historical(fixed([[0.04]]), months(2)), panel([100.0, bad, 100.0, 110.0, 121.0])).mean[:, 0]
        assert np.isnan(mean[:4]).all()
        assert mean[4] == pytest.approx(1.2)


def test_ruin_is_a_return_and_what_comes_after_it_is_none() -> None:
    # 100, 100, 0: 0 and -100 %, mean -50 % a month, -6 a year
    mean = ask(Historical(fixed([[0.04]]), months(2)), panel([100.0, 100.0, 0.0, 100.0])).mean[:, 0]
    assert mean[2] == pytest.approx(-6.0)
    assert np.isnan(mean[3])


def test_the_sentence_says_how_many_returns_are_known() -> None:
    view = panel(np.array([[100.0, np.nan], [110.0, np.nan], [121.0, 50.0], [133.1, 55.0]]))
    said = Historical(fixed(np.eye(2)), months(3)).sentence(view)
    start = "mean of the last 3-month returns, per year: A0 +120.0 %, A1 unknown: 1 of 3 returns are known"
    assert said == f"{start}; a covariance that never changes"


def test_the_words() -> None:
    assert Historical(fixed([[1.0]])).words == "means of the last 60-month returns, covariance: always the same"
    assert Historical(Sampled(), sessions(9)).words == "means of the last 9-day returns, covariance: Sampled"


def test_one_return_is_no_mean() -> None:
    with pytest.raises(ParameterError, match="window 1M is too short for a mean") as caught:
        Historical(Sampled(), months(1))
    assert caught.value.field == "window"
