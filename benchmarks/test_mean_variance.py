"""Monthly mean-variance with turnover cost and a 40 % cap, 20 years x 12 assets, beside cvxportfolio and skfolio.

The whole walk-forward each time, from prices on: mean and sample covariance of the last 252 days at each month-end, the
programme, and the backtest. Maximised everywhere: mean'w - 5 w'Sw - 10 bp of what is traded, per day.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.conftest import Peer, Table
from benchmarks.prices import Prices
from benchmarks.stopwatch import seconds
from benchmarks.work import market
from tests.numerics.sklearn_alone import no_plugins
from trimtab.core.arrays import Array
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result

PEER = "TRIMTAB_PEER_CVXPORTFOLIO"
SINGLE_PERIOD, WALK_FORWARD = 5.0, 15.0  # times faster than cvxportfolio, and than skfolio, at least
ROWS, CAP, COST, AVERSION = 252, 0.40, 0.001, 5.0
SINCE = "2004-01-01"

pytestmark = pytest.mark.usefixtures("pinned")


def policy(names: tuple[str, ...]) -> Policy:
    """A day's horizon: each day is to earn back the trade, as the peers weigh it. Their w'Sw is half of our risk."""
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "mean-variance",
        "since": SINCE,
        "capital": "1000000 USD",
        "universe": {name: {} for name in names},
        "benchmark": {name: 1.0 / len(names) for name in names},
        "forecast": {"use": "historical", "window": f"{ROWS}D", "covariance": {"use": "sample", "window": f"{ROWS}D"}},
        "allocator": {"use": "static"},
        "reacher": {
            "use": "mean_variance",
            "risk_aversion": 2.0 * AVERSION,
            "horizon": "1D",
        },
        "rules": [
            {"id": "cap", "limit": {"use": "max_weight", "at_most": CAP}},
            {"id": "invested", "limit": {"use": "net_exposure", "at_least": 1.0, "at_most": 1.0}},
        ],
        "costs": {"use": "linear", "bps": 1e4 * COST},
        "schedule": {"decide": "month-end", "trade": "same_close"},
        "execution": {"rounding": "none", "digits": 10},
    }
    return policy_from(values)


def done(prices: Prices) -> Result:
    held = policy(prices.names)
    return backtest(held, market(held, prices))


def by_cvxpy(mean: Array, covariance: Array, base: Array) -> Array:
    """One date, as the formula reads."""
    import cvxpy as cp

    w = cp.Variable(len(mean))
    utility = mean @ w - AVERSION * cp.quad_form(w, cp.psd_wrap(covariance)) - COST * cp.norm1(w - base)
    cp.Problem(cp.Maximize(utility), [w >= 0, w <= CAP, cp.sum(w) == 1]).solve(
        solver="CLARABEL", tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12
    )
    return np.asarray(w.value)


@pytest.fixture(scope="module")
def ours(prices: Prices) -> Result:
    return done(prices)


def test_the_work_is_the_same(ours: Result, prices: Prices):
    """On some dates: the answer of cvxpy, from returns of the prices and the weights held before."""
    returns = pd.DataFrame(prices.closes, index=prices.dates).pct_change()
    checked = 0
    for decision in ours.decisions[3::40]:
        window = returns.loc[: decision.today.when].iloc[-ROWS:]
        want = by_cvxpy(window.mean().to_numpy(), window.cov().to_numpy(), decision.book.held)
        np.testing.assert_allclose(decision.target, want, atol=2e-6)
        checked += 1
    assert checked == 6
    assert len(ours.decisions) == 240


@pytest.fixture
def cvxportfolio(prices: Prices, ours: Result, tmp_path: Path) -> Iterator[Peer]:
    """The peer in an environment of its own, on the same prices and dates."""
    python = os.environ.get(PEER)
    if not python:
        pytest.skip(f"{PEER} names no Python with cvxportfolio; `make bench` makes one")
    dates = ["2003-12-31", *(str(decision.today.when) for decision in ours.decisions)]  # it leaves the first one out
    asked = json.dumps({"dates": dates, "rows": ROWS, "cap": CAP, "cost": COST, "aversion": AVERSION})
    file = tmp_path / "prices.npz"
    np.savez(file, dates=prices.dates, names=np.array(prices.names), closes=prices.closes, asked=np.array(asked))
    command = [python, str(Path(__file__).with_name("peer_cvxportfolio.py")), str(file)]
    surroundings = os.environ | {"PYTHONPATH": ""}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=surroundings) as process:
        yield Peer(process)
        assert process.stdin is not None
        process.stdin.close()


def test_a_fifth_of_cvxportfolio(cvxportfolio: Peer, ours: Result, prices: Prices, table: Table):
    _, *later = (cvxportfolio() for _ in range(4))
    spent = median(answer["cpu"] for answer in later)
    mine = seconds(lambda: done(prices), 5)
    what = f"monthly mean-variance, 20 years x 12 assets, cvxportfolio {later[0]['version']} over ours"
    table.add(what, f"{spent / mine:.1f}", f"{SINGLE_PERIOD:.0f}")
    table.add("  CPU seconds: ours, cvxportfolio", f"{mine:.3f}, {spent:.2f}")
    theirs, targets = np.array(later[0]["weights"])[:-1], np.array([decision.target for decision in ours.decisions])
    off = np.abs(theirs - targets[: len(theirs)]).max(axis=1)
    assert len(theirs) >= 238  # what it values last it does not trade
    assert off[0] < 1e-6
    assert off.max() < 0.01  # its costs come out of cash, which stays below zero from then on
    assert spent / mine > SINGLE_PERIOD


def test_a_fifteenth_of_skfolio(prices: Prices, ours: Result, table: Table):
    with no_plugins():
        from skfolio import RiskMeasure
        from skfolio.model_selection import WalkForward, cross_val_predict
        from skfolio.optimization import MeanRisk, ObjectiveFunction

        returns = pd.DataFrame(prices.closes, index=pd.DatetimeIndex(prices.dates), columns=list(prices.names)).pct_change()
        first = returns.index.get_loc(pd.Timestamp(str(ours.decisions[0].today.when)))
        model = MeanRisk(
            objective_function=ObjectiveFunction.MAXIMIZE_UTILITY,
            risk_measure=RiskMeasure.VARIANCE,
            risk_aversion=AVERSION,
            min_weights=0.0,
            max_weights=CAP,
            transaction_costs=COST,
        )
        walk = WalkForward(test_size=21, train_size=ROWS)
        spent = seconds(lambda: cross_val_predict(model, returns.iloc[first - ROWS + 1 :], cv=walk), 1)
    mine = seconds(lambda: done(prices), 5)
    table.add("the same, skfolio's walk-forward over ours", f"{spent / mine:.1f}", f"{WALK_FORWARD:.0f}")
    table.add("  CPU seconds: ours, skfolio", f"{mine:.3f}, {spent:.2f}")
    assert spent / mine > WALK_FORWARD
