"""Impact: the square-root law and Almgren, Thum, Hauptmann and Li 2005; the published figures, the laws, the unknown."""

from __future__ import annotations

import pickle
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.costs.cost_laws import UNIVERSE, dealing, keeps_the_laws, usd
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.values import Dealing
from trimtab.costs.almgren import AlmgrenThum
from trimtab.costs.commissions import Commission
from trimtab.costs.impact import Impact
from trimtab.costs.total import Total

sides = st.lists(st.floats(1.0, 1e9).map(lambda x: round(x, 2)), min_size=3, max_size=3).map(np.array)
bps = st.floats(0.0, 50.0).map(lambda number: round(number, 2))
ROOT = Impact(0.9, 2.0, 1.0, {"EM": 7.0}, universe=UNIVERSE)
PAPER = AlmgrenThum(250.0, {"credit": 900.0}, 0.5, bps=2.0, half_spread_bps=1.0, universe=UNIVERSE)
BOTH = Total((Commission(3.0), ROOT, PAPER))
MOVING = [ROOT, PAPER, BOTH]


@settings(max_examples=60, deadline=None)
@given(y=st.floats(0.0, 3.0), rate=bps, half=bps, notional=sides)
def test_the_voices_of_the_square_root_agree(y: float, rate: float, half: float, notional: np.ndarray) -> None:
    keeps_the_laws(Impact(y, rate, half, {"credit": 9.0}, universe=UNIVERSE), notional, dealing())


@settings(max_examples=60, deadline=None)
@given(theta=st.floats(1.0, 5e3), days=st.floats(0.05, 20.0), rate=bps, notional=sides)
def test_the_voices_of_almgren_and_thum_agree(theta: float, days: float, rate: float, notional: np.ndarray) -> None:
    keeps_the_laws(AlmgrenThum(theta, {"EM": 100.0}, days, bps=rate, universe=UNIVERSE), notional, dealing())


@settings(max_examples=30, deadline=None)
@given(notional=sides)
def test_the_voices_of_a_sum_agree(notional: np.ndarray) -> None:
    keeps_the_laws(BOTH, notional, dealing())
    parts = [part.charge(notional, dealing()) for part in BOTH.of]
    assert BOTH.charge(notional, dealing()) == pytest.approx(sum(parts), rel=1e-15)
    assert [power.exponent for power in BOTH.curve(3, dealing())] == [1.0, 1.5, 1.6, 2.0]


@pytest.mark.parametrize("costs", MOVING)
@pytest.mark.parametrize("factor", [1e-3, 7.0, 1e5])
def test_in_another_currency_the_same_trade_costs_the_same(costs: Any, factor: float) -> None:
    notional, market = np.array([1e6, -3e7, 2e5]), dealing()
    there = costs.charge(factor * notional, Dealing(factor * market.adv, market.volatility))
    assert there == pytest.approx(factor * costs.charge(notional, market), rel=1e-12)


@pytest.mark.parametrize("costs", MOVING)
def test_costs_of_dates_are_those_of_each_date(costs: Any) -> None:
    rng = np.random.default_rng(3)
    notional = rng.normal(size=(4, 3)) * 1e6
    market = Dealing(rng.uniform(1e6, 1e8, (4, 3)), rng.uniform(0.001, 0.03, (4, 3)))
    together = costs.charge(notional, market)
    alone = [costs.charge(notional[d], Dealing(market.adv[d], market.volatility[d])) for d in range(4)]
    assert together == pytest.approx(np.array(alone), rel=1e-14)
    assert costs.charge(np.stack([notional, 2.0 * notional]), market)[0] == pytest.approx(together, rel=1e-14)


@pytest.mark.parametrize("costs", MOVING)
def test_permuting_the_assets_permutes_the_cost(costs: Any) -> None:
    order = [2, 0, 1]
    swapped = pickle.loads(pickle.dumps(costs))
    parts = swapped.of if isinstance(swapped, Total) else (swapped,)
    moved = [_bound(part, tuple(UNIVERSE[k] for k in order)) for part in parts]
    notional, market = np.array([1e6, -3e7, 2e5]), dealing()
    there = sum(one.charge(notional[order], Dealing(market.adv[order], market.volatility[order])) for one in moved)
    assert there == pytest.approx(costs.charge(notional, market)[order], rel=1e-14)


