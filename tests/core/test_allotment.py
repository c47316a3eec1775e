"""Dividing a whole: the parts sum to it exactly, and each is within one quantum of its exact share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core import allotment
from trimtab.core.allotment import allocations, allotted
from trimtab.core.errors import InvariantError
from trimtab.core.money import UNROUNDED, Currency, currency
from trimtab.core.orders import Ticket
from trimtab.core.venues import Execution

D = Decimal
ONE, CENT = D(1), D("0.01")
wholes = st.integers(-10_000, 10_000).map(D)
shares = st.lists(st.integers(0, 500).map(D), min_size=1, max_size=8).filter(any)
quanta = st.sampled_from([D(1), D("0.01"), D(5), D("1e-8")])


def faults(total: Decimal, parts: tuple[Decimal, ...], due: list[Fraction], quantum: Decimal) -> list[str]:
    """What a fair division must not do, in exact rational arithmetic."""
    far = [f"{part} for {one}" for part, one in zip(parts, due, strict=True) if abs(Fraction(part) - one) >= Fraction(quantum)]
    return far + ([f"the parts sum to {sum(parts)}"] if sum(map(Fraction, parts)) != Fraction(total) else [])


@given(wholes, shares, quanta)
@settings(max_examples=150)
def test_parts_sum_to_the_whole_and_are_within_one_quantum_of_their_share(
    total: Decimal, among: list[Decimal], quantum: Decimal
) -> None:
    due = [Fraction(total) * Fraction(one) / sum(map(Fraction, among)) for one in among]
    parts = allotted(total, among, quantum)
    assert faults(total, parts, due, quantum) == []
    assert all(part == 0 for part, one in zip(parts, among, strict=True) if not one)
    if total % quantum == 0:
        assert all(part % quantum == 0 for part in parts)
    assert all(part * total >= 0 for part in parts)


@given(wholes.filter(bool), shares)
@settings(max_examples=50)
def test_nobody_gets_more_than_he_asked_for(total: Decimal, among: list[Decimal]) -> None:
    part = min(abs(total), sum(among, D(0)))
    assert all(got <= one for got, one in zip(allotted(part, among, ONE), among, strict=True))


def test_the_check_of_fairness_catches_one_member_who_takes_every_remainder() -> None:
    due = [Fraction(10, 3)] * 3
    assert faults(D(10), (D(3), D(3), D(4)), due, ONE) == []
    assert faults(D(11), (D(3), D(3), D(5)), [Fraction(11, 3)] * 3, ONE) == ["5 for 11/3"]
    assert faults(D(10), (D(3), D(3), D(3)), due, ONE) == ["the parts sum to 9"]


def test_ten_among_three_equals_goes_to_the_earlier() -> None:
    # 10 / 3 = 3.33 each: 3 + 3 + 3 = 9, and the one that is left goes to the first of three equal remainders.
    assert allotted(D(10), [ONE, ONE, ONE], ONE) == (4, 3, 3)
    assert allotted(D(-10), [ONE, ONE, ONE], ONE) == (-4, -3, -3)


def test_the_largest_remainder_gets_what_is_left() -> None:
    # 100 by 47, 16, 37 of 100 and a quantum of 10: 47, 16, 37 -> 40, 10, 30; 20 left; remainders 7, 6, 7: first and third.
    assert allotted(D(100), [D(47), D(16), D(37)], D(10)) == (50, 10, 40)


def test_what_is_finer_than_the_quantum_goes_to_the_next_in_line() -> None:
    # Regression. 1.9 among 19: 0.1 each, remainders alike. One whole unit to the first; were the 0.9 that are left his too,
    # he would have 1.9 for 0.1, more than one quantum too many. They go to the second.
    parts = allotted(D("1.9"), [ONE] * 19, ONE)
    assert parts[:3] == (1, D("0.9"), 0)
    assert sum(parts) == D("1.9")


@pytest.mark.parametrize(
    ("among", "quantum"),
    [([], ONE), ([D(0), D(0)], ONE), ([D(2), D(-1)], ONE), ([ONE], D(0)), ([ONE], D(-1))],
)
def test_a_division_without_sense_is_refused(among: list[Decimal], quantum: Decimal) -> None:
    with pytest.raises(InvariantError, match="cannot be divided"):
        allotted(D(10), among, quantum)


def member(name: str, units: int) -> Ticket:
    return Ticket(name, f"account {name}", "SPY", D(units), D(100), block="block")


def block(*members: Ticket) -> Ticket:
    parts = tuple((one.id, one.units) for one in members)
    return Ticket("block", "", "SPY", sum((one.units for one in members), D(0)), D(100), parts=parts)


def fill(name: str, units: Decimal, price: str, cost: str = "0") -> Execution:
    return Execution(name, "block", units, D(price), D(cost), date(2026, 1, 5), "2026-01-05T15:00:00Z")


@st.composite
def filled_blocks(draw: st.DrawFn) -> tuple[list[Ticket], list[Execution]]:
    side = draw(st.sampled_from([1, -1]))
    ordered = draw(st.lists(st.integers(1, 400), min_size=1, max_size=6))
    members = [member(f"m{k}", side * units) for k, units in enumerate(ordered)]
    left, fills = sum(ordered), []
    for k in range(draw(st.integers(0, 4))):
        units = draw(st.integers(0, left))
        left -= units
        price = draw(st.decimals(1, 900, places=4, allow_nan=False))
        if units:
            fills.append(fill(f"f{k}", D(side * units), str(price), str(draw(st.decimals(0, 9, places=2, allow_nan=False)))))
    return members, fills


@given(filled_blocks())
@settings(max_examples=100)
def test_allocations_of_a_block_are_fair_and_sum_to_its_fills(case: tuple[list[Ticket], list[Execution]]) -> None:
    members, fills = case
    usd = currency("USD")
    found = allocations(block(*members), members, fills, ONE, usd)
    filled = sum((one.units for one in fills), D(0))
    whole = sum(one.units for one in members)
    due = [Fraction(filled) * Fraction(one.units) / Fraction(whole) for one in members]
    assert faults(filled, tuple(one.units for one in found), due, ONE) == []
    assert all(abs(got.units) <= abs(one.units) for got, one in zip(found, members, strict=True))
    assert len({one.price for one in found}) == 1
    paid = sum((usd.round(-one.units * one.price) for one in fills), D(0))
    assert sum(one.amount for one in found) == paid
    assert sum(one.cost for one in found) == sum(one.cost for one in fills)
    if filled:
        fair = [Fraction(paid) * Fraction(one.units) / Fraction(filled) for one in found]
        assert faults(paid, tuple(one.amount for one in found), fair, CENT) == []
    assert all(not one.amount and not one.cost for one in found if not one.units)


def test_a_partial_fill_by_hand() -> None:
    # Ordered 100 + 50 + 50 = 200, filled 60 at 10.00 and 41 at 10.10 = 1014.10, average 10.0406. Units: 101 / 200 of each:
    # 50.5, 25.25, 25.25 -> 50, 25, 25, and the one left over to the largest remainder, the first: 51, 25, 25.
    # Money: 1014.10 * 51 / 101 = 512.0703, twice 1014.10 * 25 / 101 = 251.0149 -> 512.07, 251.01, 251.01 = 1014.09,
    # and the cent that is left to the largest remainder: the 0.49 of the second. Cost 1.01: 0.51, 0.25, 0.25.
    members = [member("a", 100), member("b", 50), member("c", 50)]
    found = allocations(block(*members), members, [fill("1", D(60), "10"), fill("2", D(41), "10.1", "1.01")], ONE, Currency())
    assert [one.units for one in found] == [51, 25, 25]
    assert [one.amount for one in found] == [D("-512.07"), D("-251.02"), D("-251.01")]
    assert [one.cost for one in found] == [D("0.51"), D("0.25"), D("0.25")]
    assert float(found[0].price) == pytest.approx(1014.10 / 101, rel=1e-15)


def test_nothing_filled_gives_nothing_and_a_cost_without_units_goes_by_the_order() -> None:
    members = [member("a", 30), member("b", 10)]
    assert all(not one.units and not one.amount for one in allocations(block(*members), members, [], ONE, Currency()))
    there_and_back = [fill("1", D(5), "10", "2"), fill("2", D(-5), "10", "2")]  # a fill that was taken back, fees kept
    assert [one.cost for one in allocations(block(*members), members, there_and_back, ONE, Currency())] == [3, 1]


def test_money_that_is_not_rounded_sums_exactly_too() -> None:
    members = [member("a", 1), member("b", 1), member("c", 1)]
    found = allocations(block(*members), members, [fill("1", D(3), "33.3333333333")], ONE, Currency("USD", UNROUNDED))
    assert sum(one.amount for one in found) == D("-99.9999999999")


def test_members_who_are_not_the_parts_are_refused() -> None:
    members = [member("a", 30), member("b", 10)]
    with pytest.raises(InvariantError, match="not the members"):
        allocations(block(*members), members[:1], [], ONE, Currency())


def test_the_law_of_allocations_catches_one_who_keeps_the_good_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault: the first member gets the first units."""

    def greedy(total: Decimal, among: list[Decimal], quantum: Decimal) -> tuple[Decimal, ...]:
        return (total, *[D(0)] * (len(among) - 1))

    monkeypatch.setattr(allotment, "allotted", greedy)
    members = [member("a", 30), member("b", 30)]
    found = allocations(block(*members), members, [fill("1", D(30), "10")], ONE, Currency())
    assert faults(D(30), tuple(one.units for one in found), [Fraction(15), Fraction(15)], ONE)
