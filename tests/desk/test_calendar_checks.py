"""Dates: what part of the lead its best years make up, which parts of history are ahead, and what the data do not reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.desk.validation_worlds import by_hand, compared, month_ends, monthly, trend
from trimtab.desk import calendar_checks
from trimtab.desk.backtest import backtest
from trimtab.desk.evidence import evidence
from trimtab.desk.grid import Grid
from trimtab.desk.tried import tried
from trimtab.validation.checks import Light
from trimtab.validation.luck import start_luck
from trimtab.validation.subperiods import History, decades, halves


def test_an_edge_of_two_years_fails_and_a_steady_one_passes() -> None:
    rng = np.random.default_rng(0)
    two = rng.normal(0.0, 0.002, (240, 1))
    two -= two.mean()
    two[24:36] += 0.02
    two[120:132] += 0.02
    two -= 0.0005  # everything else loses a little
    found = calendar_checks._episodes(by_hand(two))
    assert found.light is Light.FAIL
    assert "1993-01-29 to 1994-01-31" in found.words
    steady = calendar_checks._episodes(by_hand(rng.normal(0.004, 0.002, (240, 1))))
    assert steady.light is Light.PASS
    assert steady.value == pytest.approx(24.0 / 240.0, abs=0.05)


def test_without_a_lead_there_is_no_edge_to_share() -> None:
    found = calendar_checks._episodes(by_hand(np.full((120, 1), -0.001)))
    assert found.light is Light.UNKNOWN


def test_the_lead_of_a_part_is_growth_a_year() -> None:
    # 1 % a month against nothing is 1.01^12 - 1 = 12.68 % a year in every part, however long it is.
    dates = month_ends(241)
    history = History(dates, 1.01 ** np.arange(241.0), np.ones(241), 12.0, np.zeros(240))
    for part in (*halves(history).parts, *decades(history).parts):
        assert calendar_checks._lead(part) == pytest.approx(1.01**12 - 1.0, rel=1e-9)


# 1999-01 to 2024-12: 26 years of months. Rows count from 1999-01-29; the crises of 2000, 2008, 2020 and 2022 are held whole.


def test_level_parts_of_history_count_neither_way_and_are_named() -> None:
    """Regression: two crises with nothing but rounding between policy and benchmark made 2 of 4, a pass."""
    rng = np.random.default_rng(5)
    other = rng.normal(0.004, 0.04, 312)
    mine = other + 1e-10
    assert calendar_checks._parts(compared(mine, other)).light is Light.UNKNOWN
    assert calendar_checks._crises(compared(mine, other)).words.startswith("no answer: it is level with the benchmark in 2000")
    hair = compared(other - 1e-10, other)
    starts = start_luck(hair.result.wealth, 12.0, rf=hair.rf)
    assert calendar_checks._start(hair, starts).light is Light.PASS  # its worst start is that of the benchmark
    mine[20] -= 0.05  # behind in 2000
    mine[110] -= 0.05  # and in 2008
    mine[280] += 0.05  # ahead in 2022; level in 2020
    found = calendar_checks._crises(compared(mine, other))
    assert found.value == pytest.approx(1.0 / 3.0)
    assert found.light is Light.WARN
    assert "Level, and not counted: 2020." in found.words
    parts = calendar_checks._parts(compared(mine, other))  # behind in the first half, the 2000s; ahead in the second, the 2020s
    assert parts.value == pytest.approx(2.0 / 4.0)
    assert "in 2 of 4 parts (two halves, 4 decades; level, and not counted: 1990s, 2010s)" in parts.words


def test_a_level_half_is_not_ahead() -> None:
    other = np.random.default_rng(6).normal(0.004, 0.04, 312)
    mine = other + 1e-10
    mine[160:] += 0.001
    found = calendar_checks._parts(compared(mine, other))
    assert (found.value, found.light) == (1.0, Light.WARN)
    assert "not counted: first half, 1990s, 2000s" in found.words


def test_on_twenty_years_of_months() -> None:
    market = monthly(trend(), 1, persistent=0.015)
    found = evidence(tried_alone := backtest(trend(), market), tried(tried_alone, Grid(())), seed=1)
    checks = {check.name: check for check in calendar_checks.calendar(found).checks}
    assert all(check.light is not Light.UNKNOWN for check in checks.values())
    assert "Not reached: 1929, 1973, 1987, 2020, 2022." in checks["crises"].words
    assert checks["sub-periods"].words.startswith("Ahead of the benchmark in ")
    short = replace(found, rf=found.rf[:30])
    assert calendar_checks._correlation(short).words == "no answer: 30 months are no longer than the window of 36"
