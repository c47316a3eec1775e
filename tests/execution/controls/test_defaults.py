"""What applies where a policy names no controls: it stops no decision of a backtest, and says so at a glance."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.desk_words import book, decision
from trimtab.core.money import decimal_of
from trimtab.core.rules import Rules, Severity
from trimtab.core.trades import Order
from trimtab.execution.batch import Batch, at_decision
from trimtab.execution.controls import DEFAULTS
from trimtab.execution.gate import Gate

PRICES = st.lists(st.floats(0.001, 1e5), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(prices=PRICES)
def test_no_decision_at_its_own_prices_is_stopped(prices: list[float]) -> None:
    count = len(prices)
    held = book(1e9, [1.0] * count, prices)
    made = [Order(str(a), a, Decimal(1 - 2 * (a % 2)), decimal_of(price)) for a, price in enumerate(prices)]
    batch = Batch.of(decision(held.held.tolist(), held, made))
    gate = Gate(Rules((), count), 0.0, DEFAULTS)
    assert gate.stamp(batch).orders == batch.orders
    assert not gate.judge(batch, at_decision(batch)).blocked


def test_each_has_a_name_a_source_and_stops_what_it_finds() -> None:
    assert len({rule.id for rule in DEFAULTS}) == len(DEFAULTS)
    assert all(rule.id and rule.source and rule.severity is Severity.BLOCK for rule in DEFAULTS)


def test_the_funding_of_five_hundred_assets_passes() -> None:
    held = book(1e6, [0.0] * 500, [10.0] * 500)
    made = [Order(str(a), a, Decimal(1), Decimal(10)) for a in range(500)]
    batch = Batch.of(decision([1e-5] * 500, held, made))
    assert len(Gate(Rules((), 500), 0.0, DEFAULTS).stamp(batch).orders) == 500
