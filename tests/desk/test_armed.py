"""A live venue asks before every order: arming that lapses in the middle of a batch stops the rest of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desk.desk_worlds import Desk
from tests.desk.test_sending import OPEN, Immediate, approved, ticket
from tests.desk.test_sending import one as one  # the fixture
from trimtab.core.orders import Status
from trimtab.core.venues import NoAccess, Report
from trimtab.desk.venues import Armed, Where


class Slow(Immediate):
    """Each order takes a minute."""

    live = True

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def submit(self, stamped: Any, order: str) -> Report:
        self.desk.clock.at += np.timedelta64(60, "s")
        return super().submit(stamped, order)


def test_arming_that_lapses_stops_the_rest_and_proves_it_unsent(one: Desk) -> None:
    one.holds("A", 10_000)
    some = approved(one, *(ticket(one, name, asset) for name, asset in zip("abc", ("SPY", "TLT", "GLD"), strict=True)))
    one.orders.arm("A", "paper", np.datetime64(OPEN, "s") + np.timedelta64(90, "s"))
    inner = Slow(one)
    where = Where("alpaca", "A", Path(), live=True)
    venue = Armed(inner, one.orders, Where("alpaca", "A", Path(), live=True), one.clock)
    with pytest.raises(NoAccess, match="A is not armed to send real orders to alpaca"):
        venue.submit(object(), some[0].id)
    one.orders.arm("A", "alpaca", np.datetime64(OPEN, "s") + np.timedelta64(90, "s"))
    one.sends(some, OPEN, Armed(inner, one.orders, where, one.clock))
    told = [one.orders.standing(order.id).status for order in some]
    assert told == [Status.FILLED, Status.FILLED, Status.CANCELLED]
    assert len(inner.seen) == 2
