"""What leaves first: a sale in a block pays for a purchase outside of it, and a sale outside for a purchase in a block."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from trimtab.core.orders import Standing, Ticket
from trimtab.desk.grouping import in_turn

D = Decimal


def order(name: str, units: int, account: str = "A07", *parts: tuple[str, Decimal]) -> Standing:
    return Standing(Ticket(name, account, "SPY", D(units), D(100), parts=parts))


def test_blocks_that_sell_come_first_and_those_that_buy_last() -> None:
    """An account by itself sells and buys; it needs the money of the first block, and the last block needs its own."""
    buys = order("b1", 30, "", ("x", D(10)), ("y", D(20)))
    sells = order("b2", -30, "", ("u", D(-10)), ("v", D(-20)))
    own, others = [order("s1", -5), order("s2", 7)], [order("s3", 9, "B01")]
    nobody: Any = None  # an order that is booked in its account is asked for nowhere
    found = in_turn(nobody, [buys, own[0], sells, own[1], *others])
    assert [[one.id for one in group] for group in found] == [["b2"], ["s1", "s2"], ["s3"], ["b1"]]
