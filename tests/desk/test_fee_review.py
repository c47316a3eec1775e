"""What fees took: returns gross and net of them, by cause, and what is charged when the last session ends a period."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from tests.desk.test_calendars import weekdays, world
from tests.desk.test_events import policy as plain
from trimtab.core.entries import Fee
from trimtab.desk.backtest import backtest
from trimtab.desk.fee_review import charges, fee_words, review_fees
from trimtab.desk.result import Result
from trimtab.desk.summary import summary

ADVISER = {"use": "adviser", "tiers": [{"rate": 0.01}]}
DATA = {"use": "data", "per_year": "1200 USD", "every": "1M"}
FUNDS = {"use": "fund_expenses", "per_year": 0.002}


def charged(*fees: dict[str, Any], **changes: Any) -> Result:
    policy = worlds.policy(fees=list(fees), **changes)
    return backtest(policy, worlds.market(policy, 5, count=700))


@pytest.fixture(scope="module")
def result() -> Result:
    return charged(ADVISER, DATA, FUNDS)


def fees_of(result: Result) -> list[Fee]:
    return [entry for entry in result.entries if isinstance(entry, Fee)]


# Laws.


def test_gross_is_net_with_each_fee_back_in_its_period(result: Result) -> None:
    """prod(1 + gross) = prod(1 + net) * prod((V + F) / V), with F read from the entries by their dates."""
    review = review_fees(result)
    assert review is not None
    paid = np.zeros(len(result.dates))
    for fee in fees_of(result):
        paid[np.flatnonzero(result.dates == np.datetime64(fee.when))[0]] += float(fee.amount)
    back = np.prod((result.wealth[1:] + paid[1:]) / result.wealth[1:])
    assert np.prod(1.0 + review.returns.gross) == pytest.approx(np.prod(1.0 + review.returns.net) * back, rel=1e-12)
    np.testing.assert_allclose(review.returns.net, result.returns)
    assert review.net == pytest.approx(summary(result)["cagr"], rel=1e-12)
    assert review.net < review.gross < review.before_expenses


def test_fees_by_cause_are_all_that_was_charged(result: Result) -> None:
    review = review_fees(result)
    assert review is not None
    assert set(review.charged) == {"adviser", "data"}
    assert sum(review.charged.values()) == result.account.fees == sum(fee.amount for fee in fees_of(result))
    assert summary(result)["fees"] == float(result.account.fees)
    assert summary(result)["fee_per_year"] == pytest.approx(review.drag)


def test_holding_costs_are_no_fee_of_anybody(result: Result) -> None:
    held = charged(DATA, holding={"use": "carrying", "per_year": 0.01})
    review = review_fees(held)
    assert review is not None
    assert set(review.charged) == {"data"}
    assert held.account.fees > sum(review.charged.values())  # the rest is what holding costs: it stays in
    back = float((review.returns.fees * held.wealth[:-1]).sum())
    assert back == pytest.approx(float(review.charged["data"]))


def test_taxes_stay_in_and_are_not_added_back(result: Result) -> None:
    rates = {"short": 0.4, "long": 0.2, "ordinary": 0.4, "qualified": 0.2}
    taxed = charged(ADVISER, tax={"use": "us_federal", **rates})
    review = review_fees(taxed)
    assert review is not None
    assert review.net == pytest.approx(summary(taxed)["cagr"], rel=1e-12)


# By hand.


def test_the_data_cost_of_whole_months_by_hand(result: Result) -> None:
    # funded on Friday 2001-03-30: March has one more day, so 1/31 of a month at the end of March? None: that day is no
    # session. Then 1200 / 12 = 100 a month, and the first charge, on 2001-04-30, has that day in it: 100 + 100 / 31
    amounts = [fee.amount for fee in fees_of(result) if fee.why == "data"]
    assert result.dates[0] == np.datetime64("2001-03-30")
    assert amounts[0] == Decimal("103.23")
    assert set(amounts[1:]) == {Decimal("100.00")}


def test_what_funds_took_by_hand() -> None:
    # weights times 0.2 % a year times the time between two valuations
    result = charged(FUNDS)
    review = review_fees(result)
    assert review is not None
    years = np.diff(result.dates).astype(float) / 365.25
    wanted = result.weights[:-1].sum(axis=1) * 0.002 * years
    np.testing.assert_allclose(review.returns.expenses, wanted, rtol=1e-12)
    assert (review.returns.gross == review.returns.net).all()
    assert not review.charged
    assert review.taken == pytest.approx((wanted * result.wealth[:-1]).sum())
    assert not charges(result.policy)


def test_a_quarter_that_ends_before_a_holiday_is_charged_on_its_last_session() -> None:
    """Regression: by weekdays alone Thursday 28 March 2024 would not end the quarter; Good Friday is no session."""
    policy = plain(fees=[ADVISER])
    worlds = [world("2024-03-28"), world("2024-03-28", ""), weekdays("2024-03-28")]
    found = [fees_of(backtest(policy, one)) for one in worlds]
    assert [[fee.when.isoformat() for fee in fees] for fees in found] == [["2024-03-28"], ["2024-03-28"], []]


def test_what_runs_at_the_end_is_said_and_not_counted() -> None:
    # closes stay at 1: 1 % of a million for the 59 days from 2023-12-29, the opening, to 2024-02-26
    policy = plain(fees=[ADVISER])
    result = backtest(policy, world("2024-02-26"))
    review = review_fees(result)
    assert review is not None
    assert not fees_of(result)
    assert review.running == pytest.approx(1_000_000 * 0.01 * 59 / 365.25)
    assert "is charged later, and not counted" in fee_words(review)[-1]
    advance = backtest(plain(fees=[ADVISER | {"billed": "advance"}]), world("2024-02-26"))
    told = review_fees(advance)
    assert told is not None
    assert told.running == 0.0


# Words and degenerate runs.


def test_words_say_gross_and_net(result: Result) -> None:
    review = review_fees(result)
    assert review is not None
    more = f"; {review.before_expenses:.1%} before what funds take as well."
    assert fee_words(review)[0] == f"Return a year: {review.gross:.1%} gross of fees, {review.net:.1%} net of them{more}"
    assert fee_words(review)[1] == f"Fees charged, USD: {', '.join(f'{k} {v:,.2f}' for k, v in review.charged.items())}."


def test_without_fees_there_is_nothing_to_say() -> None:
    result = charged()
    assert review_fees(result) is None
    keys = ("cagr_gross_of_fees", "cagr_gross_of_funds", "fee_per_year", "fees")
    assert [summary(result)[key] for key in keys] == [None] * 4


def test_a_short_run_states_no_yearly_return() -> None:
    review = review_fees(backtest(plain(fees=[ADVISER]), world("2024-02-26")))
    assert review is not None
    assert fee_words(review)[0].startswith("Fees over 0.2 years, too few")
