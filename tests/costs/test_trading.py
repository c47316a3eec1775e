"""Linear costs: two voices, one number."""

from __future__ import annotations

import dataclasses
import pickle
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.core.money import Money, exact
from trimtab.costs.trading import Linear

rates = st.floats(0.0, 1000.0).map(lambda bps: round(bps, 3))
tickets = st.one_of(st.just(Decimal(0)), st.decimals("0.01", "100", places=2))
amounts = st.one_of(st.just(Decimal(0)), st.decimals("-1e9", "1e9", places=8))


def usd(amount: Decimal | str | int) -> Money:
    return Money(Decimal(amount))


@settings(max_examples=200, deadline=None)
@given(bps=rates, half=rates, least=tickets, notional=amounts)
def test_both_voices_give_the_same_number(bps: float, half: float, least: Decimal, notional: Decimal) -> None:
    costs = Linear(bps, half, usd(least))
    with exact():
        money = float(costs.ticket(notional))
    belief = float(costs.charge(np.array(float(notional))))
    assert belief == pytest.approx(money, rel=1e-12, abs=0.0)


@settings(max_examples=50, deadline=None)
@given(bps=rates, half=rates, least=tickets, notional=amounts)
def test_costs_take_money_on_either_side(bps: float, half: float, least: Decimal, notional: Decimal) -> None:
    costs = Linear(bps, half, usd(least))
    assert costs.ticket(notional) == costs.ticket(-notional) >= 0
    assert costs.charge(np.array(float(notional))) == costs.charge(np.array(-float(notional)))
    assert costs.ticket(Decimal(0)) == 0
    assert costs.charge(np.zeros(2)).tolist() == [0.0, 0.0]


def test_by_hand() -> None:
    # 5 bps of 20 000 is 10; with a half-spread of 2 bps 14. A ticket of 12 lifts the commission only: 12 + 4 = 16.
    assert Linear(5.0).ticket(Decimal(20_000)) == Decimal(10)
    assert Linear(5.0, 2.0).ticket(Decimal(-20_000)) == Decimal(14)
    assert Linear(5.0, 2.0, usd(12)).ticket(Decimal(20_000)) == Decimal(16)
    assert Linear(5.0, 2.0, usd(12)).ticket(Decimal(200_000)) == Decimal(140)
    charged = Linear(5.0, 2.0, usd(12)).charge(np.array([[20_000.0, 0.0], [-200_000.0, np.nan]]))
    assert charged == pytest.approx(np.array([[16.0, 0.0], [140.0, np.nan]]), nan_ok=True)
    assert Linear().ticket(Decimal(5)) == 0


def test_basis_points_are_exact_decimals() -> None:
    # .1 bps is 1/100 000, .3 bps 3/100 000, not the floats next to them; nothing is rounded to the cent here.
    assert Linear(0.3).ticket(Decimal(100_000)) == Decimal(3)
    assert Linear(0.1).ticket(Decimal(1234567)) == Decimal("12.34567")
    assert Linear(0.1, 0.2).ticket(Decimal(1)) == Decimal("0.00003")


def test_a_ticket_alone() -> None:
    assert Linear(minimum_ticket=usd("4.95")).ticket(Decimal("0.01")) == Decimal("4.95")


def test_words() -> None:
    assert Linear().words == "trading is free"
    assert Linear(5.0).words == "5 bps commission on every trade"
    both = Linear(5.0, 2.5, usd(1)).words
    assert both == "5 bps commission (at least 1 USD a trade) and 2.5 bps half-spread on every trade"
    assert Linear(0.0, 2.0).words == "2 bps half-spread on every trade"
    assert Linear(minimum_ticket=usd(1)).words == "0 bps commission (at least 1 USD a trade) on every trade"


def test_costs_are_frozen_values_built_from_a_policy_file() -> None:
    from pydantic import TypeAdapter

    costs = Linear(5.0, 2.0, usd("1.50"))
    copied = pickle.loads(pickle.dumps(costs))
    assert copied == costs == dataclasses.replace(costs)
    assert copied.ticket(Decimal(100)) == costs.ticket(Decimal(100))
    assert dataclasses.replace(costs, bps=9.0).ticket(Decimal(100_000)) == Decimal(110)
    assert "_rate" not in repr(costs)
    adapter = TypeAdapter(Linear)
    plain = {"bps": 5, "half_spread_bps": 2, "minimum_ticket": "1.50 USD"}
    assert adapter.validate_python(plain) == costs
    assert adapter.json_schema()["properties"].keys() == plain.keys()


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Linear(-1.0), "bps"),
        (lambda: Linear(half_spread_bps=1001.0), "half_spread_bps"),
        (lambda: Linear(float("nan")), "bps"),
        (lambda: Linear(minimum_ticket=usd(-1)), "minimum_ticket"),
        (lambda: Linear(minimum_ticket=usd("NaN")), "minimum_ticket"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
    assert caught.value.what.startswith(field)
