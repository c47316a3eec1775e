"""What happened to orders of an account, in the order of the journal, with who and when."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.accounting.database.books import WHO
from tests.accounting.database.order_books import order_book, planned, ticket
from trimtab.accounting.database.order_deeds import order_deeds
from trimtab.accounting.database.order_events import OrderEdited, OrderMoved, OrderPlanned
from trimtab.core.orders import Status


def test_deeds_stand_in_order_with_who_when_and_what_and_of_one_account_alone(tmp_path: Path) -> None:
    with order_book("memory", tmp_path, None) as orders:
        (order,) = planned(orders, ticket(10)).standings
        orders.edit(order.id, units=Decimal(1), reason="less")
        orders.decline(order.id, "not now")
        deeds = [one for one in order_deeds(orders.store, "A") if getattr(one.event, "order", order.id) == order.id]
        events = [one.event for one in deeds]
        assert isinstance(events[0], OrderPlanned)
        assert isinstance(events[-2], OrderEdited)
        assert events[-2].reason == "less"
        assert isinstance(events[-1], OrderMoved)
        assert (events[-1].to, events[-1].why) == (Status.DECLINED, "not now")
        assert [one.record for one in deeds] == sorted(one.record for one in deeds)
        assert {one.author for one in deeds} == {WHO}
        assert order_deeds(orders.store, "B") == ()
        assert order_deeds(orders.store) == order_deeds(orders.store, "A")
