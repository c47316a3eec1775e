"""What holding costs, through a whole backtest: value times rate times years, in the result to the cent, nothing unasked."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from trimtab.accounting.moves import cash_of
from trimtab.core.entries import Fee, Fill
from trimtab.core.errors import PolicyError
from trimtab.core.money import ZERO, exact
from trimtab.core.terms import CLOSE, DIVIDEND
from trimtab.desk.backtest import backtest
from trimtab.desk.canonical import differences
from trimtab.desk.load import policy_from
from trimtab.desk.result import Result

RATES = {"A": 0.012, "B": 0.0, "C": 0.005}
CHARGED: dict[str, Any] = {"holding": {"use": "carrying", "named": RATES}}
UNROUNDED = {"execution": {"rounding": "none"}}


def run(seed: int = 0, **changes: Any) -> Result:
    policy = worlds.policy(**changes)
    return backtest(policy, worlds.market(policy, seed))


def charged(result: Result) -> list[Fee]:
    return [entry for entry in result.entries if isinstance(entry, Fee)]


def by_hand(result: Result) -> dict[Any, float]:
    """Fees by date, from the entries alone: between two dates with entries, units times last close times rate times days."""
    market, rates = result.market, np.array(list(RATES.values()))
    days = [np.datetime64(entry.when) for entry in result.entries]
    ex = market.sessions[(market.fields[DIVIDEND] > 0.0).any(axis=1)]
    stops = np.unique([*days, *(d.today.when for d in result.decisions), *ex, market.sessions[-1]])
    stops = stops[stops >= days[0]]
    units, found = np.zeros(3), {}
    for begin, end in pairwise(stops):
        for entry in result.entries:
            if isinstance(entry, Fill) and np.datetime64(entry.when) == begin:
                units[entry.asset] += float(entry.units)
        closes = market.fields[CLOSE][np.searchsorted(market.sessions, begin)]
        years = (end - begin).astype(float) / 365.25
        found[end] = float((units * closes * rates).sum() * years)
    return found


def test_fees_are_value_times_rate_times_years() -> None:
    result = run(**CHARGED, **UNROUNDED)
    expected = by_hand(result)
    paid = {np.datetime64(fee.when): float(fee.amount) for fee in charged(result)}
    assert len(paid) > 12
    assert {fee.why for fee in charged(result)} == {"holding"}
    for day, amount in expected.items():
        assert paid.get(day, 0.0) == pytest.approx(amount, rel=1e-9, abs=1e-9)


@given(seed=st.integers(0, 10_000), pay=st.booleans(), whole=st.booleans())
@settings(max_examples=8, deadline=None)
def test_the_result_of_the_account_adds_up_to_the_cent(seed: int, pay: bool, whole: bool) -> None:
    execution = {"dividends": "pay" if pay else "reinvest", "units": "whole" if whole else "fractional"}
    result = run(seed, **CHARGED, execution=execution)
    account = result.account
    assert account.residual == 0
    assert account.fees == sum((fee.amount for fee in charged(result)), ZERO) > 0
    assert abs(float(account.nav) - result.wealth[-1]) <= 0.01  # the last fee is in the wealth too


def test_wealth_falls_by_the_fee_as_time_goes_by_and_not_on_days_of_trades_alone() -> None:
    # A rate of 50 % a year on a steady market: no session may lose more than its own days' worth.
    policy = worlds.policy(
        holding={"use": "carrying", "per_year": 0.5}, signals={}, combine=None, allocator={"use": "static"}, rules=None,
        benchmark={"A": 0.9}, costs={"use": "linear"}, cash=None, reacher={"use": "pace", "band": 1.0}, **UNROUNDED,
    )  # fmt: skip
    world = worlds.market(policy, 1, volatility=1e-9)
    result = backtest(policy, world)
    days = np.diff(result.dates).astype(float)[1:]
    steps = result.wealth[2:] / result.wealth[1:-1] - 1.0
    assert (steps > -0.5 * (days + 0.1) / 365.25).all()


def test_cash_pays_and_never_goes_below_zero_where_some_is_kept() -> None:
    result = run(**CHARGED, benchmark={"A": 0.4, "B": 0.2, "C": 0.2})
    cash = ZERO
    with exact():
        for entry in result.entries:
            cash += cash_of(entry)
            assert cash >= 0


def test_nothing_is_charged_where_nothing_is_written_and_the_hash_stands() -> None:
    plain, empty = worlds.policy(), worlds.policy(holding=None)
    assert charged(run()) == []
    assert plain.sha256 == empty.sha256
    assert "holding" not in plain.identity.canonical
    dear = worlds.policy(**CHARGED)
    assert dear.sha256 != plain.sha256
    (change,) = differences(plain.identity.canonical, dear.identity.canonical)
    assert change.startswith("holding added")


def test_the_canonical_form_is_read_again() -> None:
    policy = worlds.policy(**CHARGED)
    form = {key: part for key, part in policy.identity.canonical.items() if part is not None}
    assert policy_from(form).sha256 == policy.sha256


def test_costs_of_several_kinds_add_up_and_futures_roll() -> None:
    # 12 rolls a year at 5 bps are 0.6 % on C, and 1.2 % on A: as CHARGED with 0.6 in place of 0.5
    both = {
        "use": "sum",
        "of": [
            {"use": "carrying", "named": {"A": 0.012}},
            {"use": "futures_roll", "rolls": {"C": 12}, "spread_bps": 3, "slippage_bps": 2},
        ],
    }
    one = run(holding=both, **UNROUNDED)
    two = run(holding={"use": "carrying", "named": {"A": 0.012, "C": 0.006}}, **UNROUNDED)
    np.testing.assert_allclose(one.wealth, two.wealth, rtol=1e-12)
    assert float(one.account.fees) == pytest.approx(float(two.account.fees), rel=1e-9)


def test_the_words_say_it() -> None:
    said = " ".join(worlds.policy(**CHARGED).words)
    assert "holding costs" in said.lower()


@pytest.mark.parametrize(
    ("holding", "said"),
    [
        ({"use": "carrying", "named": {"Z": 0.01}}, "'Z'"),
        ({"use": "carrying", "per_year": 1.5}, "above 1"),
        ({"use": "carryin"}, "Did you mean carrying"),
        ({"use": "futures_roll", "rolls": {}}, "rolls is empty"),
    ],
)
def test_what_is_wrong_is_said_when_the_policy_is_read(holding: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        worlds.policy(holding=holding)


def test_rounding_to_cents_loses_at_most_half_a_cent_a_fee() -> None:
    cents, full = run(3, **CHARGED), run(3, **CHARGED, **UNROUNDED)
    assert abs(cents.account.fees - full.account.fees) <= Decimal("0.005") * len(charged(cents)) + Decimal("0.05")
