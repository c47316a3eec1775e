"""An attribution adds up: in each period, linked, per year, in cents, and in every part of its window."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.attribution.linking import Linking
from trimtab.attribution.tactical import Attribution, Part, Row, in_money
from trimtab.core.errors import DataError, InvariantError
from trimtab.core.values import Asset

seeds = st.integers(0, 2**32 - 1)
ASSETS = (Asset("A"), Asset("B"))


def some(seed: int, count: int = 24) -> Attribution:
    """Random months with two causes of beliefs and one of costs."""
    rng = np.random.default_rng(seed)
    dates = np.datetime64("2020-01-31") + np.arange(count + 1) * 30
    benchmark = rng.normal(0.005, 0.03, count)
    names = ((Part.SIGNAL, "trend"), (Part.LIMITS, "limits"), (Part.COSTS, "costs"))
    rows = [Row(part, name, name, rng.normal(0.0, 0.01, (count, 3))) for part, name in names]
    returns = benchmark + sum(row.by_period for row in rows)
    values = 1e6 * np.cumprod(np.append(1.0, 1.0 + returns))[:-1]
    gain, base, money = in_money(values, (returns, benchmark), rows)
    priced = tuple(replace(row, money=cents) for row, cents in zip(rows, money, strict=True))
    decisions = tuple(f"d{n}" for n in range(count))
    return Attribution(ASSETS, dates[:-1], dates[1:], decisions, values, returns, benchmark, priced, gain, base)


@given(seeds, st.sampled_from(Linking))
def test_linked_effects_sum_to_the_difference_and_per_year_to_that_of_a_year(seed: int, method: Linking) -> None:
    found = some(seed)
    linked = found.linked(method)
    ahead = found.total - found.benchmark_total
    assert linked.sum() == pytest.approx(ahead, abs=1e-12)
    assert linked.sum() * found.per_year == pytest.approx(found.total_a_year - found.benchmark_a_year, abs=1e-12)


@given(seeds)
def test_money_adds_up_to_the_cent(seed: int) -> None:
    found = some(seed)
    assert sum(row.money for row in found.rows) + found.benchmark_gain == found.gain
    assert float(found.gain) == pytest.approx(found.values[0] * found.total, abs=0.01)
    for row in found.rows:
        assert float(row.money) == pytest.approx((found.values * row.by_period).sum(), abs=0.02)


def test_what_the_ledger_knows_keeps_its_amount() -> None:
    rows = [Row(part, part.value, "", np.full((1, 3), 0.001)) for part in (Part.SIGNAL, Part.COSTS)]
    known = {Part.COSTS: Decimal("0.30")}
    gain, base, money = in_money(np.array([100.0]), (np.array([0.106]), np.array([0.1])), rows, known)
    assert (gain, base, money) == (Decimal("10.60"), Decimal("10.00"), (Decimal("0.30"), Decimal("0.30")))


def test_the_gain_of_the_ledger_is_rounded_as_the_ledger_rounds() -> None:
    """Half a cent goes to the even one; floats that miss it by a billionth do not know."""
    rows = [Row(Part.SIGNAL, "trend", "", np.full((1, 3), 0.0))]
    made = (np.array([0.76918845000001]), np.array([0.76918845000001]))
    assert in_money(np.array([1e5]), made, rows)[0] == Decimal("76918.85")
    assert in_money(np.array([1e5]), made, rows, whole=Decimal("76918.8450"))[:2] == (Decimal("76918.84"),) * 2


@given(seeds)
def test_a_part_of_the_window_adds_up_too(seed: int) -> None:
    found = some(seed)
    part = found.within(found.starts[5], found.ends[11])
    assert part.decisions == found.decisions[5:12]
    assert sum(row.money for row in part.rows) + part.benchmark_gain == part.gain
    assert part.rows[2].money == Decimal(repr(float((part.values * part.rows[2].by_period).sum()))).quantize(Decimal("0.01"))
    assert (1.0 + part.total) == pytest.approx(np.prod(1.0 + found.returns[5:12]))


def test_less_than_a_year_is_not_made_a_year() -> None:
    part = some(1).within(np.datetime64("2020-01-01"), np.datetime64("2020-09-01"))
    assert np.isnan(part.total_a_year)
    assert np.isnan(part.per_year)


def test_equal_returns_have_the_slope_at_them() -> None:
    """Two years at 10 % a year: d(1 + R)^(1/2) / dR = 1.21^(-1/2) / 2 = 0.4545 (a year of 365.25 days)."""
    zero = Row(Part.SIGNAL, "s", "s", np.zeros((2, 3)))
    dates = np.array(["2020-01-01", "2020-12-31", "2021-12-31"], dtype="datetime64[D]")
    r = np.array([0.1, 0.1])
    found = Attribution(ASSETS, dates[:-1], dates[1:], ("a", "b"), np.array([1.0, 1.1]), r, r, (zero,))
    assert found.per_year == pytest.approx(1.21**-0.5 / 2.0, rel=1e-3)
    assert found.largest(zero) == ()


def test_rows_that_miss_the_difference_stop() -> None:
    found = some(2)
    bent = found.rows[0].effects.copy()
    bent[3, 0] += 1e-9
    with pytest.raises(InvariantError, match=r"misses -1\.000e-09 in the period from 2020-04-30"):
        replace(found, rows=(replace(found.rows[0], effects=bent), *found.rows[1:]))
    with pytest.raises(InvariantError, match="to the cent"):
        replace(found, gain=found.gain + Decimal("0.01"))
    with pytest.raises(DataError, match="no period between decisions lies between 1999-01-01 and 2000-01-01"):
        found.within(np.datetime64("1999-01-01"), np.datetime64("2000-01-01"))


def test_the_largest_periods_come_first() -> None:
    found = some(4)
    row = found.rows[0]
    sizes = np.abs(row.by_period)
    assert found.largest(row, 3) == tuple(np.argsort(-sizes)[:3])
