"""Futures in one series: the chain against a holder who counts, the worked example, and prices below zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError
from trimtab.data.futures import (
    Adjusted,
    Adjustment,
    Contract,
    Roll,
    adjusted,
    chained,
    roll_costs,
    roll_yield,
)

nan = float("nan")
START = np.datetime64("2020-01-01")
LENGTH = 12  # sessions from one expiry to the next


def contract(name: str, prices: list[float], *, first: int = 0, expiry: int = 0) -> Contract:
    dates = START + np.arange(first, first + len(prices))
    return Contract(name, START + (expiry or first + len(prices) - 1), dates, np.array(prices, dtype=float))


def example() -> tuple[list[Contract], list[Roll]]:
    """F1 98 then 100, a roll at 100 and 102, F2 102 then 104."""
    contracts = [contract("F1", [98.0, 100.0]), contract("F2", [102.0, 104.0], first=1, expiry=40)]
    return contracts, [Roll(START + 1, "F1", "F2", 100.0, 102.0)]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Contract], list[Roll]]:
    """Up to four contracts with overlapping lives, rolled somewhere in each overlap, at a cost."""
    count = draw(st.integers(1, 4))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    contracts, rolls = [], []
    for k in range(count):
        prices = 50.0 * np.exp(np.cumsum(0.03 * random.standard_normal(2 * LENGTH)))
        prices[1:-1][random.random(2 * LENGTH - 2) < 0.1] = nan
        contracts.append(contract(f"F{k}", prices.tolist(), first=k * LENGTH))
    for k in range(count - 1):
        near, far = contracts[k], contracts[k + 1]
        both = [d for d in near.dates[LENGTH:] if price(near, d) > 0.0 and price(far, d) > 0.0]
        on = both[draw(st.integers(0, len(both) - 1))]
        rolls.append(Roll(on, near.name, far.name, price(near, on), price(far, on), draw(st.sampled_from([0.0, 0.001]))))
    return contracts, rolls


def price(one: Contract, on: np.datetime64) -> float:
    at = np.flatnonzero(one.dates == on)
    return float(one.settle[at[0]]) if len(at) else nan


# Laws.


def holder(contracts: list[Contract], rolls: list[Roll]) -> dict[np.datetime64, float]:
    """One who holds one contract at a time and multiplies day by day, over gaps in settlements."""
    by_name, out = {c.name: c for c in contracts}, {}
    way, wealth = {r.date: r for r in rolls}, 1.0
    held, before = contracts[0], nan
    for on in np.unique(np.concatenate([c.dates for c in contracts])):
        now = price(held, on)
        if not np.isnan(now):
            wealth *= now / before if not np.isnan(before) else 1.0
            before = now
        if on in way:
            wealth *= 1.0 - way[on].cost
            held, before = by_name[way[on].new], way[on].price_new
        out[on] = wealth if not np.isnan(now) else nan
    return out


@given(worlds())
def test_the_chain_is_what_a_holder_earns(world: tuple[list[Contract], list[Roll]]) -> None:
    contracts, rolls = world
    found, counted = chained(contracts, rolls), holder(contracts, rolls)
    want = np.array([counted[on] for on in found.dates])
    assert np.allclose(found.index, want, rtol=1e-12, equal_nan=True)
    assert (np.diff(found.dates) > np.timedelta64(0, "D")).all()
    assert found.issues == ()


def revised(contracts: list[Contract], rolls: list[Roll], derive: object) -> int:
    """How many values dated up to some date change when the rolls after it are added."""
    whole = derive(contracts, rolls)  # type: ignore[operator]
    wrong = 0
    for k, roll in enumerate(rolls):
        part = derive(contracts, rolls[:k])  # type: ignore[operator]
        early = part.dates < roll.date
        inside = whole.dates < roll.date
        mine = part.index if hasattr(part, "index") else part.values
        other = whole.index if hasattr(whole, "index") else whole.values
        wrong += int((~((mine[early] == other[inside]) | (np.isnan(mine[early]) & np.isnan(other[inside])))).sum())
    return wrong


@given(worlds())
def test_a_later_roll_changes_no_bit_of_the_chain(world: tuple[list[Contract], list[Roll]]) -> None:
    contracts, rolls = world
    assert revised(contracts, rolls, chained) == 0


def test_the_law_catches_the_ratio_adjusted_series() -> None:
    contracts, rolls = example()  # the control: history that is revised at every roll
    assert revised(contracts, rolls, adjusted) > 0
    assert revised(contracts, rolls, chained) == 0


@given(worlds())
def test_later_settlements_change_no_bit_of_the_chain(world: tuple[list[Contract], list[Roll]]) -> None:
    contracts, rolls = world
    whole = chained(contracts, rolls)
    for cut in whole.dates[::5]:
        known = [Contract(c.name, c.expiry, c.dates[c.dates <= cut], c.settle[c.dates <= cut]) for c in contracts]
        part = chained(known, [r for r in rolls if r.date <= cut])
        upto = whole.dates <= cut
        assert np.array_equal(part.dates, whole.dates[upto])
        assert np.array_equal(part.index, whole.index[upto], equal_nan=True)


@given(worlds())
def test_ratio_adjusted_returns_are_those_of_the_chain_before_costs(world: tuple[list[Contract], list[Roll]]) -> None:
    contracts, rolls = world
    free = [replace(r, cost=0.0) for r in rolls]
    chain, ratio = chained(contracts, free), adjusted(contracts, rolls)
    assert np.array_equal(chain.dates, ratio.dates)
    assert np.allclose(ratio.values / ratio.values[0], chain.index, rtol=1e-12, equal_nan=True)
    # Costs come out of the chain and of nothing else.
    costly = chained(contracts, rolls).index
    last = np.flatnonzero(np.isfinite(costly))[-1]
    assert costly[last] == pytest.approx(chain.index[last] * (1.0 - roll_costs(rolls)), rel=1e-12)


@given(worlds(), st.sampled_from([0.125, 16.0]))
def test_another_unit_of_price_changes_no_return(world: tuple[list[Contract], list[Roll]], by: float) -> None:
    contracts, rolls = world
    other = [Contract(c.name, c.expiry, c.dates, c.settle * by) for c in contracts]
    rolled = [replace(r, price_old=r.price_old * by, price_new=r.price_new * by) for r in rolls]
    assert np.array_equal(chained(other, rolled).index, chained(contracts, rolls).index, equal_nan=True)


@given(worlds(), st.randoms())
def test_the_order_of_the_contracts_does_not_matter(world: tuple[list[Contract], list[Roll]], random: object) -> None:
    contracts, rolls = world
    mixed = list(contracts)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert np.array_equal(chained(mixed, rolls).index, chained(contracts, rolls).index, equal_nan=True)


# By hand.


def values(found: Adjusted) -> list[float]:
    return [round(v, 10) for v in found.values.tolist()]


def test_the_worked_example() -> None:
    contracts, rolls = example()
    # Ratio: 98 * 102 / 100 = 99.96, then 100 * 1.02 = 102, then 104: 2.0408 % and 1.9608 %, the true returns.
    ratio = adjusted(contracts, rolls)
    assert values(ratio) == [99.96, 102.0, 104.0]
    assert np.round(ratio.returns(), 6).tolist() == [0.020408, 0.019608]
    assert not ratio.for_showing_only
    # Chain: 100 / 98, then times 104 / 102.
    chain = chained(contracts, rolls).index
    assert np.round(chain[1:] / chain[:-1] - 1.0, 6).tolist() == [0.020408, 0.019608]
    # Difference: 98 + 2 = 100, then 102, 104: 2.00 % and 1.96 %, which are wrong, and not handed out.
    difference = adjusted(contracts, rolls, Adjustment.DIFFERENCE)
    assert values(difference) == [100.0, 102.0, 104.0]
    wrong = difference.values[1:] / difference.values[:-1] - 1.0
    assert np.round(wrong, 4).tolist() == [0.02, 0.0196]
    assert difference.for_showing_only
    with pytest.raises(DataError, match="difference-adjusted series are wrong"):
        difference.returns()


def test_roll_costs_by_hand() -> None:
    contracts, rolls = example()
    paid = [replace(rolls[0], cost=0.001)]
    # 100 / 98 * (1 - .001), then times 104 / 102.
    assert chained(contracts, paid).index.tolist() == pytest.approx([1.0, 100 / 98 * 0.999, 100 / 98 * 0.999 * 104 / 102])
    assert roll_costs([*paid, *paid]) == pytest.approx(1.0 - 0.999**2)
    assert roll_costs([]) == 0.0


def test_roll_yield_by_hand() -> None:
    assert roll_yield(100.0, 102.0, 1.0) == pytest.approx(-0.24)  # (100 - 102) / 100 * 12
    assert roll_yield(100.0, 99.0, 3.0) == pytest.approx(0.04)  # (100 - 99) / 100 * 4
    with pytest.raises(DataError, match="no roll yield"):
        roll_yield(-37.63, 20.43, 1.0)


def test_no_price_yet_and_a_price_that_starts_late() -> None:
    late = contract("F1", [nan, nan, 50.0, 51.0])
    found = chained([late], [])
    assert found.index.tolist() == [1.0, 51.0 / 50.0]
    assert len(chained([contract("F1", [nan, nan])], []).index) == 0


# Prices below zero.

APRIL = np.datetime64("2020-04-15")


def crude() -> tuple[list[Contract], list[Roll]]:
    """May crude down to -37.63 on 2020-04-20, left on the 21st for June (the prices around that day are invented)."""
    days: Dates = APRIL + np.array([0, 1, 2, 5, 6, 7])
    may = Contract("CLK20", APRIL + 6, days[:5], np.array([20.0, 20.0, 18.0, -37.63, 10.0]))
    june = Contract("CLM20", APRIL + 35, days, np.array([26.0, 25.5, 25.0, 20.4, 11.6, 13.8]))
    return [may, june], [Roll(APRIL + 6, "CLK20", "CLM20", 10.0, 11.6)]


def test_ratios_are_refused_over_a_price_below_zero() -> None:
    contracts, rolls = crude()
    with pytest.raises(DataError, match=r"settled at -37.63: there is no ratio over it\. Use the chain up to 2020-04-20"):
        adjusted(contracts, rolls)
    shown = adjusted(contracts, rolls, Adjustment.DIFFERENCE)
    assert shown.values.min() == pytest.approx(-36.03)  # -37.63 + 1.60


def test_the_chain_ends_at_a_price_below_zero_and_says_so() -> None:
    contracts, rolls = crude()
    found = chained(contracts, rolls)
    assert found.index[:3].tolist() == pytest.approx([1.0, 1.0, 0.9])
    assert np.isnan(found.index[3:]).all()
    (issue,) = found.issues
    assert "held on 2020-04-20 settled at -37.63" in issue.what
    assert "chain ends" in issue.action


def test_who_rolled_before_never_saw_it() -> None:
    contracts, _ = crude()
    found = chained(contracts, [Roll(APRIL + 1, "CLK20", "CLM20", 20.0, 25.5)])
    assert found.issues == ()
    assert found.index.tolist() == pytest.approx([1.0, 1.0, 25.0 / 25.5, 20.4 / 25.5, 11.6 / 25.5, 13.8 / 25.5])


def test_a_contract_bought_below_zero_ends_the_chain_at_the_roll() -> None:
    contracts, _ = crude()
    below = [contracts[0], replace_settle(contracts[1], 1, -1.0)]
    found = chained(below, [Roll(APRIL + 1, "CLK20", "CLM20", 20.0, -1.0)])
    assert "CLM20 was bought at -1 on 2020-04-16" in found.issues[0].what
    assert np.isnan(found.index).tolist() == [False, True, True, True, True, True]


def replace_settle(one: Contract, row: int, value: float) -> Contract:
    settle: Array = one.settle.copy()
    settle[row] = value
    return replace(one, settle=settle)


# What is refused.


def test_a_roll_table_that_leads_nowhere_is_refused() -> None:
    contracts, rolls = example()
    with pytest.raises(DataError, match="needs F9"):
        chained(contracts, [replace(rolls[0], new="F9")])
    with pytest.raises(DataError, match="the first roll leaves F2, but F1 expires first"):
        chained(contracts, [Roll(START + 1, "F2", "F1", 1.0, 1.0)])
    with pytest.raises(DataError, match="after it expired"):
        chained(contracts, [replace(rolls[0], date=START + 2)])
    with pytest.raises(DataError, match="does not follow"):
        chained(contracts, [rolls[0], rolls[0]])
    with pytest.raises(DataError, match="two with one name"):
        chained([contracts[0], contracts[0]], [])
    with pytest.raises(DataError, match="lacks a price"):
        replace(rolls[0], price_new=nan)
    with pytest.raises(DataError, match=r"costs 1\.5"):
        replace(rolls[0], cost=1.5)
    with pytest.raises(DataError, match="do not rise"):
        Contract("F", START, np.array([START, START]), np.array([1.0, 1.0]))
