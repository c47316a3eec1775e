"""Which calendar years are whole: by how far apart the dates lie, and where the history begins and ends."""

from __future__ import annotations

import numpy as np
import pytest

from trimtab.numerics.calendar_returns import best_year, whole_years, worst_year, year_table


def dates(first: str, last: str, step: str) -> np.ndarray:
    if step == "weekday":
        every = np.arange(np.datetime64(first), np.datetime64(last) + 1)
        return every[np.is_busday(every)]
    if step == "week":
        return np.arange(np.datetime64(first), np.datetime64(last) + 1, 7)
    months = np.arange(np.datetime64(first[:7]), np.datetime64(last[:7]) + 1, {"month": 1, "quarter": 3, "year": 12}[step])
    return (months + 1).astype("datetime64[D]") - 1


@pytest.mark.parametrize(
    ("first", "last", "step", "whole"),
    [
        ("2001-01-02", "2003-12-31", "weekday", [True, True, True]),
        ("2001-01-02", "2003-12-01", "weekday", [True, True, False]),  # one day of December is no December
        ("2001-01-31", "2003-12-24", "weekday", [False, True, True]),
        ("2001-01-05", "2002-12-27", "week", [True, True]),
        ("2001-01-31", "2002-11-30", "month", [True, False]),
        ("2001-03-31", "2002-12-31", "quarter", [True, True]),
        ("2001-06-30", "2002-12-31", "quarter", [False, True]),
        ("2001-12-31", "2003-12-31", "year", [True, True, True]),
    ],
)
def test_whole_years(first: str, last: str, step: str, whole: list[bool]) -> None:
    assert whole_years(dates(first, last, step)).tolist() == whole


def test_a_stub_is_neither_best_nor_worst() -> None:
    """2001 makes 0 %, the stub of 2002 loses 38.8 % to its 1 December: only 2001 counts."""
    when = dates("2001-01-02", "2002-12-02", "weekday")
    returns = np.zeros(len(when))
    returns[-1] = -0.388
    assert worst_year(returns, when) == best_year(returns, when) == 0.0
    assert year_table(returns, when).totals[-1] == pytest.approx(-0.388)


def test_years_of_a_yearly_series_count() -> None:
    when = dates("2001-12-31", "2003-12-31", "year")
    assert best_year(np.array([0.1, -0.2, 0.3]), when) == pytest.approx(0.3)
    assert worst_year(np.array([0.1, -0.2, 0.3]), when) == pytest.approx(-0.2)
