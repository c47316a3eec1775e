"""A desk whose policy allows overrides, and how tests write one and fill orders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from tests.desk.desk_worlds import DAY, Desk, desk
from trimtab.core.households import Account
from trimtab.core.orders import Standing, Status
from trimtab.core.taxes import Wrapper
from trimtab.core.venues import Execution, Report
from trimtab.desk.overriding import Wish, override
from trimtab.desk.proposing import Fate, Proposed
from trimtab.governance.overrides import Override

A = Account("A", "Mueller", Wrapper.EXEMPT)
WIDE = {"size": 0.2, "days": 90}
UNTIL = date(2026, 12, 15)


@contextmanager
def overriding_desk(folder: Path, /, **changes: Any) -> Iterator[Desk]:
    """One account with 100,100 in cash, under a policy that allows overrides of 20 %."""
    settings = {name: value for name, value in {"overrides": WIDE, **changes}.items() if value is not None}
    with desk(folder, [A], **settings) as one:
        one.holds("A", 100_100)
        yield one


def overrides(
    one: Desk, ends: date = UNTIL, holds: tuple[str, ...] = (), why: str = "a client's wish", /, **shifts: str
) -> Override:
    """Write one down for the account."""
    weights = {name: Decimal(text) for name, text in shifts.items()}
    return override(one.book, "A", one.policy, Wish(ends, why, weights, holds), one.by)


def units(made: Proposed) -> dict[str, int]:
    """Units by instrument that were proposed."""
    return {order.ticket.instrument: int(order.ticket.units) for order in made.orders}


def fills(one: Desk, made: Proposed, part: str = "1") -> None:
    """Approve all orders of a proposal, and have a part of each filled at its reference price; the rest expires."""
    assert made.fate is Fate.PROPOSED
    one.orders.approve([order.id for order in made.orders], "bob", "yes")
    for order in made.orders:
        filled(one, order, (order.ticket.units * Decimal(part)).to_integral_value())


def filled(one: Desk, order: Standing, count: Decimal) -> None:
    one.orders.intend(order.id, "file", order.ticket.reference)
    day = DAY if one.clock.at < np.datetime64("2026-11-03") else one.clock.at.astype("datetime64[D]").astype(date)
    if count:
        fill = Execution(f"{order.id}-0", order.id, count, order.ticket.reference, Decimal(0), day, "")
        one.orders.record(Report(order.id, Status.PARTIAL, "v", executions=(fill,)), "file")
    if count != order.ticket.units:
        one.orders.record(Report(order.id, Status.EXPIRED, "v"), "file")


def goes_to(one: Desk, day: str) -> None:
    """The evening of a session."""
    one.clock.at = np.datetime64(f"{day}T23:30:00", "s")


def lives(one: Desk, day: str = "", part: str = "1") -> dict[str, int]:
    """Decide on the evening of a day and fill a part of what is proposed; the units of it."""
    if day:
        goes_to(one, day)
    (made,) = one.proposes("A")
    if made.fate is Fate.NOTHING:
        return {}
    fills(one, made, part)
    return units(made)


def holdings(one: Desk) -> dict[str, int]:
    names = [instrument.id for instrument in one.book.instruments()]
    return {names[number]: int(count) for number, count in one.book.holdings("A").items()}
