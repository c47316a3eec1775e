"""Accounts beside their model: overrides in few words, a market to count by hand, and the entries of an overridden run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from tests.desk import worlds
from tests.desk.account_worlds import booked
from trimtab.core.entries import Entry, Fill, Flow
from trimtab.core.terms import CLOSE
from trimtab.data.assembly import assemble
from trimtab.data.market import Market
from trimtab.desk.account_entries import Owned
from trimtab.desk.beside import beside
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result
from trimtab.desk.shadow import Shadow, shadow_of
from trimtab.governance.overrides import Override

D = Decimal


def moves(number: int, begins: str, ends: str, holds: tuple[str, ...] = (), **shifts: float) -> Override:
    """`O-number` of the account A07, written down in the order of the numbers."""
    written = datetime(2001, 1, 1, number, tzinfo=UTC)
    days = date.fromisoformat(begins), date.fromisoformat(ends)
    weights = {name: D(repr(shift)) for name, shift in shifts.items()}
    return Override(f"O-{number}", "A07", "anna", "a client's wish", written, *days, weights, holds)


def shadowed(result: Result, overrides: Sequence[Override] = (), *more: Entry, **options: Any) -> Shadow:
    """The shadow of an account that does what a backtest does, with more entries."""
    mine = booked(result.policy, *result.entries, *more)
    return shadow_of(result.policy, result.market, mine, overrides, **options)


def obeyed(result: Result, overrides: Sequence[Override], *more: Entry) -> Owned:
    """An account that trades what the model with all overrides asks, by the policy's schedule and costs."""
    capital = Flow(result.dates[0].item(), result.policy.horizon.capital.amount)
    found = beside(result.policy, result.market, booked(result.policy, capital, *more))
    return Owned("A07", tuple(found.walk(overrides).desk.ledger.entries))


def by_hand(bps: int = 10) -> tuple[Policy, Market, Owned]:
    """1000 in halves of A and B since 3 January. A makes 20 % on 15 March; nothing else ever moves, and nobody trades."""
    policy = worlds.policy(
        universe={"A": {"class": "equity"}, "B": {"class": "bonds"}},
        benchmark={"A": 0.5, "B": 0.5},
        signals={},
        combine=None,
        allocator={"use": "static"},
        rules=[],
        cash=None,
        since=None,
        reacher={"use": "pace", "band": 0.3},
        costs={"use": "linear", "bps": bps},
        overrides={"size": 0.2, "days": 60},
    )
    days = worlds.dates(80)
    risen = np.where(days < np.datetime64("2001-03-15"), 10.0, 12.0)
    held = {"A": worlds.history("A", {CLOSE: risen}), "B": worlds.history("B", {CLOSE: np.full(80, 20.0)})}
    third = date(2001, 1, 3)
    fills = (Fill(third, 0, D(50), D(10), D(-500), D(0), "x"), Fill(third, 1, D(25), D(20), D(-500), D(0), "y"))
    return policy, assemble(policy.universe, held, series=()), Owned("A07", (Flow(third, D(1000)), *fills))
