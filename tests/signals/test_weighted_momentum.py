"""Momentum over several lookbacks: the published score by hand and against pandas, its flip, its words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import Named, month_ends, panel, random_panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TOTAL_RETURN, Span, months, sessions
from trimtab.signals.weighted_momentum import WeightedMomentum

nan = np.nan


def test_the_score_of_the_paper_by_hand() -> None:
    # 100 a year and half a year ago, 110 three months and 125 one month ago, 130 now:
    # (12 x .04 + 4 x .181818 + 2 x .30 + .30) / 4 = (.48 + .727273 + .6 + .3) / 4 = .526818.
    rows = [100.0] * 9 + [110.0] + [120.0, 125.0, 130.0]
    assert WeightedMomentum()(panel(rows)).values[-1, 0] == pytest.approx(0.52681818, abs=1e-8)
    # As the ratios of its other print: 12 p0/p1 + 4 p0/p3 + 2 p0/p6 + p0/p12 - 19, a quarter of it.
    assert WeightedMomentum()(panel(rows)).values[-1, 0] == pytest.approx(
        (12 * 130 / 125 + 4 * 130 / 110 + 2 * 130 / 100 + 130 / 100 - 19.0) / 4.0, abs=1e-12
    )


def test_in_excess_of_bills_by_hand() -> None:
    # 10 -> 10.3 in two months and 12 -> 10.3 in one; bills 1 -> 1.0302 and 1.02 -> 1.0302:
    # (3 x (-.141667 - .01) + 1 x (.03 - .0302)) / 2.
    dates = month_ends("2000-01", 3)
    view = panel([10.0, 12.0, 10.3], bills=Named(dates, dates, np.array([1.0, 1.02, 1.0302])))
    found = WeightedMomentum((months(1), months(2)), (3.0, 1.0), excess_of="bills")
    assert found(view).values[2, 0] == pytest.approx((3 * (-1.7 / 12 - 0.01) - 0.0002) / 2, abs=1e-12)
    assert found.sentence(view.at(2), 0).endswith("below zero (1M -15.2 %, 2M -0.0 % in excess of bills)")
    assert found.flip(view.at(2), 0) == ""
    assert found.needs == ("bills",)


def test_an_asset_that_is_the_bills_ties_with_them() -> None:
    bills = random_panel(1, 40, 1).named["bills"]
    held = panel(bills.values[:, None] * 0.1, bills=bills)
    assert set(WeightedMomentum(excess_of="bills")(held).values[12:, 0]) == {0.0}


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_against_pandas(seed: int) -> None:
    view = random_panel(seed, 60, 3, gaps=0.02)
    frame = pd.DataFrame(view.fields[TOTAL_RETURN])
    parts = [(12, 1), (4, 3), (2, 6), (1, 12)]
    expected = sum(weight * (frame / frame.shift(span) - 1.0) for weight, span in parts) / 4.0
    np.testing.assert_allclose(WeightedMomentum()(view).values, expected.to_numpy(), atol=1e-13)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_its_flip_is_the_close_at_which_it_turns(seed: int) -> None:
    signal = WeightedMomentum((months(1), months(3)), (3.0, 1.0))
    view = random_panel(seed, 20, 1).at(19)
    said = signal.flip(view, 0)
    level = float(said.split()[2])
    step = 0.011  # the price is said to the cent
    last = view.fields[TOTAL_RETURN][19, 0] / view.window(next(f for f in view.fields if f.name == "close"), 1)[0, 0, 0]
    for close, sign in ((level - step, -1.0), (level + step, 1.0)):
        after = view.with_next("2001-09-28", close * last)
        assert np.sign(signal(after).values[0, 0]) == sign


def test_degenerate_markets() -> None:
    assert WeightedMomentum()(panel([0.1] * 14)).values[12:, 0].tolist() == [0.0, 0.0]
    assert np.isnan(WeightedMomentum()(panel([nan] * 14)).values).all()
    holed = [100.0] * 14
    holed[10] = nan  # three months before the last but one
    assert same(WeightedMomentum()(panel(holed)).values[11:, 0], np.array([nan, 0.0, nan]))


def test_words() -> None:
    view = panel([100.0] * 9 + [110.0, 120.0, 125.0, 130.0])
    said = WeightedMomentum().sentence(view.at(12), 0)
    assert said == (
        "weighted momentum over 1M, 3M, 6M, 12M +52.7 %, above zero (1M +4.0 %, 3M +18.2 %, 6M +30.0 %, 12M +30.0 %)"
    )
    assert WeightedMomentum().words == "mean of the total returns over 1M, 3M, 6M, 12M, times 12, 4, 2, 1"
    assert "unknown" in WeightedMomentum().sentence(view.at(3), 0)
    assert WeightedMomentum().measure(view).name == "weighted return over 1M, 3M, 6M, 12M"


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: WeightedMomentum((), ()), "lookbacks"),
        (lambda: WeightedMomentum((months(1), months(1)), (1.0, 1.0)), "lookbacks"),
        (lambda: WeightedMomentum((months(1), sessions(9)), (1.0, 1.0)), "lookbacks"),
        (lambda: WeightedMomentum((months(0),), (1.0,)), "lookbacks"),
        (lambda: WeightedMomentum((months(1),), (1.0, 2.0)), "weights"),
        (lambda: WeightedMomentum((months(1),), (-1.0,)), "weights"),
        (lambda: WeightedMomentum((months(1),), (0.0,)), "weights"),
        (lambda: WeightedMomentum((months(1),), (nan,)), "weights"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()
    assert caught.value.field == field


def test_weights_of_nothing_need_no_price() -> None:
    assert WeightedMomentum((Span(1), Span(2)), (1.0, 0.0))(panel([1.0, 2.0, 3.0])).values[2, 0] == pytest.approx(0.25)
