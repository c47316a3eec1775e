"""Key figures against their definitions, spelled out on the returns and fills of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from tests.desk.test_backtest import CLOSES, held, market
from trimtab.core.arrays import Dates
from trimtab.core.entries import Fill
from trimtab.core.terms import CLOSE
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.months import last_weekdays
from trimtab.desk.backtest import backtest
from trimtab.desk.notes import notes
from trimtab.desk.result import Result, execution_words
from trimtab.desk.summary import summary
from trimtab.desk.words import schedule_words


@pytest.fixture(scope="module")
def result() -> Result:
    policy = worlds.policy()
    return backtest(policy, worlds.market(policy, 9))


def test_growth_risk_and_drawdown_by_their_definitions(result: Result) -> None:
    figures, returns = summary(result), result.returns
    excess = returns - result.riskfree
    wealth = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
    assert figures["cagr"] == pytest.approx(wealth[-1] ** (252 / len(returns)) - 1.0, rel=1e-12)
    assert figures["volatility"] == pytest.approx(returns.std(ddof=1) * np.sqrt(252), rel=1e-12)
    assert figures["sharpe"] == pytest.approx(excess.mean() / excess.std(ddof=1) * np.sqrt(252), rel=1e-12)
    worst = min(wealth[t] / wealth[: t + 1].max() - 1.0 for t in range(len(wealth)))
    assert figures["max_drawdown"] == pytest.approx(worst, rel=1e-12)
    assert figures["sharpe_low"] < figures["sharpe"] < figures["sharpe_high"]
    assert (figures["start_value"], figures["end_value"]) == (1_000_000.0, result.wealth[-1])
    assert figures["worst_month"] is None  # daily data know no month


def by_hand(result: Result) -> tuple[float, float, float]:
    """One-way turnover a year without the first funding, costs in currency, and costs a year as a fraction."""
    turned, costs, drag = 0.0, 0.0, 0.0
    for decision in result.decisions:
        amounts = np.zeros(len(result.assets))
        for fill in result.fills:
            if fill.order.rpartition(":")[0] == str(decision.today.when):
                amounts[fill.asset] += float(fill.amount)
                costs += float(fill.cost)
                drag += float(fill.cost) / decision.book.nav
        if decision.book.funded:
            turned += 0.5 * (np.abs(amounts).sum() + abs(amounts.sum())) / decision.book.nav
    years = (result.dates[-1] - result.dates[0]).astype(int) / 365.25
    return turned / years, costs, drag / years


def test_turnover_and_costs_by_their_definitions(result: Result) -> None:
    figures = summary(result)
    turned, costs, drag = by_hand(result)
    assert figures["turnover_per_year"] == pytest.approx(turned, rel=1e-9)
    assert figures["costs"] == pytest.approx(costs, rel=1e-9)
    assert figures["cost_per_year"] == pytest.approx(drag, rel=1e-9)
    assert figures["decisions"] == len(result.decisions)
    assert figures["fills"] == len(result.fills)
    assert any(isinstance(entry, Fill) and entry.order == "dividend" for entry in result.entries)  # and these cost nothing


def test_three_sessions_by_hand() -> None:
    # 1010, then 1452, then 2202 (see test_backtest): returns 0.4376..., 0.5165...; 252 / 2 periods a year
    policy = held()
    figures = summary(backtest(policy, market(policy, CLOSES, opening=[10.0, 10.0, 10.0, 8.0, 19.0])))
    assert figures["end_value"] == pytest.approx(2202.0, abs=1e-4)
    assert np.log1p(figures["cagr"]) == pytest.approx(126 * np.log(2202 / 1010), rel=1e-6)
    assert figures["max_drawdown"] == 0.0
    assert figures["turnover_per_year"] == 0.0  # the first funding does not count
    assert figures["costs"] == pytest.approx(8.0, abs=1e-5)


def test_what_is_not_defined_is_none_and_never_nan() -> None:
    policy = held()
    figures = summary(backtest(policy, market(policy, CLOSES[:3])))
    assert figures["cagr"] is figures["volatility"] is figures["sharpe"] is figures["max_drawdown"] is None
    for value in figures.values():
        assert value == value


def test_results_by_asset_and_provenance(result: Result) -> None:
    rows: tuple[Any, ...] = result.result_by_asset
    account = result.account
    assert [row["asset"] for row in rows] == ["A", "B", "C"]
    explained = sum(row["total"] for row in rows) + account.interest - account.fees
    assert explained == account.nav - account.flows
    assert [about.name for about in result.about] == ["A", "B", "C", "bills"]
    dates, one_way = result.turnover
    assert len(dates) == len(one_way) == len(result.costs) == len(result.decisions)


@pytest.mark.parametrize(
    ("decide", "execution", "schedule"),
    [
        ("daily", "decided at the close of each session, filled", "Decided each session, 2h after the close"),
        ("week-end", "decided at the close of each week-end, filled", "Decided at week-end, 2h after the close"),
    ],
)
def test_how_often_it_is_decided_is_said_in_english(decide: str, execution: str, schedule: str) -> None:
    """A regression: a daily policy was decided at the close of each daily."""
    policy = held(schedule={"decide": decide, "trade": "next_close"})
    assert execution_words(policy, market(policy, CLOSES)).startswith(execution)
    assert schedule_words(policy.schedule).startswith(schedule)


@pytest.mark.parametrize(
    ("trade", "words"),
    [
        ("next_open", "filled at the next session's open"),
        ("next_close", "filled at the next session's close"),
        ("same_close", "not tradable as it is"),
        ("next_observation", "filled a period later"),
    ],
)
def test_the_execution_is_said_as_it_happened(trade: str, words: str) -> None:
    policy = held(schedule={"decide": "month-end", "trade": trade})
    assert words in backtest(policy, market(policy, CLOSES, opening=CLOSES)).execution_words
    if trade == "next_open":
        without = backtest(policy, market(policy, CLOSES))
        assert "next session's close, since no opening price is known" in without.execution_words
        assert any("No opening prices are known" in note for note in without.notes)


@pytest.mark.parametrize(
    ("dates", "f", "decide", "trade"),
    [
        (np.arange("2015-01-01", "2017-12-31", dtype="datetime64[D]"), 365, "month-end", "next_close"),
        (np.arange("2005-01-07", "2010-01-01", 7, dtype="datetime64[D]"), 52, "month-end", "next_close"),
        (last_weekdays(np.arange("2000-01", "2010-01", dtype="datetime64[M]")), 12, "month-end", "same_close"),
        (last_weekdays(np.arange("2000-03", "2012-03", 3, dtype="datetime64[M]")), 4, "quarter-end", "same_close"),
        (last_weekdays(np.arange("1980-12", "2010-12", 12, dtype="datetime64[M]")), 1, "year-end", "same_close"),
    ],
)
def test_a_return_a_year_is_that_of_a_year_whatever_the_sessions(dates: Dates, f: int, decide: str, trade: str) -> None:
    """7 % a calendar year in both assets: 7 % a year, but for weekends at the ends, and the day beside 52 weeks."""
    growth = {CLOSE: 1.07 ** ((dates - dates[0]).astype(float) / 365.25)}
    about = {name: History(About(name, name, Kind.TOTAL_RETURN, "generated"), dates, growth) for name in "AB"}
    policy = worlds.policy(
        since=str(dates[0]),
        universe={"A": {"class": "equity"}, "B": {"class": "bonds"}},
        benchmark={"A": 0.6, "B": 0.4},
        signals={},
        combine=None,
        allocator={"use": "static"},
        rules=[],
        costs=None,
        cash=None,
        schedule={"decide": decide, "trade": trade},
    )
    found = backtest(policy, assemble(policy.universe, about, series={}))
    assert found.periods_per_year == f
    assert summary(found)["cagr"] == pytest.approx(0.07, abs=6e-4)


def test_a_frequency_that_changes_on_the_way_is_told() -> None:
    dates = np.append(last_weekdays(np.arange("2000-01", "2002-01", dtype="datetime64[M]")), worlds.dates(300) + 400)
    growth = {CLOSE: 1.07 ** ((dates - dates[0]).astype(float) / 365.25)}
    policy = worlds.policy(universe={"A": {"class": "equity"}}, benchmark={"A": 1.0}, signals={}, combine=None, cash=None)
    world = assemble(policy.universe, {"A": History(About("A", "A", Kind.TOTAL_RETURN, "generated"), dates, growth)}, series={})
    assert any(line.startswith("The data are monthly until about 2002-0") for line in notes(policy, world))
    assert not any("until about" in line for line in notes(worlds.policy(), worlds.market(worlds.policy())))
