"""Market cycles: they tile the dates and compound to the whole; the bear markets everyone dates; edges."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.real_files import closes
from trimtab.attribution.cycles import Part, Turn, cycles, turning_points
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.drawdown import drawdown_table
from trimtab.numerics.returns import returns_of

DAY = np.datetime64("2000-01-03")
PATH = st.integers(2, 120).flatmap(lambda n: arrays(float, n, elements=st.floats(-0.15, 0.18)))
RISE = st.sampled_from([None, 0.1, 0.2, 0.5])


def grown(returns: np.ndarray) -> np.ndarray:
    return 100.0 * np.cumprod(np.append(1.0, 1.0 + returns))


def dates_of(path: np.ndarray, step: int = 30) -> np.ndarray:
    return DAY + step * np.arange(len(path))


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(PATH, RISE, st.floats(0.05, 0.4))
def test_cycles_tile_the_dates_and_compound_to_the_whole(returns, rise, fall):
    index = grown(returns)
    dates, portfolio = dates_of(index), grown(returns[::-1] * 0.7)
    found = cycles(index, dates, portfolio, index, fall=fall, rise=rise)
    assert found[0].whole.first == dates[0]
    assert found[-1].whole.last == dates[-1]
    for one, following in pairwise(found):
        assert one.whole.last == following.whole.first
    for name, path in (("portfolio", portfolio), ("benchmark", index)):
        factors = [1.0 + getattr(one.whole, name) for one in found]
        assert math.prod(factors) == pytest.approx(path[-1] / path[0], rel=1e-10)
        for one in found:
            legs = [leg for leg in (one.down, one.up) if leg]
            assert math.prod(1.0 + getattr(leg, name) for leg in legs) == pytest.approx(
                1.0 + getattr(one.whole, name), rel=1e-10
            )
            assert legs[0].first == one.whole.first
            assert legs[-1].last == one.whole.last


@settings(max_examples=50)
@given(PATH, RISE, st.floats(0.05, 0.4))
def test_every_fall_is_deep_enough_and_turns_are_extremes(returns, rise, fall):
    index = grown(returns)
    turns = turning_points(index, fall=fall, rise=rise)
    ends = [*(turn.peak for turn in turns[1:]), len(index) - 1][: len(turns)]
    for k, (turn, end) in enumerate(zip(turns, ends, strict=True)):
        assert turn.peak < turn.trough <= end
        assert index[turn.trough] <= index[turn.peak] * (1.0 - fall) * (1.0 + 1e-9)
        risen = index[turn.trough :] >= index[turn.trough] * (1.0 + (rise or 9e9)) * (1.0 - 1e-12)
        over = turn.trough + int(risen.argmax()) if risen.any() else end  # with `rise` the fall ends here, and only here
        assert index[turn.trough] == index[turn.peak : over + 1].min()
        before = turns[k - 1].trough if k else 0
        assert index[turn.peak] == index[before : turn.trough + 1].max()
        assert turn.over or k == len(turns) - 1


@settings(max_examples=50)
@given(PATH, st.floats(0.05, 0.4))
def test_without_a_rise_falls_are_the_deep_drawdowns(returns, fall):
    index = grown(returns)
    deep = [d for d in drawdown_table(returns_of(index), count=999) if d.depth <= -fall * (1 + 1e-9)]
    turns = [t for t in turning_points(index, fall=fall) if index[t.trough] / index[t.peak] - 1.0 <= -fall * (1 + 1e-9)]
    assert [index[t.peak] for t in turns] == pytest.approx(
        [index[d.peak] for d in sorted(deep, key=lambda d: d.peak)], rel=1e-9
    )
    assert [t.over for t in turns] == [d.recovery is not None for d in sorted(deep, key=lambda d: d.peak)]


@settings(max_examples=20)
@given(PATH, RISE, st.floats(1e-3, 1e3))
def test_the_unit_of_the_index_does_not_matter(returns, rise, scale):
    index = grown(returns)
    assert [t.peak for t in turning_points(index, rise=rise)] == [t.peak for t in turning_points(scale * index, rise=rise)]


@settings(max_examples=20)
@given(PATH, RISE, st.integers(1, 100))
def test_the_future_moves_no_peak_that_was_known(returns, rise, seen):
    index = grown(returns)
    known, later = turning_points(index[:seen], rise=rise), turning_points(index, rise=rise)
    assert [t.peak for t in known] == [t.peak for t in later[: len(known)]]
    assert [t for t in known if t.over] == list(later[: sum(t.over for t in known)])


# --- worked examples ------------------------------------------------------------------------------------------------


def test_two_cycles_by_hand():
    index = np.array([100.0, 120.0, 96.0, 90.0, 120.0, 150.0, 130.0, 110.0, 140.0])
    # peaks 120 (row 1; 96 is 20 % below) and 150 (row 5; 110 is 26.7 % below); troughs 90 and 110
    assert turning_points(index) == (Turn(1, 3, over=True), Turn(5, 7, over=False))
    dates = dates_of(index, 365)
    before, full, last = cycles(index, dates, index**2, index)
    assert [one.part for one in (before, full, last)] == [Part.BEFORE, Part.FULL, Part.OPEN]
    assert [one.complete for one in (before, full, last)] == [False, True, False]
    assert before.down is None
    assert before.whole.benchmark == before.up.benchmark == pytest.approx(0.2)
    assert full.whole.benchmark == pytest.approx(150 / 120 - 1)
    assert full.down.benchmark == pytest.approx(90 / 120 - 1)
    assert full.up.benchmark == pytest.approx(150 / 90 - 1)
    assert full.whole.portfolio == pytest.approx((150 / 120) ** 2 - 1)
    assert full.whole.days == 4 * 365
    assert full.whole.benchmark_a_year == pytest.approx((150 / 120) ** 0.25 - 1)
    assert full.whole.portfolio_a_year == pytest.approx((150 / 120) ** 0.5 - 1)
    assert last.up.benchmark == pytest.approx(140 / 110 - 1)


def test_a_rise_ends_a_fall_below_its_peak():
    index = np.array([100.0, 70.0, 84.0, 88.0, 66.0, 101.0])  # 84 is 20 % above 70; 66 is 25 % below 88
    assert turning_points(index) == (Turn(0, 4, over=True),)
    assert turning_points(index, rise=0.2) == (Turn(0, 1, over=True), Turn(3, 4, over=True))


def test_exactly_the_threshold_counts():
    assert len(turning_points(np.array([0.7, 0.56]))) == 1  # 0.7 * 0.8 is 0.56 in numbers, and not quite in doubles
    assert turning_points(np.array([20.0, 10.3, 12.36]), rise=0.2)[0].over  # so is 10.3 * 1.2
    assert not turning_points(np.array([100.0, 80.01]))
    assert turning_points(np.array([100.0, 70.0, 84.0]), rise=0.2)[0].over


# --- the bear markets everyone dates ----------------------------------------------------------------------------------

BEARS = [  # closes of the S&P 500 at its last four peaks and troughs, as newspapers and S&P date them
    ("2000-03-24", "2002-10-09"),
    ("2007-10-09", "2009-03-09"),
    ("2020-02-19", "2020-03-23"),
    ("2022-01-03", "2022-10-12"),
]


def test_bear_markets_of_the_fund_that_holds_the_index():
    prices = closes()["SPY"].dropna()
    found = cycles(prices.to_numpy(), prices.index.to_numpy(), prices.to_numpy(), prices.to_numpy())
    assert [(one.down.first, one.down.last) for one in found[1:]] == [(day(peak), day(trough)) for peak, trough in BEARS]
    assert [one.part for one in found] == [Part.BEFORE, *[Part.FULL] * 3, Part.OPEN]
    assert math.isnan(found[3].down.benchmark_a_year)  # 33 days of 2020 are not put on a year


# --- edges ----------------------------------------------------------------------------------------------------------


def test_no_peak_is_one_row_that_is_no_cycle():
    (only,) = cycles(grown(np.full(30, 0.01)), dates_of(np.ones(31)), np.ones(31), np.ones(31))
    assert only.part is Part.BEFORE
    assert only.whole.portfolio == 0.0


def test_data_that_begin_in_a_fall_hold_no_full_first_cycle():
    index = np.array([100.0, 70.0, 101.0, 60.0, 120.0])
    found = cycles(index, dates_of(index), index, index)
    assert [one.part for one in found] == [Part.CUT, Part.OPEN]
    assert not found[0].complete


def test_a_low_on_the_last_day_has_no_way_up():
    index = np.array([100.0, 110.0, 85.0, 70.0])
    *_, last = cycles(index, dates_of(index), index, index)
    assert last.up is None
    assert (last.down.first, last.down.last, last.down.benchmark) == (dates_of(index)[1], dates_of(index)[3], 70 / 110 - 1)
    assert last.whole.last == last.down.last


def test_few_and_unknown_values():
    empty = np.empty(0)
    assert cycles(empty, dates_of(empty), empty, empty) == ()
    assert cycles(np.ones(1), dates_of(np.ones(1)), np.ones(1), np.ones(1)) == ()
    index = np.array([100.0, 120.0, 90.0, 130.0])
    lost = np.array([1.0, 0.0, 0.0, 0.0])
    young = np.array([np.nan, np.nan, 1.0, 1.1])
    before, last = cycles(index, dates_of(index), lost, young)
    assert before.whole.portfolio == -1.0
    assert math.isnan(last.whole.portfolio)  # of nothing
    assert math.isnan(before.whole.benchmark)
    assert last.up.benchmark == pytest.approx(0.1)


def test_the_door():
    good = np.array([100.0, 120.0, 90.0])
    dates = dates_of(good)
    for fall, rise in ((0.0, None), (1.0, None), (20.0, None), (np.nan, None), (0.2, 0.0), (0.2, np.nan)):
        with pytest.raises(ParameterError, match="Use fractions"):
            cycles(good, dates, good, good, fall=fall, rise=rise)
    for bad in (np.nan, 0.0, -1.0, np.inf):
        with pytest.raises(DataError, match="in row 1"):
            cycles(np.array([100.0, bad, 90.0]), dates, good, good)
    with pytest.raises(DataError, match="do not rise"):
        cycles(good, dates[::-1], good, good)
    with pytest.raises(ParameterError, match=r"portfolio has shape \(2,\)"):
        cycles(good, dates, good[:2], good)
