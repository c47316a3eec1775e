"""Turnover and its budget: laws, windows by hand, planted faults."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.construction.reference import book_of, universe
from trimtab.construction.turnover import MaxTurnover, Period
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.rules import one_way
from trimtab.core.terms import Span
from trimtab.core.trades import Book

many = settings(max_examples=60, deadline=None)
HELD = np.array([0.6, 0.4])


# One-way turnover.


@many
@given(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=8))
def test_one_way_turnover_is_what_is_bought_with_cash_an_asset_like_the_others(changes: list[float]) -> None:
    change = np.array(changes)
    whole = np.append(change, -change.sum())
    assert one_way(change) == pytest.approx(whole[whole > 0].sum(), abs=1e-12)
    assert one_way(change) == one_way(-change)


def test_by_hand() -> None:
    assert one_way(np.array([-0.1, 0.1])) == pytest.approx(0.1)  # 60/40 to 50/50
    assert one_way(np.array([0.3, 0.0])) == pytest.approx(0.3)  # cash to an asset
    np.testing.assert_allclose(one_way(np.array([[0.2, -0.1], [0.0, 0.0]])), [0.2, 0.0], atol=1e-15)


# What is left, against the calendar read aloud.

Left = Callable[[MaxTurnover, Book], Array]
WINDOWS = [*Period, Span.parse("63D"), Span.parse("1D"), Span.parse("13W"), Span.parse("3M"), Span.parse("1Y")]


def counts(limit: MaxTurnover, day: date, today: date) -> bool:
    """Whether a fill of `day` counts on `today`."""
    if limit.per is not None:
        width = {"month": 1, "quarter": 3, "year": 12}[limit.per.value]
        return day.year == today.year and (day.month - 1) // width == (today.month - 1) // width
    window = limit.window
    if window.every.value == "D":
        days = (day + timedelta(k) for k in range(1, (today - day).days + 1))
        return sum(d.weekday() < 5 for d in days) < window.count
    if window.every.value == "W":
        return (today - day).days < 7 * window.count
    months = today.year * 12 + today.month - 1 - window.count
    last = calendar.monthrange(months // 12, months % 12 + 1)[1]
    return day > date(months // 12, months % 12 + 1, min(today.day, last))


def limit_of(at_most: float, window: Period | Span) -> MaxTurnover:
    assets = universe(2)
    if isinstance(window, Period):
        return MaxTurnover(at_most, per=window, universe=assets)
    return MaxTurnover(at_most, window=window, universe=assets)


def check_left(left: Left, limit: MaxTurnover, fills: dict[str, float], today: date) -> None:
    used = sum(value for day, value in fills.items() if counts(limit, date.fromisoformat(day), today))
    book = book_of(HELD, when=str(today), fills=fills)
    assert left(limit, book) == pytest.approx(max(limit.at_most - used, 0.0), abs=1e-12)


@st.composite
def histories(draw) -> tuple[dict[str, float], date]:
    today = draw(st.dates(date(2020, 1, 1), date(2026, 12, 31)).filter(lambda d: d.weekday() < 5))
    ages = draw(st.lists(st.integers(0, 400), max_size=8, unique=True))
    days = sorted(today - timedelta(age) for age in ages)
    return {str(d): draw(st.floats(0.0, 0.2)) for d in days if d.weekday() < 5}, today


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@settings(max_examples=30, deadline=None)
@given(history=histories(), at_most=st.sampled_from([0.1, 0.2, 1.0]))
def test_what_is_left(window: Period | Span, history: tuple[dict[str, float], date], at_most: float) -> None:
    check_left(MaxTurnover.left, limit_of(at_most, window), *history)


@many
@given(histories(), st.sampled_from(WINDOWS), st.lists(st.floats(0.0, 0.5), min_size=2, max_size=2))
def test_the_voices_agree(history: tuple[dict[str, float], date], window: Period | Span, target: list[float]) -> None:
    """A breach is what the way there takes, less what is left."""
    limit = limit_of(0.3, window)
    book = book_of(HELD, when=str(history[1]), fills=history[0])
    turnover = one_way(np.array(target) - HELD)
    assert limit.breach(np.array(target), book) == pytest.approx(turnover - float(limit.left(book)), abs=1e-12)
    assert limit.region.contains(np.array(target))  # it limits the way, not the place


def test_variants_have_a_budget_each() -> None:
    book = book_of(HELD, fills={"2024-04-30": 0.0})
    moves = np.array([[[0.03, 0.0, 0.03], [0.05, 0.05, 0.0], [0.2, 0.2, 0.0]]])  # (F, V, A + 1)
    left = MaxTurnover(0.2).left(replace(book, turnover=replace(book.turnover, moves=moves)))
    np.testing.assert_allclose(left, [0.14, 0.10, 0.0], atol=1e-15)


def test_first_funding_is_free() -> None:
    book = book_of(np.zeros(2), funded=False)
    assert MaxTurnover(0.0).left(book) == np.inf
    assert MaxTurnover(0.0).breach(HELD, book) == -np.inf


# A group's own budget.


def group_of(at_most: float) -> MaxTurnover:
    """Of A0 and A3, which are equity."""
    return MaxTurnover(at_most, universe=universe(4), only=("equity",))


def moved(*changes: list[float], funded: bool = True) -> Book:
    """An account with changes of weight behind it, this quarter, signs and all."""
    made = np.array(changes).reshape(-1, 4)
    book = book_of(np.full(4, 0.25), fills=dict.fromkeys(("2024-04-30", "2024-05-15")[: len(made)], 0.0), funded=funded)
    return replace(book, turnover=replace(book.turnover, moves=0.5 * np.column_stack((made, -made.sum(axis=1)))))


@many
@given(
    st.lists(st.floats(-0.2, 0.2), min_size=8, max_size=8),
    st.lists(st.floats(-0.2, 0.2), min_size=4, max_size=4),
    st.floats(0.0, 0.5),
)
def test_the_voices_of_a_group_agree(past: list[float], way: list[float], at_most: float) -> None:
    """The share of a way that is allowed is the one at which the breach is nothing; cash counts as bought or sold."""
    change, book, limit = np.array(way), moved(past[:4], past[4:]), group_of(at_most)
    used = sum(max(sum(max(c, 0.0) for c in pair), sum(max(-c, 0.0) for c in pair)) for pair in (past[0:4:3], past[4:8:3]))
    turn = max(sum(max(c, 0.0) for c in way[::3]), sum(max(-c, 0.0) for c in way[::3]))
    assert limit.breach(book.held + change, book) == pytest.approx(turn - max(at_most - used, 0.0), abs=1e-12)
    share = float(limit.share(change, book))
    assert limit.breach(book.held + share * change, book) <= 1e-12
    assert share == 1.0 or limit.breach(book.held + share * change, book) == pytest.approx(0.0, abs=1e-12)
    assert limit.left(book) == np.inf


def test_a_group_by_hand() -> None:
    # Equity sold .06 of A0 and bought .02 of A3 for it: .06 one way. Bonds do not count. Of .10, .04 is left, and a way that
    # takes .08 from A0 into bonds is gone half.
    book, limit = moved([-0.06, 0.1, 0.0, 0.02]), group_of(0.10)
    way = np.array([[-0.08, 0.08, 0.0, 0.0], [0.0, 0.2, -0.2, 0.0], [-0.04, 0.0, 0.0, 0.04]])
    np.testing.assert_allclose(limit.share(way, book), [0.5, 1.0, 1.0], atol=1e-12)
    assert MaxTurnover(0.1).share is None
    assert limit.words == "One-way turnover of equity of at most 10 % per calendar quarter"


def test_without_signs_a_group_has_used_the_most_it_may_have() -> None:
    book = moved([-0.06, 0.1, 0.0, 0.02])
    unsigned = replace(book, turnover=replace(book.turnover, moves=np.abs(book.turnover.moves)))
    way = np.array([-0.04, 0.04, 0.0, 0.0])
    assert group_of(0.10).share(way, unsigned) == pytest.approx(0.5)  # .08 used
    whole = MaxTurnover(0.2, universe=universe(4))
    assert whole.left(unsigned) == whole.left(book) == pytest.approx(0.2 - 0.12)  # .12 bought, .06 of it from cash


def test_first_funding_of_a_group_is_free() -> None:
    book = moved(funded=False)
    assert group_of(0.0).share(np.full((2, 4), 0.25), book).tolist() == [1.0, 1.0]
    assert group_of(0.0).breach(np.full(4, 0.5), book) == -np.inf


def test_a_group_is_one_of_the_universe() -> None:
    with pytest.raises(ParameterError, match="'gold' is no asset or class"):
        MaxTurnover(0.1, universe=universe(4), only=("gold",))
    assert group_of(0.1).breach(np.array([0.25, np.nan, 0.25, 0.25]), moved()) == np.inf


# By hand.


def test_a_quarter_begins_anew() -> None:
    fills = {"2024-02-29": 0.05, "2024-03-28": 0.10, "2024-04-30": 0.03}
    limit = MaxTurnover(0.2)
    assert limit.left(book_of(HELD, when="2024-03-28", fills=fills | {"2024-04-30": 0.0})) == pytest.approx(0.05)
    assert limit.left(book_of(HELD, when="2024-05-31", fills=fills)) == pytest.approx(0.17)
    assert limit.left(book_of(HELD, when="2024-07-01", fills=fills)) == pytest.approx(0.20)


def test_a_rolling_window_forgets_day_by_day() -> None:
    # 63 weekdays before Friday 2024-05-31 is Tuesday 2024-03-05: that day no longer counts, the day after does.
    fills = {"2024-03-05": 0.05, "2024-03-06": 0.10}
    limit = MaxTurnover(0.2, window=Span.parse("63D"))
    assert limit.left(book_of(HELD, when="2024-05-31", fills=fills)) == pytest.approx(0.10)
    assert limit.left(book_of(HELD, when="2024-05-30", fills=fills)) == pytest.approx(0.05)


def test_a_month_back_from_its_last_day() -> None:
    # One month before 31 May is 30 April.
    limit = MaxTurnover(0.2, window=Span.parse("1M"))
    assert limit.left(book_of(HELD, when="2024-05-31", fills={"2024-04-30": 0.1})) == pytest.approx(0.2)
    assert limit.left(book_of(HELD, when="2024-05-30", fills={"2024-05-01": 0.1})) == pytest.approx(0.1)


def test_a_policy_file_can_say_it() -> None:
    read = TypeAdapter(MaxTurnover).validate_python
    assert read({"at_most": 0.2, "per": "quarter"}) == MaxTurnover(0.2) == MaxTurnover(0.2, Period.QUARTER)
    assert read({"at_most": 0.2, "window": "63D"}) == MaxTurnover(0.2, window=Span.parse("63D"))
    assert replace(read({"at_most": 0.2}), universe=universe(2)).region.low.shape == (2,)
    assert MaxTurnover(0.2, window=Span.parse("63D")).words.endswith("over any 63-day window")
    assert MaxTurnover(0.2, Period.YEAR).words == "One-way turnover of at most 20 % per calendar year"


def test_it_is_one_or_the_other() -> None:
    with pytest.raises(ParameterError, match="both per quarter and window 63D") as caught:
        MaxTurnover(0.2, Period.QUARTER, Span.parse("63D"))
    assert caught.value.field == "window"
    with pytest.raises(ParameterError, match="no day"):
        MaxTurnover(0.2, window=Span(0))


# Planted faults.


def counts_everything(limit: MaxTurnover, book: Book) -> Array:
    return np.maximum(limit.at_most - book.turnover.moves.sum(), 0.0)


def forgets_cash(limit: MaxTurnover, book: Book) -> Array:
    return limit.left(replace(book, turnover=replace(book.turnover, moves=book.turnover.moves[:, :-1])))


def may_be_negative(limit: MaxTurnover, book: Book) -> Array:
    return limit.at_most - (1.0 - limit_of(1.0, limit.per or limit.window).left(book))


def one_day_too_long(limit: MaxTurnover, book: Book) -> Array:
    return limit.left(replace(book, when=book.when - np.timedelta64(1, "D")))


@pytest.mark.parametrize(
    "fault", [counts_everything, forgets_cash, may_be_negative, one_day_too_long], ids=lambda fault: fault.__name__
)
def test_planted_faults_are_caught(fault: Left) -> None:
    _all(MaxTurnover.left)
    with pytest.raises(AssertionError):
        _all(fault)


def _all(left: Left) -> None:
    sessions = [d for k in range(500) if (d := date(2023, 1, 2) + timedelta(k)).weekday() < 5]
    for today in sessions[290:335:5]:
        fills = {str(d): 0.012 for d in sessions[::4] if d <= today}
        for window in WINDOWS:
            check_left(left, limit_of(0.1, window), fills, today)
