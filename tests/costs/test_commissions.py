"""Schedules of commissions: tiers, tickets and spreads by asset, one number from every voice."""

from __future__ import annotations

import pickle
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.costs.cost_laws import UNIVERSE, keeps_the_laws, usd
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.money import Money
from trimtab.costs.commissions import Commission
from trimtab.costs.trading import Linear

bps = st.floats(0.0, 100.0).map(lambda number: round(number, 2))
sides = st.lists(st.floats(1.0, 1e8).map(lambda x: round(x, 2)), min_size=3, max_size=3).map(np.array)


@settings(max_examples=60, deadline=None)
@given(rate=bps, half=bps, em=bps, credit=bps, notional=sides)
def test_without_tickets_and_tiers_all_voices_agree(rate: float, half: float, em: float, credit: float, notional: np.ndarray):
    costs = Commission(rate, half, {"EM": em, "credit": credit}, universe=UNIVERSE)
    keeps_the_laws(costs, notional, None)


@settings(max_examples=60, deadline=None)
@given(rate=bps, tier=bps, top=bps, least=st.integers(0, 50), notional=sides)
def test_tiers_and_tickets_keep_charge_and_ticket_equal(rate: float, tier: float, top: float, least: int, notional: np.ndarray):
    notional = np.floor(notional)  # whole amounts: what lies above a tier is then exact in floats too
    costs = Commission(rate, 1.0, tiers=((50_000, tier), (250_000, top)), minimum_ticket=usd(least), maximum_ticket=usd(900))
    keeps_the_laws(costs, notional, None, curved=False)


@settings(max_examples=40, deadline=None)
@given(rate=bps, half=bps, least=st.integers(0, 20), notional=sides)
def test_the_simple_case_is_linear(rate: float, half: float, least: int, notional: np.ndarray) -> None:
    mine, linear = Commission(rate, half, minimum_ticket=usd(least)), Linear(rate, half, usd(least))
    assert mine.charge(notional) == pytest.approx(linear.charge(notional), rel=1e-14)
    assert mine.ticket(Decimal("123.45")) == linear.ticket(Decimal("123.45"))


def test_by_hand() -> None:
    # 10 bps to 50 000, 5 bps to 250 000, 2 bps above. 300 000: 50 + 100 + 10 = 160. A half-spread of 1 bp adds 30.
    tiers = ((50_000.0, 5.0), (250_000.0, 2.0))
    costs = Commission(10.0, 1.0, tiers=tiers)
    assert costs.ticket(Decimal(300_000)) == 190
    assert costs.charge(np.array([300_000.0, -50_000.0])) == pytest.approx([190.0, 55.0])
    # At most 120 of commission: 120 + 30. At least 15: of 1 000 the commission is 1, lifted to 15; the spread is .10.
    capped = Commission(10.0, 1.0, tiers=tiers, minimum_ticket=usd(15), maximum_ticket=usd(120))
    assert capped.ticket(Decimal(-300_000)) == 150
    assert capped.ticket(Decimal(1_000)) == Decimal("15.10")
    assert capped.charge(np.array([300_000.0, 1_000.0, 0.0, np.nan])) == pytest.approx([150.0, 15.1, 0.0, np.nan], nan_ok=True)


def test_an_asset_goes_before_its_class_and_the_rest_pays_the_usual() -> None:
    # EM has 8 bps of its own, US is equity at 2, HY is credit and pays the 5 of all others: of 10 000 that is 8, 2 and 5.
    costs = Commission(half_spread_bps=5.0, spreads={"equity": 2.0, "EM": 8.0}, universe=UNIVERSE)
    assert costs.charge(np.full((2, 3), 1e4)) == pytest.approx(np.tile([8.0, 2.0, 5.0], (2, 1)))
    assert [costs.ticket(Decimal(10_000), a) for a in range(3)] == [8, 2, 5]
    assert costs.curve(3)[0].rate == pytest.approx([8e-4, 2e-4, 5e-4])


def test_the_curve_leaves_tiers_and_tickets_out() -> None:
    costs = Commission(10.0, 1.0, tiers=((50_000.0, 5.0),), minimum_ticket=usd(5), maximum_ticket=usd(100))
    (line,) = costs.curve(2)
    assert line.exponent == 1.0
    assert line.rate == pytest.approx([1.1e-3, 1.1e-3])
    assert costs.charge(np.array([40_000.0])) == pytest.approx(line.rate[:1] * 40_000.0)


def test_what_names_assets_must_know_them() -> None:
    unbound = Commission(spreads={"EM": 5.0})
    for ask in (lambda: unbound.charge(np.ones(3)), lambda: unbound.ticket(Decimal(1)), lambda: unbound.curve(3)):
        with pytest.raises(ParameterError, match="does not know its assets"):
            ask()
    with pytest.raises(InvariantError):
        Commission(spreads={"EM": 5.0}, universe=UNIVERSE).curve(2)


def test_words() -> None:
    assert Commission().words == "trading is free"
    assert Commission(5.0).words == "5 bps commission on every trade"
    costs = Commission(10.0, 1.0, {"EM": 8.0}, ((50_000, 5.0),), usd(1), usd(90), UNIVERSE)
    tickets = "(at least 1 USD, at most 90 USD a trade)"
    assert costs.words == (
        f"10 bps commission, 5 bps on what is above 50,000 {tickets} and 1 bps half-spread (EM 8) on every trade"
    )


def test_values_come_from_a_policy_file_and_survive_pickling() -> None:
    from pydantic import TypeAdapter

    plain = {"bps": 10, "spreads": {"EM": 8}, "tiers": [[50_000, 5]], "maximum_ticket": "90 USD", "universe": UNIVERSE}
    costs = TypeAdapter(Commission).validate_python(plain)
    assert costs == Commission(10.0, 0.0, {"EM": 8.0}, ((50_000.0, 5.0),), maximum_ticket=usd(90), universe=UNIVERSE)
    assert pickle.loads(pickle.dumps(costs)) == costs
    assert hash(costs) == hash(pickle.loads(pickle.dumps(costs)))


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Commission(-1.0), "bps"),
        (lambda: Commission(spreads={"EM": -1.0}), "spreads"),
        (lambda: Commission(spreads={"EM": 1001.0}), "spreads"),
        (lambda: Commission(spreads={"EM": float("nan")}), "spreads"),
        (lambda: Commission(spreads={"MARS": 1.0}, universe=UNIVERSE), "spreads"),
        (lambda: Commission(tiers=((0.0, 1.0),)), "tiers"),
        (lambda: Commission(tiers=((5.0, 1.0), (4.0, 1.0))), "tiers"),
        (lambda: Commission(tiers=((float("nan"), 1.0),)), "tiers"),
        (lambda: Commission(tiers=((float("inf"), 1.0),)), "tiers"),
        (lambda: Commission(tiers=((5.0, -1.0),)), "tiers"),
        (lambda: Commission(minimum_ticket=usd(-1)), "minimum_ticket"),
        (lambda: Commission(maximum_ticket=usd("NaN")), "maximum_ticket"),
        (lambda: Commission(minimum_ticket=usd(5), maximum_ticket=usd(4)), "maximum_ticket"),
        (lambda: Commission(minimum_ticket=usd(5), maximum_ticket=Money(Decimal(9), "EUR")), "maximum_ticket"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
    assert caught.value.remedy
