"""The words of orders as journals keep them, and what a ticket says where nobody said anything. Found by mutants."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from decimal import Decimal
from enum import Enum

import pytest

from trimtab.core.orders import (
    LIFTED_BY_RECONCILING,
    Cause,
    IllegalMove,
    OrderKind,
    Standing,
    Status,
    Ticket,
    TimeInForce,
    TradingState,
    client_id,
)

ONE = Decimal(1)
BARE = Ticket("o", "A1", "SPY", ONE, ONE)
WORDS: dict[type[Enum], str] = {
    Status: "planned held declined approved intent sent acked partial filled rejected cancelled expired unknown never_arrived",
    OrderKind: "market limit on_open on_close",
    TimeInForce: "day gtc ioc",
    TradingState: "active reducing halted",
    Cause: "person unknown contradiction difference",
}


@pytest.mark.parametrize("kind", WORDS, ids=lambda kind: kind.__name__)
def test_words_in_journals_stay_as_they_are(kind: type[Enum]) -> None:
    assert [one.value for one in kind] == WORDS[kind].split()
    assert [one.name.lower() for one in kind] == WORDS[kind].split()


def test_what_a_ticket_says_where_nobody_said_anything() -> None:
    said = {one.name: getattr(BARE, one.name) for one in fields(Ticket)}
    told = {
        "id": "o", "account": "A1", "instrument": "SPY", "units": ONE, "reference": ONE, "currency": "USD", "as_of": date.min,
        "kind": OrderKind.MARKET, "tif": TimeInForce.DAY,
    }  # fmt: skip
    assert {name: value for name, value in said.items() if value} == {**told}
    assert (BARE.four_eyes, BARE.booked, BARE.notional) == (False, "A1", 1)


def test_where_an_order_stands_before_anything_happens() -> None:
    said = {one.name: getattr(Standing(BARE), one.name) for one in fields(Standing)}
    assert {name: value for name, value in said.items() if value} == {"ticket": BARE, "status": Status.PLANNED}
    assert (Standing(BARE).edition, Standing(BARE).average, Standing(BARE).left) == (0, 0, 1)


def test_codes_lengths_and_what_a_reconciliation_lifts() -> None:
    assert IllegalMove.code == "TT-ORD-001"
    assert len(client_id("run", 1)) == 32
    assert {Cause.UNKNOWN, Cause.DIFFERENCE} == LIFTED_BY_RECONCILING