def _bound(part: Any, universe: tuple[Any, ...]) -> Any:
    return replace(part, universe=universe)


# METHODS 6.1 and the paper


@pytest.mark.parametrize(("share", "basis_points"), [(0.1, 63.2), (0.2, 89.4)])
def test_a_tenth_and_a_fifth_of_a_day_at_two_percent_volatility(share: float, basis_points: float) -> None:
    # .02 root(.1) = .0063246, .02 root(.2) = .0089443 (METHODS 6.1)
    market = Dealing(np.array([1e6]), np.array([0.02]))
    assert float(Impact().charge(np.array([share * 1e6]), market)[0]) / (share * 1e6) == pytest.approx(
        basis_points * 1e-4, abs=5e-6
    )


IBM = Dealing(np.array([6.561e6]), np.array([0.0157]))  # in units: X / V is the same number in units and in currency
TENTH = np.array([0.6561e6])


def test_ibm_moves_for_good_by_twenty_basis_points() -> None:
    # .314 x .0157 x .1 x (1728 / 6.561) ** .25 = .0019860: 19.9 bp (the paper prints 20)
    paper = AlmgrenThum(1728.0 / 6.561)
    assert 1e4 * paper.permanent(TENTH, IBM) == pytest.approx([19.9], abs=0.05)
    assert paper.permanent(-TENTH, IBM) == -paper.permanent(TENTH, IBM)


@pytest.mark.parametrize(("days", "basis_points", "printed"), [(0.1, 32.2, 32), (0.2, 24.6, 25), (0.5, 18.4, 18)])
def test_ibm_costs_what_the_paper_prints(days: float, basis_points: float, printed: int) -> None:
    cost = 1e4 * AlmgrenThum(1728.0 / 6.561, days=days).charge(TENTH, IBM) / TENTH
    assert cost == pytest.approx([basis_points], abs=0.05)
    assert round(float(cost[0])) == printed


def test_an_impact_by_hand() -> None:
    # Q = 250 000 of 25 m a day is 1 %: 1 % volatility x root(.01) = 10 bps = 250; 2 bps commission and 1 bp spread are 75.
    market = Dealing(np.array([25e6]), np.array([0.01]))
    costs = Impact(1.0, 2.0, 1.0)
    assert costs.charge(np.array([-250_000.0]), market) == pytest.approx([325.0])
    assert costs.ticket(Decimal(250_000), 0, market) == 325
    assert Impact(1.0, 2.0, 1.0, minimum_ticket=usd(60)).ticket(Decimal(250_000), 0, market) == 335


def test_a_policy_file_adds_costs_and_binds_each_to_its_assets() -> None:
    from trimtab.desk.config import Binding, Builder, plain_values
    from trimtab.desk.yaml12 import Document

    parts = [
        {"use": "trimtab.costs.commissions:Commission", "bps": 3},
        {"use": "trimtab.costs.impact:Impact", "y": 0.9, "bps": 2, "half_spread_bps": 1, "spreads": {"EM": 7}},
    ]
    value = {"use": "trimtab.costs.total:Total", "of": parts}
    build = Builder(Document("policy.yaml", value, {}, {}))
    costs = build.component("costs", value, ("costs",), Binding(UNIVERSE))
    assert costs == Total((Commission(3.0, universe=UNIVERSE), ROOT))
    again = {"use": "trimtab.costs.total:Total", **plain_values(costs)}
    assert build.component("costs", again, ("costs",), Binding(UNIVERSE)) == costs


@pytest.mark.parametrize("costs", MOVING)
def test_sizing_finds_what_is_left_after_impact(costs: Any) -> None:
    # The value after all costs, V, is that at which V + cost of the trades to V x target is what there was.
    from trimtab.core.trades import Book, Turnover
    from trimtab.execution.sizing import value_after

    nav, target, market = 5e7, np.array([0.3, 0.5, 0.1]), dealing(adv=(5e7, 2e9, 8e7))
    turnover = Turnover(np.empty(0, "datetime64[D]"), np.empty((0, 4)))
    units = (Decimal(0), Decimal(0), Decimal(0))
    start = Book(np.datetime64("2020-01-31"), np.zeros(3), nav, nav, np.ones(3), units, Decimal(nav), turnover, False)
    book = replace(start, dealing=market)
    left = value_after(target, book, costs)
    assert left < nav
    assert left + costs.charge(target * left, market).sum() == pytest.approx(nav, rel=1e-14)


