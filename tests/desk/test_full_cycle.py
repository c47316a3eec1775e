"""The full-cycle review: closed before its day, and then years, fan, odds and evidence as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.desk.adhered_worlds import Desk, desk, governed, later
from tests.desk.worlds import market
from trimtab.core.entries import Fill, Flow
from trimtab.core.errors import ApprovalRequired, DataError
from trimtab.core.terms import CLOSE
from trimtab.data.market import Market
from trimtab.desk.expected import Expected, save_expected
from trimtab.desk.full_cycle import FullCycle, full_cycle
from trimtab.desk.policy import Policy
from trimtab.validation.expectations import Expectations, Origin, expectations_of

CYCLE = date(2004, 1, 10)
PATHS = 400


@cache
def long_world() -> Market:
    """Weekdays of more than three years from 2 January 2001."""
    return market(governed(), 3, count=810, volatility=0.01)


def fan(drift: float) -> Expectations:
    """What was expected: months of `drift` and 3 % deviation, the benchmark at 0.5 % and 1 %, independent of each other."""
    rng = np.random.default_rng(5)
    shape = (PATHS, 120)
    drawn = (drift + 0.03 * rng.standard_normal(shape), 0.005 + 0.01 * rng.standard_normal(shape))
    return replace(expectations_of(*drawn, per_year=12), origin=Origin(PATHS, 5, 3.0, 120))


@contextmanager
def account(folder: Path) -> Iterator[Desk]:
    """All of 100,000 in A on 11 January 2001, and nothing since."""
    with desk(folder, funded=False) as made:
        price = Decimal(100)
        day = date(2001, 1, 11)
        made.enter(Flow(day, Decimal(100_000)), Fill(day, 0, Decimal(1000), price, -1000 * price, Decimal(0), ""), on=day)
        yield made


def looked(made: Desk, folder: Path, drift: float | None = None, today: date = CYCLE, world: Market | None = None) -> FullCycle:
    def load(_: Policy) -> Market:
        return long_world() if world is None else world

    if drift is not None:
        source = {"model": "bootstrap", "years": 10, "first": "1990-01-01", "last": "2000-12-31"}
        save_expected(folder, Expected("law", made.policy.sha256, fan(drift), {}, source))
    return full_cycle(made.book, folder, "P1", today, load=load)


def test_parameters_are_closed_until_the_cycle_is_over(tmp_path: Path) -> None:
    with account(tmp_path) as made:
        with pytest.raises(ApprovalRequired, match="law are closed until the full cycle of P1 is over on 2004-01-10") as told:
            looked(made, tmp_path, today=later(CYCLE, -1))
        assert told.value.exit_code == 5


def test_the_record_stands_where_it_would_by_counting_paths(tmp_path: Path) -> None:
    """An outside count: how many of the paths ended below what the account's wealth came to after the same months."""
    with account(tmp_path) as made:
        found = looked(made, tmp_path, 0.004)
        assert found.promise is not None
        months = found.promise.months
        age = len(months.dates) - 1
        assert age == 35  # from 11 January 2001 on, whole months up to 10 January 2004
        rng = np.random.default_rng(5)
        ended = np.prod(1.0 + (0.004 + 0.03 * rng.standard_normal((PATHS, 120)))[:, :age], axis=1)
        below = 100.0 * float(np.mean(ended < months.wealth[-1]))
        assert found.percentiles["wealth"] == pytest.approx(below, abs=2.6)  # percentiles are kept 5 apart
        assert found.lagging == found.promise.expected.fan.lagging


def test_below_the_5th_percentile_is_a_reason_to_look_and_not_to_stop(tmp_path: Path) -> None:
    with account(tmp_path) as made:
        low = looked(made, tmp_path, 0.06)  # six per cent a month were expected
        assert low.percentiles["wealth"] < 5.0
        assert low.verdict == "Below the 5th percentile of what was expected: investigate, not stop."
    with account(tmp_path / "inside") as made:
        inside = looked(made, tmp_path / "inside", 0.004)
        assert min(inside.percentiles.values()) >= 5.0
        assert inside.verdict == "Inside what was expected before launch: no reason to change anything."


def test_years_are_those_of_what_is_held(tmp_path: Path) -> None:
    """1,000 units of A that cost 100,000 on 11 January 2001: wealth since is what they are worth, by the price alone."""
    with account(tmp_path) as made:
        found = looked(made, tmp_path)
        three, five, cycle, whole = found.spans
        assert [one.name for one in found.spans] == ["3 years", "5 years", "full cycle", "whole record"]
        assert three.why == five.why == "the record begins on 2001-01-11"
        assert "no cycle is complete" in cycle.why
        world = long_world()
        rows = world.sessions <= np.datetime64(CYCLE)
        closes = world.fields[CLOSE][rows, 0]
        begun = int(np.searchsorted(world.sessions, np.datetime64("2001-01-11")))
        assert whole.mine == pytest.approx(closes[-1] / closes[begun] - 1.0)
        fell = closes[begun:] / np.maximum.accumulate(closes[begun:]) - 1.0
        assert whole.fall == pytest.approx(float(fell.min()))


def test_without_expectations_or_validation_it_is_said(tmp_path: Path) -> None:
    with account(tmp_path) as made:
        found = looked(made, tmp_path)
        assert found.promise is None
        assert found.verdict.startswith("Nothing can be said of the fan: nothing is written down")
        assert (found.percentiles, found.lagging, found.evidence, found.validation) == ({}, {}, (), None)


def test_prices_that_end_before_the_cycle_are_refused(tmp_path: Path) -> None:
    with account(tmp_path) as made, pytest.raises(DataError, match=r"end on 2002-03-2\d, and the cycle on 2004-01-10"):
        looked(made, tmp_path, world=market(governed(), 3))
