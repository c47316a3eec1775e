"""Carry: by hand, on some assets only, and its words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import ArrayView, Named, month_ends, panel, random_panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.signals.carry import Carry
from trimtab.signals.macro import Spread

nan = np.nan


def world(**rates: list[float]) -> ArrayView:
    """Three assets, and rates at month ends."""
    count = len(next(iter(rates.values())))
    dates = month_ends("2000-01", count)
    return panel(np.ones((count, 3)), **{name: Named(dates, dates, np.array(values)) for name, values in rates.items()})


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_on_each_asset_it_is_the_spread_of_its_own_yield(seed: int) -> None:
    view = random_panel(seed, 30, 3)
    found = Carry({"A2": "long", "A0": "prices"}, "short", threshold=0.001)
    assert same(found(view).values[:, 2], Spread("long", "short", threshold=0.001)(view).values[:, 2])
    assert same(found(view).values[:, 0], Spread("prices", "short", threshold=0.001)(view).values[:, 0])
    assert np.isnan(found(view).values[:, 1]).all()
    assert np.isnan(found.measure(view).values[:, 1]).all()


def test_by_hand() -> None:
    # 4 % less 3 % is up, .1 x 3 less .3 a tie, 2 % less 3 % down, and what is not known is not.
    view = world(gs10=[0.04, 0.1 * 3, 0.02, nan], bills=[0.03, 0.3, 0.03, 0.03])
    found = Carry({"A1": "gs10"}, "bills")
    assert same(found(view).values[:, 1], np.array([1.0, 0.0, -1.0, nan]))
    assert np.isnan(found(view).values[:, [0, 2]]).all()
    assert found.measure(view).values[0, 1] == pytest.approx(0.01)


def test_a_scale_measures_the_distance() -> None:
    # (.04 - .03 - .002) / .02 = .4; a carry of 5 % is clipped at 1, one of -5 % at -1
    view = world(gs10=[0.04, 0.08, -0.02], bills=[0.03, 0.03, 0.03])
    found = Carry({"A0": "gs10"}, "bills", threshold=0.002, scale=0.02)
    assert found(view).values[:, 0] == pytest.approx([0.4, 1.0, -1.0])


def test_words() -> None:
    view = world(gs10=[0.0465], dp=[0.01], bills=[0.023])
    found = Carry({"A0": "gs10", "A1": "dp"}, "bills")
    assert found.sentence(view, 0) == "gs10 4.65 % less bills 2.30 % is a carry of +2.35 %, above +0.00 %"
    assert found.flip(view, 0) == "flips when gs10 less bills falls below +0.00 %"
    assert found.flip(view, 1) == "flips when dp less bills rises above +0.00 %"
    assert found.sentence(view, 2) == "says nothing on A2"
    assert found.flip(view, 2) == ""
    assert found.words == "gs10, dp less bills against +0.00 %"
    assert found.needs == ("gs10", "dp", "bills")
    unknown = world(gs10=[nan], dp=[0.01], bills=[0.023])
    assert found.sentence(unknown, 0) == "carry unknown: gs10 or bills is not known yet"
    assert found.flip(unknown, 0) == ""


def test_an_asset_that_is_not_there_is_named() -> None:
    view = world(gs10=[0.04], bills=[0.03])
    with pytest.raises(ParameterError, match="yields names 'A11'") as caught:
        Carry({"A11": "gs10"}, "bills")(view)
    assert caught.value.field == "yields"
    assert "Did you mean A1?" in caught.value.remedy


def test_later_changes_to_the_callers_mapping_do_not_reach_it() -> None:
    yields = {"A0": "gs10"}
    found = Carry(yields, "bills")
    yields["A1"] = "dp"
    assert found == Carry({"A0": "gs10"}, "bills")


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Carry({}, "bills"), "yields"),
        (lambda: Carry({"A0": ""}, "bills"), "yields"),
        (lambda: Carry({"A0": "gs10"}, ""), "financing"),
        (lambda: Carry({"A0": "gs10"}, "bills", threshold=nan), "threshold"),
        (lambda: Carry({"A0": "gs10"}, "bills", scale=-1.0), "scale"),
        (lambda: Carry({"A0": "gs10"}, "bills", scale=np.inf), "scale"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: Any, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()
    assert caught.value.field == field
