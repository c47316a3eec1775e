"""Prices a hundred times too large or too small: cells, rows, blocks, and up to a date."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.quality.making import changing, found, named, plain, scaled, walk, weekdays
from tests.data.quality.test_dividend_errors import SOUND
from trimtab.core.terms import ADJUSTED, CLOSE, HIGH, LOW, OPEN, SPLIT, Field
from trimtab.data.history import Kind
from trimtab.data.quality.clearing import cleared
from trimtab.data.quality.findings import Outcome
from trimtab.data.quality.inspection import inspect
from trimtab.data.quality.settings import Settings
from trimtab.data.quality.units import Units

PRICES = (OPEN, HIGH, LOW, CLOSE, ADJUSTED)


@given(st.lists(st.integers(1, 293), min_size=1, max_size=25, unique=True), st.sampled_from([100.0, 0.01]))
@settings(max_examples=25)
def test_rows_in_the_wrong_unit_anywhere_are_put_right(rows: list[int], factor: float) -> None:
    broken = scaled(SOUND, rows, factor, PRICES)
    done = cleared(broken, found(broken, split_adjusted=True))
    for field in PRICES:
        assert done.fields[field] == pytest.approx(SOUND.fields[field], rel=1e-12)


@given(st.integers(1, 293), st.sampled_from(PRICES), st.sampled_from([100.0, 0.01]))
@settings(max_examples=25)
def test_a_single_cell_in_the_wrong_unit_is_put_right_and_no_other_touched(row: int, field: Field, factor: float) -> None:
    broken = scaled(SOUND, [row], factor, [field])
    said = changing(found(broken, split_adjusted=True))
    assert [(f.field, f.outcome, [*f.rows]) for f in said] == [(field, Outcome.REPAIR, [row])]


def test_a_change_of_unit_for_good_puts_the_older_rows_into_the_new_one() -> None:
    broken = scaled(SOUND, slice(0, 290), 100.0, PRICES)
    said = changing(found(broken, split_adjusted=True))
    assert {f.code for f in said} == {"A6"}
    assert cleared(broken, said).fields[CLOSE] == pytest.approx(SOUND.fields[CLOSE], rel=1e-12)


def test_a_change_of_unit_this_week_is_set_aside() -> None:
    said = changing(found(scaled(SOUND, slice(297, 300), 100.0, PRICES), split_adjusted=True))
    assert {f.outcome for f in said} == {Outcome.QUARANTINE}
    assert all([*f.rows] == [297, 298, 299] for f in said)


def test_a_minor_unit_is_said() -> None:
    pence = replace(plain(walk(1)), about=replace(plain(walk(1)).about, currency="GBX"))
    assert any(f.code == "A6" and "hundredths" in f.what for f in found(pence))


def test_a_reverse_split_of_a_hundred_is_no_error_of_units() -> None:
    close = walk(1)
    close[:150] /= 100.0
    listed = named("X", weekdays(300), {CLOSE: close, SPLIT: np.where(np.arange(300) == 150, 0.01, np.nan)})
    assert not changing(found(listed))


def test_a_spread_that_goes_through_zero_is_no_error_of_units() -> None:
    spread = np.where(np.arange(300) % 2 == 0, 0.0001, 0.011)
    spread[7] = -0.002
    assert not changing(found(plain(spread, kind=Kind.LEVEL)))


def test_control_a_detector_that_reaches_nowhere_finds_nothing() -> None:
    broken = scaled(SOUND, [50], 100.0, PRICES)
    assert not inspect([broken], settings=Settings(detectors=(Units(reach=0.0),)))
    assert inspect([broken], settings=Settings(detectors=(Units(),)))
