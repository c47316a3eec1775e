"""How what belongs to several lots is parted, and the pile of one asset."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.accounting.matching import Pile, Rank, Taken, apportion, carried, oldest, rescaled
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, Currency, exact
from trimtab.core.taxes import Lot

DAY = date(2020, 1, 2)
USD = Currency()
weights = st.lists(st.integers(1, 10**12).map(lambda n: Decimal(n).scaleb(-8)), min_size=1, max_size=30)
money = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-2))


def lot(name: str, units: str, cost: str) -> Lot:
    return Lot(name, 0, DAY, DAY, Decimal(units), Decimal(cost))


@given(money, weights)
def test_parts_are_cents_that_sum_exactly_and_never_change_the_sign(amount: Decimal, shares: list[Decimal]) -> None:
    with exact():
        parts = apportion(amount, shares, USD)
        assert sum(parts, ZERO) == amount
        assert all(part == USD.round(part) and part * amount >= 0 for part in parts)


def test_parts_by_hand() -> None:
    # 10.00 over 1, 2 and 3 units: 1.67, 3.33 and the rest, 5.00
    assert apportion(Decimal(10), [Decimal(1), Decimal(2), Decimal(3)], USD) == [
        Decimal("1.67"),
        Decimal("3.33"),
        Decimal("5.00"),
    ]
    assert apportion(Decimal(-3), [Decimal(7)], USD) == [Decimal(-3)]


@given(weights, st.integers(1, 10**14).map(lambda n: Decimal(n).scaleb(-8)))
def test_rescaled_units_sum_exactly_and_are_pro_rata_to_the_last_digit(units: list[Decimal], total: Decimal) -> None:
    with exact():
        scaled = rescaled(units, total)
        assert sum(scaled, ZERO) == total
        ratio = total / sum(units, ZERO)
        assert all(abs(after - before * ratio) <= Decimal("1e-12") for before, after in zip(units, scaled, strict=True))


def test_a_doubling_is_exact() -> None:
    units = [Decimal("0.12345678"), Decimal("3.1"), Decimal(100)]
    assert rescaled(units, sum(units, ZERO) * 2) == [one * 2 for one in units]


def test_a_total_of_many_digits_keeps_them() -> None:
    total = Decimal("1.000000000000000007")
    assert sum(rescaled([Decimal(1), Decimal(2)], total), ZERO) == total


def test_the_cost_of_a_lot_that_was_rounded_away_goes_to_a_neighbour() -> None:
    first, last = [lot("a", "0", "3"), lot("b", "1", "5")], [lot("b", "1", "5"), lot("c", "0", "2"), lot("d", "0", "1")]
    assert [(one.id, one.cost) for one in carried(first)] == [("b", Decimal(8))]
    assert [(one.id, one.cost) for one in carried(last)] == [("b", Decimal(8))]


def test_units_that_are_in_no_lot_are_refused() -> None:
    lots = [lot("a", "2", "3")]
    assert oldest(lots, Decimal(2)) == [Taken(lots[0], Decimal(2))]
    with pytest.raises(InvariantError, match="1 units are in no lot"):
        oldest(lots, Decimal(3))


def test_a_pile_keeps_lots_by_purchase_whenever_they_came() -> None:
    pile = Pile(USD)
    for arrival, (name, day) in enumerate([("b", 5), ("a", 3), ("c", 5), ("d", 4)]):
        pile.add(lot(name, "1", "10"), Rank(date(2020, 1, day), arrival))
    assert list(pile.lots) == ["a", "d", "b", "c"]
    assert (pile.units, pile.cost) == (4, 40)
    assert pile.rank(pile.lots["d"]) == Rank(date(2020, 1, 4), 3)
    pile.clear()
    assert (pile.level(), pile.units, pile.cost) == ((), 0, 0)
    pile.add(lot("e", "1", "10"), Rank(date(2020, 1, 1), 9))
    assert list(pile.lots) == ["e"]


def test_pooled_costs_are_shared_out_when_somebody_looks() -> None:
    # 10 for 100 and 5 for 20: 8 each. 3 of the first leave with 24; 56 and 40 stay.
    pile = Pile(USD, pooled=True)
    pile.add(lot("a", "10", "100"), Rank(DAY, 0))
    pile.add(lot("b", "5", "20"), Rank(DAY, 1))
    assert [one.cost for one in pile.level()] == [80, 40]
    assert pile.relieve(pile.lots["a"], Decimal(3)) == 24
    assert [(one.units, one.cost) for one in pile.level()] == [(7, 56), (5, 40)]
    assert pile.relieve(pile.lots["a"], Decimal(7)) + pile.relieve(pile.lots["b"], Decimal(5)) == 96
    assert pile.cost == 0
