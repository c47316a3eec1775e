"""What the report says of a backtest's orders: how they ended, and what they were held to."""

from __future__ import annotations

from dataclasses import replace

from trimtab.core.orders import Status
from trimtab.desk import gallery
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from
from trimtab.desk.order_review import order_words
from trimtab.desk.prepare import load_market

BASE = {
    "trimtab": 1, "name": "half", "since": "2010-01-04", "universe": {"A": {"series": "equity"}, "B": {"series": "bonds"}},
    "benchmark": {"A": 0.5, "B": 0.5}, "data": {"use": "synthetic"}, "schedule": {"decide": "month-end", "trade": "same_close"},
}  # fmt: skip


def test_every_order_of_a_backtest_is_counted_with_its_end() -> None:
    policy = gallery.named("static-60-40")
    result = backtest(policy, load_market(policy))
    assert sum(result.orders.values()) == sum(len(d.orders) for d in result.decisions)
    assert result.orders[Status.FILLED] == len({fill.order for fill in result.fills if fill.order in _ids(result)})
    words = order_words(result)
    assert words[0] == f"{result.orders[Status.FILLED]:,} orders passed the gate: {result.orders[Status.FILLED]:,} filled."
    assert "5 controls" in words[1]
    assert order_words(replace(result, orders={}))[0] == "No order passed the gate."
    ended = {Status.FILLED: 2, Status.EXPIRED: 1}  # a purchase that cash cut expires with what is left of it, and has a fill
    assert order_words(replace(result, orders=ended))[0].endswith("2 filled, 1 in part or not at all.")


def test_the_controls_of_the_policy_are_told() -> None:
    policy = gallery.named("static-60-40")
    own = policy_from({**BASE, "controls": [{"use": "order_units", "at_most": 500}]}).controls
    result = replace(backtest(policy, load_market(policy)), orders={})
    words = order_words(replace(result, policy=replace(policy, controls=own)))
    assert words[1].endswith("and 1 control.")
    assert "500" in words[2]


def _ids(result: object) -> set[str]:
    return {order.id for decision in result.decisions for order in decision.orders}  # type: ignore[attr-defined]
