"""The drawdown rule: laws, by hand, against pandas, its levels and words."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import ArrayView, panel, random_panel, weekdays
from tests.signals.laws import same, walked
from trimtab.core.errors import ParameterError
from trimtab.core.roles import Fold, Latch
from trimtab.core.terms import CLOSE, TOTAL_RETURN, WEEK, Span, months, sessions
from trimtab.signals.drawdown import Drawdown

nan = np.nan


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.sampled_from([0, 2, 5, 12]), back=st.floats(0.0, 0.1))
def test_against_pandas(seed: int, n: int, back: float) -> None:
    view = random_panel(seed, 60, 3, gaps=0.03)
    frame = pd.DataFrame(view.fields[TOTAL_RETURN])
    most = frame.rolling(n).max() if n else frame.cummax()
    drawdown = (frame / most - 1.0).to_numpy()
    signal = Drawdown(months(n), out=0.1, back=back)
    raw = np.where(drawdown < -0.1, -1.0, np.where((drawdown > -back) | (drawdown == 0.0), 1.0, 0.0))
    assert same(signal(view).values, np.where(np.isnan(drawdown), nan, raw))
    assert np.allclose(signal.measure(view).values, drawdown, atol=1e-12, equal_nan=True)


def test_by_hand() -> None:
    # Highest 100, then 120. 89 is -11 %: out. 93 is -7 %: stays out. 96 is -4 %: in. 109 of 120 is -9.2 %: stays in.
    index = [100.0, 89.0, 93.0, 96.0, 120.0, 109.0, 107.0]
    raw = Drawdown()(panel(index)).values
    assert raw[:, 0].tolist() == [1.0, -1.0, 0.0, 1.0, 1.0, 0.0, -1.0]
    assert walked(Drawdown(), raw)[:, 0].tolist() == [1.0, -1.0, -1.0, 1.0, 1.0, 1.0, -1.0]


def test_at_its_levels_nothing_changes() -> None:
    # 90 and 95 of 100 are the levels themselves.
    assert Drawdown()(panel([100.0, 90.0, 95.0])).values[:, 0].tolist() == [1.0, 0.0, 0.0]
    # Without a way back but a new high, the old one is enough.
    assert Drawdown(back=0.0)(panel([100.0, 80.0, 99.9, 100.0])).values[:, 0].tolist() == [1.0, -1.0, 0.0, 1.0]


def test_a_window_forgets_the_high() -> None:
    # Three rows: the 100 is gone on the fourth, and 80 is the highest.
    index = [100.0, 70.0, 75.0, 80.0]
    assert same(Drawdown(months(3))(panel(index)).values[:, 0], np.array([nan, nan, -1.0, 1.0]))
    assert Drawdown(months(0))(panel(index)).values[3, 0] == -1.0


def test_the_step_of_an_endless_window_says_which_highs_count() -> None:
    # 130 stood within January only; month-ends saw 100 and 95.
    dates = weekdays("2000-01-20", 20)
    index = np.full(20, 100.0)
    index[3], index[-1] = 130.0, 95.0 + 1.0
    view = panel(index, daily=True)
    view = dataclasses.replace(view, sessions=dates, rows=[19])
    assert Drawdown(sessions(0)).measure(view).values[0, 0] == pytest.approx(96.0 / 130.0 - 1.0)
    assert Drawdown(months(0)).measure(view).values[0, 0] == pytest.approx(96.0 / 100.0 - 1.0)


def test_it_counts_from_since() -> None:
    view = dataclasses.replace(panel([200.0, 100.0, 99.0]), first=1)
    assert Drawdown().measure(view).values[1:, 0].tolist() == pytest.approx([0.0, -0.01])
    assert np.isnan(Drawdown()(view).values[0, 0])


def test_gaps() -> None:
    assert same(Drawdown()(panel([100.0, nan, 80.0])).values[:, 0], np.array([1.0, nan, -1.0]))
    assert same(Drawdown(months(2))(panel([100.0, nan, 80.0, 80.0])).values[:, 0], np.array([nan, nan, nan, 1.0]))


def test_a_constant_price_is_at_its_highest() -> None:
    assert set(Drawdown()(panel([1 / 3] * 5)).values[:, 0]) == {1.0}
    assert isinstance(Drawdown(), Fold)
    assert isinstance(Drawdown(), Latch)
    assert Drawdown().expands
    assert not Drawdown(months(12)).expands


def test_words() -> None:
    view = panel([100.0, 89.0, 93.0, 96.0])
    signal = Drawdown()
    assert signal.sentence(view, 0) == "-4 % from the highest value since the start, above -5 % (in)"
    assert signal.sentence(view.at(1), 0) == "-11 % from the highest value since the start, below -10 % (out)"
    assert signal.sentence(view.at(2), 0) == "-7 % from the highest value since the start, between -10 % and -5 %"
    assert signal.flip(view, 0) == "flips below 90.00 at the next close"
    assert signal.flip(view.at(1), 0) == "flips above 95.00 at the next close"
    assert signal.flip(view.at(2), 0) == "turns up above 95.00, down below 90.00 at the next close"
    # The window of the next month-end holds 93, 96 and its own close.
    assert Drawdown(months(3)).flip(view, 0) == "flips below 86.40 at the next month-end close"
    assert Drawdown(months(3)).sentence(view.at(1), 0).endswith("unknown: 2 of 3 values are known")
    assert signal.sentence(panel([100.0, nan]), 0).endswith("is unknown: no value today")
    assert signal.words == "distance from the highest value since the start, out below -10 %, in again above -5 %"


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    signal=st.sampled_from([Drawdown(), Drawdown(months(0)), Drawdown(months(4)), Drawdown(Span(3, WEEK), out=0.05)]),
)
def test_the_next_close_flips_it_where_the_words_say(seed: int, signal: Drawdown) -> None:
    drawn = random_panel(seed, 12, 1).fields[TOTAL_RETURN]
    view = panel(drawn)
    now, said = signal(view.at(11)).values[0, 0], signal.flip(view.at(11), 0)

    def after(close: float) -> float:
        return float(signal(view.with_next("2001-01-31", close)).values[0, 0])

    words = said.split()
    if now == 0.0:
        up, down = float(words[3].rstrip(",")), float(words[6])
        assert [after(up - 0.02), after(up + 0.02), after(down + 0.02), after(down - 0.02)] == [0.0, 1.0, 0.0, -1.0]
    else:
        level = float(words[2])
        assert after(level + now * 0.02) != -now
        assert after(level - now * 0.02) == -now


def test_within_a_month_today_s_own_high_may_be_replaced() -> None:
    dates = weekdays("2000-01-20", 12)  # to 4 February
    index = np.append(np.full(11, 100.0), 110.0)[:, None]
    view = ArrayView(dates, {TOTAL_RETURN: index, CLOSE: index}, [11])
    assert Drawdown(months(0)).flip(view, 0) == ""
    assert Drawdown(sessions(0)).flip(view, 0) == "flips below 99.00 at the next close"
    lower = dataclasses.replace(view, fields={TOTAL_RETURN: 210.0 - index, CLOSE: 210.0 - index})  # 110, then 100
    assert Drawdown(months(0)).flip(lower, 0) == "turns up above 104.50, down below 99.00 at a later close this month"


def test_levels_are_told_on_the_scale_of_the_close() -> None:
    view = panel([100.0, 97.0])
    view = dataclasses.replace(view, fields={TOTAL_RETURN: 2.0 * view.fields[CLOSE], CLOSE: view.fields[CLOSE]})
    assert Drawdown().flip(view, 0) == "flips below 90.00 at the next close"


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Drawdown(months(1)), "window"),
        (lambda: Drawdown(out=0.0), "out"),
        (lambda: Drawdown(out=10.0), "out"),
        (lambda: Drawdown(back=-0.1), "back"),
        (lambda: Drawdown(out=0.05, back=0.1), "back"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
