"""Economics of a policy with taxes, worked by a ledger of a few lines: benefit, each cost, break-even, both schedules."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest

from trimtab.core.money import Money
from trimtab.core.terms import CLOSE
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk.economising import Economised, economics_of
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.yearly_costs import Terms

DAYS = np.busday_offset("2020-01-02", np.arange(195))  # to the end of September
MONTHS = ("2020-01-31", "2020-02-28", "2020-03-31", "2020-04-30", "2020-05-29", "2020-06-30", "2020-07-31", "2020-08-31")
QUARTERS = ("2020-03-31", "2020-06-30", "2020-09-30")
SHORT = 0.4
YEAR = 252
SIZE = 1_000_000


def price(day: np.datetime64) -> float:
    """UP doubles on 12 February and on 15 April, and is halved on 12 May; FLAT is 10 for good."""
    after = [np.datetime64(text) <= day for text in ("2020-02-12", "2020-04-15", "2020-05-12")]
    return 50.0 * (2.0 ** after[0]) * (2.0 ** after[1]) * (0.5 ** after[2])


def world(decide: str = "month-end", **changes: Any) -> tuple[Policy, Market]:
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "hand",
        "universe": {"UP": {}, "FLAT": {}},
        "benchmark": {"UP": 0.2, "FLAT": 0.8},
        "allocator": {"use": "equal_weight"},
        "schedule": {"decide": decide, "trade": "same_close"},
        "execution": {"rounding": "none"},
        "costs": {"use": "linear", "bps": 0},
        "tax": {"use": "us_federal", "short": SHORT, "long": 0.2, "ordinary": 0.4, "qualified": 0.2},
    }
    policy = policy_from(values | changes)
    paths = {"UP": np.array([price(day) for day in DAYS]), "FLAT": np.full(len(DAYS), 10.0)}
    held = {name: History(About(name, name, Kind.PRICE, "test"), DAYS, {CLOSE: path}) for name, path in paths.items()}
    return policy, assemble(policy.universe, held)


class Kept(NamedTuple):
    """By day after the first: the return before taxes, and the tax of the day over the value of the day before."""

    gross: np.ndarray
    tax: np.ndarray
    days: np.ndarray


def ledger(weight: float, decisions: tuple[str, ...]) -> Kept:
    """One unit of money, `weight` of what is left after taxes owed in UP at each decision; all sales at short-term rates.

    UP is only sold above what it cost until the fall of May, so one average of its cost is right for every sale.
    """
    units = cost = flat = owed = 0.0
    value, gross, taxes = 1.0, [], []
    days = DAYS[np.datetime64(decisions[0]) <= DAYS]
    for day in days:
        before, flat_cash = value, flat
        value = units * price(day) + flat_cash - owed if units else 1.0
        tax = 0.0
        if str(day) in decisions:
            wanted = weight * value / price(day)
            if wanted < units:
                tax = SHORT * (units - wanted) * (price(day) - cost)
            else:
                cost = (units * cost + (wanted - units) * price(day)) / wanted
            units, flat, owed = wanted, value + owed - wanted * price(day), owed + tax
            value -= tax
        gross.append((value + tax) / before - 1.0)
        taxes.append(tax / before)
    return Kept(np.array(gross[1:]), np.array(taxes[1:]), days[1:])


@pytest.fixture(scope="module")
def taxed() -> Economised:
    return economics_of(*world(), Terms(Money.parse(f"{SIZE} USD"), data=Money.parse("3000 USD"), hurdle=Decimal("0.01")))


MINE, HELD = ledger(0.5, MONTHS), ledger(0.2, MONTHS)


def test_the_benefit_before_taxes_and_what_taxes_take_by_hand(taxed: Economised) -> None:
    # February: 1 -> 1.5; 0.25 of UP is sold, half of it gain: 0.125 x 0.4 = 0.05 of 1.5. March, to have the half of 1.45:
    # 0.025 is sold, 0.0125 x 0.4 = 0.005 of 1.45.
    february, march = (int(np.flatnonzero(MINE.days == np.datetime64(day))[0]) for day in MONTHS[1:3])
    assert MINE.tax[[february, march]] == pytest.approx([0.05 / 1.5, 0.005 / 1.45])
    one = taxed.economics
    benefit = YEAR * (MINE.gross.mean() - HELD.gross.mean())
    assert float(one.benefit) == pytest.approx(benefit, abs=1e-6)
    assert {name: float(rate) for name, rate in one.rates.items()} == pytest.approx({"tax": YEAR * MINE.tax.mean()}, abs=1e-6)
    cost = 0.003 + YEAR * MINE.tax.mean()
    assert float(one.cost) == pytest.approx(cost, abs=1e-6)
    assert float(one.net) == pytest.approx(benefit - cost, abs=2e-6)
    assert one.break_even is not None
    assert float(one.break_even) == pytest.approx(3000 / (benefit - YEAR * MINE.tax.mean() - 0.01), rel=1e-4)
    assert float(one.net) == pytest.approx(YEAR * (MINE.gross - MINE.tax - HELD.gross).mean() - 0.003, abs=2e-6)


def test_net_of_the_benchmark_its_own_taxes_are_taken_off(taxed: Economised) -> None:
    terms = Terms(Money.parse(f"{SIZE} USD"), net_of_benchmark=True)
    more = YEAR * (MINE.tax.mean() - HELD.tax.mean())
    assert float(economics_of(*world(), terms).economics.rates["tax"]) == pytest.approx(more, abs=1e-6)


@pytest.mark.parametrize("own", ["month-end", "quarter-end"])
def test_monthly_against_quarterly_with_taxes_by_hand(own: str) -> None:
    """Both over the days after 31 March, the first decision of the slower one; costs a year over the days of each."""
    found = economics_of(*world(own), Terms(Money.parse(f"{SIZE} USD")))
    slow, still = ledger(0.5, QUARTERS), ledger(0.2, MONTHS if own == "month-end" else QUARTERS)
    fast, slower, held = (YEAR * kept.gross[-len(slow.gross) :].mean() for kept in (MINE, slow, still))
    rows = {row.decide: row for row in found.schedules}
    for decide, gross, kept in (("month-end", fast, MINE), ("quarter-end", slower, slow)):
        assert rows[decide].own is (decide == own)
        assert rows[decide].benefit == pytest.approx(gross - held, abs=1e-9)
        assert rows[decide].cost == pytest.approx(YEAR * kept.tax.mean(), abs=1e-6)
        assert rows[decide].net == pytest.approx(rows[decide].benefit - rows[decide].cost)
    (added,) = found.faster
    assert added.benefit.value == pytest.approx(fast - slower, abs=1e-9)
    assert added.cost == pytest.approx(YEAR * (MINE.tax.mean() - slow.tax.mean()), abs=1e-6)


EDGES = [
    ("0.01", "0.02", False),  # a benefit of exactly 1 % is not below it
    ("0.009999", "0.02", True),
    ("0.005", "0.005", False),  # a cost of exactly 0.5 % is not above it
    ("0.005", "0.005001", True),
    ("0.009999", "0.005001", True),
]


@pytest.mark.parametrize(("benefit", "cost", "marginal"), EDGES)
def test_at_its_edges_what_is_marginal_does_not_contradict_its_own_numbers(
    taxed: Economised, benefit: str, cost: str, marginal: bool
) -> None:
    """A regression: a benefit of 0.9999 % was said to be 1.00 %, and that to be below 1 %."""
    value = Decimal(benefit)
    one = replace(taxed.economics, benefit=value, low=value, high=value, fixed={}, rates={"tax": Decimal(cost)})
    assert one.marginal is marginal
    words = replace(taxed, economics=one).verdict
    if marginal:
        said = [Fraction(number) for number in re.findall(r"([0-9.]+) % a year", words)]
        assert said[0] < 1
        assert said[1] > Fraction(1, 2)
    assert words.startswith("Marginal") is marginal
