"""Prices that stand still, numbers that cannot be, days that are missing, series that end or are used again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.data.quality.making import changing, found, named, of, plain, walk, weekdays
from trimtab.core.terms import CLOSE, DIVIDEND, HIGH, OPEN, TOTAL_RETURN, VOLUME
from trimtab.data.history import History, Kind
from trimtab.data.quality.findings import Outcome
from trimtab.data.quality.inspection import inspect
from trimtab.data.quality.settings import Settings
from trimtab.data.quality.stale import Stale

PEERS = tuple(plain(walk(seed), name=f"P{seed}") for seed in range(1, 6))


def still(rows: slice) -> History:
    close = walk(9)
    close[rows] = close[rows.start - 1]
    return plain(close)


def dropped(history: History, rows: np.ndarray) -> History:
    keep = np.setdiff1d(np.arange(len(history.dates)), rows)
    return replace(history, dates=history.dates[keep], fields={f: v[keep] for f, v in history.fields.items()})


# --- A2 -----------------------------------------------------------------------------------------------------------------


def test_ten_equal_closes_while_the_peers_move_carry_a_flag() -> None:
    (flag,) = of(found(still(slice(100, 110)), *PEERS), Outcome.DEGRADE)
    assert (flag.code, [*flag.rows]) == ("A2", [*range(99, 110)])


def test_four_equal_closes_say_nothing_and_ten_without_peers_are_noted() -> None:
    assert not of(found(still(slice(100, 103)), *PEERS), Outcome.DEGRADE, Outcome.NOTE)
    assert [f.code for f in of(found(still(slice(100, 110))), Outcome.NOTE)] == ["A2"]


def test_when_all_stand_still_the_market_was_shut() -> None:
    shut = [plain(np.where((np.arange(300) >= 100) & (np.arange(300) < 107), w[100], w)) for w in map(walk, range(6))]
    all_of_them = [replace(h, about=replace(h.about, name=f"P{n}")) for n, h in enumerate(shut)]
    assert {f.outcome for f in inspect(all_of_them) if f.code == "A2"} <= {Outcome.NOTE}


def test_a_bill_fund_repeats_its_price_by_habit() -> None:
    """A cent a week on 91 dollars: four closes in five are equal, and runs of seven are its habit."""
    close = 91.0 + 0.01 * np.round(np.arange(300) / 5.0)
    assert not of(found(plain(close), *PEERS), Outcome.DEGRADE)


def test_control_a_detector_without_a_habit_calls_the_bill_fund_stale() -> None:
    close = plain(91.0 + 0.01 * np.round(np.arange(300) / 7.0))
    said = inspect([close, *PEERS], settings=Settings(detectors=(Stale(chance=1e9),)))
    assert any(f.series == "X" for f in said)


# --- A3 -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [0.0, -5.0, np.inf, -np.inf])
@pytest.mark.parametrize("field", [CLOSE, OPEN, HIGH])
def test_a_number_that_is_no_price_is_set_aside(bad: float, field: object) -> None:
    close = walk(1)
    fields = {CLOSE: close, OPEN: close * 1.001, HIGH: close * 1.01}
    fields[field] = np.where(np.arange(300) == 77, bad, fields[field])  # type: ignore[index]
    said = [f for f in changing(found(named("X", weekdays(300), fields))) if f.code == "A3"]
    assert [(f.field, [*f.rows]) for f in said] == [(field, [77])]


def test_a_negative_dividend_or_volume_is_no_amount() -> None:
    cash = np.where(np.arange(300) == 50, -1.0, 0.0)
    history = named("X", weekdays(300), {CLOSE: walk(1), DIVIDEND: cash, VOLUME: cash + 0.5})
    assert {f.field for f in changing(found(history))} == {DIVIDEND, VOLUME}


def test_zero_is_missing_far_from_zero_and_a_value_near_it() -> None:
    level = 300.0 + np.cumsum(np.ones(300))
    level[200:] = 0.0
    (one,) = changing(found(plain(level, kind=Kind.LEVEL)))
    assert [*one.rows] == [*range(200, 300)]
    bill = np.round(np.abs(np.cumsum(np.random.default_rng(1).normal(0.0, 0.02, 300))), 2)
    assert not changing(found(plain(bill, kind=Kind.YIELD)))


# --- A4, A11 ------------------------------------------------------------------------------------------------------------


def test_missing_sessions_are_counted_against_the_calendar() -> None:
    full = plain(walk(1))
    history = dropped(full, np.array([50, 120, 121, 122, 123, 124, 125]))
    said = inspect([history], sessions={"X": full.dates})
    long, short = of(said, Outcome.QUARANTINE)[0], of(said, Outcome.DEGRADE)[0]
    assert (long.count, long.first, long.last) == (6, full.dates[120], full.dates[125])
    assert (short.count, short.first) == (1, full.dates[50])


def test_the_calendar_may_be_that_of_the_market_and_without_one_the_peers_are_it() -> None:
    full = plain(walk(1))
    history = dropped(full, np.array([50]))
    at_home = replace(history, about=replace(history.about, market="XTKS"))
    assert [f.code for f in inspect([at_home], sessions={"XTKS": full.dates})] == ["A4"]
    assert [f.code for f in found(history, *PEERS)] == ["A4"]
    assert not found(history)


def test_a_day_without_any_price_and_rows_without_one() -> None:
    def emptied(history: History) -> History:
        return replace(history, fields={CLOSE: np.where(np.arange(300) == 70, np.nan, history.values)})

    nobody = inspect([emptied(one) for one in PEERS])
    assert {(f.code, f.outcome, f.what) for f in nobody} == {("A11", Outcome.QUARANTINE, "no asset has a price")}
    (alone,) = found(emptied(plain(walk(8))), *PEERS)
    assert (alone.code, alone.outcome) == ("A11", Outcome.DEGRADE)


# --- A12, A14 -----------------------------------------------------------------------------------------------------------


def test_a_series_that_ends_before_its_peers_may_be_delisted() -> None:
    (flag,) = found(dropped(plain(walk(8)), np.arange(280, 300)), *PEERS)
    assert (flag.code, flag.outcome, flag.count) == ("A12", Outcome.DEGRADE, 20)
    (note,) = found(dropped(plain(walk(8)), np.arange(298, 300)), *PEERS)
    assert note.outcome is Outcome.NOTE


def test_another_level_after_a_long_silence_may_be_another_company() -> None:
    close = walk(8)
    close[200:] *= 4.0
    said = changing(found(dropped(plain(close), np.arange(140, 200))))
    assert {(f.code, f.outcome) for f in said} == {("A14", Outcome.QUARANTINE)}
    assert [*said[0].rows] == [*range(140)]


def test_the_same_level_after_a_long_silence_carries_a_flag() -> None:
    said = found(dropped(plain(walk(8)), np.arange(140, 200)))
    assert not changing(said)
    assert [f.code for f in of(said, Outcome.DEGRADE)] == ["A14"]


def test_values_over_a_period_that_are_held_carry_a_flag() -> None:
    months = named("X", np.arange("2000-01", "2020-01", dtype="datetime64[M]").astype("datetime64[D]"), {CLOSE: walk(3, 240)})
    mean = replace(months, about=replace(months.about, is_average=True, frequency="monthly"))
    assert any(f.outcome is Outcome.DEGRADE and "averages" in f.what for f in found(mean))
    assert any("first of a month" in f.what for f in found(months))


def test_a_monthly_mean_of_a_walk_is_known_by_its_changes() -> None:
    """Neighbouring changes of means correlate by 0.25 (Working 1960); those of month ends do not."""
    daily = walk(3, 21 * 480)
    stamps = np.arange("1980-01", "2020-01", dtype="datetime64[M]").astype("datetime64[D]") + 20
    mean, last = daily.reshape(480, 21).mean(axis=1), daily.reshape(480, 21)[:, -1]
    known = [any("correlate" in f.what for f in found(named("X", stamps, {CLOSE: v}))) for v in (mean, last)]
    assert known == [True, False]


def test_a_total_return_index_is_checked_as_prices_are() -> None:
    index = walk(2)
    index[150] *= 1.3
    history = named("X", weekdays(300), {CLOSE: index, TOTAL_RETURN: index}, Kind.TOTAL_RETURN)
    assert {f.field for f in changing(found(history))} == {CLOSE, TOTAL_RETURN}
