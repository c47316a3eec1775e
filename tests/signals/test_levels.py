"""Levels of series: what counts as missing, and the words."""

from __future__ import annotations

import numpy as np
import pytest

from tests.signals.array_view import Named, month_ends, panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.signals.levels import crossing, fresh, latest, positive, require_finite, require_names

nan = np.nan


def test_what_is_not_above_zero_is_missing() -> None:
    found = positive(np.array([1.0, 0.0, -0.0, -2.0, nan, np.inf, -np.inf, 5e-324]))
    assert same(found, np.array([1.0, nan, nan, nan, nan, nan, nan, 5e-324]))


def test_the_latest_known_value_and_its_age() -> None:
    # Known ten days late: at the end of February (the 29th) January's value counts, of the 31st, 29 days old.
    dates = month_ends("2000-01", 2)
    view = panel(np.ones(2), x=Named(dates, dates + np.timedelta64(10, "D"), np.array([3.0, 4.0])))
    assert same(latest(view, "x"), np.array([nan, 3.0]))
    assert same(fresh(view, "x", 29), np.array([nan, 1.0]))
    assert same(fresh(view, "x", 28), np.array([nan, nan]))


def test_words() -> None:
    assert crossing("x", 1.0, "2 %") == "flips when x falls below 2 %"
    assert crossing("x", -1.0, "2 %") == "flips when x rises above 2 %"
    assert crossing("x", 0.0, "2 %") == "turns as soon as x leaves 2 %"
    assert crossing("x", nan, "2 %") == ""


def test_parameters_are_named_where_they_are_wrong() -> None:
    require_names(a="x")
    require_finite(b=1.0)
    with pytest.raises(ParameterError, match="b is empty") as caught:
        require_names(a="x", b="")
    assert caught.value.field == "b"
    with pytest.raises(ParameterError, match="c is inf") as caught:
        require_finite(b=0.0, c=np.inf)
    assert caught.value.field == "c"
