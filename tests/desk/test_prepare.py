"""From a policy to its market: what is refused, what is cut away, and how cash grows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from trimtab.core.arrays import Array
from trimtab.core.errors import DataError, PolicyError, UsageError
from trimtab.core.terms import CLOSE
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk import gallery
from trimtab.desk.backtest import backtest
from trimtab.desk.notes import notes
from trimtab.desk.policy import Averages, Policy
from trimtab.desk.prepare import bills, check_market, load_market, until, years

MONTHS = np.busday_offset(np.arange("2001-02", "2004-02", dtype="datetime64[M]").astype("datetime64[D]"), -1, roll="forward")


def monthly(trade: str) -> tuple[Policy, Market]:
    policy = worlds.policy(
        schedule={"decide": "month-end", "trade": trade}, cash=None, signals=None, allocator={"use": "static"}
    )
    rng = np.random.default_rng(0)
    abouts = tuple(About(a.id, a.id, Kind.TOTAL_RETURN, "test", "monthly") for a in policy.universe)
    values = np.exp(np.cumsum(rng.normal(0, 0.03, (len(MONTHS), 3)), axis=0))
    return policy, Market(policy.universe, MONTHS, {CLOSE: values}, abouts)


def with_bills(values: list[float], kind: Kind = Kind.TOTAL_RETURN, dates: Array | None = None) -> tuple[Policy, Market]:
    """The policy of the laws on a market of five sessions, with those bills."""
    policy = worlds.policy(signals=None, allocator={"use": "static"})
    sessions = np.busday_offset("2020-01-02", np.arange(5))
    history = History(About("bills", "bills", kind, "test"), sessions if dates is None else dates, {CLOSE: np.array(values)})
    abouts = tuple(About(a.id, a.id, Kind.PRICE, "test") for a in policy.universe)
    return policy, Market(policy.universe, sessions, {CLOSE: np.ones((5, 3))}, abouts, {"bills": history})


# Refusals.


def test_averages_are_refused_unless_the_policy_allows_them() -> None:
    policy = gallery.named("trend-overlay")
    load_market(policy)  # it says `averages: allowed`
    with pytest.raises(PolicyError, match="long_corporate, aaa_yield: values are averages over a period") as caught:
        load_market(replace(policy, averages=Averages.REFUSED))
    assert (caught.value.exit_code, caught.value.code) == (2, "TT-POL-021")
    assert "averages: allowed" in caught.value.remedy


@pytest.mark.parametrize("trade", ["next_open", "next_close"])
def test_monthly_data_hold_no_next_session(trade: str) -> None:
    policy, market = monthly(trade)
    with pytest.raises(PolicyError, match=f"monthly data hold no next session for `trade: {trade}`") as caught:
        backtest(policy, market)
    assert (caught.value.exit_code, caught.value.code) == (2, "TT-POL-022")
    assert "same_close" in caught.value.remedy
    assert "next_observation" in caught.value.remedy


@pytest.mark.parametrize("trade", ["same_close", "next_observation"])
def test_monthly_data_trade_at_the_same_close_or_a_month_later(trade: str) -> None:
    policy, market = monthly(trade)
    result = backtest(policy, market)
    first = result.decisions[0].today.when
    assert result.traded[0] == (
        first if trade == "same_close" else market.sessions[np.searchsorted(market.sessions, first) + 1]
    )


def test_another_market_than_that_of_the_policy_is_refused() -> None:
    """Regression: columns of another universe, or of the same in another order, would be read as if they were ours."""
    policy = worlds.policy()
    market = worlds.market(policy)
    check_market(policy, market)
    with pytest.raises(UsageError, match="not that of the policy law"):
        check_market(policy, replace(market, assets=market.assets[::-1]))
    with pytest.raises(UsageError, match=r"Give one with A, B, C, bills, in this order\."):
        check_market(policy, replace(market, series={}))


# Cutting.


def test_until_takes_everything_later_away() -> None:
    policy = worlds.policy()
    market = worlds.market(policy)
    end = market.sessions[100]
    cut = until(market, end.item())
    assert cut.sessions[-1] == end
    assert len(cut.fields[CLOSE]) == 101
    assert cut.series["bills"].dates[-1] == end
    weekend = np.datetime64("2001-06-02")  # a Saturday
    assert until(market, weekend).sessions[-1] == np.datetime64("2001-06-01")
    assert until(market, None) is market
    assert until(market, market.sessions[-1]) is market
    with pytest.raises(DataError, match="no data on or before 2000-01-01: they start on 2001-01-02"):
        until(market, np.datetime64("2000-01-01"))


def test_a_series_that_begins_after_the_end_is_empty_and_nobody_minds() -> None:
    """Regression: cash in bills of which nothing is known yet."""
    policy, market = with_bills([1.0, 1.1], dates=np.array(["2020-01-07", "2020-01-08"], dtype="datetime64[D]"))
    cut = until(market, np.datetime64("2020-01-06"))
    assert len(cut.series["bills"].dates) == 0
    assert bills(policy, cut).tolist() == [1.0, 1.0, 1.0]
    assert any("bills has no value up to 2020-01-06" in note for note in notes(policy, cut))


# Cash.


def growth(case: tuple[Policy, Market]) -> Any:
    return bills(*case)


def test_bills_grow_as_their_index() -> None:
    assert growth(with_bills([1.0, 1.01, 1.02, 1.03, 1.05])).tolist() == [1.0, 1.01, 1.02, 1.03, 1.05]


def test_an_unknown_bill_stands_still_and_catches_up() -> None:
    case = with_bills([1.0, np.nan, np.nan, 1.03, 1.05])
    assert growth(case).tolist() == [1.0, 1.0, 1.0, 1.03, 1.05]
    assert any(note.startswith("bills is unknown on 2 dates") for note in notes(*case))


def test_bills_that_begin_late_stand_still_before() -> None:
    case = with_bills([np.nan, np.nan, 1.02, 1.03, 1.05])
    assert growth(case).tolist() == [1.02, 1.02, 1.02, 1.03, 1.05]  # only ratios count: nothing is earned before
    assert "Cash earns nothing before 2020-01-06, where bills begins." in notes(*case)


def test_a_bill_rate_is_earned_day_by_day() -> None:
    # 3.65 % a year is 0.0001 a day. 2 (Thu), 3 (Fri), 6 (Mon), 7, 8 January: one day, three over the weekend, one, one.
    found = growth(with_bills([0.0365] * 5, Kind.YIELD))
    assert found == pytest.approx([1.0, 1.0001, 1.0001 * 1.0003, 1.0001**2 * 1.0003, 1.0001**3 * 1.0003], rel=1e-14)


def test_an_unknown_rate_does_not_stop_the_clock() -> None:
    """Regression: one unknown rate made everything after it unknown, and cash earned nothing any more."""
    found = growth(with_bills([0.0365, np.nan, 0.0365, 0.0365, 0.0365], Kind.YIELD))
    # from 2 to 6 January at the rate of the 2nd: four days at 0.0001
    assert found == pytest.approx([1.0, 1.0, 1.0004, 1.0004 * 1.0001, 1.0004 * 1.0001**2], rel=1e-14)


def test_cash_without_a_series_earns_nothing() -> None:
    policy, market = with_bills([1.0, 1.01, 1.02, 1.03, 1.05])
    bare = replace(policy, cash=replace(policy.cash, series=""))
    assert bills(bare, market).tolist() == [1.0] * 5
    assert "Cash earns nothing: the policy names no cash series." in notes(bare, market)


# Time.


def test_years_and_periods() -> None:
    policy = worlds.policy()
    daily = worlds.market(policy)
    assert years(daily)[0] == 0.0
    assert years(daily)[260] == pytest.approx(1.0, abs=0.01)  # 260 weekdays are a year
    assert daily.per_year == 252
    assert monthly("same_close")[1].per_year == 12
    weekly = replace(daily, sessions=daily.sessions[::5], fields={}, series={})
    assert weekly.per_year == 52


def test_the_check_of_averages_catches_a_flag_that_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Market, "averages", ())
    load_market(replace(gallery.named("trend-overlay"), averages=Averages.REFUSED))


def test_leverage_that_no_rule_allows_is_said() -> None:
    """Regression: a target of volatility that asked for twice the capital was cut to another mix, and nobody was told."""
    scaled = {"use": "volatility_target", "target": 0.5, "most": 2, "of": {"use": "static"}}
    said = []
    for rules in ([], [{"use": "max_leverage", "at_most": 2}]):
        policy = worlds.policy(
            signals=None, allocator=scaled, forecast={"use": "sample", "window": "20D"}, since="2000-01-31", rules=rules
        )
        said.append([note for note in notes(policy, worlds.market(policy, 5)) if "scaled by up to 2" in note])
    assert [len(lines) for lines in said] == [1, 0]
    assert "A rule {use: max_leverage, at_most: 2} allows it." in said[0][0]
