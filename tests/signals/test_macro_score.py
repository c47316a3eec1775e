"""SpreadScore: worked by hand, against pandas, and where it is unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.signals.array_view import ArrayView, Named, month_ends, panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.core.terms import months
from trimtab.signals.macro_score import SpreadScore

nan = np.nan


def curve(long: list[float] | np.ndarray, short: list[float] | np.ndarray) -> ArrayView:
    dates = month_ends("2000-01", len(long))
    series = {"y10": Named(dates, dates, np.array(long)), "y3m": Named(dates, dates, np.array(short))}
    return panel(np.ones((len(long), 2)), **series)


def test_by_hand() -> None:
    # Slopes 1, 2, 3 points: mean 2, sd 1, z = 1. Then 2, 3, 7: mean 4, sd sqrt((4 + 1 + 9) / 2) = 2.6458, z = 1.1339.
    view = curve([0.03, 0.04, 0.05, 0.09], [0.02, 0.02, 0.02, 0.02])
    got = SpreadScore("y10", "y3m", window=months(3))(view).values
    assert np.isnan(got[:2]).all()
    assert got[2:, 0] == pytest.approx([1.0, 1.13389342], abs=1e-8)
    assert same(got[:, 0], got[:, 1])


def test_against_pandas() -> None:
    rng = np.random.default_rng(1)
    long, short = 0.05 + 0.01 * rng.standard_normal((2, 90))
    view = curve(long, short)
    gap = pd.Series(long - short)
    expected = ((gap - gap.rolling(24).mean()) / gap.rolling(24).std()).clip(-1.5, 1.5)
    got = SpreadScore("y10", "y3m", window=months(24), clip=1.5)(view).values[:, 0]
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)
    assert np.abs(expected).max() == 1.5
    alone = SpreadScore("y10", window=months(24))(view).values[:, 0]
    level = pd.Series(long)
    z = (level - level.rolling(24).mean()) / level.rolling(24).std()
    np.testing.assert_allclose(alone, z.clip(-3.0, 3.0), rtol=1e-9, atol=1e-12)


def test_what_does_not_vary_or_is_unknown() -> None:
    score = SpreadScore("y10", "y3m", window=months(3))
    steady = curve([0.05, 0.1 * 3, 0.04], [0.03, 0.3 - 0.02, 0.02])  # 2 points each, whatever the last bits
    assert np.isnan(score(steady).values).all()
    assert score.sentence(steady, 0) == "y10 less y3m unknown: it has not varied in 3 months"
    gap = curve([0.05, nan, 0.04, 0.03], [0.03] * 4)
    assert np.isnan(score(gap).values).all()
    assert score.sentence(gap, 0) == "y10 less y3m unknown: 2 of the last 3 months are known"
    assert score.flip(gap, 0) == score.flip(steady, 0) == ""


def test_words() -> None:
    score = SpreadScore("y10", "y3m", window=months(3))
    view = curve([0.03, 0.04, 0.05], [0.02, 0.02, 0.02])
    assert score.sentence(view, 0) == "y10 less y3m is +3.00 %, 1.00 standard deviations above its 3-month mean +2.00 %"
    assert score.flip(view, 0) == "changes sign when y10 less y3m falls below its 3-month mean +2.00 %"
    assert score.words == "z-score of y10 less y3m over 3M, within 3"
    assert score.needs == ("y10", "y3m")


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: SpreadScore(""), "long"),
        (lambda: SpreadScore("y10", window=months(2)), "window"),
        (lambda: SpreadScore("y10", clip=0.0), "clip"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
