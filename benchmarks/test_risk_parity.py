"""Risk budgets beside skfolio and riskfolio-lib, and the whole of risk parity beside optimalportfolios with qis."""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from skfolio import RiskMeasure
from skfolio.optimization import RiskBudgeting

from benchmarks.conftest import Table
from benchmarks.prices import Prices
from benchmarks.stopwatch import seconds
from benchmarks.work import BPS, CAPITAL, market
from tests.numerics.risk_samples import factor_covariance
from tests.numerics.sklearn_alone import no_plugins
from trimtab.core.arrays import Array
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.numerics.risk_budgeting import risk_budgets
from trimtab.numerics.risk_contributions import contributions

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import riskfolio

PEER = "TRIMTAB_PEER_OPTIMALPORTFOLIOS"
COMPILED, PLAIN, PIPELINE = 100.0, 20.0, 50.0  # times faster than each peer, than skfolio, and than the first call of the whole
MONTHS, BATCH = 300, 0.025  # solves of 12 assets in one call, CPU seconds
LONG = 400  # assets, from which a peer takes seconds: once is enough
SPAN, FIRST = 252, 1260  # of the peer's weights, and the row from which it answers

pytestmark = pytest.mark.usefixtures("pinned")


def returns_with(covariance: Array) -> Array:
    """Daily returns (T, N) whose sample covariance per year is exactly the one given."""
    count = len(covariance)
    draws = np.random.default_rng(3).standard_normal((2 * count + 252, count))
    draws -= draws.mean(axis=0)
    white = np.linalg.solve(np.linalg.cholesky(np.cov(draws.T)), draws.T).T
    return np.asarray(white @ np.linalg.cholesky(covariance / 252.0).T + 0.0003)


def by_skfolio(rows: Array) -> Array:
    return RiskBudgeting(risk_measure=RiskMeasure.VARIANCE).fit(rows).weights_  # type: ignore[no-any-return]


def by_riskfolio(rows: pd.DataFrame, covariance: Array) -> Array:
    """With the covariance given, as we have it."""
    held = riskfolio.Portfolio(returns=rows)
    held.solvers = ["CLARABEL"]
    held.mu = pd.DataFrame(rows.to_numpy().mean(axis=0)[None], columns=rows.columns)
    held.cov = pd.DataFrame(covariance / 252.0, rows.columns, rows.columns)
    found = held.rp_optimization(model="Classic", rm="MV", rf=0, b=None, hist=True)
    return found.to_numpy().ravel()  # type: ignore[no-any-return]


