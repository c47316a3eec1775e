"""Least tax: every lot once, no order of the same rank that is cheaper, and by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from trimtab.accounting.taxes.least import LeastTax
from trimtab.accounting.taxes.us import UsFederal
from trimtab.core.taxes import Lot, Term

REGIME = UsFederal(short=0.4, long=0.2, ordinary=0.4, qualified=0.2)
TODAY = date(2021, 6, 1)
PRICE = Decimal(10)
ROUNDING = Decimal("1e-20")  # of a cost a unit that has no end, in another order of sums


def lot(name: str, days: int, units: int, cost: int) -> Lot:
    day = TODAY - timedelta(days=days)
    return Lot(name, 0, day, day, Decimal(units), Decimal(cost))


lots = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 9), st.integers(0, 200)), max_size=5).map(
    lambda rows: [lot(str(n), *row) for n, row in enumerate(rows)]
)


def each(one: Lot) -> tuple[Decimal, Term]:
    """Gain a unit and term."""
    return PRICE - one.cost / one.units, REGIME.term(one.acquired, TODAY)


def tax(one: Lot) -> Decimal:
    gain, term = each(one)
    return gain * (Decimal("0.2") if term is Term.LONG else Decimal("0.4"))


def rank(one: Lot) -> int:
    gain, term = each(one)
    return 2 if gain >= 0 else 1 if term is Term.LONG else 0


@given(lots)
def test_every_lot_once_and_what_is_sold_first_of_a_rank_is_taxed_least(given_: list[Lot]) -> None:
    found = LeastTax(REGIME)(given_, PRICE, TODAY)
    assert sorted(found) == sorted(given_)
    assert [rank(one) for one in found] == sorted(rank(one) for one in given_)
    for order in permutations(given_):
        if [rank(one) for one in order] == [rank(one) for one in found]:
            for first in range(len(order)):
                assert sum(map(tax, found[:first])) <= sum(map(tax, order[:first])) + ROUNDING


def test_losses_first_then_the_least_tax_a_unit_by_hand() -> None:
    # price 10; tax a unit: short loss 2 x 40 % = -0.8, long loss 5 x 20 % = -1, short gain 1 x 40 % = 0.4,
    # long gain 1.5 x 20 % = 0.3, nothing gained 0
    given_ = [
        lot("short gain", 10, 10, 90),
        lot("long loss", 500, 10, 150),
        lot("long gain", 400, 10, 85),
        lot("short loss", 20, 10, 120),
        lot("even", 30, 10, 100),
    ]
    found = [one.id for one in LeastTax(REGIME)(given_, PRICE, TODAY)]
    assert found == ["short loss", "long loss", "even", "long gain", "short gain"]


def test_lots_that_are_taxed_alike_stay_as_they_came() -> None:
    given_ = [lot(name, 10, 3, 10) for name in "bca"]
    assert [one.id for one in LeastTax(REGIME)(given_, PRICE, TODAY)] == ["b", "c", "a"]
    assert LeastTax(REGIME)([], PRICE, TODAY) == []
