"""Spread: worked by hand, known late, and its words."""

from __future__ import annotations

import numpy as np
import pytest

from tests.signals.array_view import ArrayView, Named, month_ends, panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.signals.macro import Spread

nan = np.nan


def curve(long: list[float], short: list[float], *, days_late: int = 0) -> ArrayView:
    dates = month_ends("2000-01", len(long))
    known = dates + np.timedelta64(days_late, "D")
    series = {"GS10": Named(dates, known, np.array(long)), "TB3MS": Named(dates, known, np.array(short))}
    return panel(np.ones((len(long), 2)), **series)


def test_by_hand() -> None:
    # 5 - 3 = 2 points: up; 30 - 30: no opinion, though .1 x 3 and .3 differ in the last bit; 2 - 3: down; unknown.
    view = curve([0.05, 0.1 * 3, 0.02, nan], [0.03, 0.3, 0.03, 0.03])
    assert 0.1 * 3 != 0.3
    got = Spread("GS10", "TB3MS")(view).values
    assert same(got, np.array([[1.0, 1.0], [0.0, 0.0], [-1.0, -1.0], [nan, nan]]))


def test_threshold_by_hand() -> None:
    # .04 - .03 against .01 is a tie whatever the last bits of .04 - .03 are; .041 - .03 is above.
    view = curve([0.04, 0.041, 0.039], [0.03, 0.03, 0.03])
    assert Spread("GS10", "TB3MS", threshold=0.01)(view).values[:, 0].tolist() == [0.0, 1.0, -1.0]


def test_what_is_known_late_counts_late() -> None:
    # Ten days late: February's answer rests on January's values; in January nothing is known.
    view = curve([0.05, 0.02, 0.02], [0.03, 0.03, 0.03], days_late=10)
    assert same(Spread("GS10", "TB3MS")(view).values[:, 0], np.array([nan, 1.0, -1.0]))


def test_words() -> None:
    view = curve([0.0465], [0.023])
    spread = Spread("GS10", "TB3MS")
    assert spread.sentence(view, 0) == "GS10 4.65 % less TB3MS 2.30 % is +2.35 %, above +0.00 %"
    assert spread.flip(view, 0) == "flips when GS10 less TB3MS falls below +0.00 %"
    assert Spread("TB3MS", "GS10").flip(view, 0) == "flips when TB3MS less GS10 rises above +0.00 %"
    assert spread.sentence(curve([nan], [0.02]), 0) == "GS10 or TB3MS is not known yet"
    assert spread.flip(curve([nan], [0.02]), 0) == ""
    assert spread.flip(curve([0.02], [0.02]), 0) == "turns as soon as GS10 less TB3MS leaves +0.00 %"
    assert "level with" in spread.sentence(curve([0.02], [0.02]), 0)
    assert spread.words == "GS10 less TB3MS against +0.00 %"


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Spread("", "TB3MS"), "long"),
        (lambda: Spread("GS10", ""), "short"),
        (lambda: Spread("GS10", "TB3MS", threshold=nan), "threshold"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
    assert caught.value.what.startswith(field)
