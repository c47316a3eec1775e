"""Trend and Crossover: worked by hand, against pandas, and the words with the numbers in them."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import panel, random_panel
from tests.signals.laws import same, walked
from trimtab.core.errors import ParameterError
from trimtab.core.terms import CLOSE, MONTH, TOTAL_RETURN, WEEK, Span, months, sessions
from trimtab.signals.trend import Crossover, Trend

nan = np.nan


def sides(signal: Trend | Crossover, index: list[float], *, daily: bool = False) -> list[float]:
    return signal(panel(index, daily=daily)).values[:, 0].tolist()


def test_three_month_average_by_hand() -> None:
    # month 3: 12 against (10 + 11 + 12) / 3 = 11: above. 4: 9 against (11 + 12 + 9) / 3 = 10.67: below.
    # month 5: 10 against (12 + 9 + 10) / 3 = 10.33: below. 6: 9.5 against (9 + 10 + 9.5) / 3 = 9.5: a tie.
    got = sides(Trend(months(3)), [10, 11, 12, 9, 10, 9.5])
    assert same(np.array(got), np.array([nan, nan, 1, -1, -1, 0]))
    assert same(walked(Trend(), np.array(got)[:, None])[:, 0], np.array([nan, nan, 1, -1, -1, -1]))


def test_band_by_hand() -> None:
    # Two-month averages and a band of 5 %: 110 against 105 x 1.05 = 110.25: inside. 121 against 115.5 x 1.05 = 121.275:
    # inside. 140 against 130.5 x 1.05 = 137.03: above. 133 against 136.5 x .95 = 129.7: inside. 110 against
    # 121.5 x .95 = 115.4: below.
    got = sides(Trend(months(2), band=0.05), [100, 110, 121, 140, 133, 110])
    assert same(np.array(got), np.array([nan, 0, 0, 1, 0, -1]))
    assert same(walked(Trend(), np.array(got)[:, None])[:, 0], np.array([nan, 0, 0, 1, 1, -1]))


def test_edges_of_the_band_are_inside() -> None:
    # Two rows and a band of 1/3: the mean of 50 and 100 is 75, its upper edge 100, its lower edge 50. An edge is a tie.
    assert sides(Trend(months(2), band=1 / 3), [50, 100])[1] == 0.0
    assert sides(Trend(months(2), band=1 / 3), [50, 100.0001])[1] == 1.0
    assert sides(Trend(months(2), band=1 / 3), [100, 50])[1] == 0.0
    assert sides(Trend(months(2), band=1 / 3), [100, 49.9999])[1] == -1.0


@pytest.mark.parametrize("price", [0.1, 1 / 3, 100.1, 1e-9, 7e12])
def test_a_constant_price_ties_with_its_own_mean(price: float) -> None:
    assert sides(Trend(), [price] * 12)[9:] == [0.0] * 3
    assert sides(Crossover(months(3), months(7)), [price] * 9)[6:] == [0.0] * 3


def test_unknown_rows_leave_the_state_as_it_is() -> None:
    rows = np.array([[nan], [0.0], [1.0], [nan], [0.0], [-1.0], [nan], [0.0]])
    expected = np.array([nan, 0, 1, nan, 1, -1, nan, -1])  # before the first side nothing is known: 0
    assert same(walked(Trend(), rows)[:, 0], expected)


def test_memory_is_replaced_not_written_into() -> None:
    fold = Trend()
    state = fold.start(np.zeros(2))
    row = np.array([1.0, nan])
    kept = state[0].copy(), row.copy()
    fold.advance(state, row)
    assert same(state[0], kept[0])
    assert same(row, kept[1])


def test_a_month_so_far_replaces_the_month_before_only_when_it_ends() -> None:
    # Daily closes: the 2-month window on 2000-02-15 holds the last session of January and that day itself.
    index = np.full(45, 100.0)
    index[20] = 80.0  # Monday 2000-01-31
    view = panel(index, daily=True)
    assert str(view.sessions[20]) == "2000-01-31"
    assert Trend(months(2))(view).values[31, 0] == 1.0  # 100 against 90
    index[20], index[19] = 100.0, 80.0  # a low that is no month-end is not seen
    assert Trend(months(2))(panel(index, daily=True)).values[31, 0] == 0.0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 30), fast=st.integers(1, 9), band=st.sampled_from([0.0, 0.02, 0.1]))
def test_sides_against_pandas(seed: int, n: int, fast: int, band: float) -> None:
    view = random_panel(seed, 60, 3, gaps=0.02)
    frame = pd.DataFrame(view.fields[TOTAL_RETURN])
    slow, quick = frame.rolling(n + fast).mean(), frame.rolling(fast).mean()

    def expected(value: pd.DataFrame, level: pd.DataFrame) -> np.ndarray:
        out = (value > level * (1 + band)).astype(float) - (value < level * (1 - band)).astype(float)
        return out.where(value.notna() & level.notna()).to_numpy()

    assert same(Trend(months(n + fast), band)(view).values, expected(frame, slow))
    assert same(Crossover(months(fast), months(n + fast), band)(view).values, expected(quick, slow))


def test_a_fast_average_of_one_row_is_the_price() -> None:
    view = random_panel(3, 50, 3)
    assert same(Crossover(months(1), months(10), 0.02)(view).values, Trend(months(10), 0.02)(view).values)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 12), skip=st.integers(0, 9), band=st.sampled_from([0.0, 0.03]))
def test_what_is_skipped_is_what_it_said_so_many_rows_before(seed: int, n: int, skip: int, band: float) -> None:
    """On rows of one step the whole answer moves by `skip`, gaps in what is skipped included."""
    view = random_panel(seed, 60, 3, gaps=0.02)
    plain, late = Trend(months(n), band)(view).values, Trend(months(n), band, skip=months(skip))(view).values
    assert same(late[skip:], plain[: len(plain) - skip])
    assert np.isnan(late[:skip]).all()


def test_skipping_a_month_by_hand() -> None:
    # One month left out of two-month averages. Month 3: 12 against (10 + 12) / 2 = 11 was month 2's answer: above; 9 is not
    # looked at. Month 4: 9 against (12 + 9) / 2 = 10.5: below, whatever 30 says.
    got = Trend(months(2), skip=months(1))(panel([10, 12, 9, 30])).values[:, 0]
    assert same(got, np.array([nan, nan, 1.0, -1.0]))


def test_within_a_month_what_is_skipped_are_month_ends() -> None:
    # On 15 February a month left out of two: the ends of January and December stand, and no day of February counts.
    days = np.append(np.datetime64("1999-12-31"), panel(np.full(45, 110.0), daily=True).sessions)
    index = np.append(100.0, np.full(45, 110.0))[:, None]
    view = panel(np.full(46, 110.0), daily=True)
    for price in (1.0, 500.0):
        index[22:, 0] = price  # from 1 February on
        now = dataclasses.replace(view, sessions=days, fields={TOTAL_RETURN: index, CLOSE: index}, rows=[32])
        assert Trend(months(2), skip=months(1))(now).values[0, 0] == 1.0


def test_nothing_skipped_is_one_policy_however_it_is_written() -> None:
    assert Trend(sessions(200), skip=sessions(0)) == Trend(sessions(200)) == Trend(sessions(200), skip=months(0))


# ----- words -----


def test_words_with_the_numbers_in_them() -> None:
    # (9 x 520.7222 + 541.2) / 10 = 522.77; falls below the mean of the nine newer rows.
    view = panel([500.0, *[520.0 + k for k in range(8)], 541.2])
    average = (500.0 + sum(520.0 + k for k in range(8)) + 541.2) / 10
    assert Trend().sentence(view, 0) == f"month-end close 541.20 above its 10-month average {average:.2f}"
    nine = (sum(520.0 + k for k in range(8)) + 541.2) / 9
    assert Trend().flip(view, 0) == f"flips below {nine:.2f} at the next month-end close"


def test_words_of_every_case() -> None:
    up, down, flat = panel([100, 100, 130]), panel([100, 100, 70]), panel([100, 100, 100])
    trend, banded = Trend(months(3)), Trend(months(3), band=0.02)
    assert trend.sentence(down, 0) == "month-end close 70.00 below its 3-month average 90.00"
    assert trend.sentence(flat, 0) == "month-end close 100.00 level with its 3-month average 100.00"
    assert trend.flip(flat, 0) == "turns up above 100.00, down below 100.00 at the next month-end close"
    assert banded.sentence(up, 0) == "month-end close 130.00 more than 2 % above its 3-month average 110.00"
    assert banded.sentence(flat, 0) == "month-end close 100.00 within 2 % of its 3-month average 100.00"
    # p = (200 + p) / 3 x 1.02 at 200 x 1.02 / 1.98 = 103.03; x .98 at 200 x .98 / 2.02 = 97.03
    assert banded.flip(flat, 0) == "turns up above 103.03, down below 97.03 at the next month-end close"
    assert trend.sentence(panel([100, nan, 130]), 0) == "3-month average unknown: 2 of 3 closes are known"
    assert Trend(sessions(3)).sentence(panel([1, 2, 3], daily=True), 0) == "close 3.00 above its 3-day average 2.00"
    assert Crossover(months(2), months(3)).sentence(up, 0) == "2-month average 115.00 above its 3-month average 110.00"
    assert Trend(months(3), band=0.02).words == "price against its 3-month average, with a band of 2 %"


def test_the_words_say_what_is_left_out() -> None:
    signal = Trend(months(3), skip=months(1))
    view = panel([100.0, 110.0, 120.0, 60.0])  # 120 against 110; next month 60 against (110 + 120 + 60) / 3
    assert signal.sentence(view, 0) == "month-end close 120.00 above its 3-month average 110.00 leaving out the last 1M"
    assert signal.flip(view, 0) == "turns to -1 at the next month-end close, whatever it is"
    assert signal.measure(view).name == "above its 3-month average leaving out the last 1M"
    assert signal.measure(view).values[-1, 0] == pytest.approx(120.0 / 110.0 - 1.0)
    assert signal.words == "price against its 3-month average leaving out the last 1M"
    assert signal.flip(panel([100.0, 110.0, 120.0, 130.0]), 0) == "no close flips it at the next month-end close"
    assert signal.sentence(panel([nan, 110.0, 120.0, 60.0]), 0) == (
        "3-month average unknown: 2 of 3 closes are known leaving out the last 1M"
    )
    assert signal.flip(panel([100.0, 110.0, 120.0, nan]), 0) == ""  # the side to come is unknown, whatever the next close is
    band = Trend(months(3), band=0.5, skip=months(1))
    assert band.flip(panel([1.0, 1.0, 100.0, 60.0]), 0) == "no close flips it at the next month-end close"  # inside: it holds


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), skip=st.integers(1, 3), close=st.sampled_from([0.01, 60.0, 1e6]))
def test_a_side_to_come_is_foretold_whatever_the_next_close_is(seed: int, skip: int, close: float) -> None:
    signal, view = Trend(months(4), band=0.03, skip=months(skip)), random_panel(seed, 12, 1).scaled(50.0)
    view = dataclasses.replace(view, fields={TOTAL_RETURN: view.fields[CLOSE], CLOSE: view.fields[CLOSE]})
    now, said = float(signal(view.at(11)).values[0, 0]), signal.flip(view.at(11), 0)
    coming = float(signal(view.with_next("2001-01-31", close)).values[0, 0])
    told = re.search(r"turns to ([+-]\d)", said)
    assert (float(told[1]) if told else now) == (coming or now)


def test_within_the_month_the_last_row_will_be_replaced() -> None:
    # The window on 15 February: 100 (December), 110 (January), 120 (so far). The next close replaces 120:
    # p < (100 + 110 + p) / 3 below 105.
    view = panel(np.full(45, 110.0), daily=True)
    sessions_ = np.append(np.datetime64("1999-12-31"), view.sessions)
    index = np.append(100.0, np.full(45, 110.0))[:, None]
    index[32] = 120.0
    view = dataclasses.replace(view, sessions=sessions_, fields={TOTAL_RETURN: index, CLOSE: index}, rows=[32])
    assert Trend(months(3)).sentence(view, 0) == "close 120.00 above its 3-month average 110.00"
    assert Trend(months(3)).flip(view, 0) == "flips below 105.00 at a later close this month"
    assert Trend(Span(2, WEEK)).flip(view, 0).endswith("at a later close this week")


def test_prices_are_told_on_the_scale_of_the_close() -> None:
    # The index is 260 where the close is 130: its average 220 is told as 110.
    view = panel([100, 100, 130])
    view = dataclasses.replace(view, fields={TOTAL_RETURN: 2.0 * view.fields[CLOSE], CLOSE: view.fields[CLOSE]})
    assert Trend(months(3)).sentence(view, 0) == "month-end close 130.00 above its 3-month average 110.00"
    without = dataclasses.replace(view, fields={TOTAL_RETURN: view.fields[TOTAL_RETURN]})
    assert Trend(months(3)).sentence(without, 0) == "month-end close 260.00 above its 3-month average 220.00"


SIGNALS = [
    Trend(months(4)),
    Trend(months(4), band=0.03),
    Trend(months(2), band=1.0),
    Crossover(months(2), months(5)),
    Crossover(months(2), months(5), band=0.04),
    Crossover(months(4), months(5), band=0.3),
]


@pytest.mark.parametrize("signal", SIGNALS, ids=str)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_next_close_flips_it_where_the_words_say(signal: Trend | Crossover, seed: int) -> None:
    view = random_panel(seed, 12, 1).scaled(50.0)
    view = dataclasses.replace(view, fields={TOTAL_RETURN: view.fields[CLOSE], CLOSE: view.fields[CLOSE]})
    now, said = float(signal(view.at(11)).values[0, 0]), signal.flip(view.at(11), 0)

    def after(close: float) -> float:
        return float(walked(signal, np.array([[now], [signal(view.with_next("2001-01-31", close)).values[0, 0]]]))[1, 0])

    levels = [(way, float(level)) for way, level in re.findall(r"(above|below) ([\d.]+)", said)]
    for way, level in levels:
        sign = 1.0 if way == "above" else -1.0
        assert after(level + sign * 0.02) == sign  # two cents beyond what is printed with two decimals
        assert level < 0.02 or after(level - sign * 0.02) != sign
    for sign, way in ((1.0, "above"), (-1.0, "below")):
        if now != sign and way not in dict(levels):  # what the words leave out, no close can do
            assert all(after(close) != sign for close in (0.01, 1.0, 1e3, 1e5, 1e8))


def test_steps_that_differ_have_no_exact_level() -> None:
    view = random_panel(1, 300, 1, daily=True)
    assert Crossover(sessions(50), months(10)).flip(view, 0) == ""
    assert Crossover(sessions(50), months(10)).sentence(view, 0)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Trend(months(1)), "window"),
        (lambda: Trend(months(10), skip=sessions(5)), "skip"),
        (lambda: Trend(band=1.5), "band"),
        (lambda: Trend(band=-0.1), "band"),
        (lambda: Trend(band=nan), "band"),
        (lambda: Crossover(months(10), months(10)), "slow"),
        (lambda: Crossover(months(0), months(10)), "fast"),
        (lambda: Crossover(months(1), Span(1, WEEK)), "slow"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
    assert caught.value.what.startswith(field)
    assert caught.value.remedy


def test_a_month_long_average_in_months_equals_rows_of_monthly_data() -> None:
    monthly = random_panel(2, 40, 2)
    assert same(Trend(Span(10, MONTH))(monthly).values, Trend(sessions(10))(monthly).values)
