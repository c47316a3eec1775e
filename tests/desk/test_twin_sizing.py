"""Sizes of a batch are those of `execution.sizing`, account by account, and purchases are cut as `affording` cuts them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import twin_worlds as made
from tests.desk import worlds
from trimtab.core.arrays import Array
from trimtab.core.money import ZERO, exact
from trimtab.core.trades import Book, Turnover
from trimtab.core.values import Dealing
from trimtab.desk.policy import Policy
from trimtab.desk.twin_sizing import Wanted, afforded, sized
from trimtab.execution.affording import afforded as afforded_exactly
from trimtab.execution.sizing import paid_for, size

PRICES = np.array([31.25, 7.5, 210.0])
NOTHING = Turnover(np.empty(0, dtype="datetime64[D]"), np.empty((0, 4)))
seeds = st.integers(0, 2**32 - 1)


def wanted(seed: int, count: int, scale: float, dealing: Dealing | None) -> Wanted:
    """Accounts with random holdings and targets; some stay as they are."""
    rng = np.random.default_rng(seed)
    quanta = np.floor(rng.uniform(0.0, 4000.0, (count, 3)) * scale) * (rng.random((count, 3)) < 0.8)
    cash = rng.uniform(0.0, 50_000.0, count)
    values = quanta / scale * PRICES
    nav = cash + np.add.reduce(values, -1)
    held = values / nav[:, np.newaxis]
    target = rng.dirichlet(np.ones(4), count)[:, :3]
    target[rng.random(count) < 0.2] = 0.0  # all of it is sold
    still = rng.random((count, 3)) < 0.2
    return Wanted(np.where(still, held, target), held, nav, quanta, cash, PRICES, dealing)


def one_by_one(policy: Policy, all_of_them: Wanted, number: int, scale: float, borrow: float) -> Array:
    """The orders of one account by the exact code, in the smallest parts of units."""
    w, orders = all_of_them, np.zeros(3)
    units = tuple(Decimal(int(count)) / Decimal(int(scale)) for count in w.quanta[number])
    cash, nav = float(w.cash[number]), float(w.nav[number])
    book = Book(np.datetime64("2020-01-31"), w.held[number], nav, cash, PRICES, units, Decimal(repr(cash)), NOTHING, True,
                dealing=w.dealing)  # fmt: skip
    if (w.target[number] == w.held[number]).all():
        return orders
    found = size(w.target[number], book, policy.costs, policy.lotting)
    if found.below_minimum:
        found = paid_for(found, book, policy.costs, policy.lotting, borrow=borrow)
    for order in found.orders:
        orders[order.asset] = float(order.units * Decimal(int(scale)))
    return orders


@given(seed=seeds, costs=st.sampled_from(made.COSTS), minimum=st.sampled_from(["0 USD", "9000 USD"]), known=st.booleans())
@settings(max_examples=12, deadline=None)
def test_orders_of_a_batch_are_those_of_each_account(seed: int, costs: dict[str, Any], minimum: str, known: bool) -> None:
    policy = worlds.policy(costs=costs, execution={"minimum": minimum, "rounding": "none", "digits": 8})
    dealing = None
    if policy.deals:
        dealing = Dealing(np.array([1e7, 2e7, 5e6]) if known else np.array([1e7, np.nan, 5e6]), np.full(3, 0.01))
    w = wanted(seed, 5, 1e8, dealing)
    if dealing is not None and not known:  # what nobody knows the cost of is not traded
        w = replace(w, target=np.column_stack([w.target[:, 0], w.held[:, 1], w.target[:, 2]]))
    orders = sized(policy, w, borrow=0.0)
    assert orders is not None
    with exact():
        each = np.array([one_by_one(policy, w, number, 1e8, 0.0) for number in range(5)])
    np.testing.assert_allclose(orders, each, rtol=0.0, atol=2.0)  # of a hundred millionth of a unit


def test_nobody_moves_and_nothing_is_ordered() -> None:
    policy = worlds.policy()
    w = wanted(1, 4, 1e8, None)
    assert sized(policy, replace(w, target=w.held), borrow=0.0) is None


@given(seed=seeds, share=st.floats(0.0, 1.2))
@settings(max_examples=12, deadline=None)
def test_purchases_are_cut_as_the_broker_cuts_them(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    costs = worlds.policy(costs=made.COSTS[2]).costs
    orders = np.floor(rng.uniform(0.0, 500.0, (1, 3)))
    power = np.array([share * float((orders * PRICES).sum())])

    def need(units: Any) -> Decimal:
        amounts = [(a, count * Decimal(repr(float(PRICES[a])))) for a, count in enumerate(units) if count]
        return sum([amount + costs.ticket(-amount, a) for a, amount in amounts], ZERO)

    with exact():
        slow = afforded_exactly([Decimal(int(n)) for n in orders[0]], Decimal(repr(float(power[0]))), Decimal(1), need)
    fast = afforded(orders.copy(), power, PRICES, costs, None)
    assert fast[0].tolist() == [float(units) for units in slow]


@pytest.mark.parametrize("short", [1e-9, 1e-3])
def test_a_cut_ends_where_a_share_rounds_to_all(short: float) -> None:
    orders = np.array([[9.0e15, 0.0, 3.0]])
    costs = worlds.policy(costs=made.COSTS[0]).costs
    power = orders @ PRICES * (1.0 - 1e-16) - short
    cut = afforded(orders.copy(), power, PRICES, costs, None)
    assert (cut <= orders).all()
    assert (cut @ PRICES <= power).all()