@pytest.mark.parametrize("count", [10, 50, 200, 500, 1000])
def test_a_hundredth_of_skfolio_and_of_riskfolio(count: int, table: Table):
    covariance, budgets = factor_covariance(count), np.full(count, 1.0 / count)
    rows = returns_with(covariance)
    frame = pd.DataFrame(rows, columns=[f"A{i}" for i in range(count)])
    rounds, once = (5, True) if count < LONG else (1, False)
    times = max(1, 1000 // count)
    with no_plugins(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        by_skfolio(rows[: count + 10, :2])  # what is imported and set up at the first call is not counted
        theirs = seconds(lambda: by_skfolio(rows), rounds, warm=once)
        others = seconds(lambda: by_riskfolio(frame, covariance), rounds, warm=once)
    compiled = seconds(lambda: risk_budgets(covariance, budgets, compiled=True), 9, times=times)
    plain = seconds(lambda: risk_budgets(covariance, budgets, compiled=False), 9 if count < LONG else 3, times=times)
    table.add(f"risk budgets, {count} assets: skfolio over ours, with numba", f"{theirs / compiled:.0f}", f"{COMPILED:.0f}")
    table.add("  riskfolio-lib over ours, with numba", f"{others / compiled:.0f}", f"{COMPILED:.0f}")
    table.add("  skfolio over ours, without numba", f"{theirs / plain:.0f}", f"{PLAIN:.0f}")
    table.add(
        "  CPU seconds: ours with numba, without, skfolio, riskfolio-lib",
        f"{compiled:.6f}, {plain:.6f}, {theirs:.4f}, {others:.4f}",
    )
    for engine in (True, False):
        found = risk_budgets(covariance, budgets, compiled=engine)
        assert np.abs(contributions(found, covariance) - budgets).max() < 1e-10
    assert min(theirs, others) / compiled > COMPILED
    assert theirs / plain > PLAIN


@pytest.mark.parametrize("compiled", [True, False], ids=["numba", "numpy"])
def test_three_hundred_months_in_one_call(compiled: bool, table: Table):
    whole = np.stack([factor_covariance(12, seed) for seed in range(MONTHS)])
    spent = seconds(lambda: risk_budgets(whole, np.ones(12), compiled=compiled), 9)
    engine = "with" if compiled else "without"
    table.add(f"risk budgets, {MONTHS} x 12 assets in one call {engine} numba, CPU milliseconds", f"{1e3 * spent:.1f}", "25")
    assert not np.isnan(risk_budgets(whole, np.ones(12), compiled=compiled)).any()
    assert spent < BATCH


@pytest.fixture
def optimalportfolios(prices: Prices, tmp_path: Path) -> Iterator[Callable[[], dict[str, Any]]]:
    """The whole of risk parity by the peer, in an environment of its own, on the same prices."""
    python = os.environ.get(PEER)
    if not python:
        pytest.skip(f"{PEER} names no Python with optimalportfolios; `make bench` makes one")
    file = tmp_path / "prices.npz"
    np.savez(file, dates=prices.dates, names=np.array(prices.names), closes=prices.closes)
    command = [python, str(Path(__file__).with_name("peer_optimalportfolios.py")), str(file)]
    surroundings = os.environ | {"PYTHONPATH": ""}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=surroundings) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def ask() -> dict[str, Any]:
            process.stdin.write("parity\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            line = process.stdout.readline()  # type: ignore[union-attr]
            assert line, f"the peer stopped with code {process.wait()}"
            return json.loads(line)  # type: ignore[no-any-return]

        yield ask
        process.stdin.close()


def parity(names: tuple[str, ...], since: str) -> Policy:
    """Equal risk contributions on exponentially weighted covariances, month-end, same close, 10 bp, money unrounded."""
    return policy_from(
        {
            "trimtab": 1,
            "name": "risk parity",
            "since": since,
            "capital": f"{CAPITAL} USD",
            "universe": {name: {} for name in names},
            "benchmark": {name: 1.0 / len(names) for name in names},
            "signals": {"average": {"use": "trend", "window": "10M"}},  # a policy has a signal; nothing reads it
            "combine": {"use": "vote"},
            "forecast": {"use": "ewma", "window": f"{FIRST - 1}D", "decay": 1.0 - 2.0 / (SPAN + 1.0)},
            "allocator": {"use": "risk_parity"},
            "costs": {"use": "linear", "bps": BPS},
            "schedule": {"decide": "month-end", "trade": "same_close"},
            "execution": {"rounding": "none", "digits": 10},
        }
    )


def test_a_fiftieth_of_optimalportfolios(optimalportfolios: Callable[[], dict[str, Any]], prices: Prices, table: Table):
    first, later = optimalportfolios(), optimalportfolios()
    held = parity(prices.names, first["dates"][0])
    spent = seconds(lambda: backtest(held, market(held, prices)), 3)
    result = backtest(held, market(held, prices))
    table.add(
        f"risk parity, {len(first['dates'])} month-ends x 12 assets, covariances to backtest: optimalportfolios "
        f"{first['version']} with qis over ours, first call",
        f"{first['cpu'] / spent:.0f}",
        f"{PIPELINE:.0f}",
    )
    table.add("  later calls, when numba has compiled", f"{later['cpu'] / spent:.1f}")
    table.add("  CPU seconds: ours, first, later", f"{spent:.3f}, {first['cpu']:.1f}, {later['cpu']:.2f}")
    table.add("  what 1 became: ours, theirs", f"{result.wealth[-1] / CAPITAL:.4f}, {first['growth']:.4f}")
    assert len(first["dates"]) == 241
    same = risk_budgets(np.array(first["last"]), np.ones(len(prices.names)))
    np.testing.assert_allclose(first["weights"], same, atol=1e-3)  # the same question, on their covariance
    assert first["cpu"] / spent > PIPELINE
