"""Net benefit: the published case, exact edges, break-even assets, laws, and the alarm of four dear quarters."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.core.money import Money
from trimtab.governance.economics import Economics, marginal, overrun

rates = st.decimals(0, Decimal("0.05"), places=5)


def usd(amount: int | str) -> Money:
    return Money.parse(f"{amount} USD")


def economics(benefit: str, cost: str = "0", **more: object) -> Economics:
    """So many percent a year each."""
    alpha = Decimal(benefit) / 100
    rates = {"trading": Decimal(cost) / 100}
    return Economics(usd(50_000_000), alpha, alpha, alpha, rates=rates, **more)  # type: ignore[arg-type]


# Worked examples.


def test_the_case_of_the_article() -> None:
    """30,000 USD of 50 million are 0.06 %; with 0.20 % of trading 0.26 %; 0.8 % net ask for 1.06 % gross."""
    case = economics("1.06", "0.20", fixed={"data": usd(30_000)})
    assert case.fixed_rate == Fraction(6, 10_000)
    assert case.cost == Fraction(26, 10_000)
    assert case.gross_for(Decimal("0.008")) == Fraction(106, 10_000)
    assert case.net == Fraction(8, 1000)
    assert case.fixed_share == Fraction(6, 26)
    # 30,000 / (1.06 % - 0.20 %) = 3,488,372.09 USD
    assert case.break_even is not None
    assert round(float(case.break_even), 2) == 3_488_372.09


@pytest.mark.parametrize(
    ("benefit", "cost", "verdict"),
    [("0.8", "0.6", True), ("0.8", "0.3", False), ("1.2", "0.6", False), ("1.0", "0.6", False), ("0.8", "0.5", False)],
)
def test_what_is_marginal_strictly(benefit: str, cost: str, verdict: bool) -> None:
    assert economics(benefit, cost).marginal is verdict


def test_edges_are_exact_where_floats_are_not() -> None:
    """0.1 + 0.2 + 0.2 percent are half a percent, and so are 250,000 USD of 50 million."""
    alpha = Decimal("0.008")
    parts = {"trading": Decimal("0.001"), "tax": Decimal("0.002"), "management": Decimal("0.002")}
    assert not Economics(usd(50_000_000), alpha, alpha, alpha, rates=parts).marginal
    assert not Economics(usd(50_000_000), alpha, alpha, alpha, fixed={"data": usd(250_000)}).marginal
    assert Economics(usd(50_000_000), alpha, alpha, alpha, fixed={"data": usd("250000.01")}).marginal


def test_no_size_pays_where_the_rest_takes_it_all() -> None:
    assert economics("0.2", "0.2", fixed={"data": usd(1)}).break_even is None
    assert economics("0.2", "0.3").break_even is None
    assert economics("0.2", "0.2").break_even == 0
    assert economics("0.5", "0.2", fixed={"data": usd(1)}, hurdle=Decimal("0.003")).break_even is None


# Laws.


@given(benefit=rates, cost=rates, hurdle=rates, fixed=st.integers(1, 10**6))
def test_at_break_even_what_is_left_is_the_hurdle(benefit: Decimal, cost: Decimal, hurdle: Decimal, fixed: int) -> None:
    made = Economics(usd(1), benefit, benefit, benefit, {"data": usd(fixed)}, {"trading": cost}, hurdle)
    if made.break_even is None:
        assert benefit - cost - hurdle <= 0
    else:
        assert Fraction(benefit) - Fraction(fixed) / made.break_even - Fraction(cost) == Fraction(hurdle)


@given(benefit=rates, costs=st.dictionaries(st.sampled_from(["trading", "tax", "management"]), rates), spread=rates)
def test_the_parts_add_up(benefit: Decimal, costs: dict[str, Decimal], spread: Decimal) -> None:
    made = Economics(usd(1_000_000), benefit, benefit - spread, benefit + spread, {"data": usd(500)}, costs)
    assert made.net + made.cost == Fraction(benefit)
    assert made.cost == made.fixed_rate + made.variable
    low, high = made.interval
    assert high - low == 2 * Fraction(spread)
    assert low <= made.net <= high
    assert made.marginal == marginal(Fraction(benefit), made.cost)


# The alarm.


def test_four_dear_quarters_in_a_row() -> None:
    assumed = [10.0] * 6
    assert overrun([1, 1, 12.6, 12.6, 12.6, 12.6], assumed)
    assert not overrun([13, 13, 13, 13, 13, 12.5], assumed)  # not above a quarter more
    assert not overrun([13, 13, 13, 12, 13, 13], assumed)
    assert not overrun([13, 13, 13], assumed[:3])
    assert not overrun([13, 13, nan, 13], assumed[:4])
    assert overrun([1, 1, 1, 1], [0.0] * 4)
    with pytest.raises(ParameterError, match="4 quarters of cost stand against 3"):
        overrun([1] * 4, [1] * 3)


# Bad input.


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"assets": usd(0)}, "assets are 0"),
        ({"benefit": Decimal("0.05")}, "lies outside 0.01 to 0.02"),
        ({"fixed": {"data": Money.parse("5 EUR")}}, "data costs 5"),
        ({"fixed": {"data": usd(-5)}}, "data costs -5"),
        ({"rates": {"tax": Decimal("-0.1")}}, "tax is below 0"),
        ({"hurdle": Decimal("-0.1")}, "hurdle is below 0"),
        ({"high": Decimal("NaN")}, "not a number"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, object], said: str) -> None:
    sound: dict[str, object] = {
        "assets": usd(1000),
        "benefit": Decimal("0.015"),
        "low": Decimal("0.01"),
        "high": Decimal("0.02"),
    }
    with pytest.raises(ParameterError, match=said):
        Economics(**(sound | change))  # type: ignore[arg-type]
