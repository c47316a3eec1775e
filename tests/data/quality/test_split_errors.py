"""Splits that some rows do not have, have twice, or that nobody recorded; and what only looks like one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.quality.making import changing, found, named, of, plain, scaled, walk, weekdays, with_field
from tests.data.quality.test_dividend_errors import SOUND
from trimtab.core.terms import ADJUSTED, CLOSE, HIGH, LOW, OPEN, SPLIT, VOLUME
from trimtab.data.history import History
from trimtab.data.quality.clearing import cleared
from trimtab.data.quality.findings import Outcome

PRICES = (OPEN, HIGH, LOW, CLOSE, ADJUSTED)


def split_on(row: int, ratio: float, history: History = SOUND) -> History:
    """The sound history, whose prices are divided by a split on `row`."""
    split = np.zeros(len(history.dates))
    split[row] = ratio
    return with_field(history, SPLIT, split)


def broken(rows: slice, ratio: float, *, at: int = 200) -> History:
    """Rows that stand `ratio` times too high, and trade so many units less."""
    return scaled(scaled(split_on(at, ratio), rows, ratio, PRICES), rows, 1.0 / ratio, (VOLUME,))


@pytest.mark.parametrize("ratio", [2.0, 3.0, 10.0, 0.1, 0.25, 1.5])
@pytest.mark.parametrize("rows", [slice(0, 200), slice(0, 203), slice(150, 190), slice(197, 198), slice(200, 201)], ids=str)
def test_rows_without_a_listed_split_are_put_on_the_level_of_the_latest(ratio: float, rows: slice) -> None:
    said = found(broken(rows, ratio), split_adjusted=True)
    assert {(f.code, f.outcome) for f in changing(said)} == {("A7", Outcome.REPAIR)}
    done = cleared(broken(rows, ratio), said)
    for field in (*PRICES, VOLUME):
        assert done.fields[field] == pytest.approx(SOUND.fields[field], rel=1e-12)


def test_a_split_that_all_rows_have_says_nothing() -> None:
    assert not changing(found(split_on(200, 4.0), split_adjusted=True))


def test_prices_as_traded_with_their_split_say_nothing() -> None:
    """100 before a 4:1 split is 25 after it: on the continuous basis nothing happened."""
    traded = scaled(scaled(split_on(200, 4.0), slice(0, 200), 4.0, (OPEN, HIGH, LOW, CLOSE)), slice(0, 200), 0.25, (VOLUME,))
    traded = named("X", traded.dates, {f: v for f, v in traded.fields.items() if f in (CLOSE, VOLUME, SPLIT)})
    assert not changing(found(traded))


def test_a_listed_split_that_prices_as_traded_do_not_show_is_set_aside() -> None:
    """Either the split is false or the prices are adjusted already: nobody can tell, so nothing before it is used."""
    said = changing(found(named("X", SOUND.dates, {CLOSE: SOUND.fields[CLOSE], SPLIT: split_on(200, 4.0).fields[SPLIT]})))
    assert {(f.code, f.outcome) for f in said} == {("A7", Outcome.QUARANTINE)}
    assert {int(f.rows[-1]) for f in said} == {199}


@pytest.mark.parametrize("ratio", [2.0, 3.0, 5.0, 10.0, 0.1])
def test_a_step_of_a_split_that_stands_in_no_list_is_set_aside(ratio: float) -> None:
    close = walk(4)
    close[180:] /= ratio
    said = changing(found(plain(close)))
    assert {(f.code, f.outcome) for f in said} == {("A7", Outcome.QUARANTINE)}
    assert [*said[0].rows] == [*range(180)]


def test_a_fall_of_a_half_in_a_wild_stock_may_be_the_market() -> None:
    """Moves of 4 % a day: Student's t allows a loss of 52 %, as Apple's on 2000-09-29. It is noted, and used."""
    close = walk(4, vol=0.04)
    close[180:] *= 0.48
    said = found(plain(close))
    assert not changing(said)
    assert of(said, Outcome.NOTE)


def test_a_takeover_by_no_usual_ratio_carries_a_flag() -> None:
    close = walk(4)
    close[180:] *= 13.7
    (flag,) = of(found(plain(close)), Outcome.DEGRADE)
    assert flag.code == "A7"
    assert [*flag.rows] == [180]


def test_the_last_rows_are_set_aside_for_nobody_knows_yet_which_level_will_stay() -> None:
    close = walk(4)
    close[-3:] /= 10.0
    said = changing(found(plain(close)))
    assert {f.outcome for f in said} == {Outcome.QUARANTINE}
    assert [*said[0].rows] == [297, 298, 299]


def test_a_small_split_among_wild_moves_is_left_alone() -> None:
    """A stock dividend of 5 % in moves of 3 % cannot be told from a day of the market."""
    wild = named("X", weekdays(300), {CLOSE: walk(4, vol=0.03), SPLIT: np.where(np.arange(300) == 150, 1.05, 0.0)})
    assert not changing(found(wild, split_adjusted=True))


def test_control_one_usual_step_more_or_less_does_not_decide() -> None:
    """The same error where moves are as large as the split: not found, which is right."""
    calm, wild = (named("X", weekdays(300), {CLOSE: walk(4, vol=v), SPLIT: np.zeros(300)}) for v in (0.01, 0.3))
    for history, hit in ((calm, True), (wild, False)):
        split = np.where(np.arange(300) == 150, 2.0, 0.0)
        damaged = scaled(with_field(history, SPLIT, split), slice(100, 120), 2.0, (CLOSE,))
        assert bool(changing(found(damaged, split_adjusted=True))) is hit
