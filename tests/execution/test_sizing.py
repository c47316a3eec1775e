"""Sizing: costs are paid inside the targets, nothing is rounded up, and small trades are left alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.desk_words import book
from trimtab.core.arrays import Array
from trimtab.core.money import UNROUNDED, ZERO, Currency, Money, exact
from trimtab.core.trades import Book
from trimtab.core.values import Dealing
from trimtab.costs.impact import Impact
from trimtab.costs.trading import Linear
from trimtab.execution import sizing
from trimtab.execution.sizing import Lotting, Sized, paid_for, size, value_after

FREE = Linear()
EXACT = Lotting(8, Currency("USD", UNROUNDED))


def after(sized: Sized, held: Book, costs: Linear) -> tuple[list[Decimal], Decimal]:
    """Units and cash when every order fills at the price it was sized at, money unrounded."""
    units, cash = list(held.units), held.money
    with exact():
        for order in sized.orders:
            units[order.asset] += order.units
            amount = -order.units * order.reference
            cash += amount - costs.ticket(amount)
    return units, cash


@st.composite
def cases(draw: st.DrawFn) -> tuple[Array, Book, Linear]:
    count = draw(st.integers(1, 5))
    prices = draw(st.lists(st.floats(0.5, 500.0), min_size=count, max_size=count))
    units = draw(st.lists(st.integers(0, 1000), min_size=count, max_size=count))
    cash = draw(st.floats(100.0, 1e6))
    parts = np.array(draw(st.lists(st.floats(0.01, 1.0), min_size=count + 1, max_size=count + 1)))
    invested = draw(st.sampled_from([1.0, None]))  # None: some cash is kept
    weights = parts[:count] / (parts[:count].sum() if invested else parts.sum())
    return weights, book(cash, [float(u) for u in units], prices), Linear(bps=draw(st.sampled_from([0.0, 5.0, 50.0, 500.0])))


@given(cases(), st.sampled_from([8, 2, 0]))
@settings(max_examples=120)
def test_the_targets_are_met_after_costs_and_cash_is_never_short(case: tuple[Array, Book, Linear], digits: int) -> None:
    target, held, costs = case
    sized = size(target, held, costs, Lotting(digits, Currency("USD", UNROUNDED)))
    units, cash = after(sized, held, costs)
    value = float(cash) + sum(float(u) * p for u, p in zip(units, held.prices, strict=True))
    quantum = held.prices * 10.0**-digits
    spared = quantum.sum() * costs.bps / 1e4  # what rounding down saved in costs is worth something too
    for a, count in enumerate(units):
        gap = float(count) * held.prices[a] - target[a] * value
        assert -quantum[a] - spared - 1e-7 * value <= gap <= spared + 1e-7 * value
    assert float(cash) >= -1e-9 * held.nav
    assert all(count >= 0 for count in units)


@given(cases())
@settings(max_examples=60)
def test_the_value_after_costs_solves_its_equation(case: tuple[Array, Book, Linear]) -> None:
    target, held, costs = case
    value = value_after(target, held, costs)
    paid = float(costs.charge(target * value - held.held * held.nav).sum())
    assert value == pytest.approx(held.nav - paid, rel=1e-12)


def test_the_check_of_cash_catches_costs_paid_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault: targets of the value before costs."""
    monkeypatch.setattr(sizing, "value_after", lambda *given: given[1].nav)
    held, costs = book(1000.0, [0.0], [10.0]), Linear(bps=100)
    _, cash = after(size(np.array([1.0]), held, costs, EXACT), held, costs)
    assert cash < 0


def test_first_funding_by_hand() -> None:
    # 1010 in cash, all of it into one asset at 10, at 1 %: V = 1010 - 0.01 V, so V = 1000: 100 units, cost 10, no cash left
    held, costs = book(1010.0, [0.0], [10.0]), Linear(bps=100)
    assert value_after(np.array([1.0]), held, costs) == pytest.approx(1000.0, rel=1e-14)
    sized = size(np.array([1.0]), held, costs, EXACT)
    assert sized.orders[0].units == pytest.approx(Decimal(100), abs=Decimal("0.00000001"))
    _, cash = after(sized, held, costs)
    assert 0 <= cash < Decimal("0.000001")


def test_a_rebalance_by_hand() -> None:
    # 60 and 40 units at 10, to be 50/50, 1 % each way. V = 1000 - 0.01 (|V/2 - 600| + |V/2 - 400|).
    # With V near 1000: 600 - V/2 + V/2 - 400 = 200, so V = 998: 49.9 units of each, 10.1 sold and 9.9 bought.
    held, costs = book(0.0, [60.0, 40.0], [10.0, 10.0]), Linear(bps=100)
    sized = size(np.array([0.5, 0.5]), held, costs, EXACT)
    assert [float(order.units) for order in sized.orders] == pytest.approx([-10.1, 9.9], abs=2e-8)
    # sold 101 less 1.01, bought 99 and 0.99: 101 - 1.01 - 99 - 0.99 = 0
    assert float(after(sized, held, costs)[1]) == pytest.approx(0.0, abs=1e-6)


