"""Momentum: worked by hand, against pandas, and its words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import Named, month_ends, panel, random_panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.core.roles import Fold
from trimtab.core.terms import TOTAL_RETURN, months, sessions
from trimtab.signals.momentum import Momentum

nan = np.nan


def test_by_hand() -> None:
    # Two months back: 10 -> 11 up, 12 -> 9 down, 11 -> 11 no opinion.
    got = Momentum(months(2))(panel([10, 12, 11, 9, 11])).values[:, 0]
    assert same(got, np.array([nan, nan, 1, -1, 0]))


def test_skipping_the_last_month_by_hand() -> None:
    # Row 3 looks from row 0 to row 2 (10 -> 11 up), row 4 from row 1 to row 3 (12 -> 9 down).
    got = Momentum(months(2), months(1))(panel([10, 12, 11, 9, 11])).values[:, 0]
    assert same(got, np.array([nan, nan, nan, 1, -1]))


def test_in_excess_of_bills_by_hand() -> None:
    # 10 -> 10.3 in two months is 3 %; bills made 1.02 x 1.01 - 1 = 3.02 %: below. Then 12 -> 13 is 8.3 %: above.
    bills = Named(month_ends("2000-01", 4), month_ends("2000-01", 4), np.array([1.0, 1.02, 1.0302, 1.04]))
    view = panel([10, 12, 10.3, 13], bills=bills)
    assert same(Momentum(months(2), excess_of="bills")(view).values[:, 0], np.array([nan, nan, -1, 1]))
    assert Momentum(months(2))(view).values[2, 0] == 1.0
    said = Momentum(months(2), excess_of="bills").sentence(view, 0)
    assert said == "2-month total return +8.3 %, above +2.0 % of bills"
    assert Momentum(months(2), excess_of="bills").flip(view, 0) == ""


def test_in_excess_of_bills_over_the_same_rows() -> None:
    # Leaving out the last month: 10 -> 10.3 is 3 %, bills made 3.02 % in those months and lost it all in the last.
    bills = Named(month_ends("2000-01", 4), month_ends("2000-01", 4), np.array([1.0, 1.02, 1.0302, 0.5]))
    skipping = Momentum(months(2), months(1), excess_of="bills")
    assert skipping(panel([10, 12, 10.3, 13], bills=bills)).values[3, 0] == -1.0
    assert skipping.sentence(panel([10, 12, 10.3, 13], bills=bills), 0).endswith("+3.0 %, below +3.0 % of bills")


def test_an_asset_that_is_the_bills_ties_with_them() -> None:
    view = random_panel(1, 40, 1)
    bills = view.named["bills"].values[:, None]
    held = panel(bills * 0.1, bills=view.named["bills"])
    assert set(Momentum(excess_of="bills")(held).values[12:, 0]) == {0.0}


@pytest.mark.parametrize("price", [0.1, 1 / 3, 1e-9, 7e12])
def test_no_change_is_no_opinion(price: float) -> None:
    assert Momentum()(panel([price] * 14)).values[12:, 0].tolist() == [0.0, 0.0]
    assert not isinstance(Momentum(), Fold)


def test_gaps_between_the_ends_do_not_matter() -> None:
    assert Momentum(months(2))(panel([10, nan, 11])).values[2, 0] == 1.0
    assert np.isnan(Momentum(months(2))(panel([nan, 10, 11])).values[2, 0])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), lookback=st.integers(1, 20), skip=st.integers(0, 5))
def test_against_pandas(seed: int, lookback: int, skip: int) -> None:
    view = random_panel(seed, 60, 3, gaps=0.02)
    frame = pd.DataFrame(view.fields[TOTAL_RETURN])
    returns = frame.shift(skip) / frame.shift(skip + lookback) - 1.0
    assert same(Momentum(months(lookback), months(skip))(view).values, np.sign(returns).to_numpy())


def test_words() -> None:
    view = panel([100, 104, 90, 108.4])
    assert Momentum(months(3)).sentence(view, 0) == "3-month total return +8.4 %, above zero"
    # The next window starts at 104: a close below that is a loss.
    assert Momentum(months(3)).flip(view, 0) == "flips below 104.00 at the next month-end close"
    assert Momentum(months(3), months(1)).sentence(view, 0).endswith("unknown: history is too short")
    # Leaving out the last month: now 100 -> 90, next 104 -> 108.4, known already.
    skipping = Momentum(months(2), months(1))
    assert skipping.sentence(view, 0) == "2-month total return leaving out the last 1M -10.0 %, below zero"
    assert skipping.flip(view, 0) == "turns to +1 at the next month-end close, whatever it is"
    assert skipping.flip(panel([100, 104, 90, 91]), 0) == "no close flips it at the next month-end close"
    assert Momentum(sessions(2)).flip(panel([3, 2, 1], daily=True), 0) == "flips above 2.00 at the next close"
    assert Momentum(months(2)).flip(panel([3, 2, 3]), 0).startswith("turns up above 2.00, down below 2.00")
    assert Momentum().words == "sign of the 12-month total return against zero"


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), skip=st.integers(0, 2))
def test_the_next_close_does_what_the_words_say(seed: int, skip: int) -> None:
    view = panel(random_panel(seed, 12, 1).fields[TOTAL_RETURN])
    signal = Momentum(months(4), months(skip))
    now, said = signal(view.at(11)).values[0, 0], signal.flip(view.at(11), 0)
    after = [signal(view.with_next("2001-01-31", close)).values[0, 0] for close in (0.01, 1e6)]
    if "whatever" in said:
        assert after == [-now, -now]
        assert f"{-now:+.0f}" in said
    elif said.startswith("no close"):
        assert after == [now, now]
    else:
        level = float(said.split()[2])
        assert [signal(view.with_next("2001-01-31", level + c)).values[0, 0] for c in (-0.02, 0.02)] == [-1.0, 1.0]


@pytest.mark.parametrize(
    ("make", "field"),
    [(lambda: Momentum(months(0)), "lookback"), (lambda: Momentum(months(12), sessions(21)), "skip")],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
    assert caught.value.what.startswith(field)


def test_nothing_to_skip_has_no_step() -> None:
    assert Momentum(sessions(21)).rows == sessions(22)  # the default skip is written in months
