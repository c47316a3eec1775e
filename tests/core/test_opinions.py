"""Discretionary views: what a record must say, and which of them are held on a date."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.core.opinions import Opinion, standing

FIRST = np.datetime64("2021-01-01")
DATES = FIRST + np.arange(40)
CUTOFFS = DATES + np.timedelta64(22 * 3600, "s")


def opinion(stated: str, expires: str, by: str = "desk", gain: float = 0.03, **assets: float) -> Opinion:
    return Opinion(np.datetime64(stated, "s"), np.datetime64(expires), by, assets or {"A": 1.0, "B": -1.0}, gain, 0.5, "why")


def by_loop(said: list[Opinion], date: Any, cutoff: Any) -> list[Opinion]:
    """The views of one date, written out: told, not superseded by one told later, not expired."""
    told = [one for one in sorted(said, key=lambda one: one.stated) if one.stated <= cutoff]
    last = {one.subject: one for one in told}
    return [one for one in told if last[one.subject] is one and date <= one.expires]


@st.composite
def opinions(draw: st.DrawFn) -> list[Opinion]:
    found = []
    for _ in range(draw(st.integers(0, 6))):
        stated = CUTOFFS[draw(st.integers(0, 39))] + np.timedelta64(draw(st.integers(-1, 1)), "s")
        expires = stated.astype("datetime64[D]") + np.timedelta64(draw(st.integers(0, 20)), "D")
        assets = draw(st.sampled_from([{"A": 1.0}, {"A": -1.0}, {"A": 1.0, "B": -1.0}, {"A": -0.5, "B": 1.0}]))
        found.append(Opinion(stated, expires, draw(st.sampled_from(["x", "y"])), assets, 0.01, 0.5, "why"))
    return found


@given(opinions())
@settings(max_examples=60)
def test_each_date_holds_what_a_loop_finds(said: list[Opinion]) -> None:
    found = standing(said, DATES, CUTOFFS)
    assert [list(map(id, row)) for row in found] == [
        list(map(id, by_loop(said, date, cutoff))) for date, cutoff in zip(DATES, CUTOFFS, strict=True)
    ]


@given(opinions(), st.integers(0, 39))
@settings(max_examples=30)
def test_what_is_stated_later_changes_nothing(said: list[Opinion], d: int) -> None:
    told = [one for one in said if one.stated <= CUTOFFS[d]]
    assert standing(told, DATES, CUTOFFS)[: d + 1] == standing(said, DATES, CUTOFFS)[: d + 1]
    assert standing(said, DATES[d : d + 1], CUTOFFS[d : d + 1])[0] == standing(said, DATES, CUTOFFS)[d]


def test_one_that_has_expired_does_not_bring_back_the_one_it_replaced() -> None:
    long, short = opinion("2021-01-02", "2021-12-31"), opinion("2021-01-10", "2021-01-20", gain=0.01)
    held = [[one.gain for one in row] for row in standing((long, short), DATES, CUTOFFS)]
    assert held == [[]] + [[0.03]] * 8 + [[0.01]] * 11 + [[]] * 20


def test_the_subject_is_whose_view_it_is_and_which_assets_stand_against_which() -> None:
    one = opinion("2021-01-01", "2021-12-31")
    assert one.subject == dataclasses.replace(one, assets={"B": 0.7, "A": -0.7, "C": 0.0}).subject
    for other in ({"A": 1.0}, {"A": 1.0, "B": 1.0}, {"A": 1.0, "C": -1.0}):
        assert one.subject != dataclasses.replace(one, assets=other).subject
    assert one.subject != dataclasses.replace(one, author="other").subject


def test_of_two_stated_at_one_instant_the_last_counts() -> None:
    first, last = opinion("2021-01-02", "2021-12-31"), opinion("2021-01-02", "2021-12-31", gain=0.01)
    assert standing((first, last), DATES, CUTOFFS)[5] == (last,)


def test_nothing_said_is_nothing_held() -> None:
    assert standing((), DATES[:2], CUTOFFS[:2]) == ((), ())
    assert standing((opinion("2021-01-02", "2021-12-31"),), DATES[:0], CUTOFFS[:0]) == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("author", " "),
        ("reason", ""),
        ("assets", {}),
        ("assets", {"A": 0.0}),
        ("assets", {"A": np.inf}),
        ("gain", 3.0),
        ("gain", -1.0),
        ("gain", np.nan),
        ("confidence", 0.0),
        ("confidence", 60.0),
        ("expires", np.datetime64("2020-12-31")),
    ],
)
def test_what_a_record_must_say(field: str, value: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        dataclasses.replace(opinion("2021-01-01", "2021-12-31"), **{field: value})
    assert caught.value.field == field
    assert caught.value.remedy
