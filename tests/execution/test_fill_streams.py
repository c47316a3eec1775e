"""R14: streams of fills with messages dropped, doubled and out of order; the book agrees with the venue, or the account halts.

In half of the streams the venue itself hides an execution that it counts, or tells of a position that the book does not have:
then the account must be halted, and the reason must name the exact difference. Nothing may pass in silence.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import pytest

from tests.execution.faulty_venue import VirtualClock, garbled
from tests.execution.order_words import ZERO, A, Shop, ticket
from trimtab.core.money import text_of
from trimtab.core.orders import Cause, TradingState
from trimtab.core.venues import Execution, Report
from trimtab.execution.memory_orders import MemoryOrders

SEED = int(os.environ.get("TRIMTAB_SOAK_SEED", "20260101"))
FAULTS = ("none", "none", "hidden execution", "foreign position")


class Stream(NamedTuple):
    """A venue and a book after a stream of fills and a reconciliation."""

    shop: Shop
    fault: str
    positions: Mapping[str, Decimal]


def streamed(seed: int, store_of: type[MemoryOrders] = MemoryOrders) -> Stream:
    """One to four orders, worked in pieces; the book hears of it over a bad line, now and then asks, and reconciles at last."""
    chance = random.Random(seed)
    tickets = [ticket(k, chance.choice((-1, 1)) * chance.randint(1, 200)) for k in range(chance.randint(1, 4))]
    shop = Shop(tickets, seed=seed, store=store_of(VirtualClock()))
    shop.send()
    for _ in range(chance.randint(1, 8)):
        shop.venue.work()
    fault = chance.choice(FAULTS)
    listed = [one.id for sheet in shop.venue.sheets for one in sheet.executions]
    if fault == "hidden execution" and listed:
        shop.venue.hidden.add(chance.choice(listed))
    elif fault == "hidden execution":
        fault = "none"
    kept = [
        one._replace(executions=tuple(x for x in one.executions if x.id not in shop.venue.hidden)) for one in shop.venue.feed
    ]
    for report in garbled(kept, chance):
        shop.store.record(report, shop.venue.name)
        if chance.random() < 0.1:
            shop.outbox.recover(A)
    true = dict(shop.venue.positions(A) or {})
    if fault == "foreign position":
        true["F0"] = true.get("F0", ZERO) + chance.choice((-1, 1)) * chance.randint(1, 50)
        shop.venue.positions = lambda _: true  # type: ignore[method-assign]
    shop.reconcile()
    return Stream(shop, fault, true)


def verdict(stream: Stream) -> str:
    """`equal` or `halted` with the exact difference; `silent` where not, `false alarm` where the venue told all."""
    store, venue = stream.shop.store, stream.shop.venue
    held = store.units(A)
    apart = {k: stream.positions.get(k, ZERO) - held.get(k, ZERO) for k in stream.positions.keys() | held.keys()}
    apart = {k: units for k, units in apart.items() if units}
    booked = {one.id: one.filled for one in store.standings()}
    orders = {k: venue.truth.get(k, ZERO) - units for k, units in booked.items() if venue.truth.get(k, ZERO) != units}
    if not apart and not orders:
        return "equal" if store.state(A) is TradingState.ACTIVE else "false alarm"
    if stream.fault == "none":
        return "false alarm"
    said = "; ".join(why for cause, why in store.halts(A) if cause is Cause.DIFFERENCE)
    lines = [f"position {name}: " for name in apart] + [f"order {name}: " for name in orders]
    exact = all(line in said for line in lines) and all(text_of(units) in said for units in (*apart.values(), *orders.values()))
    return "halted" if exact and store.state(A) is TradingState.HALTED else "silent"


def counted(seeds: range, store_of: type[MemoryOrders] = MemoryOrders) -> Counter[str]:
    """How many streams end which way."""
    return Counter(verdict(streamed(seed, store_of)) for seed in seeds)


def test_three_hundred_streams_end_equal_or_halted_with_the_exact_difference() -> None:
    ends = counted(range(300))
    assert set(ends) == {"equal", "halted"}, ends
    assert min(ends.values()) > 75, ends


@pytest.mark.soak
def test_ten_thousand_streams_end_equal_or_halted_with_the_exact_difference() -> None:
    ends = counted(range(SEED, SEED + 10_000))
    assert set(ends) == {"equal", "halted"}, f"seed {SEED}: {ends}"
    assert min(ends.values()) > 2500, f"seed {SEED}: {ends}"


def test_faults_of_the_venue_are_all_tried() -> None:
    assert {streamed(seed).fault for seed in range(40)} == set(FAULTS)


class Doubling(MemoryOrders):
    """The control: every execution counts as new, whatever its id."""

    __slots__ = ()

    def _known(self, report: Report, venue: str) -> Mapping[str, Execution]:
        return {}


class Deaf(MemoryOrders):
    """The control: nothing halts, whatever differs."""

    __slots__ = ()

    def halt(self, account: str, cause: Cause, why: str) -> None:
        """Says nothing."""


def test_the_check_catches_a_store_that_does_not_know_executions_by_their_id() -> None:
    assert counted(range(60), Doubling)["false alarm"] > 20


def test_the_check_catches_a_store_that_does_not_halt() -> None:
    assert counted(range(60), Deaf)["silent"] > 15
