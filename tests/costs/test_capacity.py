"""Capacity: the money at which a share of the market's trading binds, what costs do with size, and what would lift it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.costs.cost_laws import UNIVERSE
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.values import Asset, Dealing
from trimtab.costs.capacity import Capacity, Participation, Trades, capacity, max_trade
from trimtab.costs.impact import Impact
from trimtab.costs.sizes import CostCurve, Remedies, cost_curve, lifts
from trimtab.costs.trading import Linear

TENTH = Participation(0.10)


def month_ends(count: int, start: str = "2020-01") -> np.ndarray:
    months = np.arange(np.datetime64(start, "M"), np.datetime64(start, "M") + count + 1)
    return months[1:].astype("datetime64[D]") - np.timedelta64(1, "D")


def traded(moves: Any, adv: Any, volatility: float = 0.01, exempt: Any = "none") -> Trades:
    moves = np.atleast_2d(np.array(moves, dtype=float))
    adv = np.broadcast_to(np.array(adv, dtype=float), moves.shape)
    assets = UNIVERSE[: moves.shape[1]]
    given = np.zeros(len(moves), dtype=bool) if isinstance(exempt, str) else exempt
    return Trades(assets, month_ends(len(moves)), moves, Dealing(adv, np.full(moves.shape, volatility)), given)


def random_trades(seed: int, dates: int = 30) -> Trades:
    rng = np.random.default_rng(seed)
    moves = np.round(rng.normal(0.0, 0.05, (dates, 3)), 3)
    return traded(moves * (rng.random((dates, 3)) < 0.7), rng.uniform(1e6, 1e9, (dates, 3)), exempt=None)


# laws


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0.01, 1.0), days=st.floats(0.5, 20.0))
def test_at_capacity_the_binding_trade_takes_exactly_its_share(seed: int, share: float, days: float) -> None:
    trades, within = random_trades(seed), Participation(share, days)
    found = capacity(trades, within)
    taken = np.abs(trades.moves[trades.kept]) * found.by_date[:, np.newaxis] / (trades.dealing.adv[trades.kept] * days)
    assert taken.max(axis=1) == pytest.approx(np.full(len(taken), share), rel=1e-12)
    assert (taken.argmax(axis=1) == found.binding).all()
    assert found.worst <= found.fifth <= found.median
    assert found.binds.sum() == len(found.dates)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(1e-3, 1e3))
def test_capacity_is_money(seed: int, factor: float) -> None:
    trades = random_trades(seed)
    there = Trades(trades.assets, trades.dates, trades.moves, Dealing(factor * trades.dealing.adv, trades.dealing.volatility))
    assert capacity(there, TENTH).by_date == pytest.approx(factor * capacity(trades, TENTH).by_date, rel=1e-12)


def test_a_date_alone_is_that_date_of_many() -> None:
    trades = random_trades(5)
    found = capacity(trades, TENTH)
    for n, d in enumerate(np.flatnonzero(trades.kept)):
        market = Dealing(trades.dealing.adv[d : d + 1], trades.dealing.volatility[d : d + 1])
        alone = Trades(trades.assets, trades.dates[d : d + 1], trades.moves[d : d + 1], market, np.array([False]))
        assert capacity(alone, TENTH).by_asset.tolist() == found.by_asset[n : n + 1].tolist()


# by hand


def test_fifty_million_a_day_carry_a_hundred() -> None:
    # METHODS 5.6, exact: 10 % of $50 m is $5 m a day; that is 5 % of $100 m.
    found = capacity(traded([[0.05]], 50e6), TENTH)
    assert found.worst == found.median == pytest.approx(100e6, rel=1e-15)
    assert max_trade(np.array([50e6]), TENTH) == pytest.approx([5e6])


def test_the_first_asset_to_bind_and_the_distribution_by_hand() -> None:
    # 10 % of 10 m, 40 m, 20 m a day: 1, 4, 2 m. Moves of 1 %, 10 %, none: 100, 40, no limit. Then 5 %, none, 1 %: 20, -, 200.
    found = capacity(traded([[0.01, -0.10, 0.0], [-0.05, 0.0, 0.01]], [10e6, 40e6, 20e6]), TENTH)
    assert found.by_asset == pytest.approx(np.array([[100e6, 40e6, np.inf], [20e6, np.inf, 200e6]]))
    assert found.by_date == pytest.approx([40e6, 20e6])
    assert found.binding.tolist() == [1, 0]
    assert (found.worst, found.median, found.fifth) == pytest.approx((20e6, 30e6, 21e6))  # 20 + .05 x 20 between two dates
    assert found.worst_by_asset == pytest.approx([20e6, 40e6, 200e6])
    assert found.binds.tolist() == [1, 1, 0]
    assert found.words == (
        "At 10 % of what a market trades in a day the least capacity is 20,000,000, bound by EM on 2020-02-29; "
        "the 5th percentile is 21,000,000, the median 30,000,000."
    )


def test_first_funding_and_dates_without_trades_do_not_count() -> None:
    moves = [[0.0, 0.0], [0.6, 0.4], [0.0, 0.0], [0.01, -0.01]]
    found = capacity(traded(moves, 10e6, exempt=None), TENTH)
    assert found.dates.tolist() == month_ends(4)[3:].tolist()
    assert found.by_date == pytest.approx([100e6])
    assert len(capacity(traded(moves, 10e6), TENTH).dates) == 2
    assert len(capacity(traded(moves, 10e6, exempt=np.array([False, True, False, True])), TENTH).dates) == 0


def test_a_fund_trades_as_much_as_its_basket_and_says_so() -> None:
    # EM trades 1 m itself, 50 m through its basket; US trades 80 m itself, more than the 50 m of its basket.
    trades = traded([[0.05, 0.05, 0.05]], [1e6, 80e6, np.nan])
    found = capacity(trades, Participation(0.10, basket={"equity": 50e6, "HY": 20e6}))
    assert found.by_asset == pytest.approx(np.array([[100e6, 160e6, 40e6]]))
    assert found.flagged.tolist() == [True, False, True]
    untraded = capacity(traded([[0.0, 0.05, 0.0]], [1e6, 80e6, np.nan]), found.within)
    assert untraded.flagged.tolist() == [False, False, False]
    assert found.words.endswith(" EM, HY rest on the capacity of a fund's basket.")


# the unknown


def test_an_unknown_market_makes_the_date_unknown_where_it_is_traded() -> None:
    moves, adv = [[0.1, 0.1], [0.1, 0.0], [0.0, 0.1]], [[10e6, np.nan], [10e6, np.nan], [np.nan, 20e6]]
    found = capacity(traded(moves, adv), TENTH)
    assert np.isnan(found.by_date).tolist() == [True, False, False]
    assert found.binding.tolist() == [-1, 0, 1]
    assert found.unknown == 1
    assert found.worst == pytest.approx(10e6)
    assert found.worst_by_asset == pytest.approx([10e6, 20e6])
    assert "1 of 3 dates are left out" in found.words


def test_unknown_trades_are_unknown() -> None:
    found = capacity(traded([[np.nan, 0.1]], 10e6), TENTH)
    assert found.unknown == 1


@pytest.mark.parametrize("adv", [np.nan, -1.0, np.inf])
def test_without_any_known_market_nothing_is_said(adv: float) -> None:
    found = capacity(traded([[0.1, 0.1]], adv), TENTH)
    assert np.isnan([found.worst, found.fifth, found.median]).all()
    assert np.isnan(found.worst_by_asset).all()
    assert found.words.startswith("Capacity at 10 % of what a market trades in a day is unknown")


def test_a_market_that_trades_nothing_carries_nothing() -> None:
    assert capacity(traded([[0.1, 0.1]], [0.0, 1e6]), TENTH).worst == 0.0


@pytest.mark.parametrize("shape", [(0, 2), (3, 0), (3, 2)])
def test_nothing_traded_is_no_capacity(shape: tuple[int, int]) -> None:
    trades = (
        traded(np.zeros(shape), 1e6, exempt=None)
        if shape[0]
        else Trades(UNIVERSE[:2], month_ends(0), np.zeros(shape), Dealing(np.zeros(shape), np.zeros(shape)))
    )
    found = capacity(trades, TENTH)
    assert found.binding.tolist() == found.by_date.tolist() == []
    assert np.isnan(found.worst)
    assert (found.worst_by_asset == np.inf).all()
    assert "unknown" in found.words
    costs = cost_curve(trades, Linear(5.0), np.array([1e6])).annual  # three dates span a time in which nothing was paid
    assert costs == pytest.approx([0.0 if shape[0] else np.nan], nan_ok=True)


# costs by size


def test_the_cost_of_size_by_hand() -> None:
    # A year, twelve months with 10 % traded of one asset after funding; 5 bps of it each: .10 x 5 x 12 = 6 bps a year.
    trades = traded(np.full((13, 1), 0.10), 100e6, 0.02, exempt=None)
    year = float((trades.dates[-1] - trades.dates[0]) / np.timedelta64(1, "D")) / 365.25
    flat = cost_curve(trades, Linear(5.0), np.array([1e6, 1e9]))
    assert flat.annual == pytest.approx(np.full(2, 6e-4 / year))
    # 100 m: 10 m of 100 m a day is 10 %, 63.246 bps (METHODS 6.1) on 10 % twelve times: 75.9 bps; at 400 m twice that.
    steep = cost_curve(trades, Impact(), np.array([100e6, 400e6]))
    assert steep.annual == pytest.approx(np.array([75.895e-4, 151.789e-4]) / year, rel=1e-5)
    # 2020 had 366 days: 75.895 / 1.00205 = 75.74, 151.789 / 1.00205 = 151.48
    assert steep.words == "trading costs 75.7 bps a year at 100,000,000, 151.5 bps a year at 400,000,000"


def test_sizes_at_once_are_sizes_one_by_one() -> None:
    trades, sizes = random_trades(9), np.geomspace(1e5, 1e10, 7)
    together = cost_curve(trades, Impact(1.0, 2.0), sizes).annual
    alone = [cost_curve(trades, Impact(1.0, 2.0), sizes[k : k + 1]).annual[0] for k in range(7)]
    assert together == pytest.approx(np.array(alone), rel=1e-13)
    assert (np.diff(together) > 0.0).all()


def test_unknown_costs_are_left_out_and_counted() -> None:
    # Four dates count, one is unknown: three quarters of the time pay three quarters of the cost, the same a year.
    adv = np.full((5, 1), 1e8)
    whole = cost_curve(traded(np.full((5, 1), 0.1), adv, exempt=None), Impact(), np.array([1e7]))
    adv[3] = np.nan
    part = cost_curve(traded(np.full((5, 1), 0.1), adv, exempt=None), Impact(), np.array([1e7]))
    assert (whole.dates, whole.unknown, part.dates, part.unknown) == (4, 0, 4, 1)
    assert part.annual == pytest.approx(whole.annual, rel=1e-14)
    assert part.words.endswith(" (1 of 4 dates left out: their cost is unknown)")
    nothing = cost_curve(traded(np.full((5, 1), 0.1), np.nan, exempt=None), Impact(), np.array([1e7]))
    assert np.isnan(nothing.annual).all()
    assert nothing.words.startswith("trading costs an unknown part of the money")


# what would lift it


def test_remedies_one_by_one() -> None:
    # 10 % of 10 m over moves of 1 % carries 100 m; two days 200 m. Trading 30 days is longer than a month of weekdays.
    trades = traded([[0.2, 0.2], [0.01, 0.0], [0.01, 0.001]], 10e6, exempt=None)
    slower = traded([[0.2, 0.2], [0.0, 0.0], [0.005, 0.001]], 10e6, exempt=None)
    found = lifts(trades, TENTH, Remedies((1.0, 2.0, 30.0), {"EM": 40e6}, {"quarterly": slower}))
    assert [lift.words for lift in found] == [
        "trading in 1 day",
        "trading in 2 days",
        "trading in 30 days",
        "larger funds or futures for EM",
        "quarterly",
    ]
    assert [lift.worst for lift in found] == pytest.approx([100e6, 200e6, 3e9, 400e6, 200e6])
    assert [lift.possible for lift in found] == [True, True, False, True, True]
    assert [lift.words for lift in lifts(trades, TENTH, Remedies())] == [
        "trading in 1 day",
        *(f"trading in {n} days" for n in (2, 5, 10)),
    ]


# at the door


def test_values_are_read_only() -> None:
    found = capacity(random_trades(1), TENTH)
    curve = cost_curve(random_trades(1), Linear(5.0), np.array([1e6]))
    assert isinstance(found, Capacity)
    assert isinstance(curve, CostCurve)
    for array in (found.by_asset, found.by_basket, curve.annual, curve.sizes):
        assert not array.flags.writeable


def test_shapes_are_checked_once() -> None:
    market = Dealing(np.ones((2, 1)), np.ones((2, 1)))
    for moves, exempt in ((np.ones((3, 1)), None), (np.ones((2, 2)), None), (np.ones((2, 1)), np.zeros(3, dtype=bool))):
        with pytest.raises(InvariantError):
            Trades((Asset("A"),), month_ends(2), moves, market, exempt)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Participation(0.0), "share"),
        (lambda: Participation(1.1), "share"),
        (lambda: Participation(days=0.0), "days"),
        (lambda: capacity(random_trades(1), Participation(basket={"MARS": 1.0})), "basket"),
        (lambda: capacity(random_trades(1), Participation(basket={"EM": -1.0})), "basket"),
        (lambda: cost_curve(random_trades(1), Linear(), np.array([0.0])), "sizes"),
        (lambda: cost_curve(random_trades(1), Linear(), np.array([np.nan])), "sizes"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
