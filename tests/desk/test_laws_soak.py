"""The laws at length: every cut date of longer markets, many markets, many runs. `make soak` runs them with its seed."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from tests.desk.test_laws import (
    SIGNALS,
    VARIANTS,
    add_rates,
    breached,
    future_proof,
    least_cash,
    same_decision,
    varied,
    with_signal,
)
from tests.desk.test_laws_beliefs import (
    BELIEFS,
    DAILY,
    WEEKLY,
    alike,
    beliefs,
    live_alike,
    made,
    older_alike,
    permuted,
)
from trimtab.desk.backtest import backtest
from trimtab.desk.propose import propose

pytestmark = pytest.mark.soak
SEED = int(os.environ.get("TRIMTAB_SOAK_SEED", "0"))
MARKETS = [int(seed) for seed in np.random.default_rng(SEED).integers(0, 2**32, 60)]


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("seed", MARKETS[:3])
def test_the_future_changes_no_signal_at_any_cut_date_of_two_years(name: str, seed: int) -> None:
    policy = with_signal(SIGNALS[name])
    world = add_rates(worlds.market(replace(policy, series=("bills",)), seed=seed, count=500))
    assert all(future_proof(policy, world))


@pytest.mark.parametrize("changes", VARIANTS)
@pytest.mark.parametrize("seed", MARKETS[:8])
def test_live_decides_as_the_backtest_did(changes: dict[str, Any], seed: int) -> None:
    policy = worlds.policy(**changes)
    world = worlds.market(policy, seed=seed, volatility=0.03)
    for decision in backtest(policy, world).decisions:
        assert same_decision(propose(policy, world, decision.today.when).decision, decision)


@pytest.mark.parametrize("changes", VARIANTS)
@pytest.mark.parametrize("seed", MARKETS)
def test_limits_cash_and_results_hold(changes: dict[str, Any], seed: int) -> None:
    policy = worlds.policy(**changes)
    outcome = backtest(policy, worlds.market(policy, seed=seed, volatility=0.05))
    assert breached(outcome) == 0
    assert least_cash(outcome) >= 0
    assert outcome.account.residual == 0


@pytest.mark.parametrize("seed", MARKETS)
def test_with_borrowing_results_still_add_up(seed: int) -> None:
    for pay in (True, False):
        for whole in (True, False):
            assert backtest(*varied(seed, pay=pay, whole=whole, leverage=True)).account.residual == 0


@pytest.mark.parametrize("name", BELIEFS)
@pytest.mark.parametrize("seed", MARKETS[:3])
def test_the_future_changes_no_belief_at_any_cut_date_of_a_year(name: str, seed: int) -> None:
    assert all(future_proof(*made(name, seed, count=320, schedule=DAILY)))


@pytest.mark.parametrize("name", BELIEFS)
@pytest.mark.parametrize("seed", MARKETS[:6])
def test_live_believes_as_the_backtest_did_and_forgets_what_is_old(name: str, seed: int) -> None:
    assert all(live_alike(*made(name, seed, schedule=WEEKLY)))
    assert all(older_alike(*made(name, seed, since="2001-11-01", schedule=DAILY)))


@pytest.mark.parametrize("name", BELIEFS)
@pytest.mark.parametrize("seed", MARKETS[:20])
def test_beliefs_know_no_order_of_assets_and_no_unit_of_money(name: str, seed: int) -> None:
    policy, world = made(name, seed)
    truth, order = beliefs(policy, world), (1, 2, 0)
    turned = made(name, seed, universe={worlds.ASSETS[k]: {"class": worlds.CLASSES[k]} for k in order})[0]
    regime, scores, mean, covariance = truth
    want = (regime, scores[:, order], mean[:, order], covariance[:, order][:, :, order])
    assert alike(beliefs(turned, permuted(policy, world, order)), want)
    for scale in (0.001, 7.0, 1000.0):
        fields = {field: values * scale for field, values in world.fields.items()}
        assert alike(truth, beliefs(policy, replace(world, fields=fields)))


@pytest.mark.parametrize("name", BELIEFS)
@pytest.mark.parametrize("seed", MARKETS[:20])
def test_limits_cash_and_results_hold_with_beliefs(name: str, seed: int) -> None:
    outcome = backtest(*made(name, seed))
    assert breached(outcome) == 0
    assert least_cash(outcome) >= 0
    assert outcome.account.residual == 0
