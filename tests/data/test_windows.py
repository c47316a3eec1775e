"""Windows of rows by hand: which rows they are, and how they looked from their dates."""

from __future__ import annotations

import numpy as np
import pytest

from trimtab.core.terms import CLOSE, DAY, DIVIDEND, HIGH, LOW, MONTH, OPEN
from trimtab.data.market import Earlier
from trimtab.data.windows import PER_UNIT, gathered, in_units_of_today, known_windows, show_earlier, strided

NAN = float("nan")


def instants(*days: str) -> np.ndarray:
    return np.array(days, dtype="datetime64[s]")


def test_amounts_a_unit_are_prices_and_dividends() -> None:
    assert frozenset({OPEN, HIGH, LOW, CLOSE, DIVIDEND}) == PER_UNIT


def test_gathered_rows_are_the_ends_of_periods_and_then_the_row_itself() -> None:
    # periods end at rows 2, 5 and 9; decided at row 4 in period 1, and at row 7 in period 2
    ends, at, rows = np.array([2, 5, 9]), np.array([1, 2]), np.array([4, 7])
    assert gathered(ends, at, rows, 3).tolist() == [[-1, 2, 4], [2, 5, 7]]
    assert gathered(ends, at, rows, 1).tolist() == [[4], [7]]
    assert gathered(ends, at, rows, 0).shape == (2, 0)
    assert gathered(ends, np.array([0]), np.array([1]), 2).tolist() == [[-1, 1]]
    assert gathered(np.array([], dtype=int), np.array([0]), np.array([-1]), 2).tolist() == [[-1, -1]]


def test_a_strided_view_shows_what_is_missing_as_unknown_and_copies_nothing() -> None:
    values = np.arange(12.0).reshape(6, 2)
    found = strided(values, np.array([1, 3, 5]), 3)
    assert found is not None
    first = np.array([[NAN, NAN], [0.0, 1.0], [2.0, 3.0]])  # row 1 has one row before it, and lacks another
    assert np.array_equal(found[0], first, equal_nan=True)
    assert found[1:].tolist() == [values[1:4].tolist(), values[3:6].tolist()]
    late = strided(values, np.array([4]), 2)
    assert late is not None
    assert late.tolist() == [values[3:5].tolist()]
    assert np.shares_memory(late, values)
    full = strided(values, np.array([1]), 2)  # just enough rows: none is missing
    assert full is not None
    assert np.shares_memory(full, values)
    assert full.tolist() == [values[:2].tolist()]
    assert not full.flags.writeable


@pytest.mark.parametrize(("at", "n", "assets"), [([], 2, 2), ([3], 0, 2), ([3], 2, 1), ([1, 2, 4], 2, 2)])
def test_what_is_not_evenly_spaced_is_no_view(at: list[int], n: int, assets: int) -> None:
    assert strided(np.zeros((6, assets)), np.array(at, dtype=int), n) is None


def test_a_batch_of_even_rows_is_a_view() -> None:
    found = strided(np.arange(12.0).reshape(6, 2), np.array([1, 2, 3]), 2)
    assert found is not None
    assert found[:, 0, 0].tolist() == [0.0, 2.0, 4.0]


def test_a_view_lies_in_memory_row_by_row_however_the_values_lie() -> None:
    sideways = strided(np.asfortranarray(np.arange(12.0).reshape(6, 2)), np.array([2, 3]), 2)
    assert sideways is not None
    assert (sideways.strides, sideways[0].tolist()) == ((16, 16, 8), [[2.0, 3.0], [4.0, 5.0]])


DATES = np.array(["2020-01-31", "2020-02-28", "2020-03-31"], dtype="datetime64[D]")


def test_periods_known_in_order_end_at_the_latest_known_one() -> None:
    first = instants("2020-02-10", "2020-03-10", "2020-04-10")
    cutoffs = instants("2020-02-09", "2020-02-10", "2020-04-09", "2020-04-10")
    assert known_windows(DATES, first, cutoffs, 2, MONTH).tolist() == [[-1, -1], [-1, 0], [0, 1], [1, 2]]
    assert known_windows(DATES, first, cutoffs, 2, DAY).tolist() == [[-1, -1], [-1, 0], [0, 1], [1, 2]]


def test_a_period_that_is_printed_late_is_not_there_until_then() -> None:
    # February comes after March: until then, March follows January
    first = instants("2020-02-10", "2020-05-10", "2020-04-10")
    cutoffs = instants("2020-02-09", "2020-02-10", "2020-04-10", "2020-05-09", "2020-05-10")
    found = known_windows(DATES, first, cutoffs, 2, MONTH).tolist()
    assert found == [[-1, -1], [-1, 0], [0, 2], [0, 2], [1, 2]]
    assert known_windows(DATES, first, cutoffs[-1:], 4, MONTH).tolist() == [[-1, 0, 1, 2]]


def test_what_traded_before_a_split_is_divided_in_windows_that_reach_past_it() -> None:
    # rows 0 to 3, split of asset 1 two for one at row 2; windows of two rows, decided at rows 0 to 3
    source = np.array([[-1, 0], [0, 1], [1, 2], [2, 3]])
    out = np.full((4, 2, 2), 8.0)
    in_units_of_today(out, source, np.array([0, 1, 2, 3]), (2, 1, 2.0))
    assert out[:, :, 0].tolist() == [[8.0, 8.0]] * 4  # the other asset has no split
    assert out[:, :, 1].tolist() == [[8.0, 8.0], [8.0, 8.0], [4.0, 8.0], [8.0, 8.0]]
    rows = np.array([[-1, 2]])  # what lies before the start is left alone
    early = np.full((1, 2, 2), 8.0)
    in_units_of_today(early, rows, np.array([2]), (2, 1, 2.0))
    assert early.tolist() == [[[8.0, 8.0], [8.0, 8.0]]]
    from_the_first = np.full((1, 2, 2), 8.0)
    in_units_of_today(from_the_first, np.array([[0, 1]]), np.array([1]), (1, 1, 2.0))
    assert from_the_first[0, :, 1].tolist() == [4.0, 8.0]
    in_units_of_today(np.zeros((1, 0, 2)), np.zeros((1, 0), dtype=int), np.array([2]), (1, 1, 2.0))  # no rows: nothing to do


def test_a_restated_value_stands_as_it_stood_from_its_first_to_before_its_last_instant() -> None:
    cutoffs = instants("2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04")
    out, source = np.zeros((4, 2, 2)), np.array([[0, 1]] * 4)
    since, until = instants("2020-01-02", "2020-01-04")
    show_earlier(out, source, cutoffs, Earlier(1, 0, since, until, 5.0))
    assert out[:, :, 0].tolist() == [[0.0, 0.0], [0.0, 5.0], [0.0, 5.0], [0.0, 0.0]]
    assert not out[:, :, 1].any()