def test_whole_units_round_down_and_leave_the_rest_in_cash() -> None:
    # 1000 into one asset at 300: three shares, 100 left
    sized = size(np.array([1.0]), book(1000.0, [0.0], [300.0]), FREE, Lotting(0, Currency("USD", UNROUNDED)))
    assert [order.units for order in sized.orders] == [Decimal(3)]


def test_the_cash_leg_follows_from_the_targets() -> None:
    # half of 1000 in the asset: 50 units at 10, 500 left. Then a target of nothing: everything is sold.
    sized = size(np.array([0.5]), book(1000.0, [0.0], [10.0]), FREE, EXACT)
    assert sized.orders[0].units == 50
    assert size(np.array([0.0]), book(500.0, [50.0], [10.0]), FREE, EXACT).orders[0].units == -50


def test_cents_that_rounding_may_cost_are_set_aside() -> None:
    # two assets and cents: 0.01 is kept back for each, so (1000 - 0.02) / 2 = 499.99 goes into either
    sized = size(np.array([0.5, 0.5]), book(1000.0, [0.0, 0.0], [10.0, 10.0]), FREE, Lotting(8))
    assert [float(order.units) for order in sized.orders] == pytest.approx([49.999, 49.999], abs=1e-8)


def test_a_trade_below_the_minimum_is_not_placed_and_said() -> None:
    # held 50.5 and 49.5 units at 10, wanted 50/50: trades of 5 each, below a minimum of 6
    held = book(0.0, [50.5, 49.5], [10.0, 10.0])
    lotting = Lotting(8, Currency("USD", UNROUNDED), Decimal(6))
    assert size(np.array([0.5, 0.5]), held, FREE, lotting) == Sized((), (0, 1))
    at_the_minimum = Lotting(8, Currency("USD", UNROUNDED), Decimal(5))
    assert len(size(np.array([0.5, 0.5]), held, FREE, at_the_minimum).orders) == 2


def test_what_is_held_already_needs_no_order() -> None:
    assert size(np.array([0.5]), book(500.0, [50.0], [10.0]), Linear(bps=10), EXACT) == Sized((), ())


def test_nothing_is_ordered_where_no_price_is_known() -> None:
    held = book(1000.0, [0.0, 0.0], [10.0, float("nan")])
    sized = size(np.array([0.5, 0.5]), held, FREE, EXACT)
    assert [order.asset for order in sized.orders] == [0]


def test_a_minimum_ticket_is_set_aside() -> None:
    # 1000 at 10 with a ticket of 5: V = 995, 99.5 units, and 5 for the ticket
    costs = Linear(bps=1, minimum_ticket=Money(Decimal(5)))
    held = book(1000.0, [0.0], [10.0])
    sized = size(np.array([1.0]), held, costs, EXACT)
    assert float(sized.orders[0].units) == pytest.approx(99.5, abs=1e-7)
    assert 0 <= after(sized, held, costs)[1] < Decimal("0.001")


def test_orders_carry_their_ids_and_the_price_they_were_sized_at() -> None:
    sized = size(np.array([0.1, 0.2]), book(1000.0, [0.0, 0.0], [10.1, 20.7]), FREE, EXACT, prefix="2020-01-31:")
    assert [(order.id, order.asset, order.reference) for order in sized.orders] == [
        ("2020-01-31:0", 0, Decimal("10.1")),
        ("2020-01-31:1", 1, Decimal("20.7")),
    ]


@pytest.mark.parametrize("price", [1e-6, 1.0, 1e6])
def test_units_are_exact_over_a_wide_range_of_prices(price: float) -> None:
    sized = size(np.array([1.0]), book(1e6, [0.0], [price]), FREE, EXACT)
    units, cash = after(sized, book(1e6, [0.0], [price]), FREE)
    assert cash >= ZERO
    assert float(units[0]) * price == pytest.approx(1e6, rel=1e-12, abs=price * 1e-8)


# What stays as it is, to the last unit.


def dealt(held: Book, adv: list[float], *, still: list[bool] | None = None) -> Book:
    """The book with what its markets trade, and what must not move."""
    mask = None if still is None else np.array(still)
    return replace(held, dealing=Dealing(np.array(adv), np.full(len(adv), 0.01)), still=mask)


@pytest.mark.parametrize("adv", [np.nan, 0.0, np.inf])
def test_an_asset_whose_trade_would_cost_nobody_knows_what_is_left_alone(adv: float) -> None:
    """Regression: shrunk by what the others cost, it had a trade of unknown cost, and no unit could be worked out at all."""
    held = dealt(book(5000.0, [50, 50], [100.0, 100.0]), [adv, 1e6])  # worth 15,000; a third each
    target = np.array([held.held[0], 0.5])
    (order,) = size(target, held, Impact(bps=10), EXACT).orders
    assert order.asset == 1
    # it pays alone: V = 15,000 - cost / (2/3), and cost = (V/2 - 5,000) (0.001 + 0.01 root((V/2 - 5,000) / 1e6))
    value, bought = value_after(target, held, Impact(bps=10)), float(order.units) * 100.0
    assert bought == pytest.approx(0.5 * value - 5000.0, abs=1e-5)
    cost = bought * (0.001 + 0.01 * (bought / 1e6) ** 0.5)
    assert value == pytest.approx(15_000.0 - cost * 1.5, abs=1e-4)


