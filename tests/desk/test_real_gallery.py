"""Every policy of the shelf on real funds, 2007 to 2024, with costs: nothing blocked, no rule broken, and the same account.

The account of five of them is kept a second time in pandas, from the shared file alone: signals, orders in units, fills at
the next open, costs, dividends, bills (`gallery_by_hand`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.desk import gallery_by_hand as hand
from tests.desk.real_gallery import END, START, decided, ran
from trimtab.core.arrays import Array
from trimtab.core.rules import one_way
from trimtab.desk import gallery
from trimtab.execution.gate import book_from

OFFENSIVE = ["SPY", "IWM", "QQQ", "IEV", "EWJ", "EEM", "VNQ", "DBC", "GLD", "TLT", "HYG", "LQD"]
FIFTHS = {"SPY": 0.2, "EFA": 0.2, "IEF": 0.2, "VNQ": 0.2, "DBC": 0.2}
FIRST = {"all-weather": "2007-12-31", "mean-variance": "2007-11-30"}  # the end of a year; means of 36 months of the youngest
GAP = 0.002  # of turnover: what a fill at the next open differs from what was decided at the close
every_policy = pytest.mark.parametrize("name", gallery.shelf())


@every_policy
def test_a_policy_runs_over_the_whole_time_and_nothing_is_blocked(name: str) -> None:
    result = ran(name)
    first = FIRST.get(name, START)
    assert (str(result.dates[0]), str(result.dates[-1])) == (first, END)
    assert result.blocked == ()
    assert not any(decision.refused or decision.relaxed for decision in result.decisions)
    assert all(day is not None for day in result.traded[:-1])


@every_policy
def test_wealth_and_weights_are_numbers_and_cash_is_never_short(name: str) -> None:
    result = ran(name)
    for values in (result.wealth, result.weights, decided(name), decided(name, "aim")):
        assert np.isfinite(np.asarray(values)).all()
    assert (result.wealth > 0.0).all()
    assert result.weights.min() >= 0.0
    if name != "risk-parity-levered":
        assert result.weights.sum(axis=1).max() <= 1.0 + 1e-12


@every_policy
def test_every_target_keeps_every_rule_and_costs_are_charged(name: str) -> None:
    result = ran(name)
    for one in result.decisions:
        assert result.policy.rules.breaches(one.target, book_from(one.reach.base, one.book)) == ()
    bps = float(result.policy.costs.bps)  # type: ignore[attr-defined]
    traded = sum(abs(fill.amount) for fill in result.fills if fill.order != "dividend")
    assert bps >= 5.0
    assert result.costs.sum() == pytest.approx(float(traded) * bps * 1e-4, rel=1e-4)  # to the cent of each fill


# The rules once more, in plain numpy.


@pytest.mark.parametrize("name", ["min-variance", "max-diversification", "mean-variance"])
def test_no_target_holds_more_than_two_fifths_of_a_fund(name: str) -> None:
    assert decided(name).max(axis=None) <= 0.40 + 1e-9


def test_trend_tilts_stay_within_tilt_weight_and_tracking_error() -> None:
    targets, benchmark = decided("trend-tilts"), np.array([0.40, 0.20, 0.30, 0.10])
    active = targets - benchmark
    assert active.abs().max(axis=None) <= 0.10 + 1e-9
    assert targets.max(axis=None) <= 0.50 + 1e-9
    covariances = {day: hand.ewma(rows, 0.98) for day, rows in hand.windows(["SPY", "EFA", "IEF", "GLD"], 252).items()}
    errors = pd.Series({day: float(np.sqrt(active.loc[day] @ covariances[day] @ active.loc[day])) for day in active.index})
    assert errors.max() <= 0.04 + 1e-7
    assert (errors > 0.0399).sum() == 23  # the limit binds


@pytest.mark.parametrize("name", ["trend-tilts", "value-momentum", "mean-variance"])
def test_no_more_than_a_fifth_is_turned_over_in_a_quarter_but_for_repairs(name: str) -> None:
    result = ran(name)
    repairs = np.array([one_way(one.reach.base - one.book.held) for one in result.decisions])
    _, turned = result.turnover
    counted = np.where([one.book.funded for one in result.decisions], turned - repairs, 0.0)
    quarters = pd.PeriodIndex([one.today.when for one in result.decisions], freq="Q")
    assert pd.Series(counted).groupby(quarters).sum().max() <= 0.20 + GAP


def test_no_target_is_levered_above_twice_the_capital_though_markets_may_carry_it_there() -> None:
    assert decided("risk-parity-levered").sum(axis=1).max() <= 2.0 + 1e-9
    result = ran("risk-parity-levered")
    gross = result.weights.sum(axis=1)
    assert (str(result.dates[gross.argmax()]), round(float(gross.max()), 2)) == ("2020-03-18", 2.24)


# The account, a second time.


def same(name: str, decide: hand.Decide, *, bps: float) -> list[str]:
    """Assert the same wealth at every session; the dates on which the second account traded."""
    result = ran(name)
    wealth, traded = hand.account([asset.id for asset in result.assets], decide, bps=bps)
    assert list(wealth.index) == list(pd.DatetimeIndex(result.dates))
    np.testing.assert_allclose(result.wealth, wealth, rtol=1e-6)
    return [str(day.date()) for day in traded]


def banded(weights: dict[str, float], band: float) -> hand.Decide:
    """All the way to the weights once one of them is out by more than the band."""
    goal = pd.Series(weights)
    return lambda _, held: goal if not held.any() or ((held - goal).abs() > band).any() else None


def dates_of_orders(name: str) -> list[str]:
    return [str(one.today.when) for one in ran(name).decisions if one.orders]


def test_sixty_forty_is_put_back_on_the_days_that_pandas_names() -> None:
    traded = same("sixty-forty", banded({"SPY": 0.60, "AGG": 0.40}, 0.05), bps=5)
    assert dates_of_orders("sixty-forty") == traded
    assert traded == [
        "2007-06-29", "2008-06-30", "2008-10-31", "2009-01-30", "2009-11-30", "2013-01-31", "2013-12-31",
        "2017-03-31", "2018-08-31", "2020-03-31", "2020-08-31", "2021-05-28", "2023-07-31", "2024-11-29",
    ]  # fmt: skip


def test_the_permanent_portfolio_traded_five_times_after_its_first_day() -> None:
    traded = same("permanent", banded(dict.fromkeys(("SPY", "TLT", "GLD", "SHY"), 0.25), 0.10), bps=5)
    assert dates_of_orders("permanent") == traded
    assert traded == ["2007-06-29", "2008-11-28", "2011-07-29", "2014-10-31", "2021-02-26", "2024-10-31"]


def test_gtaa_5_holds_what_stands_above_its_average_at_every_month_end() -> None:
    wanted = hand.trend(FIFTHS)
    same("gtaa-5", lambda day, _: wanted.loc[day], bps=10)
    pd.testing.assert_frame_equal(decided("gtaa-5"), wanted, check_names=False, check_index_type=False)
    assert list(wanted.columns[wanted.loc["2008-10-31"] > 0.0]) == ["IEF"]
    assert list(wanted.columns[wanted.loc["2024-12-31"] > 0.0]) == ["SPY", "VNQ"]


def test_dual_momentum_leaves_shares_in_january_2008_and_comes_back_in_october_2009() -> None:
    held = hand.dual_momentum()
    same("dual-momentum", lambda day, _: pd.Series({one: float(one == held[day]) for one in ("SPY", "EFA", "AGG")}), bps=10)
    assert list(decided("dual-momentum").idxmax(axis=1)) == list(held)
    switches = held[held != held.shift()]
    assert {str(day.date()): one for day, one in switches[:3].items()} == {
        "2007-06-29": "EFA",
        "2008-01-31": "AGG",
        "2009-10-30": "EFA",
    }


def test_vigilant_allocation_is_all_in_or_all_out() -> None:
    risky, safe = ["SPY", "EFA", "EEM", "AGG"], ["LQD", "IEF", "SHY"]
    wanted = hand.breadth(risky, safe, risky, 1, 1)
    same("vigilant", lambda day, _: wanted.loc[day], bps=10)
    targets = decided("vigilant")
    np.testing.assert_allclose(targets, wanted[targets.columns], atol=1e-15)
    defensive = (hand.scores_13612(risky) <= 0.0).any(axis=1)
    assert (targets[safe].sum(axis=1)[defensive] == 1.0).all()
    assert (int(defensive.sum()), len(defensive)) == (123, 211)


def test_defensive_allocation_shelters_half_for_each_canary_that_is_down() -> None:
    wanted = hand.breadth(OFFENSIVE, ["SHY", "IEF", "LQD"], ["EEM", "AGG"], 6, 2)
    targets = decided("canary")
    np.testing.assert_allclose(targets, wanted[targets.columns], atol=1e-12)
    down = (hand.scores_13612(["EEM", "AGG"]) <= 0.0).sum(axis=1)
    assert [int((down == count).sum()) for count in (0, 1, 2)] == [100, 74, 37]


def test_the_figures_of_the_second_account_are_worth_comparing() -> None:
    """A fault planted in each part of the account moves wealth by far more than what is tolerated."""
    wanted = hand.trend(FIFTHS)
    names = list(FIFTHS)
    right: Array = hand.account(names, lambda day, _: wanted.loc[day], bps=10)[0].to_numpy()
    dearer: Array = hand.account(names, lambda day, _: wanted.loc[day], bps=11)[0].to_numpy()
    later: Array = hand.account(names, lambda day, _: wanted.shift().loc[day].fillna(0.2), bps=10)[0].to_numpy()
    assert abs(dearer[-1] / right[-1] - 1.0) > 1e-3
    assert abs(later[-1] / right[-1] - 1.0) > 1e-3
