"""What is known of the markets that a decision trades in: the median of the value traded, the deviation of returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.desk import worlds
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.terms import CLOSE, TOTAL_RETURN, TRADED, VOLUME, Span
from trimtab.core.values import Dealing
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.dates import view_at
from trimtab.desk.dealing import Liquidity, dealing_of
from trimtab.desk.decide import aims
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import check_market

IMPACT = {"use": "impact", "bps": 5}
SHORT = {"volume": "20D", "volatility": "30D"}
ASKING: dict[str, dict[str, Any]] = {
    "costs": {"costs": IMPACT},
    "limit": {"rules": [{"use": "max_participation", "share": 0.1}]},
}


def case(seed: int = 0, *, count: int = 120, **changes: Any) -> tuple[Policy, Market]:
    policy = worlds.policy(**({"costs": IMPACT, "liquidity": SHORT} | changes))
    return policy, worlds.market(policy, seed, count=count, traded=1e8)


def known(policy: Policy, world: Market, rows: Any = None) -> Dealing:
    rows = np.arange(len(world.sessions)) if rows is None else rows
    return dealing_of(view_at(policy, world, np.asarray(rows)), policy.liquidity)


def test_value_traded_and_volatility_are_those_of_pandas() -> None:
    policy, world = case()
    found = known(policy, world)
    value = pd.DataFrame(world.fields[TRADED]).rolling(20, min_periods=10).median()
    returns = pd.DataFrame(world.fields[TOTAL_RETURN]).pct_change().rolling(30, min_periods=15).std(ddof=1)
    np.testing.assert_allclose(found.adv, value.to_numpy(), rtol=1e-12)
    np.testing.assert_allclose(found.volatility, returns.to_numpy(), rtol=1e-9)


def test_the_median_of_five_sessions_by_hand() -> None:
    # closes 10 with 3, 0, 5, unknown and 4 units: values 30, 0, 50, -, 40, whose median is (30 + 40) / 2
    policy = policy_from(
        {
            "trimtab": 1,
            "name": "five",
            "universe": {"X": {}},
            "benchmark": {"X": 1.0},
            "liquidity": {"volume": "5D", "volatility": "2D"},
        }
    )
    about = About("X", "X", Kind.PRICE, "test")
    units = np.array([3.0, 0.0, 5.0, np.nan, 4.0])
    world = assemble(policy.universe, {"X": History(about, worlds.dates(5), {CLOSE: np.array([10.0] * 5), VOLUME: units})})
    found = known(policy, world)
    assert found.adv[-1, 0] == 35.0
    assert found.volatility[-1, 0] == 0.0  # prices stood still


def test_fewer_than_half_known_is_unknown() -> None:
    policy, world = case()
    traded = world.fields[TRADED].copy()
    traded[60:71, 0] = np.nan  # eleven of twenty
    traded[60:70, 1] = np.nan  # ten of twenty
    found = known(policy, replace(world, fields={**world.fields, TRADED: traded}), [79, 81])
    assert np.isnan(found.adv[0, 0])
    assert np.isfinite(found.adv[0, 1:]).all()
    assert np.isfinite(found.adv[1]).all()  # one of the eleven has left the window


def test_a_market_too_young_is_unknown_without_a_warning() -> None:
    policy, world = case()
    found = known(policy, world, [0, 8, 9])
    assert np.isnan(found.adv[:2]).all()
    assert np.isfinite(found.adv[2]).all()
    assert np.isnan(found.volatility).all()


def test_one_return_has_no_deviation() -> None:
    """Regression: a window of two returns with one known divided by zero degrees of freedom."""
    policy, world = case(liquidity={"volume": "2D", "volatility": "2D"})
    index = world.fields[TOTAL_RETURN].copy()
    index[48, 0] = np.nan
    found = known(policy, replace(world, fields={**world.fields, TOTAL_RETURN: index}), [50, 51])
    assert np.isnan(found.volatility[0, 0])
    assert np.isfinite(found.volatility[1]).all()


def test_the_future_changes_nothing() -> None:
    policy, world = case(3)
    whole = known(policy, world)
    for row in range(0, 119, 7):
        for factor in (np.nan, 1000.0):
            seen = known(policy, worlds.corrupted(world, row, factor), np.arange(row + 1))
            np.testing.assert_array_equal(seen.adv, whole.adv[: row + 1])
            np.testing.assert_array_equal(seen.volatility, whole.volatility[: row + 1])


def test_one_date_alone_is_the_same_as_in_a_batch() -> None:
    policy, world = case(4)
    whole = known(policy, world)
    for row in (30, 77, 119):
        alone = known(policy, world, [row])
        np.testing.assert_array_equal(alone.adv[0], whole.adv[row])
        np.testing.assert_array_equal(alone.volatility[0], whole.volatility[row])


@pytest.mark.parametrize("asking", ASKING)
def test_who_asks_for_volumes_gets_what_was_known_at_the_decision(asking: str) -> None:
    policy, world = case(liquidity=SHORT, **({"costs": {"use": "linear"}} | ASKING[asking]))
    assert policy.deals
    found = aims(policy, view_at(policy, world, np.array([70, 90])))
    assert found.dealing is not None
    np.testing.assert_array_equal(found.dealing.adv, known(policy, world, [70, 90]).adv)


def test_nobody_asks_and_nothing_is_looked_up() -> None:
    policy, world = case(costs={"use": "linear", "bps": 5})
    assert not policy.deals
    assert aims(policy, view_at(policy, world, np.array([70]))).dealing is None


# What cannot be said at all is said when the policy meets its data.


@pytest.mark.parametrize("asking", ASKING)
def test_data_without_volumes_are_refused_at_the_door(asking: str) -> None:
    policy = worlds.policy(**ASKING[asking])
    world = worlds.market(policy)
    for ask in (check_market, backtest):
        with pytest.raises(DataError, match=r"traded in a day, and the data hold no volumes\. Give data with a volume"):
            ask(policy, world)


@pytest.mark.parametrize("asking", ASKING)
def test_monthly_volumes_are_no_daily_ones(asking: str) -> None:
    """Regression: what was traded in a month passed for what is traded in a day."""
    policy = worlds.policy(schedule={"decide": "month-end", "trade": "same_close"}, **ASKING[asking])
    daily = worlds.market(policy, count=800, traded=1e8)
    for step, said in ((21, "the data are monthly"), (5, "the data are weekly")):
        fields = {name: values[::step] for name, values in daily.fields.items()}
        with pytest.raises(DataError, match=said):
            check_market(policy, replace(daily, sessions=daily.sessions[::step], fields=fields))


@pytest.mark.parametrize("name", ["volume", "volatility"])
@pytest.mark.parametrize("span", ["1D", "3M"])
def test_liquidity_is_measured_over_two_sessions_at_least(name: str, span: str) -> None:
    with pytest.raises(ParameterError, match=f"{name} is .*not two sessions or more"):
        Liquidity(**{name: Span.parse(span)})


def test_the_default_adds_nothing_to_the_hash_and_another_does() -> None:
    plain, spelled, other = (
        worlds.policy(**changes)
        for changes in ({}, {"liquidity": {"volume": "60D", "volatility": "60D"}}, {"liquidity": {"volume": "20D"}})
    )
    assert plain.sha256 == spelled.sha256 != other.sha256


def test_a_control_of_volume_has_volumes_read() -> None:
    written = {
        "trimtab": 1,
        "name": "thin",
        "universe": {"A": {"series": "us_equity"}},
        "benchmark": {"A": 1.0},
        "controls": [{"use": "volume_share", "at_most": 0.05}],
    }
    assert policy_from(written).deals
    assert not policy_from({**written, "controls": []}).deals
