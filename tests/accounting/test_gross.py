"""Returns before and after fees: one worked quarter, and how they hang together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.accounting.gross import ADDED_BACK, charged, fee_returns, taken_by_funds
from trimtab.core.entries import Entry, Fee, Flow, Interest
from trimtab.core.errors import DataError, InvariantError

DATES = np.array(["2020-01-31", "2020-02-29", "2020-03-31"], dtype="datetime64[D]")


def fee(when: str, amount: str, why: str = "adviser", currency: str = "") -> Fee:
    return Fee(date.fromisoformat(when), Decimal(amount), why, currency)


# Laws.


@given(st.integers(2, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_gross_is_not_below_net_and_the_products_differ_by_the_fees(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    wealth = 1e6 * np.exp(np.cumsum(0.05 * random.standard_normal(count)))
    fees = np.where(random.random(count - 1) < 0.5, 0.0, 3000.0 * random.random(count - 1))
    taken = 0.001 * random.random(count - 1)
    found = fee_returns(wealth, fees, taken)
    assert (found.before_expenses >= found.gross).all()
    assert (found.gross >= found.net).all()
    assert np.prod(1.0 + found.net) == pytest.approx(wealth[-1] / wealth[0], rel=1e-12)
    kept = np.prod((wealth[1:] + fees) / wealth[1:])
    assert np.prod(1.0 + found.gross) == pytest.approx(np.prod(1.0 + found.net) * kept, rel=1e-12)
    assert found.gross == pytest.approx(found.net + found.fees)
    assert found.before_expenses == pytest.approx(found.gross + found.expenses)


@given(st.lists(st.dates(date(2020, 1, 31), date(2020, 3, 31)), max_size=10))
@settings(max_examples=40, deadline=None)
def test_every_fee_belongs_to_one_period(days: list[date]) -> None:
    paid = charged(DATES, [Fee(day, Decimal(1), "data") for day in days])
    assert paid.sum() == len(days)
    assert paid[0] == sum(day <= date(2020, 2, 29) for day in days)


# By hand.


def test_by_hand() -> None:
    # 1 000 000 -> 1 010 000 without a fee; then 1 027 500 after 2 500 for the adviser and 1 000 for data.
    # Net: 1 %, 17 500 / 1 010 000 = 1.732673 %. Gross: 1 %, 21 000 / 1 010 000 = 2.079208 %.
    # Funds: .6 % a year of half the value, a twelfth of a year: .025 % a month on top.
    entries: list[Entry] = [
        Flow(date(2020, 1, 31), Decimal(1_000_000)),
        Interest(date(2020, 2, 28), Decimal(10)),
        fee("2020-03-31", "2500.00"),
        fee("2020-03-31", "1000.00", "data"),
        fee("2020-03-31", "77.00", "holding"),  # a cost of holding, which a manager without fees has too
        fee("2020-04-01", "50.00"),  # after the last valuation
        fee("2020-01-30", "50.00"),  # before the first
    ]
    paid = charged(DATES, entries)
    assert paid.tolist() == [0.0, 3500.0]
    taken = taken_by_funds(np.array([[0.5, 0.5]] * 3), np.array([0.006, 0.0]), np.array([0.0, 1 / 12, 2 / 12]))
    found = fee_returns(np.array([1_000_000.0, 1_010_000.0, 1_027_500.0]), paid, taken)
    assert found.net == pytest.approx([0.01, 0.01732673], abs=5e-9)
    assert found.gross == pytest.approx([0.01, 0.02079208], abs=5e-9)
    assert found.before_expenses == pytest.approx([0.01025, 0.02104208], abs=5e-9)
    assert ADDED_BACK == ("adviser", "data")
    assert charged(DATES, entries, why=("holding",)).tolist() == [0.0, 77.0]


def test_what_is_charged_at_the_opening_belongs_to_the_first_period() -> None:
    # 1 000 000 came in, 2 500 were paid in advance the same day, and nothing else happened: gross is zero.
    paid = charged(DATES, [fee("2020-01-31", "2500")])
    found = fee_returns(np.array([1e6, 997_500.0, 997_500.0]), paid)
    assert found.gross.tolist() == pytest.approx([0.0, 0.0])
    assert found.net.tolist() == pytest.approx([-0.0025, 0.0])


def test_who_is_short_of_a_fund_earns_its_expenses() -> None:
    assert taken_by_funds(np.array([[-1.0], [0.0]]), np.array([0.01]), np.array([0.0, 1.0])).tolist() == [-0.01]


# Degenerate.


def test_too_short_unknown_and_ruined_values_have_no_return() -> None:
    assert charged(DATES[:1], [fee("2020-01-31", "5")]).shape == (0,)
    assert charged(DATES[:0], [fee("2020-01-31", "5")]).shape == (0,)
    assert fee_returns(np.array([1.0]), np.zeros(0)).net.shape == (0,)
    found = fee_returns(np.array([np.nan, 5.0, 0.0, 1.0, -1.0, 2.0]), np.zeros(5))
    assert np.isnan(found.gross).tolist() == [True, False, True, False, True]
    assert found.net[1] == -1.0
    with pytest.raises(InvariantError):
        fee_returns(np.ones(3), np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        found.net[0] = 1.0


def test_a_fee_in_another_currency_is_refused() -> None:
    assert charged(DATES, [fee("2020-02-03", "5", currency="EUR")], currency="EUR").tolist() == [5.0, 0.0]
    with pytest.raises(DataError, match="EUR"):
        charged(DATES, [fee("2020-02-03", "5", currency="EUR")], currency="USD")
