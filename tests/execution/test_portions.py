"""Parts of a ticket that follow on each other sum to it exactly."""

from __future__ import annotations

import itertools
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.orders import Ticket
from trimtab.execution.portions import portion

D = Decimal
money = st.decimals(-1000, 1000, places=2, allow_nan=False)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=5), st.data(), st.sampled_from([1, -1]), money, money)
@settings(max_examples=80)
def test_portions_sum_to_the_ticket(sizes: list[int], data: st.DataObject, side: int, estimate: Decimal, tax: Decimal) -> None:
    whole = sum(sizes)
    lots = tuple((f"lot{k}", D(size)) for k, size in enumerate(sizes))
    ticket = Ticket("o", "A1", "SPY", D(side * whole), D(10), lots=lots, estimate=estimate, tax=tax)
    cuts = sorted({0, whole, *data.draw(st.lists(st.integers(0, whole), max_size=4))})
    parts = [portion(ticket, D(start), D(end)) for start, end in itertools.pairwise(cuts)]
    assert sum(one.units for one in parts) == ticket.units
    assert (sum(one.estimate for one in parts), sum(one.tax for one in parts)) == (estimate, tax)
    assert all(sum(units for _, units in one.lots) == abs(one.units) for one in parts)
    sums = {name: sum(units for one in parts for lot, units in one.lots if lot == name) for name, _ in lots}
    assert sums == dict(lots)


def test_the_whole_is_the_ticket_itself() -> None:
    ticket = Ticket("o", "A1", "SPY", D(-7), D(10), lots=(("a", D(7)),), estimate=D("0.333"))
    assert portion(ticket, D(0), D(7)) == ticket


def test_a_third_by_hand() -> None:
    # 1 of 3 units, an estimate of 1.00: 0.33 to the first, 0.67 - 0.33 = 0.34 to the second, 0.33 to the third.
    ticket = Ticket("o", "A1", "SPY", D(3), D(10), estimate=D("1.00"))
    assert [portion(ticket, D(k), D(k + 1)).estimate for k in range(3)] == [D("0.33"), D("0.34"), D("0.33")]


def test_lots_that_do_not_name_every_unit_go_first() -> None:
    ticket = Ticket("o", "A1", "SPY", D(-10), D(10), lots=(("a", D(4)),))
    assert portion(ticket, D(0), D(5)).lots == (("a", 4),)
    assert portion(ticket, D(5), D(10)).lots == ()
