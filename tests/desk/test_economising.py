"""Is it worth its cost: benefit before costs, costs at a size, schedules, capacity and the alarm, from whole backtests."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from tests.desk.test_capacity import by_hand
from tests.desk.test_taken import ALL
from trimtab.attribution.cost_creep import CostCreep, QuarterCosts
from trimtab.core.errors import UsageError
from trimtab.core.money import Money
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.cost_alarm import CostAlarm, alarm_words, alarmed
from trimtab.desk.economising import Economised, Known, economics_of
from trimtab.desk.expected import Expected
from trimtab.desk.policy import Policy
from trimtab.desk.proof import Proof
from trimtab.desk.rivals import static
from trimtab.desk.taken import taken
from trimtab.desk.yearly_costs import Terms, trading_at

FREE = {"use": "linear", "bps": 0}


def usd(amount: int | str) -> Money:
    return Money.parse(f"{amount} USD")


def world(**changes: Any) -> tuple[Policy, Market]:
    policy = worlds.policy(**changes)
    return policy, worlds.market(policy, 5, count=700)


def at(size: int = 50_000_000, known: Known | None = None, terms: dict[str, Any] | None = None, **changes: Any) -> Economised:
    return economics_of(*world(**changes), Terms(usd(size), **(terms or {})), known=known)


@pytest.fixture(scope="module")
def found() -> Economised:
    return at()


# The published case.


def test_the_case_of_the_article_on_a_policy_that_trades_for_nothing() -> None:
    """30,000 USD of 50 million are 0.06 %, with 0.20 % 0.26 %: to leave 0.8 % it has to bring 1.06 %."""
    terms = {"data": usd(30_000), "management": Decimal("0.002"), "hurdle": Decimal("0.008")}
    one = at(terms=terms, costs=FREE).economics
    assert one.cost == Fraction(26, 10_000)
    assert one.gross_for(one.hurdle) == Fraction(106, 10_000)


# Laws.


@settings(max_examples=6, deadline=None)
@given(size=st.integers(10**5, 10**10))
def test_the_size_changes_what_is_fixed_and_nothing_else(size: int) -> None:
    """Costs in proportion: the same benefit, the same rate of trading, and fixed costs that weigh by one over the size."""
    policy, market = by_hand(costs={"use": "linear", "bps": 10})
    one, two = (economics_of(policy, market, Terms(usd(amount), software=usd(1000))).economics for amount in (size, 10**6))
    assert (one.benefit, one.low, one.high) == (two.benefit, two.low, two.high)
    assert one.rates == two.rates
    assert one.fixed_rate * size == two.fixed_rate * 10**6 == 1000


def test_benefit_and_costs_come_back_to_the_backtest(found: Economised) -> None:
    """Gross over gross, less what was taken of the policy, is net over the benchmark before its costs: to a bp of rounding."""
    result = found.result
    held = taken(backtest(static(result.policy).with_horizon(start=result.dates[0].item()), result.market))
    mine = taken(result)
    left = mine.per_year * (mine.net.mean() - held.gross.mean())
    assert float(found.economics.benefit) - mine.drag == pytest.approx(left, abs=2e-6)


def test_without_costs_the_benefit_is_the_excess_of_two_backtests() -> None:
    """An outside way to the same number: returns of both, no costs anywhere."""
    policy, market = world(costs=FREE)
    result = backtest(policy, market)
    held = backtest(static(policy).with_horizon(start=result.dates[0].item()), market)
    excess = (result.returns - held.returns).mean() * result.periods_per_year
    assert float(at(costs=FREE).economics.benefit) == pytest.approx(excess, abs=1e-6)


def test_a_benchmark_held_still_costs_nothing_more_than_itself() -> None:
    still = {"signals": {}, "combine": None, "allocator": {"use": "static"}, "reacher": {"use": "pace"}, "rules": None}
    one = at(terms={"net_of_benchmark": True}, **still, **ALL).economics
    assert one.benefit == 0
    assert set(one.rates.values()) <= {Decimal(0)}
    assert set(one.fixed) == {"data"}  # what it reads is the policy's own choice


def test_the_same_seed_gives_the_same_interval_and_another_seed_another(found: Economised) -> None:
    again, other = at().economics, at(terms={"seed": 2}).economics
    assert again == found.economics
    assert other.benefit == again.benefit
    assert (other.low, other.high) != (again.low, again.high)
    assert again.low < again.benefit < again.high


# By hand.


def test_trading_is_costed_at_the_size_and_first_funding_is_left_out() -> None:
    # By 28 February UP is 2/3 of the account and goes back to 1/2: 1/3 is traded, at 10 bps over the time from 31 January
    # to 31 March, 60 days: 1/3 x 0.001 / (60 / 365.25) a year.
    policy, market = by_hand(costs={"use": "linear", "bps": 10})
    result = backtest(policy, market)
    dates = [decision.today.when for decision in result.decisions]
    years = float((dates[-1] - dates[0]) / np.timedelta64(1, "D")) / 365.25
    assert trading_at(result, 1e6) == pytest.approx(0.001 / 3 / years, rel=1e-9)


def test_a_smallest_ticket_weighs_on_small_money() -> None:
    # Two tickets of 5 USD at least: of 600 USD at 10 bps each trade of 100 USD would cost 0.10.
    policy, market = by_hand(costs={"use": "linear", "bps": 10, "minimum_ticket": "5 USD"})
    small, large = (float(economics_of(policy, market, Terms(usd(size))).economics.cost) for size in (600, 10**9))
    assert small == pytest.approx(50 * large, rel=1e-3)


def test_impact_grows_with_the_square_root_of_the_size_and_the_benefit_stays() -> None:
    """Four times the money, twice the rate (METHODS 6.1); the same backtest decides."""
    policy = worlds.policy(costs={"use": "impact"})
    market = worlds.market(policy, 5, count=400, traded=1e8)
    small, large = (economics_of(policy, market, Terms(usd(size))).economics for size in (10**6, 4 * 10**6))
    assert float(large.rates["trading"]) == pytest.approx(2.0 * float(small.rates["trading"]), rel=0.01)
    assert (small.benefit, small.low, small.high) == (large.benefit, large.low, large.high)


def test_fees_of_the_policy_are_read_at_the_size() -> None:
    tiers = [{"rate": 0.01, "up_to": "1000000 USD"}, {"rate": 0.005}]
    funds = {"use": "fund_expenses", "per_year": 0.002}
    fees = [{"use": "adviser", "tiers": tiers}, {"use": "data", "per_year": "24000 USD"}, funds]
    one = at(4_000_000, fees=fees).economics
    # 1 % of the first million and 0.5 % of the other three: 25,000 of 4,000,000.
    assert one.rates["adviser"] == Decimal("0.00625")
    assert one.fixed["data"].amount == 24_000
    assert one.rates["fund expenses"] > 0
    other = at(4_000_000, terms={"management": Decimal("0.002"), "data": usd(0)}, fees=fees).economics
    assert set(other.rates) == {"trading", "management"}
    assert not other.fixed


def test_taxes_are_a_cost_and_not_a_part_of_the_benefit() -> None:
    one = at(**ALL).economics
    assert one.rates["tax"] > 0
    assert one.rates["fund expenses"] == pytest.approx(Decimal("0.0018"), abs=Decimal("0.0004"))  # 0.2 % of what is held


# What was written down before launch comes first.


def test_expectations_come_first_and_are_put_back_before_costs(found: Economised) -> None:
    ranges = {"alpha": {"low": -0.01, "median": 0.004, "high": 0.02, "level": 0.9}}
    expected = Expected("law", found.result.policy.sha256, None, ranges, {"last": "2003-01-01"})  # type: ignore[arg-type]
    proof = Proof("run", "holds", (), "", "", "")
    one = at(known=Known(expected, proof))
    held = taken(backtest(static(found.result.policy).with_horizon(start=found.result.dates[0].item()), found.result.market))
    back = taken(found.result).drag - held.drag
    assert float(one.economics.benefit) == pytest.approx(0.004 + back, abs=1e-6)
    assert float(one.economics.high - one.economics.low) == pytest.approx(0.03, abs=2e-6)
    assert "written down before launch" in one.source
    assert one.validation == "holds"
    assert "backtest" in found.source
    assert not found.validation


# Schedules, capacity, quarters.


def test_monthly_and_quarterly_stand_beside_each_other(found: Economised) -> None:
    assert [(one.decide, one.own) for one in found.schedules] == [("month-end", True), ("quarter-end", False)]
    (added,) = found.faster
    assert (added.faster, added.slower) == ("month-end", "quarter-end")
    own, other = found.schedules
    assert added.benefit.value == pytest.approx(own.benefit - other.benefit, abs=1e-12)
    assert added.cost == pytest.approx(own.cost - other.cost, abs=1e-12)
    assert added.worth is (added.benefit.low > added.cost)
    assert replace(added, cost=added.benefit.low).worth is False  # strictly above
    assert replace(added, cost=added.benefit.low - 1e-9).worth is True


def test_the_faster_of_two_is_the_faster_one_whichever_is_the_policy_s_own() -> None:
    one = at(schedule={"decide": "quarter-end", "trade": "next_open"})
    assert [(row.decide, row.own) for row in one.schedules] == [("quarter-end", True), ("month-end", False)]
    assert (one.faster[0].faster, one.faster[0].slower) == ("month-end", "quarter-end")


def test_capacity_is_there_where_volumes_are_and_says_why_not() -> None:
    assert at().capacity is None
    assert "no volumes" in at().no_capacity
    policy, market = by_hand()
    one = economics_of(policy, market, Terms(usd(1000)))
    assert one.capacity is not None
    assert one.capacity.worst == pytest.approx(24_000.0, rel=1e-7)


def creep(*ratios: float) -> CostCreep:
    rows = tuple(QuarterCosts(f"2026 Q{k}", 1, 0, 1e6, 100.0 * ratio, 100.0, 1e6) for k, ratio in enumerate(ratios, 1))
    return CostCreep(rows, 0.0, 0.0)


@pytest.mark.parametrize(
    ("ratios", "alarm"),
    [
        ((1.26, 1.3, 1.4, 2.0), True),
        ((1.25, 1.3, 1.4, 2.0), False),
        ((1.3, 1.4, 2.0), False),
        ((9.0, 1.3, 1.3, 1.2, 1.3), False),
        ((0.5, 1.3, 1.3, 1.3, 1.3), True),
    ],
)
def test_the_alarm_asks_each_of_the_last_four_quarters(found: Economised, ratios: tuple[float, ...], alarm: bool) -> None:
    one = replace(found, quarters=creep(*ratios), costs_of="account A07")
    assert one.alarm is alarmed(creep(*ratios)) is alarm
    assert bool(one.alarm_words) is alarm
    if alarm:
        assert "account A07: trading cost more than 1.25 times" in one.alarm_words
        assert alarm_words(creep(*ratios)).endswith(f"{ratios[-1]:.2f})")


def test_costs_of_an_account_stand_in_place_of_the_backtest() -> None:
    one = at(known=Known(costs=CostAlarm("A07", "USD", creep(2.0, 2.0, 2.0, 2.0))))
    assert one.costs_of == "account A07"
    assert one.alarm


VERDICTS = [
    ("0.008", "0.006", "Marginal"),
    ("0.02", "0.021", "does not pay"),
    ("0.02", "0.012", "holds 0"),
    ("0.04", "0.001", "pays for itself over"),
]


@pytest.mark.parametrize(("benefit", "rate", "words"), VERDICTS)
def test_the_verdict_in_words(found: Economised, benefit: str, rate: str, words: str) -> None:
    alpha = Decimal(benefit)
    made = replace(found.economics, benefit=alpha, low=alpha - Decimal("0.02"), high=alpha, rates={"trading": Decimal(rate)})
    assert words in replace(found, economics=made).verdict


# Refused.


def test_money_in_another_currency_is_refused() -> None:
    with pytest.raises(UsageError, match="aum is in EUR, and law is kept in USD"):
        economics_of(*world(), Terms(Money.parse("5 EUR")))
