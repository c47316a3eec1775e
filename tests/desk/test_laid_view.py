"""Histories end to end: the calendar that repeats, memories side by side, and what a view of them refuses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import resampled_worlds as made
from trimtab.core.arrays import Array
from trimtab.core.calendar import Frequency, Step, period_number, steps_per_year
from trimtab.core.roles import State
from trimtab.core.terms import CLOSE, DAY, DIVIDEND, MONTH, TOTAL_RETURN, Stat
from trimtab.desk.asking import walk
from trimtab.desk.dates import decision_view
from trimtab.desk.laid_view import Abreast, LaidView, NotLaidError
from trimtab.desk.resampled_calendar import calendar, launch_row, month_ends, repeated, warm_up_years
from trimtab.signals.vote import Vote


@pytest.mark.parametrize(("per_year", "rows"), [(12, 120), (52, 520), (252, 2505)])
def test_a_calendar_of_whole_years(per_year: int, rows: int) -> None:
    """Ten years from 2001: seven days of 250 and three of 251 or so, where a month has fewer than 21 weekdays."""
    found = calendar(per_year, 10)
    assert len(found) == rows
    assert steps_per_year(found) == per_year
    assert (np.diff(found) > np.timedelta64(0, "D")).all()
    assert np.is_busday(found).all()
    assert len(month_ends(found)) == 120
    assert calendar(per_year, 3).tolist() == found[: len(calendar(per_year, 3))].tolist()


def test_every_year_of_the_cycle_has_250_sessions_at_least() -> None:
    years = calendar(252, 400).astype("datetime64[Y]").astype(int)
    assert np.bincount(years - years[0]).min() == 250


@pytest.mark.parametrize("per_year", [12, 52, 252])
def test_paths_have_the_same_periods(per_year: int) -> None:
    sessions = calendar(per_year, 3)
    laid = repeated(sessions, 30)
    assert (np.diff(laid) > np.timedelta64(0, "D")).all()
    for every in (*Frequency, *Step):
        number = period_number(laid, every).reshape(30, -1)
        assert (np.diff(number, axis=1) == np.diff(number[:1], axis=1)).all()


@pytest.mark.parametrize(
    ("reach", "per_year", "years"),
    [
        ({}, 12, 1),
        ({"M": 12}, 12, 1),
        ({"M": 13}, 12, 2),
        ({"D": 250}, 252, 1),
        ({"D": 251, "M": 3}, 252, 2),
        ({"W": 53}, 252, 2),
    ],
)
def test_the_warm_up_fills_every_window(reach: dict[str, int], per_year: int, years: int) -> None:
    assert warm_up_years(reach, per_year) == years
    row = launch_row(years, per_year)
    ends = month_ends(calendar(per_year, years + 1))
    assert row == ends[12 * years - 1]
    assert row + 1 >= reach.get("D", 0)


@dataclass(frozen=True)
class Sums:
    """A fold that is no latch: running sums, NaN left out."""

    def start(self, row: Array) -> State:
        return (np.zeros(row.shape),)

    def advance(self, state: State, row: Array) -> tuple[State, Array]:
        total = state[0] + np.nan_to_num(row)
        return (total,), np.where(np.isnan(row), np.nan, total)


@given(st.integers(1, 4), st.integers(0, 3), st.integers(1, 5), st.integers(0, 10**6), st.booleans())
@settings(max_examples=30)
def test_memories_are_walked_side_by_side(paths: int, first: int, more: int, seed: int, latch: bool) -> None:
    """Each history by itself, from its launch on; rows before it are left as they are."""
    rng = np.random.default_rng(seed)
    rows = rng.choice([-1.0, 0.0, 0.5, 1.0, np.nan], (paths, first + more, 3))
    component = Vote(hysteresis=0.6 if seed % 2 else 0.0) if latch else Sums()
    found = Abreast(paths, first)(component, rows.reshape(-1, 3)).reshape(rows.shape)
    for path, mine in zip(rows, found, strict=True):
        assert np.array_equal(mine[first:], walk(component, path[first:]), equal_nan=True)
    nothing = Abreast(paths, first)(object(), rows.reshape(-1, 3)).reshape(rows.shape)
    assert np.array_equal(nothing, rows, equal_nan=True)


def test_a_latch_that_keeps_nothing_is_not_walked() -> None:
    rows = np.array([[1.0], [-1.0], [np.nan], [1.0]])
    assert Abreast(2, 0)(Vote(), rows) is rows
    assert Abreast(2, 0)(Vote(), rows[:, :0]).size == 0


def test_a_view_notes_its_reach_and_refuses_what_windows_do_not_say() -> None:
    held = made.policy(signals={"level": {"use": "spread", "long": "rates", "short": "bills", "assets": ["A"]}})
    view = LaidView.like(decision_view(held, made.market(held, bills=made.Kind.YIELD)))
    view.window(TOTAL_RETURN, 7, every=MONTH)
    view.window(TOTAL_RETURN, 5, every=MONTH)
    view.window(CLOSE, 1)
    view.series("rates", 1)
    assert (view.reach.rows, view.reach.daily, view.reach.prices) == ({"M": 7, "D": 1}, set(), set())
    view.stamps("rates", 3, every=DAY)
    view.window(CLOSE, 2)
    view.window(DIVIDEND, 1)
    assert (view.reach.daily, view.reach.prices) == ({"rates"}, {"close", "dividend"})
    for ask in (
        lambda: view.expanding(CLOSE, Stat.MEAN),
        lambda: view.expanding("rates", Stat.MEAN),
        view.opinions,
        lambda: view.only(0),
    ):
        with pytest.raises(NotLaidError):
            ask()
