"""RealYield: by hand, against pandas, stale data, and its words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import ArrayView, Named, month_ends, panel, random_panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.signals.real_yield import RealYield

nan = np.nan
REAL = RealYield("gs10", "cpi")


def world(yields: Any, index: Any, *, days_late: int = 0) -> ArrayView:
    """Yields and a price index at month ends, decisions at each of them."""
    dates = month_ends("2000-01", len(index))
    known = dates + np.timedelta64(days_late, "D")
    series = {"gs10": Named(dates, dates, np.asarray(yields, float)), "cpi": Named(dates, known, np.asarray(index, float))}
    return panel(np.ones((len(index), 2)), **series)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_it_is_what_pandas_says(seed: int) -> None:
    view = random_panel(seed, 40, 2)
    rise = pd.Series(view.named["prices"].values).pct_change(12)
    want = (pd.Series(view.named["long"].values) - rise).shift(1)  # both are known ten days late
    found = RealYield("long", "prices")
    assert np.allclose(found.measure(view).values[:, 0], want, equal_nan=True)
    assert same(found(view).values[:, 1], np.sign(want.to_numpy()))


def test_by_hand() -> None:
    # 103 after 100 a year before: 3 %. A yield of 5 % is 2 % real; 3 % is a tie, though 103/100 - 1 is not .03; 1 % is below.
    index = np.append(np.full(12, 100.0), [103.0, 103.0, 103.0])
    view = world(np.append(np.full(12, 0.05), [0.05, 0.03, 0.01]), index)
    assert 103.0 / 100.0 - 1.0 != 0.03
    assert same(REAL(view).values[:, 0], np.array([nan] * 12 + [1.0, 0.0, -1.0]))
    assert REAL.measure(view).values[12, 0] == pytest.approx(0.02)
    assert RealYield("gs10", "cpi", threshold=0.02)(view).values[12, 0] == 0.0
    assert RealYield("gs10", "cpi", threshold=0.03)(view).values[12, 0] == -1.0


def test_prices_that_stand_still_leave_the_nominal_yield() -> None:
    view = world([0.01] * 13, [100.0] * 13)
    assert REAL.measure(view).values[12, 0] == pytest.approx(0.01)
    assert REAL(world([0.0] * 13, [100.0] * 13)).values[12, 0] == 0.0
    rounded = world([0.0] * 13, [0.1 + 0.2] * 12 + [0.3])  # differs in the last bit
    assert REAL(rounded).values[12, 0] == 0.0


def test_words() -> None:
    view = world([0.05] * 13, np.append(np.full(12, 100.0), 103.0))
    assert REAL.sentence(view, 0) == "gs10 +5.00 % less +3.00 % of cpi over 12 months is +2.00 %, above +0.00 %"
    assert REAL.flip(view, 0) == "flips when gs10 falls below +3.00 %"
    assert RealYield("gs10", "cpi", threshold=0.025).flip(view, 0) == "flips when gs10 rises above +5.50 %"
    assert RealYield("gs10", "cpi", threshold=0.02).flip(view, 0) == "turns as soon as gs10 leaves +5.00 %"
    assert REAL.words == "gs10 less the 12-month rise of cpi against +0.00 %"
    assert REAL.needs == ("gs10", "cpi")


@pytest.mark.parametrize("spoilt", [0.0, -1.0, nan])
@pytest.mark.parametrize("at", [0, 12])
def test_an_index_that_is_missing_at_either_end_is_unknown(spoilt: float, at: int) -> None:
    index = np.linspace(100.0, 103.0, 13)
    index[at] = spoilt
    view = world([0.05] * 13, index)
    assert np.isnan(REAL(view).values).all()
    assert REAL.sentence(view, 0) == "real yield unknown: gs10 or twelve months of cpi are not known"
    assert REAL.flip(view, 0) == ""


def test_a_month_in_between_that_was_never_published_changes_nothing() -> None:
    """From 100 to 103 in twelve months is 3 %, whether the seventh has a row or not; counted by rows it would be thirteen."""
    whole = world([0.05] * 14, np.append(90.0, np.linspace(100.0, 103.0, 13)))
    cpi = whole.named["cpi"]
    kept = np.delete(np.arange(14), 7)
    short = Named(cpi.dates[kept], cpi.known[kept], cpi.values[kept])
    broken = ArrayView(whole.sessions, whole.fields, whole.rows, {**whole.named, "cpi": short})
    for view in (whole, broken):
        assert REAL.measure(view).values[-1, 0] == pytest.approx(0.02)
    missing = np.delete(np.arange(14), 1)  # the month that the last is held against
    short = Named(cpi.dates[missing], cpi.known[missing], cpi.values[missing])
    assert np.isnan(REAL(ArrayView(whole.sessions, whole.fields, whole.rows, {**whole.named, "cpi": short})).values[-1]).all()


def test_an_index_that_is_no_longer_published_falls_silent() -> None:
    # The last index is of 31 January 2001; 100 days later is 11 May: April's end still speaks, May's does not.
    view = world([0.05] * 18, np.append(np.linspace(100.0, 103.0, 13), np.full(5, nan)))
    cpi = view.named["cpi"]
    short = Named(cpi.dates[:13], cpi.known[:13], cpi.values[:13])
    view = ArrayView(view.sessions, view.fields, view.rows, {**view.named, "cpi": short})
    assert np.isfinite(REAL(view).values[:, 0]).tolist() == [False] * 12 + [True] * 4 + [False] * 2
    assert REAL.sentence(view.at(16), 0) == "real yield unknown: cpi is 120 days old, more than 100"
    assert np.isfinite(RealYield("gs10", "cpi", max_age=120)(view.at(16)).values).all()
    old = ArrayView(view.sessions, view.fields, [16], {"cpi": view.named["gs10"], "gs10": short})
    assert "gs10 is 120 days old" in REAL.sentence(old, 0)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: RealYield("", "cpi"), "nominal"),
        (lambda: RealYield("gs10", ""), "cpi"),
        (lambda: RealYield("gs10", "cpi", threshold=nan), "threshold"),
        (lambda: RealYield("gs10", "cpi", max_age=0), "max_age"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: Any, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()
    assert caught.value.field == field
