"""Derived series: later rows change no bit of earlier ones, the CRSP rule by hand and by a loop, and two vendors as oracles."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shared_data import shared
from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, DIVIDEND, SPLIT, TOTAL_RETURN
from trimtab.data.adjust import SPLIT_ADJUSTED, as_seen, derived, split_factor, total_return, total_return_of
from trimtab.data.history import About, Action, ActionKind, History, Kind
from trimtab.data.sources.splits import as_traded

nan = float("nan")
Row = tuple[float, float, float]


def weekdays(count: int) -> Dates:
    return np.busday_offset("2020-01-01", np.arange(count))


def array(*values: float) -> Array:
    return np.array(values, dtype=float)


cells = st.one_of(st.just(nan), st.floats(1.0, 1000.0))
split_cells = st.one_of(st.just(nan), st.just(1.0), st.sampled_from([2.0, 3.0, 1.5, 0.1]))
cash_cells = st.one_of(st.just(nan), st.just(0.0), st.floats(0.0, 5.0))
panels = st.lists(st.tuples(cells, split_cells, cash_cells), min_size=1, max_size=30)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Row], list[Action]]:
    """Prices, splits and dividends, with a few actions on some dates."""
    rows = draw(panels)
    days = weekdays(len(rows))
    made = []
    for _ in range(draw(st.integers(0, 3))):
        on = days[draw(st.integers(0, len(rows) - 1))]
        made.append(
            draw(
                st.sampled_from(
                    [
                        Action(ActionKind.SPIN_OFF, on, ratio=0.5, price=0.5, other="S"),
                        Action(ActionKind.RIGHTS, on, ratio=0.25, price=5.0),
                        Action(ActionKind.RETURN_OF_CAPITAL, on, cash=0.25),
                    ]
                )
            )
        )
    return rows, made


def columns(rows: Sequence[Row]) -> tuple[Array, Array, Array]:
    table = np.array(rows, dtype=float).reshape(-1, 3)
    return table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy()


def index_of(rows: Sequence[Row], actions: Sequence[Action] = ()) -> Array:
    close, split, dividend = columns(rows)
    try:
        return total_return(weekdays(len(rows)), close, split=split, dividend=dividend, actions=actions)
    except DataError:
        return np.zeros(0)  # an action larger than a small price after a split is refused


# Laws.


def cuts_that_differ(rows: Sequence[Row], actions: Sequence[Action], derive: object) -> int:
    """At how many cuts the rows up to it come out with other bits than within the whole."""
    whole, days, wrong = derive(rows, actions), weekdays(len(rows)), 0  # type: ignore[operator]
    for cut in range(1, len(rows) + 1):
        known = [action for action in actions if action.effective <= days[cut - 1]]
        part = derive(rows[:cut], known)  # type: ignore[operator]
        wrong += len(whole) > 0 and not np.array_equal(part, whole[:cut], equal_nan=True)
    return wrong


@given(worlds())
def test_later_rows_splits_and_actions_change_no_bit_of_the_index(world: tuple[list[Row], list[Action]]) -> None:
    assert cuts_that_differ(*world, index_of) == 0


@given(st.lists(split_cells, min_size=1, max_size=30))
def test_later_splits_change_no_bit_of_the_factor(given_: list[float]) -> None:
    whole = split_factor(array(*given_))
    for cut in range(1, len(given_) + 1):
        assert np.array_equal(split_factor(array(*given_[:cut])), whole[:cut])


def test_the_law_catches_an_index_anchored_at_its_last_row() -> None:
    def backwards(rows: Sequence[Row], actions: Sequence[Action]) -> Array:
        index = index_of(rows, actions)
        return index / index[-1] * rows[-1][0]  # the planted fault: levels that carry later dividends

    rows = [(40.0, nan, nan), (40.0, nan, 1.0), (41.0, nan, nan), (40.0, nan, 1.0)]
    assert cuts_that_differ(rows, [], index_of) == 0
    assert cuts_that_differ(rows, [], backwards) > 0


def by_loop(rows: Sequence[Row]) -> list[float]:
    """A holder of one unit who counts units and cash from price to price, and buys more with what was paid."""
    index, before, units, cash, out = nan, nan, 1.0, 0.0, []
    for price, split, dividend in rows:
        units *= 1.0 if np.isnan(split) else split
        cash += units * (0.0 if np.isnan(dividend) else dividend)
        if np.isnan(price):
            out.append(nan)
            continue
        index = price if np.isnan(before) else index * (units * price + cash) / before
        before, units, cash = price, 1.0, 0.0
        out.append(index)
    return out


@given(panels)
def test_the_index_is_that_of_a_holder_who_counts(rows: list[Row]) -> None:
    assert np.allclose(index_of(rows), by_loop(rows), rtol=1e-11, equal_nan=True)


@given(panels, st.sampled_from([0.125, 4.0, 1024.0]))
def test_a_redenomination_changes_the_level_and_no_return(rows: list[Row], by: float) -> None:
    scaled = [(price * by, split, cash * by) for price, split, cash in rows]
    assert np.array_equal(index_of(scaled), index_of(rows) * by, equal_nan=True)  # powers of two: bit for bit


@given(panels)
def test_price_gain_and_dividend_are_the_total_return_and_nothing_is_counted_twice(rows: list[Row]) -> None:
    # RELIABILITY A8: price P&L + dividend = total return, to 1e-9, over each step between known prices.
    index, (close, split, dividend) = index_of(rows), columns(rows)
    known = np.flatnonzero(np.isfinite(close))
    factor = split_factor(split)
    for t0, t1 in pairwise(known):
        paid = np.nansum(dividend[t0 + 1 : t1 + 1] * factor[t0 + 1 : t1 + 1]) / factor[t0]
        gain = close[t1] * factor[t1] / factor[t0] - close[t0]
        assert index[t1] / index[t0] - 1.0 == pytest.approx((gain + paid) / close[t0], abs=1e-9, rel=1e-9)


@given(st.floats(1.0, 1000.0), st.sampled_from([2.0, 3.0, 1.5, 0.1, 0.25]), st.integers(1, 10_000))
def test_a_holding_is_worth_the_same_to_a_cent_over_a_split_applied_once(price: float, ratio: float, units: int) -> None:
    split = array(nan, ratio)  # RELIABILITY A7
    traded = array(price, price / ratio)
    worth = units * split_factor(split) * traded
    assert worth[1] == pytest.approx(worth[0], abs=0.01)
    assert as_seen(traded, split) == pytest.approx([price / ratio] * 2)
    twice = units * split_factor(array(ratio, ratio)) * traded  # the planted fault: the split counted on two days
    assert twice[0] != pytest.approx(worth[0], abs=0.01)


@given(panels, st.integers(0, 29))
def test_what_a_date_sees_ends_there_and_can_be_turned_back(rows: list[Row], row: int) -> None:
    close, split, _ = columns(rows)
    row = min(row, len(rows) - 1)
    seen = as_seen(close, split, row=row)
    assert len(seen) == row + 1
    assert np.array_equal(seen[-1:], close[row : row + 1], equal_nan=True)  # today's price is today's price
    assert np.allclose(as_traded({CLOSE: as_seen(close, split), SPLIT: split})[CLOSE], close, rtol=1e-12, equal_nan=True)


# By hand.


@pytest.mark.parametrize(
    ("close", "split", "dividend", "total"),
    [
        # 100, then 2:1 and 51 with .50 a new unit: (51 * 2 + .50 * 2) / 100 - 1 = 3.0 %
        ([100.0, 51.0], [nan, 2.0], [nan, 0.5], 0.03),
        # 40 with a dividend of 1.00, price to 39: (39 + 1) / 40 - 1 = 0
        ([40.0, 39.0], [nan, nan], [nan, 1.0], 0.0),
        # paid .50 on 2 units within a gap, then 51: (51 * 2 + 1.00) / 100 - 1 = 3.0 %
        ([100.0, nan, nan, 51.0], [nan, 2.0, nan, nan], [nan, nan, 0.5, nan], 0.03),
        # 1.00 paid on one unit, then 2:1 in the same gap: (51 * 2 + 1.00) / 100 - 1
        ([100.0, nan, nan, 51.0], [nan, nan, 2.0, nan], [nan, 1.0, nan, nan], 0.03),
        # ten into one: 4.00 to 41.00 is (41 * .1) / 4 - 1 = 2.5 %
        ([4.0, 41.0], [nan, 0.1], [nan, nan], 0.025),
        # a split before the first price is nobody's
        ([nan, 100.0, 110.0], [2.0, nan, nan], [nan, 5.0, nan], 0.10),
    ],
)
def test_total_return_by_hand(close: list[float], split: list[float], dividend: list[float], total: float) -> None:
    index = total_return(weekdays(len(close)), array(*close), split=array(*split), dividend=array(*dividend))
    known = index[np.isfinite(index)]
    assert known[-1] / known[0] - 1.0 == pytest.approx(total, abs=1e-12)


def with_action(action: Action, before: float, after: float) -> float:
    index = total_return(weekdays(2), array(before, after), actions=[action])
    return float(index[1] / index[0] - 1.0)


def test_actions_count_with_the_value_of_what_was_handed_out() -> None:
    on = weekdays(2)[1]
    # Spin-off: 100 to 85 and half a unit worth 30: price only -15 %, total 85 + 15 = 100, return 0.
    assert with_action(Action(ActionKind.SPIN_OFF, on, ratio=0.5, price=30.0, other="C"), 100.0, 85.0) == 0.0
    # Rights, one for four at 80: TERP 96, worth 4: (96 + 4) / 100 - 1 = 0.
    assert with_action(Action(ActionKind.RIGHTS, on, ratio=0.25, price=80.0), 100.0, 96.0) == 0.0
    # Return of capital of 2: (8.50 + 2) / 10 - 1 = 5 %.
    assert with_action(Action(ActionKind.RETURN_OF_CAPITAL, on, cash=2.0), 10.0, 8.5) == pytest.approx(0.05)
    # Merger for 20 and one unit at 60, last trade 79: the holder gets 80: 80 / 75 - 1.
    deal = Action(ActionKind.MERGER, on, cash=20.0, ratio=1.0, price=60.0, other="ACQ")
    assert with_action(deal, 75.0, 79.0) == pytest.approx(80.0 / 75.0 - 1.0)
    # A delisting is settled elsewhere: the index is that of the prices.
    assert with_action(Action(ActionKind.DELISTING, on, reason="performance"), 10.0, 9.0) == pytest.approx(-0.10)


def test_rights_in_a_gap_after_a_split_are_worth_what_a_unit_then_is() -> None:
    # 100, 2:1 (50 a unit), then one for four at 40: TERP (4 * 50 + 40) / 5 = 48, worth 2 on each of two units.
    days = weekdays(4)
    action = Action(ActionKind.RIGHTS, days[2], ratio=0.25, price=40.0)
    index = total_return(days, array(100.0, nan, nan, 48.0), split=array(nan, 2.0, nan, nan), actions=[action])
    assert index[3] / index[0] - 1.0 == pytest.approx(0.0, abs=1e-12)


def test_what_lies_outside_the_prices_counts_for_nothing() -> None:
    days, close = weekdays(3), array(nan, 10.0, 11.0)
    early = Action(ActionKind.SPIN_OFF, days[0], ratio=1.0, price=5.0)
    late = Action(ActionKind.SPIN_OFF, days[2] + 30, ratio=1.0, price=5.0)
    assert np.array_equal(total_return(days, close, actions=[early, late]), array(nan, 10.0, 11.0), equal_nan=True)
    assert np.isnan(total_return(days, array(nan, nan, nan))).all()
    assert len(total_return(days[:0], array())) == 0


def history(close: list[float], *, known: object = None, dates: Dates | None = None) -> History:
    fields = {CLOSE: array(*close), SPLIT: array(nan, 2.0), DIVIDEND: array(nan, 0.5)}
    return History(About("A", "A", Kind.PRICE, "test"), weekdays(2) if dates is None else dates, fields, known=known)  # type: ignore[arg-type]


def test_a_history_gives_its_own_splits_dividends_and_actions() -> None:
    index = total_return_of(history([100.0, 51.0]))
    assert index[1] / index[0] - 1.0 == pytest.approx(0.03)
    twice = np.array(["2020-01-01", "2020-01-01"], dtype="datetime64[D]")
    instants = np.array(["2020-01-01T21", "2020-01-02T21"], dtype="datetime64[s]")
    with pytest.raises(DataError, match="several vintages"):
        total_return_of(history([100.0, 51.0], known=instants, dates=twice))


@pytest.mark.parametrize(
    ("close", "split", "dividend", "says"),
    [
        ([10.0, 0.0], [nan, nan], [nan, nan], "the close on 2020-01-02 is 0"),
        ([10.0, -1.0], [nan, nan], [nan, nan], "futures are chained"),
        ([10.0, 9.0], [nan, 0.0], [nan, nan], "split ratio in row 1 is 0"),
        ([10.0, 9.0], [nan, nan], [nan, -1.0], "dividend in row 1 is -1"),
        ([10.0, float("inf")], [nan, nan], [nan, nan], "is inf"),
    ],
)
def test_impossible_numbers_are_refused(close: list[float], split: list[float], dividend: list[float], says: str) -> None:
    with pytest.raises(DataError, match=says):
        total_return(weekdays(2), array(*close), split=array(*split), dividend=array(*dividend))


def test_prices_after_a_merger_and_actions_without_a_price_are_refused() -> None:
    days = weekdays(3)
    deal = Action(ActionKind.MERGER, days[1], cash=20.0)
    with pytest.raises(DataError, match="lies after the merger"):
        total_return(days, array(10.0, 20.0, 30.0), actions=[deal])
    with pytest.raises(DataError, match="no price for ACQ"):
        total_return(days[:2], array(10.0, 20.0), actions=[Action(ActionKind.MERGER, days[1], ratio=1.0, other="ACQ")])


# An outside oracle: one vendor's prices as traded, with known splits, against another vendor's adjusted ones.


def test_two_vendors_agree_on_five_funds_once_the_splits_are_undone() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(shared("etf_daily.parquet"), columns=["date", "ticker", "close"]).to_pydict()
    theirs = {(t, str(d)): c for t, d, c in zip(table["ticker"], table["date"], table["close"], strict=True)}
    with gzip.open(shared("etf_as_traded.csv.gz"), "rt") as file:
        rows = list(csv.DictReader(file))
    with shared("corporate_actions.csv").open() as file:
        splits = {(r["ticker"], r["ex_date"]): float(r["new_shares"]) / float(r["old_shares"]) for r in csv.DictReader(file)}
    off = []
    for ticker in sorted({r["ticker"] for r in rows}):
        mine = [(r["date"], float(r["close"])) for r in rows if r["ticker"] == ticker]
        ratio = array(*(splits.get((ticker, day), nan) for day, _ in mine))
        seen = as_seen(array(*(close for _, close in mine)), ratio)
        off += [abs(v / theirs[ticker, d] - 1.0) for (d, _), v in zip(mine, seen, strict=True) if (ticker, d) in theirs]
    gaps = np.array(off)
    assert len(gaps) == 29_388
    assert (gaps <= 1e-6).mean() >= 0.949  # measured .9499
    assert (gaps <= 1e-3).mean() >= 0.996  # measured .9963
    assert (gaps > 0.005).sum() == 24
    assert (gaps > 0.02).sum() == 3  # bad prints of the as-traded file, listed in its README


@given(st.dates(date(2000, 1, 1), date(2020, 1, 1)))
@settings(max_examples=5)
def test_a_first_date_has_the_index_of_its_price(day: date) -> None:
    assert total_return(np.array([day], dtype="datetime64[D]"), array(7.0)).tolist() == [7.0]


def test_what_follows_from_a_history() -> None:
    # 100, then 51 after a 2:1 with .50 a new unit: 50 and 51 in new units, and (51 * 2 + 1.00) / 100 - 1 = 3.0 %.
    dates = np.array(["2020-01-02", "2020-01-03"], dtype="datetime64[D]")
    fields = {CLOSE: np.array([100.0, 51.0]), SPLIT: np.array([1.0, 2.0]), DIVIDEND: np.array([0.0, 0.5])}
    found = derived(History(About("A", "A", Kind.PRICE_AND_DIVIDENDS, ""), dates, fields))
    assert found[SPLIT_ADJUSTED].tolist() == [50.0, 51.0]
    assert found[TOTAL_RETURN].tolist() == pytest.approx([100.0, 103.0])
    assert derived(History(About("A", "A", Kind.PRICE, ""), dates, {CLOSE: fields[CLOSE]})) == {}