# what is unknown


@pytest.mark.parametrize("costs", MOVING)
@pytest.mark.parametrize(
    "market",
    [
        None,
        Dealing.unknown(3),
        dealing(adv=(np.nan, 0.0, -1.0)),
        dealing(volatility=(np.nan, -0.1, np.inf)),
        dealing(adv=(np.inf, np.nan, 0.0)),
    ],
)
def test_an_unknown_cost_is_not_nothing(costs: Any, market: Dealing | None) -> None:
    assert np.isnan(costs.charge(np.array([1.0, -1.0, 1e6]), market)).all()
    assert costs.charge(np.zeros(3), market).tolist() == [0.0, 0.0, 0.0]
    assert any(np.isnan(power.rate).all() for power in costs.curve(3, market))
    for asset in range(3):
        assert costs.ticket(Decimal(0), asset, market) == 0
        with pytest.raises(DataError, match=f"{UNIVERSE[asset].id}: the v"):
            costs.ticket(Decimal(1), asset, market)


def test_only_the_unknown_asset_is_unknown() -> None:
    charged = ROOT.charge(np.array([1e6, 1e6, 0.0]), dealing(adv=(np.nan, 1e8, np.nan)))
    assert np.isnan(charged).tolist() == [True, False, False]
    assert np.isnan(ROOT.charge(np.array([np.nan, 1.0, 1.0]), dealing())).tolist() == [True, False, False]


def test_a_market_that_does_not_move_is_known_and_costs_no_impact() -> None:
    still, notional = dealing(volatility=(0.0, 0.0, 0.0)), np.full(3, 1e4)
    plain = Commission(2.0, 1.0, {"EM": 7.0}, universe=UNIVERSE)
    assert ROOT.charge(notional, still) == pytest.approx(plain.charge(notional))


def test_without_impact_nothing_is_read() -> None:
    for costs in (Impact(0.0, 5.0), AlmgrenThum(250.0, gamma=0.0, eta=0.0, bps=5.0)):
        assert not costs.deals
        assert costs.charge(np.array([1e4])) == pytest.approx([5.0])
        assert costs.ticket(Decimal(10_000)) == 5
        assert len(costs.curve(1)) == 1
        assert costs.words == "5 bps commission on every trade"
    assert Impact().deals
    assert AlmgrenThum(1.0).deals
    assert BOTH.deals
    assert not Total((Commission(1.0),)).deals


def test_words() -> None:
    root = "1 x the daily volatility x the root of the share of a day's traded value as impact"
    assert Impact().words == root
    assert Impact(1.0, 5.0).words == f"5 bps commission on every trade, and {root}"
    assert AlmgrenThum(250.0).words == "impact after Almgren and Thum of trading over a day, 250 days of volume outstanding"
    assert AlmgrenThum(250.0, {"EM": 90.0}, 2.0, bps=1.0).words == (
        "1 bps commission on every trade, and impact after Almgren and Thum of trading over 2 days, "
        "250 days of volume outstanding (EM 90)"
    )
    assert Total((Commission(1.0), Impact())).words == f"1 bps commission on every trade; {root}"
    assert Total((Commission(1.0),)).members == (Commission(1.0),)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Impact(-1.0), "y"),
        (lambda: Impact(spreads={"MARS": 1.0}, universe=UNIVERSE), "spreads"),
        (lambda: AlmgrenThum(0.0), "outstanding"),
        (lambda: AlmgrenThum(250.0, {"EM": 0.0}), "outstandings"),
        (lambda: AlmgrenThum(250.0, {"MARS": 1.0}, universe=UNIVERSE), "outstandings"),
        (lambda: AlmgrenThum(250.0, days=0.0), "days"),
        (lambda: AlmgrenThum(250.0, {"EM": 9.0}).charge(np.ones(3), dealing()), "universe"),
        (lambda: AlmgrenThum(250.0, {"EM": 9.0}).ticket(Decimal(1), 0, dealing()), "universe"),
        (lambda: Total(()), "of"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
