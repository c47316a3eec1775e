"""Purchases are cut to the cash that is there, pro rata, and never to more than was approved."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.orders import OrderKind, Standing, Status, Ticket
from trimtab.desk.cash_cut import cuts, power_of, priced

D = Decimal


def order(name: str, units: str, price: str, estimate: str = "0", **more: object) -> Standing:
    ticket = Ticket(name, "A", "I", D(units), D(price), estimate=D(estimate), **more)  # type: ignore[arg-type]
    return Standing(ticket, Status.APPROVED)


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(1, 300), st.integers(1, 300)), min_size=1, max_size=6),
    st.integers(-100, 200_000),
)
@settings(max_examples=60, deadline=None)
def test_what_is_left_can_be_paid_for_and_is_never_more(rows: list[tuple[int, int, int]], power: int) -> None:
    buys = [order(f"o{k}", str(units), str(price)) for k, (units, price, _) in enumerate(rows)]
    last = {f"o{k}": D(now) for k, (_, _, now) in enumerate(rows)}
    found = cuts(buys, D(power), last)
    left = {one.id: found.get(one.id, one.ticket.units) for one in buys}
    assert all(0 <= left[one.id] <= one.ticket.units for one in buys)
    need = sum((left[one.id] * priced(one, last[one.id]) for one in buys), D(0))
    assert need <= max(power, 0) + D("0.01")
    if not found:
        assert left == {one.id: one.ticket.units for one in buys}


def test_a_cut_by_hand() -> None:
    # 10 at 110 (it was 100) and 20 at 50 cost 2,100; 1,050 is there: half of each
    buys = [order("a", "10", "100"), order("b", "20", "50")]
    assert cuts(buys, D(1050), {"a": D(110)}) == {"a": D(5), "b": D(10)}
    assert cuts(buys, D(2100), {"a": D(110)}) == {}
    assert cuts(buys, D("2099.98"), {"a": D(110)}) == {"a": D(9), "b": D(19)}
    assert cuts(buys, D(-5), {}) == {"a": D(0), "b": D(0)}


def test_power_is_cash_and_what_sales_bring_at_the_cheaper_price_after_costs() -> None:
    # 500 + 10 * 95 - 2 = 1,448
    assert power_of(D(500), [order("s", "-10", "100", "2")], {"s": D(95)}) == D(1448)
    assert power_of(D(500), [order("s", "-10", "100", "2")], {"s": D(105)}) == D(1498)


@pytest.mark.parametrize(("last", "counted"), [(None, "100"), ("90", "100"), ("120", "120")])
def test_a_limit_counts_at_its_own_price_and_anything_else_at_the_dearer(last: str | None, counted: str) -> None:
    known = None if last is None else D(last)
    assert priced(order("a", "1", "100"), known) == D(counted)
    assert priced(order("a", "1", "100", kind=OrderKind.LIMIT, limit=D(99)), known) == 99
