"""Where a live record lies in the fan that was stored before launch: ranks, places, ages, and the door."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.validation.test_expectations import futures
from trimtab.core.errors import DataError
from trimtab.numerics.performance import wealth as growth
from trimtab.validation.expectations import Expectations, expectations_of
from trimtab.validation.standing import Place, stand

MINE, OTHER = futures(1000, 5)
FAN = expectations_of(MINE, OTHER, per_year=12)


@settings(max_examples=15)
@given(st.integers(0, 999), st.integers(1, 60), st.floats(0.5, 1e6))
def test_a_path_of_the_fan_stands_where_its_rank_is(path, age, money):
    live = money * growth(MINE[path, :age]), growth(OTHER[path, :age])
    found = stand(FAN, *live)
    assert found.judged == age
    wealths = np.prod(1 + MINE[:, :age], axis=1)
    below = 100 * (wealths < wealths[path]).mean()
    assert found.wealth.percentile == pytest.approx(below, abs=2.5)  # percentiles are kept at every fifth
    assert found.wealth.value == pytest.approx(wealths[path])
    again = stand(FAN, 2 * live[0], 3 * live[1])
    assert again.wealth.percentile == pytest.approx(found.wealth.percentile, abs=1e-6)


# --- where a record stands ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ladder() -> Expectations:
    """101 paths of one period, from 0 % to +100 % by steps of 1 %, against a benchmark that stands still."""
    return expectations_of(np.arange(101)[:, None] / 100, np.zeros((101, 1)), per_year=1)


@pytest.mark.parametrize(
    ("wealth", "percentile", "place"),
    [
        (0.9, 0.0, Place.LOWEST),
        (1.03, 3.0, Place.BELOW),
        (1.05, 5.0, Place.INSIDE),
        (1.37, 37.0, Place.INSIDE),
        (1.95, 95.0, Place.INSIDE),
        (1.97, 97.0, Place.ABOVE),
        (2.5, 100.0, Place.HIGHEST),
    ],
)
def test_places_on_a_ladder(ladder, wealth, percentile, place):
    found = stand(ladder, np.array([1.0, wealth]), np.ones(2))
    assert found.wealth.percentile == pytest.approx(percentile, abs=0.01)
    assert found.wealth.place is place
    assert found.shortfall.place is place
    assert found.drawdown.percentile == pytest.approx(0.0 if wealth < 1.0 else 50.0)  # no path fell: the middle of equals
    assert found.inside is (place not in (Place.LOWEST, Place.BELOW))
    assert place.value in found.words


def test_a_record_between_before_and_beyond_the_ages_of_the_fan():
    days = expectations_of(np.full((3, 50), 0.01), np.zeros((3, 50)), per_year=252)
    path = growth(np.full(80, 0.01))
    assert stand(days, path[:31], np.ones(31)).judged == 21
    young = stand(days, path[:5], np.ones(5))
    assert (young.age, young.judged, young.inside) == (4, None, False)
    assert "too young" in young.words
    assert stand(days, path[:1], np.ones(1)).judged is None
    old = stand(days, path, np.ones(81))
    assert (old.age, old.judged) == (80, 50)
    assert (old.wealth.percentile, old.wealth.place) == (50.0, Place.INSIDE)


def test_ruin_is_below_every_path():
    found = stand(FAN, np.array([1.0, 0.5, 0.0]), np.ones(3))
    assert (found.wealth.place, found.drawdown.value, found.shortfall.value) == (Place.LOWEST, -1.0, -1.0)
    assert not found.inside


@pytest.mark.parametrize(
    ("wealth", "benchmark"),
    [
        ([], []),
        ([1.0, 2.0], [1.0]),
        ([0.0, 1.0], [1.0, 1.0]),
        ([1.0, np.nan], [1.0, 1.0]),
        ([1.0, 1.0], [1.0, 0.0]),
        ([1, -1], [1, 1]),
    ],
)
def test_live_values_that_are_none(wealth, benchmark):
    with pytest.raises(DataError):
        stand(FAN, np.array(wealth, dtype=float), np.array(benchmark, dtype=float))
