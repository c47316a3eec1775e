"""The simulated broker: sells first, buys cut pro rata where money is short, and never a cent more than allowed."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.desk_words import book, decision, order
from trimtab.core.entries import Fill
from trimtab.core.money import UNROUNDED, ZERO, Currency, Money, exact
from trimtab.core.rules import Rules
from trimtab.core.trades import Order
from trimtab.costs.trading import Linear
from trimtab.execution.gate import Gate, Stamped
from trimtab.execution.simulated import SimulatedBroker

WHEN = np.datetime64("2020-02-03", "D")
COUNT = 4


def stamped(orders: list[Order]) -> Stamped:
    """Orders through the gate, on a book that has units and money for all of them."""
    held = book(1e12, [1e6] * COUNT, [1.0] * COUNT)
    return Gate(Rules((), COUNT)).stamp(decision([0.0] * COUNT, held, orders), held.held)


CENTS, EVERY_DIGIT = Currency(), Currency("USD", UNROUNDED)


def trade(
    orders: list[Order],
    prices: dict[int, str],
    power: str,
    *,
    bps: float = 0.0,
    ticket: str = "0",
    digits: int = 8,
    money: Currency = CENTS,
) -> tuple[Fill, ...]:
    """Fills of orders that passed the gate."""
    broker = SimulatedBroker(Linear(bps=bps, minimum_ticket=Money(Decimal(ticket))), money, digits)
    quotes = {asset: Decimal(price) for asset, price in prices.items()}
    with exact():
        return broker.trade(stamped(orders), WHEN, quotes, Decimal(power))


def spent(fills: tuple[Fill, ...]) -> Decimal:
    """What all fills together took out of cash."""
    return sum((fill.cost - fill.amount for fill in fills), ZERO)


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[Order], dict[int, str]]:
    assets = draw(st.sets(st.integers(0, COUNT - 1), min_size=1))
    units = {a: draw(st.integers(-1000, 1000).filter(bool)) for a in assets}
    prices = {a: str(Decimal(draw(st.integers(1, 10**5))).scaleb(-2)) for a in assets}
    return [order(a, float(units[a]), 1.0) for a in assets], prices


powers, rates = st.integers(0, 10**6), st.sampled_from([0.0, 10.0, 100.0])


@given(batches(), powers, rates, st.sampled_from(["0", "1"]), st.sampled_from([0, 4, 8]))
@settings(max_examples=150)
def test_no_more_is_spent_than_allowed(
    batch: tuple[list[Order], dict[int, str]], power: int, bps: float, ticket: str, digits: int
) -> None:
    orders, prices = batch
    fills = trade(orders, prices, str(power), bps=bps, ticket=ticket, digits=digits)
    assert spent(fills) <= power
    wanted = {o.asset: o.units for o in orders}
    for fill in fills:
        assert fill.units.copy_sign(wanted[fill.asset]) == fill.units  # never the other way
        assert abs(fill.units) <= abs(wanted[fill.asset])
        assert fill.units == fill.units.quantize(Decimal(1).scaleb(-digits))
        assert fill.price == Decimal(prices[fill.asset])
    kinds = [fill.units > 0 for fill in fills]
    assert kinds == sorted(kinds)  # sells first


@given(batches(), st.sampled_from([0.0, 10.0]))
def test_with_money_enough_everything_is_filled_at_its_price(batch: tuple[list[Order], dict[int, str]], bps: float) -> None:
    orders, prices = batch
    fills = trade(orders, prices, "1000000000", bps=bps)
    assert {fill.asset: fill.units for fill in fills} == {o.asset: o.units for o in orders}
    for fill in fills:  # cents, half to even
        assert abs(fill.amount + fill.units * fill.price) <= Decimal("0.005")
        assert abs(fill.cost - abs(fill.amount) * Decimal(bps) / 10_000) <= Decimal("0.005")


def test_buys_are_cut_pro_rata_by_hand() -> None:
    # 30 units at 10 and 10 at 20 cost 500; with 400 each is cut to four fifths: 24 and 8
    fills = trade([order(0, 30.0, 10.0), order(1, 10.0, 20.0)], {0: "10", 1: "20"}, "400")
    assert [(fill.units, fill.amount) for fill in fills] == [(24, -240), (8, -160)]


def test_costs_are_part_of_the_cut() -> None:
    # 100 units at 10 with 1 %: 1010 needed, 505 there: half of each, 50 units, 500 and 5
    fills = trade([order(0, 100.0, 10.0)], {0: "10"}, "505", bps=100)
    assert [(fill.units, fill.amount, fill.cost) for fill in fills] == [(50, -500, 5)]


def test_sales_pay_for_purchases() -> None:
    # 20 sold at 10 bring 200 less 2 of cost; 198 and 4 of power buy 20 at 10 for 200 and 2, to the cent
    fills = trade([order(1, 20.0, 10.0), order(0, -20.0, 10.0)], {0: "10", 1: "10"}, "4", bps=100)
    assert [(fill.asset, fill.units, fill.cost) for fill in fills] == [(0, -20, 2), (1, 20, 2)]
    assert spent(fills) == 4


def test_whole_units_are_cut_down_to_whole_units() -> None:
    # 3 shares at 100 with 250: 2.5 of them, so 2
    assert [f.units for f in trade([order(0, 3.0, 100.0)], {0: "100"}, "250", digits=0)] == [Decimal(2)]
    assert trade([order(0, 3.0, 100.0)], {0: "100"}, "99", digits=0) == ()


def test_no_power_no_purchase_and_debt_is_not_made_worse() -> None:
    for power in ("0", "-50"):
        assert trade([order(0, 3.0, 100.0)], {0: "100"}, power) == ()
    # 100 owed, 30 sold: nothing is bought with what only lowers the debt
    fills = trade([order(0, -3.0, 10.0), order(1, 1.0, 10.0)], {0: "10", 1: "10"}, "-100")
    assert [fill.asset for fill in fills] == [0]


def test_an_asset_without_a_price_stays_unfilled() -> None:
    fills = trade([order(0, -3.0, 10.0), order(1, 1.0, 10.0), order(2, 1.0, 10.0)], {1: "10"}, "100")
    assert [fill.asset for fill in fills] == [1]


def test_a_sale_that_costs_more_than_it_brings_is_left() -> None:
    # 0.05 units at 10 bring 0.50, the ticket is 1
    assert trade([order(0, -0.05, 10.0)], {0: "10"}, "100", ticket="1") == ()
    assert len(trade([order(0, -0.1, 10.0)], {0: "10"}, "100", ticket="1")) == 1  # 1 for 1


def test_a_ticket_as_large_as_the_money_ends_in_no_purchase() -> None:
    """The cut goes down harmonically there (a / 2, a / 3, ...): it must still come to an end, and fast."""
    for money in (CENTS, EVERY_DIGIT):  # without cents no amount rounds to nothing, but units are floored all the same
        fills = trade([order(0, 100.0, 10.0)], {0: "10"}, "1", ticket="1", money=money)
        assert spent(fills) <= 1
        assert sum(abs(fill.amount) for fill in fills) <= Decimal("0.01")


def test_fills_carry_the_date_and_the_id_of_their_order() -> None:
    (fill,) = trade([order(2, 1.0, 10.0)], {2: "10"}, "100")
    assert (fill.when, fill.order) == (WHEN.item(), "2020-01-31:2")


def test_without_rounding_every_digit_is_kept() -> None:
    (fill,) = trade([order(0, 0.333, 10.0)], {0: "0.1"}, "100", bps=1, money=EVERY_DIGIT)
    assert (fill.amount, fill.cost) == (Decimal("-0.0333"), Decimal("0.00000333"))
