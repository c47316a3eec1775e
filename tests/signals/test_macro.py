"""Spread: worked by hand, known late, and its words."""

from __future__ import annotations

import numpy as np
import pytest

from tests.signals.array_view import ArrayView, Named, month_ends, panel
from tests.signals.laws import same, walked
from trimtab.core.errors import ParameterError
from trimtab.core.terms import months
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


def quoted(values: list[float]) -> ArrayView:
    """A spread that is published as such, known at once."""
    dates = month_ends("2000-01", len(values))
    return panel(np.ones((len(values), 2)), T10Y3M=Named(dates, dates, np.array(values)))


def held(signal: Spread, view: ArrayView) -> list[float]:
    return walked(signal, signal(view).values)[:, 0].tolist()


def test_a_series_that_is_a_spread_itself() -> None:
    view = quoted([0.01, 0.0, -0.002, 1e-17, nan, 0.003])
    spread = Spread("T10Y3M")
    assert spread.needs == ("T10Y3M",)
    assert same(spread(view).values[:, 0], np.array([1.0, 0.0, -1.0, 0.0, nan, 1.0]))
    assert same(Spread("T10Y3M", threshold=0.01)(view).values[:, 0], np.array([0.0, -1.0, -1.0, -1.0, nan, -1.0]))
    assert same(spread.measure(view).values[:, 1], np.array([0.01, 0.0, -0.002, 1e-17, nan, 0.003]))


def test_a_tie_keeps_the_side() -> None:
    assert same(
        np.array(held(Spread("T10Y3M"), quoted([0.0, 0.01, 0.0, -0.01, 0.0, nan, 0.0]))), np.array([0, 1, 1, -1, -1, nan, -1])
    )


def test_confirmation_by_hand() -> None:
    # Three months on one side: + at the third; the -'s of months 4 and 6 are alone or two; months 6 to 8 are three.
    view = quoted([0.01, 0.01, 0.01, -0.01, 0.01, -0.01, -0.01, -0.01, 0.0, 0.01, 0.01, 0.01])
    spread = Spread("T10Y3M", confirm=months(3))
    assert same(spread(view).values[:, 0], np.array([nan, nan, 1, 0, 0, 0, 0, -1, 0, 0, 0, 1]))
    assert same(np.array(held(spread, view)), np.array([nan, nan, 1, 1, 1, 1, 1, -1, -1, -1, -1, 1]))
    assert same(Spread("T10Y3M", confirm=months(1))(view).values, Spread("T10Y3M")(view).values)


def test_confirmation_counts_months_on_daily_decisions() -> None:
    # Months end at + until June, then -; on 10 September the rows are that day, 31 August and 31 July.
    dates = np.arange(np.datetime64("2001-01-01"), np.datetime64("2001-10-01"))
    values = np.where(dates < np.datetime64("2001-07-15"), 0.01, -0.01)
    view = panel(np.ones((len(dates), 1)), first="2001-01", daily=True)
    view = ArrayView(
        dates,
        {name: np.ones((len(dates), 1)) for name in view.fields},
        list(range(len(dates))),
        {"s": Named(dates, dates, values)},
    )
    sides = Spread("s", confirm=months(3))(view).values[:, 0]
    first = dates[np.flatnonzero(sides == -1.0)[0]]
    assert first == np.datetime64("2001-09-01")  # the first day whose month, and the two before it, stand below
    assert np.isnan(sides[dates < np.datetime64("2001-03-01")]).all()
    assert (sides[(dates >= np.datetime64("2001-03-01")) & (dates < np.datetime64("2001-07-15"))] == 1.0).all()
    assert (sides[(dates >= np.datetime64("2001-07-15")) & (dates < np.datetime64("2001-09-01"))] == 0.0).all()


def test_an_unknown_month_is_no_confirmation() -> None:
    spread = Spread("T10Y3M", confirm=months(3))
    view = quoted([0.01, nan, 0.01, 0.01])
    assert np.isnan(spread(view).values).all()
    assert spread.sentence(view, 0) == "T10Y3M unknown: 2 of the last 3 months are known"
    assert spread.flip(view, 0) == ""


def test_words_of_a_confirmed_spread() -> None:
    spread = Spread("T10Y3M", confirm=months(3))
    up, mixed = quoted([0.01, 0.01, 0.005]), quoted([0.01, -0.01, 0.01])
    assert spread.sentence(up, 0) == "T10Y3M is +0.50 %, above +0.00 % for 3 months in a row"
    assert spread.flip(up, 0) == "flips when T10Y3M stays below +0.00 % for 3 months in a row"
    assert spread.sentence(mixed, 0) == "T10Y3M is +1.00 %, and was not on one side of +0.00 % for 3 months: the side stays"
    assert spread.flip(mixed, 0) == "turns when T10Y3M stays on one side of +0.00 % for 3 months in a row"
    assert spread.words == "T10Y3M against +0.00 %, for 3 months in a row"
    assert Spread("T10Y3M").sentence(quoted([nan]), 0) == "T10Y3M is not known yet"


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Spread("", "TB3MS"), "long"),
        (lambda: Spread("GS10", "TB3MS", threshold=nan), "threshold"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
    assert caught.value.what.startswith(field)
