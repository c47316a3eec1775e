"""A market: histories on shared sessions as pandas would join them, total return as CRSP chains it, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.arrays import Array
from trimtab.core.calendar import closes
from trimtab.core.errors import DataError, InvariantError
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN, TOTAL_RETURN, Field
from trimtab.core.values import Asset
from trimtab.data.adjust import total_return
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Issue, Kind
from trimtab.data.market import Market, last_known
from trimtab.data.publication import known_instants

prices = st.floats(1.0, 1000.0)
cells = st.one_of(st.just(float("nan")), prices)


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def history(
    name: str,
    dates: np.ndarray,
    fields: dict[Field, list[float]],
    kind: Kind = Kind.PRICE,
    lag: int = 0,
    *,
    average: bool = False,
) -> History:
    about = About(name, name, kind, "test", lag_days=lag, is_average=average)
    return History(about, dates, {key: np.array(values, dtype=float) for key, values in fields.items()})


def market(*held: History, series: tuple[History, ...] = ()) -> Market:
    """Assets named after their series."""
    by_name = {h.about.name: h for h in (*held, *series)}
    assets = [Asset(h.about.name, h.about.name) for h in held]
    return assemble(assets, by_name, series=[h.about.name for h in series])


@st.composite
def ragged(draw: st.DrawFn, name: str) -> History:
    dates = draw(st.lists(st.dates(date(2020, 1, 1), date(2020, 3, 1)), min_size=1, max_size=20, unique=True))
    values = draw(st.lists(cells, min_size=len(dates), max_size=len(dates)))
    values[draw(st.integers(0, len(dates) - 1))] = draw(prices)  # some price is known
    return history(name, days(*map(str, sorted(dates))), {CLOSE: values})


# Alignment.


@given(ragged("A"), ragged("B"), ragged("C"))
@settings(max_examples=50)
def test_sessions_are_an_outer_join_and_nothing_is_filled(a: History, b: History, c: History) -> None:
    held = [a, b, c]
    if max(h.dates[0] for h in held) > min(h.dates[-1] for h in held):
        with pytest.raises(DataError, match="no overlap between the series"):
            market(*held)
        return
    found = market(*held)
    joined = pd.concat([pd.Series(h.values, index=pd.DatetimeIndex(h.dates)) for h in held], axis=1, sort=True)
    assert (found.sessions == joined.index.to_numpy().astype("datetime64[D]")).all()
    assert np.array_equal(found.fields[CLOSE], joined.to_numpy(), equal_nan=True)


def test_fields_that_nobody_has_are_not_there() -> None:
    found = market(history("A", days("2020-01-02"), {CLOSE: [1.0]}))
    assert set(found.fields) == {CLOSE, TOTAL_RETURN}
    assert not found.has_open
    empty = market(history("A", days("2020-01-02"), {CLOSE: [1.0], OPEN: [np.nan]}))
    assert not empty.has_open  # a column of unknown opens is no open
    both = market(
        history("A", days("2020-01-02", "2020-01-03"), {CLOSE: [1.0, 2.0], OPEN: [1.5, np.nan]}),
        history("B", days("2020-01-03", "2020-01-06"), {CLOSE: [3.0, 4.0]}),
    )
    assert both.has_open
    assert np.array_equal(both.fields[OPEN], [[1.5, np.nan], [np.nan, np.nan], [np.nan, np.nan]], equal_nan=True)


def test_what_a_market_hands_out_is_read_only() -> None:
    found = market(history("A", days("2020-01-02", "2020-01-03"), {CLOSE: [1.0, 2.0]}))
    for array in (found.sessions, *found.fields.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


# Total return (CRSP).


def chained(close: np.ndarray, dividend: np.ndarray) -> np.ndarray:
    return total_return(np.arange(len(close)).astype("datetime64[D]"), close, dividend=dividend)


def chained_by_loop(close: list[float], dividend: list[float]) -> list[float]:
    """The formula one date at a time: what was paid since the last known price is earned on the next one."""
    index, before, paid, out = float("nan"), float("nan"), 0.0, []
    for price, cash in zip(close, dividend, strict=True):
        paid += 0.0 if np.isnan(cash) else cash
        if np.isnan(price):
            out.append(float("nan"))
            continue
        index = price if np.isnan(before) else index * (price + paid) / before
        before, paid = price, 0.0
        out.append(index)
    return out


@given(st.lists(st.tuples(cells, st.one_of(st.just(float("nan")), st.just(0.0), st.floats(0.0, 5.0))), max_size=30))
def test_total_return_is_chained_as_the_loop_does(rows: list[tuple[float, float]]) -> None:
    close, dividend = [row[0] for row in rows], [row[1] for row in rows]
    found = chained(np.array(close, dtype=float), np.array(dividend, dtype=float))
    assert np.allclose(found, chained_by_loop(close, dividend), rtol=1e-12, equal_nan=True)


@pytest.mark.parametrize(
    ("close", "dividend", "total"),
    [
        # 100 -> 51 after 2:1 and 0.50 a new share, in old shares: (51 * 2 + 1.00) / 100 - 1 = 3.0 % (CRSP)
        ([100.0, 102.0], [0.0, 1.0], 0.03),
        # price 40, dividend 1.00: the price falls by it, to 39, and nothing is lost: (39 + 1) / 40 - 1 = 0
        ([40.0, 39.0], [0.0, 1.0], 0.0),
        # two dividends of 1 % on the price of the day: 1.01 ** 2 - 1 = 2.01 %
        ([100.0, 100.0, 100.0], [np.nan, 1.0, 1.0], 0.0201),
        # paid on a day without a price: earned on the next one, (100 + 2) / 100 - 1
        ([100.0, np.nan, 100.0], [0.0, 2.0, 0.0], 0.02),
        # paid before the first price: nobody held it
        ([np.nan, 100.0, 110.0], [5.0, 0.0, 0.0], 0.10),
    ],
)
def test_total_return_by_hand(close: list[float], dividend: list[float], total: float) -> None:
    dates = np.busday_offset("2020-01-02", np.arange(len(close)))
    found = market(history("A", dates, {CLOSE: close, DIVIDEND: dividend}, Kind.PRICE_AND_DIVIDENDS))
    index = found.fields[TOTAL_RETURN][:, 0]
    known = index[np.isfinite(index)]
    assert known[-1] / known[0] - 1.0 == pytest.approx(total, abs=1e-12)


def test_an_index_that_the_source_gives_is_kept_and_a_price_stands_for_itself() -> None:
    dates = days("2020-01-02", "2020-01-03")
    given_ = history("A", dates, {CLOSE: [10.0, 11.0], TOTAL_RETURN: [1.0, 1.2], DIVIDEND: [0.0, 9.0]}, Kind.TOTAL_RETURN)
    found = market(given_, history("B", dates, {CLOSE: [5.0, 6.0]}))
    assert found.fields[TOTAL_RETURN].tolist() == [[1.0, 5.0], [1.2, 6.0]]


def test_the_check_of_total_return_catches_a_dividend_counted_twice() -> None:
    close, dividend = np.array([100.0, 102.0]), np.array([0.0, 1.0])
    assert not np.allclose(chained(close, 2 * dividend), chained_by_loop(close.tolist(), dividend.tolist()))


# Marking.


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=20))
def test_marks_carry_the_last_price_as_pandas_does(rows: list[list[float]]) -> None:
    values = np.array(rows)
    carried, gaps = last_known(values)
    expected = pd.DataFrame(values).ffill().to_numpy()
    assert np.array_equal(carried, expected, equal_nan=True)
    assert (gaps == (np.isnan(values) & np.isfinite(expected))).all()


# Knowledge.


def test_a_lag_is_in_business_days_after_the_close() -> None:
    # Friday 3 January 2020, one business day late: the close of Monday the 6th, 21:00 UTC.
    late = history("R", days("2020-01-03", "2020-01-06"), {CLOSE: [0.01, 0.02]}, Kind.YIELD, lag=1)
    assert known_instants(late).astype(str).tolist() == ["2020-01-06T21:00:00", "2020-01-07T21:00:00"]


def test_instants_stand_only_where_some_row_is_late() -> None:
    dates = days("2020-01-02", "2020-01-03")
    prompt, late = history("A", dates, {CLOSE: [1.0, 2.0]}), history("B", dates[1:], {CLOSE: [3.0]}, lag=1)
    assert market(prompt).known is None
    known = market(prompt, late).known
    assert known is not None
    assert known[:, 0].tolist() == closes(dates).tolist()
    assert np.isnat(known[0, 1])  # no observation, nothing to know
    assert str(known[1, 1]) == "2020-01-06T21:00:00"


# Identity.


def test_the_digest_changes_with_anything_that_a_decision_can_see() -> None:
    dates = days("2020-01-02", "2020-01-03")
    held = history("A", dates, {CLOSE: [1.0, 2.0], OPEN: [1.0, 2.0]})
    rate = history("R", dates, {CLOSE: [0.01, 0.02]}, Kind.YIELD)
    base = market(held, series=(rate,))
    late = replace(rate, about=replace(rate.about, lag_days=1))
    others = [
        market(history("A", dates, {CLOSE: [1.0, 2.5], OPEN: [1.0, 2.0]}), series=(rate,)),
        market(history("A", dates, {CLOSE: [1.0, 2.0], OPEN: [1.0, 2.5]}), series=(rate,)),
        market(history("A", days("2020-01-02", "2020-01-06"), {CLOSE: [1.0, 2.0], OPEN: [1.0, 2.0]}), series=(rate,)),
        market(held, series=(history("R", dates, {CLOSE: [0.01, 0.03]}, Kind.YIELD),)),
        market(held, series=(late,)),  # the same numbers, known a day later
        market(replace(held, about=replace(held.about, lag_days=1)), series=(rate,)),
        market(held),
    ]
    assert base.digest == market(held, series=(rate,)).digest
    assert len({base.digest, *(other.digest for other in others)}) == 1 + len(others)


def test_averages_are_named_once_held_or_not() -> None:
    dates = days("2020-01-02", "2020-01-03")
    held = history("A", dates, {CLOSE: [1.0, 2.0]}, average=True)
    rate = history("R", dates, {CLOSE: [0.01, 0.02]}, Kind.YIELD, average=True)
    assert market(held, history("B", dates, {CLOSE: [1.0, 2.0]}), series=(rate,)).averages == ("A", "R")


def test_issues_of_every_series_are_kept_once() -> None:
    dates = days("2020-01-02", "2020-01-03")
    found = Issue("sorted", "a.csv:3:1", "sorted")
    one, two = (replace(history(n, dates, {CLOSE: [1.0, 2.0]}), issues=(found,)) for n in ("A", "B"))
    assert market(one, two).issues == (found,)


# Refusals.


def test_a_yield_cannot_be_held() -> None:
    rate = history("R", days("2020-01-02"), {CLOSE: [0.01]}, Kind.YIELD)
    with pytest.raises(DataError, match="R uses the series R, a yield that nobody can hold") as caught:
        market(rate)
    assert caught.value.exit_code == 4
    assert "price or total-return series in the universe" in caught.value.remedy


def test_a_series_without_any_price_is_refused() -> None:
    with pytest.raises(DataError, match="has no price at all"):
        market(history("A", days("2020-01-02"), {CLOSE: [np.nan]}))


def test_no_overlap_names_the_early_and_the_late_one() -> None:
    early = history("OLD", days("2019-01-02", "2019-12-31"), {CLOSE: [1.0, 2.0]})
    late = history("NEW", days("2020-01-02", "2020-01-03"), {CLOSE: [1.0, 2.0]})
    with pytest.raises(DataError, match="no overlap between the series: OLD ends 2019-12-31, NEW starts 2020-01-02"):
        market(early, late)


@pytest.mark.parametrize("dates", [("2020-01-03", "2020-01-02"), ("2020-01-02", "2020-01-02")])
def test_dates_must_rise(dates: tuple[str, str]) -> None:
    with pytest.raises(DataError, match="the dates of A do not rise"):
        history("A", days(*dates), {CLOSE: [1.0, 2.0]})


def test_values_must_fit_their_dates() -> None:
    with pytest.raises(InvariantError, match=r"A close has shape \(1,\), expected \(2,\)"):
        history("A", days("2020-01-02", "2020-01-03"), {CLOSE: [1.0]})


def test_monthly_data_say_so() -> None:
    months = np.busday_offset(
        np.arange("2020-02", "2020-08", dtype="datetime64[M]").astype("datetime64[D]"), -1, roll="forward"
    )
    assert market(history("A", months, {CLOSE: [1.0] * 6})).monthly
    values: Array = np.ones(6)
    assert not market(history("A", np.busday_offset("2020-01-02", np.arange(6)), {CLOSE: values.tolist()})).monthly
