"""What was taken of a backtest, period by period: parts add up to net, and each stands in the period in which it fell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from trimtab.core.entries import Fee, Tax
from trimtab.desk.backtest import backtest
from trimtab.desk.fee_review import review_fees
from trimtab.desk.result import Result
from trimtab.desk.taken import ADVISER, DATA, EXPENSES, TAX, TRADING, taken

ALL: dict[str, Any] = {
    "fees": [
        {"use": "adviser", "tiers": [{"rate": 0.01}]},
        {"use": "data", "per_year": "1200 USD", "every": "1M"},
        {"use": "fund_expenses", "per_year": 0.002},
    ],
    "tax": {"use": "us_federal", "short": 0.408, "long": 0.238, "ordinary": 0.408, "qualified": 0.238},
}


def ran(seed: int = 5, count: int = 700, **changes: Any) -> Result:
    policy = worlds.policy(**changes)
    return backtest(policy, worlds.market(policy, seed, count=count))


@pytest.fixture(scope="module")
def result() -> Result:
    return ran(**ALL)


# Laws.


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), bps=st.integers(0, 50), taxed=st.booleans())
def test_gross_less_its_parts_is_net_period_by_period(seed: int, bps: int, taxed: bool) -> None:
    costs = {"use": "linear", "bps": bps}
    found = ran(seed, 300, costs=costs, **(ALL if taxed else {}))
    one = taken(found)
    np.testing.assert_allclose(one.net, found.returns, atol=1e-14)
    total = sum(one.rate(name) for name in one.parts)
    assert one.per_year * (one.gross.mean() - one.net.mean()) == pytest.approx(total, abs=1e-12)


def test_where_nothing_is_taken_gross_is_net() -> None:
    one = ran(costs={"use": "linear", "bps": 0})
    free = taken(one)
    assert not free.parts
    assert free.gross.tolist() == one.returns.tolist()
    assert free.drag == 0.0


def test_all_that_left_the_account_is_in_the_parts(result: Result) -> None:
    """In money: every fill's cost, every fee, every tax paid and owed at the end; each part times the value before it."""
    one, before = taken(result), result.wealth[:-1]
    money = {name: float((part * before).sum()) for name, part in one.parts.items()}
    assert set(one.parts) == {TRADING, ADVISER, DATA, EXPENSES, TAX}
    assert money[TRADING] == pytest.approx(sum(float(fill.cost) for fill in result.fills))
    for why in (ADVISER, DATA):
        fees = [float(entry.amount) for entry in result.entries if isinstance(entry, Fee) and entry.why == why]
        assert money[why] == pytest.approx(sum(fees))
    paid = sum(float(entry.amount) for entry in result.entries if isinstance(entry, Tax))
    assert result.taxes is not None
    assert money[TAX] == pytest.approx(paid + float(result.taxes.owed_at(result.dates[-1:])[0]))
    assert one.drag == pytest.approx(sum(one.rate(name) for name in (TRADING, ADVISER, DATA, TAX)))


# Oracle: what the review of fees adds back.


def test_fees_alone_are_those_of_the_review_of_fees() -> None:
    found = ran(fees=ALL["fees"], costs={"use": "linear", "bps": 0})
    review = review_fees(found)
    assert review is not None
    np.testing.assert_allclose(taken(found).gross, review.returns.before_expenses, atol=1e-14)


# By hand.


def test_a_cost_stands_in_the_period_that_ends_with_its_fill(result: Result) -> None:
    first = result.fills[0]
    row = int(np.flatnonzero(result.dates == np.datetime64(first.when))[0])
    of_day = sum(float(fill.cost) for fill in result.fills if fill.when == first.when)
    assert taken(result).parts[TRADING][max(row, 1) - 1] == pytest.approx(of_day / result.wealth[max(row, 1) - 1])
