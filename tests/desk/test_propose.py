"""Today's decision: what the backtest would decide there, whether it is due, breached or stale, and the exit code for each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from tests.desk.test_prepare import monthly
from trimtab.accounting.charging import following
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, OPEN
from trimtab.data.market import Market
from trimtab.desk.policy import Policy
from trimtab.desk.propose import last_expected, propose, stale

# Weekdays from 2001-01-02: row 100 is 2001-05-22, a Tuesday; row 107 is Thursday 31 May, the last weekday of its month.


def world(**changes: Any) -> tuple[Policy, Market]:
    policy = worlds.policy(**changes)
    return policy, worlds.market(policy, 5, count=150)


def tight(severity: str = "block") -> dict[str, Any]:
    """A tilt limit that a cap on assets makes impossible: it is relaxed, and the rule stays broken."""
    return {
        "rules": [
            {"limit": {"use": "max_tilt", "at_most": 0.02}, "id": "T-1", "severity": severity},
            {"use": "max_weight", "at_most": 0.35},
        ]
    }


def forgotten(market: Market, asset: int, rows: slice) -> Market:
    """The market without prices of an asset on some rows."""
    fields = {name: values.copy() for name, values in market.fields.items()}
    for values in fields.values():
        values[rows, asset] = np.nan
    return replace(market, fields=fields)


def test_a_due_decision_with_fresh_data_is_exit_0() -> None:
    policy, market = world()
    proposal = propose(policy, market, market.sessions[107])
    assert str(proposal.decision.today.when) == "2001-05-31"
    assert proposal.due
    assert (proposal.breaches, proposal.stale, proposal.exit_code) == ((), (), 0)


def test_a_date_that_the_schedule_does_not_call_for_is_shown_and_not_due() -> None:
    policy, market = world()
    proposal = propose(policy, market, market.sessions[100])
    assert str(proposal.decision.today.when) == "2001-05-22"
    assert not proposal.due
    assert proposal.exit_code == 0


def test_without_a_date_the_last_session_is_today() -> None:
    policy, market = world()
    proposal = propose(policy, market)
    assert proposal.as_of == proposal.decision.today.when == market.sessions[-1]


def test_an_as_of_date_sees_nothing_later() -> None:
    policy, market = world()
    cut = propose(policy, worlds.cut(market, 107))
    seen = propose(policy, market, market.sessions[107])
    assert cut.decision.orders == seen.decision.orders
    assert seen.result.dates[-1] == market.sessions[107]


def test_a_blocking_rule_is_exit_3_and_a_warning_is_not() -> None:
    policy, market = world(**tight())
    proposal = propose(policy, market)
    assert proposal.decision.relaxed == ("tilt",)
    assert [b.rule.id for b in proposal.breaches] == ["T-1"]
    assert proposal.exit_code == 3
    policy, market = world(**tight("warn"))
    proposal = propose(policy, market)
    assert [b.rule.id for b in proposal.breaches] == ["T-1"]
    assert proposal.exit_code == 0


def test_stale_data_are_exit_4_and_said_by_asset() -> None:
    policy, market = world()
    behind = forgotten(market, 1, slice(-2, None))
    proposal = propose(policy, behind)
    day, before = market.sessions[-1], market.sessions[-3]
    assert proposal.stale == (f"B has no price for {day}; its last one is of {before}",)
    assert proposal.exit_code == 4


def test_a_breach_comes_before_stale_data() -> None:
    policy, market = world(**tight())
    assert propose(policy, forgotten(market, 1, slice(-1, None))).exit_code == 3


@pytest.mark.parametrize(("days", "code"), [(0, 4), (1, 4), (2, 0), (5, 0)])
def test_stale_days_are_business_days(days: int, code: int) -> None:
    policy, market = world(stale_days=days)
    assert propose(policy, forgotten(market, 1, slice(-2, None))).exit_code == code


def test_a_weekend_makes_nothing_stale_and_a_monday_does() -> None:
    policy, market = world()
    friday = int(np.flatnonzero(np.is_busday(market.sessions, weekmask="Fri"))[10])
    seen = worlds.cut(market, friday)
    last = seen.sessions[-1]
    assert propose(policy, seen, last + 1).exit_code == 0  # Saturday
    assert propose(policy, seen, last + 2).exit_code == 0  # Sunday
    monday = propose(policy, seen, last + 3)
    assert monday.exit_code == 4
    assert len(monday.stale) == 3
    assert monday.decision.today.when == last


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2003-12-31", "2003-12-31"),
        ("2003-12-30", "2003-11-28"),  # December has not ended: November's last weekday
        ("2004-01-15", "2003-12-31"),
        ("2003-05-31", "2003-05-30"),  # the 31st is a Saturday: the month is over
        ("2003-05-30", "2003-05-30"),
    ],
)
def test_monthly_prices_are_expected_at_month_ends(as_of: str, expected: str) -> None:
    _, market = monthly("same_close")
    assert str(last_expected(market, np.datetime64(as_of))) == expected


@pytest.mark.parametrize(("step", "month", "end"), [(3, "2003-09", "2003-09-30"), (12, "2004-06", "2004-06-30")])
def test_quarterly_and_yearly_prices_are_expected_a_quarter_and_a_year_later(step: int, month: str, end: str) -> None:
    """Prices of 30 June 2003 are the last there can be until the end of the next quarter, or year."""
    _, market = monthly("same_close")
    june = int(np.flatnonzero(market.sessions == np.datetime64("2003-06-30"))[0])
    rows = np.arange(june % step, june + 1, step)
    fields = {name: values[rows] for name, values in market.fields.items()}
    slow = replace(market, sessions=market.sessions[rows], fields=fields, series={})
    assert following(slow.sessions) == np.datetime64(f"{month}-01")
    for as_of, expected in (("2003-06-30", "2003-06-30"), (f"{month}-29", "2003-06-30"), (end, end)):
        assert str(last_expected(slow, np.datetime64(as_of))) == expected


def test_monthly_data_are_not_stale_within_the_month() -> None:
    policy, market = monthly("same_close")
    assert market.sessions[-1] == np.datetime64("2003-12-31")
    assert stale(policy, market, np.datetime64("2004-01-29")) == ()
    assert len(stale(policy, market, np.datetime64("2004-01-31"))) == 3  # January's last weekday, the 30th, is missing


def test_an_asset_without_any_price_is_stale_for_ever() -> None:
    policy, market = world()
    assert stale(policy, forgotten(market, 2, slice(None)), market.sessions[-1]) == (
        f"C has no price for {market.sessions[-1]}; its last one is of None",
    )


def test_a_date_before_the_data_is_refused() -> None:
    policy, market = world()
    with pytest.raises(DataError, match="no data on or before 1999-01-01"):
        propose(policy, market, np.datetime64("1999-01-01"))


def test_nothing_is_traded_by_asking() -> None:
    """The decision of today never fills, whatever the schedule: next_open has no next session here."""
    policy, market = world()
    proposal = propose(policy, market)
    assert proposal.result.traded[-1] is None
    assert all(fill.order.rpartition(":")[0] != str(proposal.as_of) for fill in proposal.result.fills)
    assert np.isfinite(market.fields[OPEN]).all()
    assert np.isfinite(market.fields[CLOSE]).all()