def test_what_must_not_move_does_not_pay_and_cash_is_met_all_the_same() -> None:
    # Worth 10,000: 5,000 locked, 3,000 and 2,000. To 0.5, 0.2, 0.3: 1,000 sold and bought at 1 %: about 20 of cost, which
    # the two that move bear between them: 2,000 and 3,000 less 8 and 12, and no cash is short.
    held = replace(book(0.0, [50, 30, 20], [100.0] * 3), still=np.array([True, False, False]))
    sized = size(np.array([0.5, 0.2, 0.3]), held, Linear(bps=100), EXACT)
    assert [order.asset for order in sized.orders] == [1, 2]
    units, cash = after(sized, held, Linear(bps=100))
    assert units[0] == 50
    assert 0 <= float(cash) < 1e-5
    assert [float(u) for u in units[1:]] == pytest.approx([20 * (1 - 0.004), 30 * (1 - 0.004)], abs=2e-3)


def test_where_nothing_else_is_held_nobody_is_asked_to_pay_twice() -> None:
    held = replace(book(0.5, [100, 0], [100.0, 10.0]), still=np.array([True, False]))  # 10,000 locked, half a unit of cash
    target = np.array([held.held[0], 0.5 / 10_000.5])
    sized = size(target, held, Linear(bps=100), EXACT)
    units, cash = after(sized, held, Linear(bps=100))
    assert units[0] == 100
    assert float(cash) >= -0.01


@given(cases(), st.data())
@settings(max_examples=40)
def test_locked_units_never_move_and_the_others_meet_what_is_left(
    case: tuple[Array, Book, Linear], data: st.DataObject
) -> None:
    target, held, costs = case
    still = np.array(data.draw(st.lists(st.booleans(), min_size=len(target), max_size=len(target))))
    free = 1.0 - held.held[still].sum()
    rest = target[~still].sum() + (1.0 - target.sum())
    if not (free > 0.05 and rest > 0.05):
        return
    wanted = np.where(still, held.held, target * free / rest)
    locked = replace(held, still=still)
    sized = size(wanted, locked, costs, EXACT)
    units, cash = after(sized, locked, costs)
    for a in np.flatnonzero(still):
        assert units[a] == held.units[a]
    assert float(cash) >= -1e-7 * held.nav


def test_no_order_goes_past_what_limits_on_trading_leave() -> None:
    """Regression: what costs took out of a target sold some of what a holding period keeps."""
    # Worth 10,000, half and half, no cash. From the first to the second, the first down to 0.3, all that may be sold.
    held = book(0.0, [50, 50], [100.0, 100.0])
    target, low = np.array([0.3, 0.7]), np.array([0.3, 0.0])
    dear = Linear(bps=500)
    plain, kept = (size(target, held, dear, EXACT, window=window) for window in (None, (low, np.full(2, np.inf))))
    assert float(plain.orders[0].units) < -20.0  # the costs of 4 % are borne by both
    assert float(kept.orders[0].units) == -20.0
    assert kept.orders[1] == plain.orders[1]
    most = size(target, held, dear, EXACT, window=(np.array([0.4, 0.0]), np.array([1.0, 0.6])))  # past it already: a repair
    assert float(most.orders[0].units) == -20.0


def test_costs_that_are_more_than_there_is_sell_no_more_than_is_held() -> None:
    """Regression: a value after costs below 0 asked for units below 0, and the gate took that for selling short."""
    # Worth 8: two tickets of 5 would leave -2.
    held = book(4.0, [0.02, 0.02], [100.0, 100.0])
    sized = size(np.array([0.6, 0.4]), held, Linear(bps=1, minimum_ticket=Money.parse("5 USD")), EXACT)
    assert all(order.units + held.units[order.asset] >= 0 for order in sized.orders)


def test_what_a_sale_too_small_to_place_would_have_brought_is_not_spent() -> None:
    """Regression: purchases counted on it, and the gate refused the whole batch: they came to more than cash."""
    # Worth 10,000 without cash. 2 points from the first and 1 from the second to the third; the second's 100 is too small.
    held = book(0.0, [50, 40, 10], [100.0, 100.0, 100.0])
    few = Lotting(2, minimum=Decimal(150))
    sized = size(np.array([0.48, 0.39, 0.13]), held, FREE, few)
    assert [order.units for order in sized.orders] == [Decimal("-2.01"), Decimal("2.99")]
    # the sale brings 201, less a cent for each order: 200.98 of 299 pays for 2.0098 units
    assert [order.units for order in paid_for(sized, held, FREE, few).orders] == [Decimal("-2.01"), Decimal("2.00")]
    assert paid_for(sized, held, FREE, few, borrow=0.01).orders == sized.orders
