"""Rows of late series beside rows of prices."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.signals.array_view import ArrayView, Named, month_ends, panel, weekdays
from tests.signals.laws import same
from trimtab.core.terms import DAY, MONTH, WEEK, Step
from trimtab.signals.pairing import behind, ended_at

nan = np.nan


def beside(dates: np.ndarray, known: np.ndarray, sessions: np.ndarray) -> ArrayView:
    """A view from `sessions` with a series dated `dates` and known on `known`."""
    view = panel(np.ones(len(sessions)))
    return dataclasses.replace(view, sessions=sessions, named={"x": Named(dates, known, np.arange(len(dates), dtype=float))})


@pytest.mark.parametrize(("late", "steps"), [(0, 0.0), (1, 1.0), (27, 1.0), (40, 2.0)])
def test_months_are_counted_by_the_calendar(late: int, steps: float) -> None:
    ends = month_ends("2000-01", 6)
    assert behind(beside(ends, ends + late, ends), "x", MONTH)[-1] == steps


def test_a_stamp_anywhere_in_the_month_belongs_to_it() -> None:
    ends = month_ends("2000-01", 6)
    first = ends.astype("datetime64[M]").astype("datetime64[D]")
    assert behind(beside(first, ends, ends), "x", MONTH).tolist() == [0.0] * 6
    # From the middle of a month the latest is of the month before.
    assert behind(beside(first, ends, ends[1:] - 10), "x", MONTH).tolist() == [1.0] * 5


def test_weeks_run_from_monday_to_sunday() -> None:
    fridays = np.array(["2000-01-07", "2000-01-14"], dtype="datetime64[D]")
    sundays, mondays = fridays + 2, fridays + 3
    assert behind(beside(fridays, fridays, sundays), "x", WEEK).tolist() == [0.0, 0.0]
    assert behind(beside(fridays, fridays, mondays), "x", WEEK).tolist() == [1.0, 1.0]


def test_sessions_pair_with_the_day_itself_only() -> None:
    days = weekdays("2000-01-03", 4)
    assert behind(beside(days, days, days), "x", DAY).tolist() == [0.0] * 4
    assert np.isnan(behind(beside(days, days + 1, days), "x", DAY)).all()


@pytest.mark.parametrize("every", [DAY, WEEK, MONTH])
def test_nothing_known_is_unknown(every: Step) -> None:
    ends = month_ends("2000-01", 3)
    assert np.isnan(behind(beside(ends, ends + 1000, ends), "x", every)).all()


def test_rows_that_end_earlier_by_hand() -> None:
    rows = np.arange(10.0).reshape(2, 5, 1)
    got = ended_at(np.concatenate([rows, rows[:1]]), np.array([0, 2, -1]), 3)[..., 0]
    assert same(got, np.array([[2.0, 3.0, 4.0], [5.0, 6.0, 7.0], [nan, nan, nan]]))
