"""The collar: exact at its boundary, and its quick look never says yes where the exact one says no."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.execution.controls.control_words import line, moment
from tests.execution.desk_words import book
from trimtab.core.money import decimal_of
from trimtab.core.orders import OrderKind
from trimtab.core.trades import Order
from trimtab.execution.controls.price_collar import PriceCollar

PRICES = st.floats(0.01, 5000.0)


@given(last=PRICES, away=st.floats(-0.3, 0.3), most=st.sampled_from([0.001, 0.05, 0.1, 0.25]))
def test_the_quick_look_says_yes_only_where_the_exact_one_does(last: float, away: float, most: float) -> None:
    held, collar = book(100.0, [1.0], [last]), PriceCollar(most)
    order = Order("o", 0, Decimal(1), decimal_of(last * (1.0 + away)))
    (exact,) = collar.values([line("1", str(order.reference))], moment(prices=held.prices))
    assert exact is not None
    inside = exact <= collar.most
    assert not collar.clears([order], held) or inside
    if exact < collar.most - Decimal("0.000001"):
        assert collar.clears([order], held)  # and it does say so, or it would be of no use


def test_a_limit_is_measured_where_there_is_one_and_the_reference_where_not() -> None:
    # |21 - 20| / 20 = 5 %, |19 - 20| / 20 = 5 %
    lines = [line(price="20", kind=OrderKind.LIMIT, limit=Decimal(21)), line(price="19")]
    assert PriceCollar(0.1).values(lines, moment()) == [Decimal("0.05"), Decimal("0.05")]


def test_a_price_that_nobody_knows_cannot_be_compared() -> None:
    held = book(100.0, [1.0], [20.0])
    for unknown in (np.nan, 0.0, -1.0, np.inf):
        assert PriceCollar(0.1).values([line()], moment(prices=np.array([unknown]))) == [None]
    assert not PriceCollar(0.1).clears([Order("o", 0, Decimal(1), Decimal(40))], held)


def test_it_speaks_in_a_sentence() -> None:
    assert PriceCollar(0.05).words == "Prices within 5 % of the last known one"
