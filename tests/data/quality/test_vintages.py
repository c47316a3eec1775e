"""A history against itself and against what was handed over before: doubles, new bases, lost fields and dates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.data.quality.making import named, plain, walk, weekdays
from trimtab.core.terms import CLOSE, DIVIDEND
from trimtab.data.history import History, Kind
from trimtab.data.quality.findings import Finding, Outcome
from trimtab.data.quality.inspection import inspect

OLD = plain(walk(1))


def said(history: History, earlier: History = OLD) -> list[tuple[str, Outcome, int]]:
    return [(f.code, f.outcome, f.count) for f in against(history, earlier)]


def against(history: History, earlier: History) -> tuple[Finding, ...]:
    return inspect([history], earlier={"X": earlier})


def test_the_same_again_says_nothing() -> None:
    assert said(OLD) == []


def test_one_factor_on_all_values_is_a_new_base_and_no_news() -> None:
    assert said(plain(OLD.values * 0.83)) == [("A13", Outcome.DEGRADE, 300)]


def test_one_factor_before_a_date_is_a_new_base_too() -> None:
    changed = OLD.values.copy()
    changed[:120] *= 1.004
    assert said(plain(changed)) == [("A13", Outcome.DEGRADE, 120)]


def test_single_values_that_changed_are_restated() -> None:
    changed = OLD.values.copy()
    changed[[10, 20]] *= [1.002, 1.003]
    assert said(plain(changed)) == [("A13", Outcome.NOTE, 2)]


def test_fields_dates_and_amounts_that_are_gone_are_said() -> None:
    cash = np.where(np.arange(300) == 100, 1.0, 0.0)
    old = named("X", weekdays(300), {CLOSE: OLD.values, DIVIDEND: cash})
    assert ("A17", Outcome.DEGRADE, 300) in said(OLD, old)
    shorter = replace(OLD, dates=OLD.dates[:-4], fields={CLOSE: OLD.values[:-4]})
    assert ("A17", Outcome.DEGRADE, 4) in said(shorter)
    twice = named("X", weekdays(300), {CLOSE: OLD.values, DIVIDEND: 2.0 * cash})
    assert ("A13", Outcome.DEGRADE, 1) in said(twice, old)


def test_vintages_in_one_history_are_compared_with_each_other() -> None:
    """Thirty months, each known again a month later: 25 on a new base, one repeated, the rest revised a little."""
    months = np.repeat(weekdays(30), 2)
    first = 100.0 + np.arange(30.0)
    second = first * np.where(np.arange(30) < 25, 1.25, 1.002 + 0.001 * np.arange(30))
    second[29] = first[29]
    values = np.column_stack([first, second]).ravel()
    known = months.astype("datetime64[s]") + np.tile([0, 30 * 86400], 30).astype("timedelta64[s]")
    history = replace(plain(OLD.values[:60], kind=Kind.LEVEL), dates=months, fields={CLOSE: values}, known=known)
    assert [(f.code, f.outcome, f.count) for f in inspect([history])] == [
        ("A5", Outcome.NOTE, 1),
        ("A13", Outcome.DEGRADE, 25),
        ("A13", Outcome.NOTE, 4),
    ]
