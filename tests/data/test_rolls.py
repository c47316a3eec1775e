"""When to roll: no rule looks ahead, the crossing is confirmed first, and the dates by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import DataError, ParameterError
from trimtab.data.futures import Contract, Roll, chained
from trimtab.data.rolls import BeforeExpiry, Crossing, FixedDay, Measure, RollRule, from_rows, roll_table, rows

nan = float("nan")
MARCH, JUNE, SEPTEMBER = np.datetime64("2024-03-15"), np.datetime64("2024-06-21"), np.datetime64("2024-09-20")
DAYS = np.busday_offset("2024-01-02", np.arange(200))


def contracts(seed: int, count: int = 200, *, gaps: float = 0.0) -> list[Contract]:
    """Three quarterly contracts on the first `count` sessions: interest moves on about two weeks before each expiry."""
    random = np.random.default_rng(seed)
    made = []
    for k, expiry in enumerate((MARCH, JUNE, SEPTEMBER)):
        noise = random.standard_normal((3, len(DAYS)))
        settle = 100.0 + k + np.cumsum(0.2 * noise[0])
        settle[random.random(len(DAYS)) < gaps] = nan
        left = (expiry - DAYS).astype(int)
        interest = 1000.0 * np.exp(-(((left - 50.0) / 30.0) ** 2)) * np.exp(0.2 * noise[1])
        here = (expiry >= DAYS) & (np.arange(len(DAYS)) < count)
        made.append(Contract(f"F{k}", expiry, DAYS[here], settle[here], interest[here], interest[here] * 2.0))
    return made


rules = st.one_of(
    st.builds(BeforeExpiry, days=st.integers(0, 15)),
    st.builds(FixedDay, day=st.integers(1, 10), months_before=st.integers(0, 1)),
    st.builds(
        Crossing, by=st.sampled_from(Measure), confirm=st.integers(1, 4), lag=st.integers(1, 3), latest=st.integers(0, 5)
    ),
)


@dataclass(frozen=True, slots=True)
class Seer:
    """The planted fault: rolls on the day on which the interest of the far contract is largest in all of its life."""

    def __call__(self, near: Contract, far: Contract) -> np.datetime64:
        assert far.open_interest is not None
        before = far.dates <= near.expiry
        at: np.datetime64 = far.dates[before][np.argmax(far.open_interest[before])]
        return at


def looks_ahead(rule: RollRule, seed: int, *, gaps: float = 0.0) -> int:
    """At how many ends of the data the rolls up to it differ from those of the whole."""
    wrong = 0
    try:
        whole = roll_table(contracts(seed, gaps=gaps), rule)
    except DataError:
        return 0  # every day before an expiry is a gap
    for count in range(1, 200, 7):
        last = DAYS[count - 1]
        wrong += roll_table(contracts(seed, count, gaps=gaps), rule) != tuple(r for r in whole if r.date <= last)
    return wrong


@given(rules, st.integers(0, 1000), st.sampled_from([0.0, 0.2]))
def test_no_rule_looks_ahead(rule: RollRule, seed: int, gaps: float) -> None:
    assert looks_ahead(rule, seed, gaps=gaps) == 0


def test_the_check_catches_a_rule_that_does() -> None:
    assert looks_ahead(Seer(), 1) > 0


@given(rules, st.integers(0, 1000))
def test_every_table_can_be_chained_and_comes_back_from_its_rows(rule: RollRule, seed: int) -> None:
    table = roll_table(contracts(seed), rule, cost=0.0002)
    assert [r.old for r in table] == ["F0", "F1"]
    assert all(r.cost == 0.0002 for r in table)
    assert np.isfinite(chained(contracts(seed), table).index).all()
    assert from_rows(rows(table)) == table


# By hand.


def pair(own: list[float], other: list[float], *, settle: list[float] | None = None) -> list[Contract]:
    days = np.busday_offset("2024-03-04", np.arange(len(own)))  # Monday 4 March 2024
    prices = np.array(settle if settle is not None else [100.0] * len(own))
    near = Contract("H", MARCH, days, prices, np.array(own, dtype=float))
    return [near, Contract("M", JUNE, days, prices + 1.0, np.array(other, dtype=float))]


def dates(table: tuple[Roll, ...]) -> list[str]:
    return [str(roll.date) for roll in table]


def test_days_before_expiry_by_hand() -> None:
    # Five business days before Friday 15 March 2024: Friday the 8th.
    both = pair([2.0] * 9, [1.0] * 9)
    (roll,) = roll_table(both, BeforeExpiry(5), cost=0.001)
    assert roll == Roll(np.datetime64("2024-03-08"), "H", "M", 100.0, 101.0, 0.001)


def test_a_fixed_day_by_hand() -> None:
    # The fifth business day of March 2024 (the first is Friday the 1st): Thursday the 7th; of June: Friday the 7th.
    both = pair([2.0] * 9, [1.0] * 9)
    assert dates(roll_table(both, FixedDay(5, 0))) == ["2024-03-07"]
    assert str(FixedDay(5, 0)(both[1], both[1])) == "2024-06-07"
    assert str(FixedDay(5, 1)(both[0], both[1])) == "2024-02-07"


def test_a_crossing_must_be_confirmed_and_the_roll_follows() -> None:
    # Interest: the far leads on the 5th alone, then on the 7th and 8th: confirmed on the 8th, rolled on Monday the 11th.
    both = pair([9, 9, 9, 9, 9, 9, 9, 9], [1, 10, 1, 10, 10, 10, 10, 10])
    assert dates(roll_table(both, Crossing(confirm=2))) == ["2024-03-11"]
    assert dates(roll_table(both, Crossing(confirm=1))) == ["2024-03-06"]
    assert dates(roll_table(both, Crossing(confirm=1, lag=2))) == ["2024-03-07"]
    cut = [replace(c, dates=c.dates[:5], settle=c.settle[:5], open_interest=c.open_interest[:5]) for c in both]  # type: ignore[index]
    assert roll_table(cut, Crossing(confirm=2)) == ()  # on the 8th itself nothing may be traded on it


def test_the_last_day_comes_without_a_crossing_too() -> None:
    both = pair([9] * 10, [1] * 10)
    assert dates(roll_table(both, Crossing(latest=2))) == ["2024-03-13"]  # two business days before the 15th
    assert dates(roll_table(pair([nan] * 10, [1] * 10), Crossing(latest=2))) == ["2024-03-13"]  # unknown is no lead


def test_a_day_without_a_settlement_is_waited_out_and_the_expiry_is_the_end() -> None:
    gap = pair([2.0] * 10, [1.0] * 10, settle=[100.0] * 4 + [nan] + [100.0] * 5)
    assert dates(roll_table(gap, BeforeExpiry(5))) == ["2024-03-11"]  # nothing settled on the 8th
    none = pair([2.0] * 12, [1.0] * 12, settle=[100.0] * 4 + [nan] * 8)
    with pytest.raises(DataError, match="H expired on 2024-03-15 before it could be rolled into M"):
        roll_table(none, BeforeExpiry(5))


def test_what_a_rule_lacks_is_named() -> None:
    both = pair([2.0] * 9, [1.0] * 9)
    with pytest.raises(DataError, match="M has no volume"):
        roll_table(both, Crossing(by=Measure.VOLUME))
    with pytest.raises(ParameterError, match="confirm is 0"):
        Crossing(confirm=0)
    with pytest.raises(ParameterError, match="days is -1"):
        BeforeExpiry(-1)
    with pytest.raises(ParameterError, match="day is 0"):
        FixedDay(0)
