"""How much money a policy can run: its own trades against the markets of their days, worked by hand, and what lifts it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from trimtab.core.calendar import Frequency
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, TRADED, VOLUME
from trimtab.costs.capacity import Participation
from trimtab.costs.impact import Impact
from trimtab.costs.sizes import cost_curve
from trimtab.costs.total import Total
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.capacity import Sizing, capacity_of, trades_of
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy

TENTH = Participation()


def plain(**changes: Any) -> Policy:
    """A benchmark of three assets put back to weight, without limits and at a low cost."""
    values: dict[str, Any] = {
        "signals": {},
        "combine": None,
        "allocator": {"use": "static"},
        "reacher": {"use": "pace"},
        "rules": None,
        "costs": {"use": "linear", "bps": 1},
        "schedule": {"decide": "month-end", "trade": "next_close"},
    }
    return worlds.policy(**(values | changes))


def sized(policy: Policy, seed: int = 0, within: Participation = TENTH, **options: Any) -> Sizing:
    return capacity_of(policy, worlds.market(policy, seed, traded=1e8), within, **options)


# By hand.

MONTHS = np.busday_offset("2020-01-02", np.arange(65))  # January to March


def by_hand(**changes: Any) -> tuple[Policy, Market]:
    """Two assets, half and half. UP doubles in February, FLAT stands; 1,000 and 4,000 units are traded each session."""
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "hand",
        "universe": {"UP": {}, "FLAT": {}},
        "benchmark": {"UP": 0.5, "FLAT": 0.5},
        "liquidity": {"volume": "5D", "volatility": "5D"},
        "schedule": {"decide": "month-end", "trade": "same_close"},
        "execution": {"rounding": "none"},
    }
    policy = policy_from(values | changes)
    up = np.where(np.datetime64("2020-02-12") > MONTHS, 50.0, 100.0)
    paths = {"UP": (up, 1000.0), "FLAT": (np.full(65, 10.0), 4000.0)}
    held = {
        name: History(About(name, name, Kind.PRICE, "test"), MONTHS, {CLOSE: path, VOLUME: np.full(65, units)})
        for name, (path, units) in paths.items()
    }
    return policy, assemble(policy.universe, held)


def test_the_capacity_of_two_months_by_hand() -> None:
    # Funded 31 January. By 28 February UP is 2/3 and FLAT 1/3 of the account: each moves by 1/6 back to 1/2.
    # UP trades 1000 x 100 = 100,000 a session, FLAT 4000 x 10 = 40,000. A tenth over a sixth: 60,000 and 24,000.
    found = capacity_of(*by_hand(), TENTH, sizes=(1e6,))
    assert found.trades.dates.astype(str).tolist() == ["2020-01-31", "2020-02-28", "2020-03-31"][: len(found.trades.dates)]
    assert found.capacity.dates.astype(str).tolist() == ["2020-02-28"]  # first funding is left out, and March needs no trade
    np.testing.assert_allclose(found.capacity.by_asset, [[60_000.0, 24_000.0]], rtol=1e-7)
    assert found.capacity.worst == pytest.approx(24_000.0, rel=1e-7)
    assert found.capacity.binds.tolist() == [0, 1]


def test_more_days_and_a_basket_by_hand() -> None:
    # Over five days 120,000. A basket of 300,000 behind FLAT: 0.1 x 300,000 / (1/6) = 180,000, so UP binds, at 60,000.
    five = capacity_of(*by_hand(), Participation(days=5.0), sizes=(1e6,))
    assert five.capacity.worst == pytest.approx(120_000.0, rel=1e-7)
    funds = capacity_of(*by_hand(), Participation(basket={"FLAT": 3e5}), sizes=(1e6,))
    assert funds.capacity.worst == pytest.approx(60_000.0, rel=1e-7)
    assert funds.capacity.flagged.tolist() == [False, True]


def test_the_cost_curve_is_the_square_root_law_by_hand() -> None:
    # Without impact of its own the policy is charged one. Volatility of the last five returns is 0, so the cost is.
    # With 5 % a day at a million: sum of 1/6 x 0.05 x root(1e6/6 / ADV), over the time from the first date to the last.
    policy, world = by_hand()
    found = capacity_of(policy, world, TENTH, sizes=(1e6, 4e6))
    assert found.curve.annual.tolist() == [0.0, 0.0]
    dealing = replace(found.trades.dealing, volatility=np.full_like(found.trades.dealing.volatility, 0.05))
    curve = cost_curve(replace(found.trades, dealing=dealing), found.costs, np.array([1e6, 4e6]))
    years = float((found.trades.dates[-1] - found.trades.dates[0]) / np.timedelta64(1, "D")) / 365.25
    expected = sum((1 / 6) * 0.05 * np.sqrt(1e6 / 6 / adv) for adv in (1e5, 4e4)) / years
    assert curve.annual[0] == pytest.approx(expected, rel=1e-6)
    assert curve.annual[1] == pytest.approx(2.0 * curve.annual[0], rel=1e-12)  # four times the size, twice the cost


# Which trades count.


def test_trades_are_changes_of_weight_and_the_market_as_known_at_each_decision() -> None:
    policy = plain()
    world = worlds.market(policy, 2, traded=1e8)
    result = backtest(policy, world)
    found = trades_of(result)
    for d, decision in enumerate(result.decisions):
        np.testing.assert_array_equal(found.moves[d], decision.target - decision.book.held)
        row = int(np.searchsorted(world.sessions, decision.today.when))
        if row >= 59:
            expected = np.median(world.fields[TRADED][row - 59 : row + 1], axis=0)
            np.testing.assert_allclose(found.dealing.adv[d], expected, rtol=1e-12)
    assert found.kept.tolist() == [False] + [True] * (len(result.decisions) - 1)


def test_what_was_not_carried_out_is_no_trade() -> None:
    # A hole in the prices of B leaves no covariance at one month-end: nothing is traded there, and nothing counts.
    policy = plain(forecast={"use": "ewma", "window": "20D"}, allocator={"use": "inverse_volatility"})
    world = worlds.market(policy, 2, traded=1e8)
    refused = backtest(policy, hole(world, 150))
    assert any(decision.refused for decision in refused.decisions)
    found = trades_of(refused)
    for d, decision in enumerate(refused.decisions):
        if decision.refused:
            assert not found.moves[d].any()


def hole(world: Market, row: int) -> Market:
    """The market in which one asset has no price for thirty sessions up to `row`."""
    fields = {name: values.copy() for name, values in world.fields.items()}
    for values in fields.values():
        values[row - 30 : row, 1] = np.nan
    return replace(world, fields=fields)


def test_a_trade_too_small_to_place_is_no_trade() -> None:
    """Regression: what stayed below the smallest trade counted as traded."""
    policy = plain(execution={"minimum": "4000 USD"})
    result = backtest(policy, worlds.market(policy, 2, traded=1e8))
    small = [(d, a) for d, decision in enumerate(result.decisions) for a in decision.below_minimum]
    assert small
    found = trades_of(result)
    assert all(found.moves[d, a] == 0.0 for d, a in small)
    assert found.moves.any()


# What would lift it.


def test_lifts_are_monotone_and_slower_schedules_are_among_them() -> None:
    found = sized(plain(schedule={"decide": "week-end", "trade": "next_close"}))
    days = [lift for lift in found.lifts if lift.words.startswith("trading in")]
    assert [lift.words for lift in days] == ["trading in 2 days", "trading in 5 days", "trading in 10 days"]
    assert [lift.possible for lift in days] == [True, True, False]  # five sessions lie between two decisions
    for one, more in pairwise(days):
        assert more.worst > one.worst
        assert more.median > one.median
    assert days[0].worst > found.capacity.worst
    assert [lift.words for lift in found.lifts][-1] == "deciding at month-end"
    for narrow, wide in ((0.05, 0.10), (0.10, 0.20)):
        assert sized(plain(), within=Participation(wide)).capacity.worst == pytest.approx(
            wide / narrow * sized(plain(), within=Participation(narrow)).capacity.worst
        )


def test_a_slower_schedule_is_the_same_policy_from_the_same_start() -> None:
    policy = plain(schedule={"decide": "week-end", "trade": "next_close"})
    world = worlds.market(policy, 1, traded=1e8)
    found = capacity_of(policy, world, TENTH)
    start = found.result.dates[0].item()
    slow = replace(policy, schedule=replace(policy.schedule, decide=Frequency.MONTH_END)).with_horizon(start=start)
    alone = capacity_of(slow, world, TENTH)
    assert found.lifts[-1].worst == alone.capacity.worst


def test_a_blend_with_dates_of_its_own_names_no_slower_schedule() -> None:
    sleeves = {"a": {"holds": {"A": 1.0}}, "b": {"holds": {"C": 1.0}, "decide": "quarter-end"}}
    policy = plain(allocator={"use": "blend", "sleeves": sleeves, "mix": {"use": "equal"}})
    assert not any(lift.words.startswith("deciding") for lift in sized(policy).lifts)


def test_costs_are_those_of_the_policy_with_impact_where_it_charges_none() -> None:
    bare = sized(plain())
    assert isinstance(bare.costs, Total)
    own = sized(plain(costs={"use": "impact", "bps": 1, "y": 0.5}))
    assert isinstance(own.costs, Impact)
    assert (np.diff(bare.curve.annual) > 0.0).all()


def test_without_volumes_or_on_monthly_data_nothing_is_known() -> None:
    policy = plain()
    with pytest.raises(DataError, match="the data hold no volumes"):
        capacity_of(policy, worlds.market(policy), TENTH)
    world = worlds.market(policy, count=800, traded=1e8)
    monthly = replace(world, sessions=world.sessions[::21], fields={k: v[::21] for k, v in world.fields.items()})
    slow = replace(policy, schedule=replace(policy.schedule, trade=by_hand()[0].schedule.trade))
    with pytest.raises(DataError, match="the data are monthly"):
        capacity_of(slow, monthly, TENTH)


def test_a_policy_that_never_trades_again_has_no_capacity_to_speak_of() -> None:
    found = sized(plain(reacher={"use": "pace", "band": 1.0}))
    assert len(found.capacity.dates) == 0
    assert np.isnan(found.capacity.worst)
    assert "is unknown: no date has trades" in found.capacity.words
