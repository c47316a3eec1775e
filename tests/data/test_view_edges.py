"""The view on small markets by hand: splits, restated values, late prices, and what it says it has handed out.

Found by mutants that lived.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trimtab.core.calendar import closes
from trimtab.core.errors import DataError
from trimtab.core.opinions import Opinion
from trimtab.core.terms import CLOSE, DAY, MONTH, TOTAL_RETURN, WEEK, Stat
from trimtab.core.values import Asset
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Earlier, Market
from trimtab.data.view import MarketView, look, require_known

HOURS_2 = np.timedelta64(7200, "s")
NAN = float("nan")
SESSIONS = np.busday_offset("2001-01-01", np.arange(6)).astype("datetime64[D]")  # Monday 1 to Monday 8 January
CLOSES = closes(SESSIONS)
LONG_AGO = np.datetime64("0001-01-01", "s")


def market(**more: object) -> Market:
    """Two assets: 10, 20, ... 60 and 1, 2, ... 6; the index TOTAL_RETURN is the same."""
    values = np.arange(1.0, 7.0)[:, None] * np.array([10.0, 1.0])
    names = (Asset("A"), Asset("B"))
    abouts = tuple(About(one.id, one.id, Kind.PRICE, "invented") for one in names)
    return Market(names, SESSIONS, {CLOSE: values, TOTAL_RETURN: values}, abouts, **more)  # type: ignore[arg-type]


def view(of: Market, *rows: int, since: int = 0) -> MarketView:
    return look(of, np.array(rows), cut_off=HOURS_2, since=SESSIONS[since])


def split(row: int, ratio: float) -> np.ndarray:
    """Asset A splits on the session `row`."""
    ratios = np.ones((6, 2))
    ratios[row, 0] = ratio
    return ratios


def test_prices_before_a_split_stand_in_units_of_today_and_indices_stay() -> None:
    found = view(market(splits=split(3, 2.0)), 2, 3, 4)
    assert found.window(CLOSE, 2)[:, :, 0].tolist() == [[20.0, 30.0], [15.0, 40.0], [40.0, 50.0]]
    assert found.window(CLOSE, 2)[:, :, 1].tolist() == [[2.0, 3.0], [3.0, 4.0], [4.0, 5.0]]
    assert found.window(TOTAL_RETURN, 2)[:, :, 0].tolist() == [[20.0, 30.0], [30.0, 40.0], [40.0, 50.0]]


def test_a_restated_value_is_shown_as_it_stood() -> None:
    old = Earlier(1, 0, CLOSES[1], CLOSES[3], 99.0)
    found = view(market(earlier={CLOSE: (old,)}), 1, 2, 3)
    assert found.window(CLOSE, 3)[:, :, 0].tolist()[1:] == [[10.0, 99.0, 30.0], [20.0, 30.0, 40.0]]
    assert found.window(CLOSE, 1)[0, 0, 0] == 99.0
    assert found.window(TOTAL_RETURN, 1)[0, 0, 0] == 20.0
    assert found.expanding(CLOSE, Stat.MAX).tolist() == [[99.0, 2.0], [99.0, 3.0], [40.0, 4.0]]
    assert found.expanding(TOTAL_RETURN, Stat.MAX)[:, 0].tolist() == [20.0, 30.0, 40.0]


def test_a_restated_index_of_a_split_stock_is_not_divided() -> None:
    old = Earlier(1, 0, CLOSES[1], CLOSES[5], 99.0)
    both = view(market(earlier={TOTAL_RETURN: (old,)}, splits=split(3, 2.0)), 3)
    assert both.window(TOTAL_RETURN, 3)[0, :, 0].tolist() == [99.0, 30.0, 40.0]
    assert both.window(CLOSE, 3)[0, :, 0].tolist() == [10.0, 15.0, 40.0]


def test_a_restated_value_of_a_split_stock_is_in_units_of_the_decision_date() -> None:
    old = Earlier(1, 0, CLOSES[1], CLOSES[4], 30.0)  # the second day said 30 until Friday; two for one on Thursday
    both = view(market(earlier={CLOSE: (old,)}, splits=split(3, 2.0)), 2, 3, 4)
    # maxima of 10, 30, 30; then halved, and 40; then 5, 10, 15, 40, 50
    assert both.window(CLOSE, 4)[1, :, 0].tolist() == [5.0, 15.0, 15.0, 40.0]
    assert both.window(CLOSE, 4)[2, :, 0].tolist() == [10.0, 15.0, 40.0, 50.0]
    assert both.expanding(CLOSE, Stat.MEAN)[:, 0].tolist() == pytest.approx([70 / 3, 75 / 4, 120 / 5])
    assert both.expanding(CLOSE, Stat.MIN)[:, 1].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("stat", "wanted"),
    [
        (Stat.MEAN, (5 + 10 + 15 + 40) / 4),
        (Stat.MIN, 5.0),
        (Stat.MAX, 40.0),
        (Stat.COUNT, 4.0),
        (Stat.POSITIVE_COUNT, 4.0),
        (Stat.POSITIVE_MEAN, 17.5),
        (Stat.LOG_MEAN, float(np.log([5.0, 10.0, 15.0, 40.0]).mean())),
        (Stat.LOG_STD, float(np.log([5.0, 10.0, 15.0, 40.0]).std(ddof=1))),
        (Stat.STD, float(np.std([5.0, 10.0, 15.0, 40.0], ddof=1))),
        (Stat.RANK, 0.875),  # the highest of four: half of itself
    ],
)
def test_statistics_of_a_split_stock_are_those_of_prices_in_units_of_today(stat: Stat, wanted: float) -> None:
    found = view(market(splits=split(3, 2.0)), 3)
    assert found.expanding(CLOSE, stat)[0, 0] == pytest.approx(wanted, rel=1e-12)


def test_a_split_before_or_on_the_first_day_changes_no_statistic() -> None:
    for first in (3, 4):  # `since` is the day of the split, or the day after
        found = view(market(splits=split(3, 2.0)), 5, since=first)
        assert found.expanding(CLOSE, Stat.MIN)[0, 0] == (first + 1) * 10.0
    assert view(market(splits=split(3, 2.0)), 5, since=2).expanding(CLOSE, Stat.MIN)[0, 0] == 15.0


def late(row: int, until: np.datetime64) -> np.ndarray:
    """Both assets known at their close, A on the session `row` only later."""
    known = np.repeat(CLOSES[:, None], 2, axis=1)
    known[row, 0] = until
    return known


def test_what_is_known_at_the_cut_off_itself_is_shown_and_a_second_later_is_not() -> None:
    cutoff = CLOSES[2] + HOURS_2
    for seconds, shown in ((0, 30.0), (1, NAN)):
        until = cutoff + np.timedelta64(seconds, "s")
        found = view(market(known=late(2, until)), 2)
        assert np.array_equal(found.window(CLOSE, 2)[0, :, 0], [20.0, shown], equal_nan=True)
        assert found.known.tolist() == [until if seconds == 0 else CLOSES[2]]
        best = view(market(known=late(2, until)), 2).expanding(CLOSE, Stat.MAX)[0]
        assert np.array_equal(best, [30.0 if seconds == 0 else 20.0, 3.0]), seconds


def test_where_all_prices_of_a_day_are_late_the_day_before_is_what_was_handed_out() -> None:
    known = np.repeat(CLOSES[:, None], 2, axis=1)
    known[2] = CLOSES[3]
    found = view(market(known=known), 2, 3)
    assert np.array_equal(found.window(CLOSE, 2)[0], [[20.0, 2.0], [NAN, NAN]], equal_nan=True)
    assert found.known.tolist() == CLOSES[[1, 3]].tolist()


def test_in_the_middle_of_a_week_the_decision_date_itself_is_the_last_row() -> None:
    assert view(market(), 3, 5).window(CLOSE, 1, every=WEEK)[:, 0, 0].tolist() == [40.0, 60.0]  # Thursday, Monday


def test_a_price_that_came_out_of_order_counts_from_its_own_instant() -> None:
    # the third day of A is known after the fourth: on the fourth day 10, 20, 40 are known, on the fifth all
    found = view(market(known=late(2, CLOSES[4])), 3, 4)
    assert found.expanding(CLOSE, Stat.COUNT).tolist() == [[3.0, 4.0], [5.0, 5.0]]
    assert found.known.tolist() == found.days.cutoffs.tolist()


def test_out_of_order_too_what_is_known_at_the_cut_off_itself_counts() -> None:
    known = late(1, CLOSES[3] + HOURS_2)  # the second day of A is known at the cut-off of the fourth
    assert view(market(known=known), 2, 3).expanding(CLOSE, Stat.COUNT)[:, 0].tolist() == [2.0, 4.0]


def test_a_restated_value_holds_from_its_first_instant_to_before_its_last() -> None:
    old = Earlier(1, 0, CLOSES[2] + HOURS_2, CLOSES[4] + HOURS_2, 99.0)
    found = view(market(earlier={CLOSE: (old,)}), 1, 2, 3, 4)
    assert found.expanding(CLOSE, Stat.MAX)[:, 0].tolist() == [20.0, 99.0, 99.0, 50.0]
    assert found.known.tolist() == CLOSES[1:5].tolist()


def test_a_value_restated_after_a_split_is_in_units_of_its_own_day() -> None:
    old = Earlier(4, 0, CLOSES[4], CLOSES[5], 44.0)
    found = view(market(earlier={CLOSE: (old,)}, splits=split(3, 2.0)), 4)
    assert found.expanding(CLOSE, Stat.MAX)[0, 0] == 44.0  # of 5, 10, 15, 40, 44


def test_the_first_row_of_all_is_handed_out_too() -> None:
    found = view(market(known=late(5, CLOSES[5])), 0)
    found.expanding(CLOSE, Stat.COUNT)
    assert found.known.tolist() == [CLOSES[0]]
    rate = History(About("r", "r", Kind.LEVEL, "invented"), SESSIONS[:1], {CLOSE: np.ones(1)}, CLOSES[:1])
    named = view(market(series={"r": rate}), 1)
    assert named.age("r").tolist() == [1.0]
    assert named.known.tolist() == [CLOSES[0]]


def test_one_price_on_the_last_day_is_something_known_and_one_the_day_before_is_not() -> None:
    base = market()
    values = base.fields[CLOSE].copy()
    values[2, 0] = NAN
    require_known(view(replace(base, fields={CLOSE: values}), 1, 2))
    values[2, 1] = NAN
    with pytest.raises(DataError, match="nothing is known on"):
        require_known(view(replace(base, fields={CLOSE: values}), 1, 2))


def test_a_view_has_handed_out_the_latest_of_what_it_was_asked_for() -> None:
    whole = view(market(), 1, 2, 3)
    assert (whole.known == LONG_AGO).all()
    part = whole.at(np.array([0, 2]))
    part.window(CLOSE, 1)
    assert part.known.tolist() == CLOSES[[1, 3]].tolist()
    assert whole.known.tolist() == [CLOSES[1], LONG_AGO, CLOSES[3]]  # what a part hands out, the whole has
    one = whole.only(1)
    one.expanding(CLOSE, Stat.MEAN)
    assert (one.days.dates.tolist(), whole.known.tolist()) == (SESSIONS[[2]].tolist(), CLOSES[1:4].tolist())
    assert whole.only(-1).days.dates.tolist() == SESSIONS[[3]].tolist()
    with pytest.raises(IndexError):
        whole.only(3)


def test_the_same_question_is_answered_once_and_other_ones_anew() -> None:
    found = view(market(), 3, 5)
    assert found.window(CLOSE, 2) is found.window(CLOSE, 2)
    assert found.window(CLOSE, 1)[:, 0, 0].tolist() == [40.0, 60.0]
    assert found.window(CLOSE, 2, every=WEEK)[1, :, 0].tolist() == [50.0, 60.0]  # Friday 5 and Monday 8 January
    assert np.array_equal(found.window(CLOSE, 2, every=MONTH)[1, :, 0], [NAN, 60.0], equal_nan=True)


def vintages() -> History:
    """January 1 known on the 3rd and restated on the 4th, January 2 known on the 4th."""
    about = About("M", "M", Kind.LEVEL, "invented", restates=True)
    dates = SESSIONS[[0, 0, 1]]
    return History(about, dates, {CLOSE: np.array([1.0, 1.5, 2.0])}, CLOSES[[2, 3, 3]])


def test_a_series_with_vintages_is_shown_as_it_stood_and_says_when_that_was_known() -> None:
    found = view(market(series={"M": vintages()}), 1, 2, 3, 4)
    assert np.array_equal(found.series("M", 2), [[NAN, NAN], [NAN, 1.0], [1.5, 2.0], [1.5, 2.0]], equal_nan=True)
    assert found.known.tolist() == [LONG_AGO, CLOSES[2], CLOSES[3], CLOSES[3]]
    assert np.array_equal(found.age("M"), [NAN, 2.0, 2.0, 3.0], equal_nan=True)
    assert found.stamps("M", 1)[1:, 0].tolist() == SESSIONS[[0, 1, 1]].tolist()
    assert np.array_equal(found.expanding("M", Stat.MEAN), [NAN, 1.0, 1.75, 1.75], equal_nan=True)
    assert found.expanding("M", Stat.COUNT)[1:].tolist() == [1.0, 2.0, 2.0]


def test_a_restatement_of_an_old_period_is_the_latest_that_was_known() -> None:
    about = About("M", "M", Kind.LEVEL, "invented", restates=True)
    history = History(about, SESSIONS[[0, 0, 1]], {CLOSE: np.array([1.0, 1.5, 2.0])}, CLOSES[[1, 4, 2]])
    found = view(market(series={"M": history}), 3, 4)
    assert found.series("M", 2).tolist() == [[1.0, 2.0], [1.5, 2.0]]
    assert found.known.tolist() == CLOSES[[2, 4]].tolist()
    alone = view(market(series={"M": history}), 4)
    assert alone.series("M", 1).tolist() == [[2.0]]
    assert alone.known.tolist() == [CLOSES[2]]  # the restated period was not shown


def test_statistics_of_prices_known_in_order_hand_out_the_latest_of_them() -> None:
    found = view(market(known=late(2, CLOSES[2] + np.timedelta64(60, "s"))), 2, 3)
    found.expanding(CLOSE, Stat.MEAN)
    assert found.known.tolist() == [CLOSES[2] + np.timedelta64(60, "s"), CLOSES[3]]


def test_statistics_begin_on_the_first_day_of_the_policy() -> None:
    found = view(market(), 1, 2, 3, since=2)
    assert np.array_equal(found.expanding(CLOSE, Stat.MEAN)[:, 0], [NAN, 30.0, 35.0], equal_nan=True)
    assert found.expanding(CLOSE, Stat.COUNT)[:, 0].tolist() == [0.0, 1.0, 2.0]


def test_what_is_not_above_zero_has_no_logarithm_and_is_not_positive() -> None:
    base = market()
    values = base.fields[CLOSE].copy()
    values[0, 0] = 0.0
    found = view(replace(base, fields={CLOSE: values}), 2)
    assert found.expanding(CLOSE, Stat.LOG_MEAN)[0, 0] == pytest.approx(np.log([20.0, 30.0]).mean())
    assert found.expanding(CLOSE, Stat.POSITIVE_COUNT)[0, 0] == 2.0
    assert found.expanding(CLOSE, Stat.COUNT)[0, 0] == 3.0
    values[0, 0] = 0.5
    small = view(replace(base, fields={CLOSE: values}), 2)
    assert small.expanding(CLOSE, Stat.POSITIVE_COUNT)[0, 0] == 3.0


def test_rows_in_a_year_go_by_the_first_sessions_from_since_on() -> None:
    # 29 days apart a day, then months: the first 30 sessions are days
    days = np.busday_offset("2001-01-01", np.arange(29)).astype("datetime64[D]")
    months = np.arange("2001-03", "2008-03", dtype="datetime64[M]").astype("datetime64[D]")
    sessions = np.concatenate([days, months])
    values = np.ones((len(sessions), 1))
    mixed = Market((Asset("A"),), sessions, {CLOSE: values}, (About("A", "A", Kind.PRICE, "invented"),))
    early = look(mixed, np.array([50]), cut_off=HOURS_2, since=sessions[0])
    assert [early.per_year(step) for step in (DAY, WEEK, MONTH)] == [252, 52, 12]
    later = look(mixed, np.array([50]), cut_off=HOURS_2, since=sessions[29])
    assert [later.per_year(step) for step in (DAY, WEEK, MONTH)] == [12, 12, 12]


def test_an_opinion_counts_from_the_instant_it_was_stated() -> None:
    cutoff = CLOSES[2] + HOURS_2
    said = Opinion(cutoff, SESSIONS[5], "ann", {"A": 1.0}, 0.02, 0.5, "cheap")
    silent = view(market(), 2)
    assert (silent.opinions(), (silent.known == LONG_AGO).all()) == (((),), True)
    found = view(market(opinions=(said,)), 1, 2, 3)
    assert found.opinions() == ((), (said,), (said,))
    assert found.known.tolist() == [LONG_AGO, cutoff, cutoff]
    late_one = replace(said, stated=cutoff + np.timedelta64(1, "s"))
    assert view(market(opinions=(late_one,)), 2).opinions() == ((),)
