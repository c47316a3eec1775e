"""Covariances of many dates beside loops in pandas, scikit-learn and PyPortfolioOpt, and beside optimalportfolios."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pypfopt.risk_models import CovarianceShrinkage
from sklearn.covariance import ledoit_wolf

from benchmarks.conftest import Peer, Table
from benchmarks.prices import Prices
from benchmarks.stopwatch import seconds
from tests.numerics.sklearn_alone import no_plugins
from trimtab.core.arrays import Array
from trimtab.core.terms import CLOSE, TOTAL_RETURN, sessions
from trimtab.core.values import Asset, Forecast, Regime, Scores
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.data.view import look
from trimtab.forecasts.ewma import Ewma
from trimtab.forecasts.garch import GarchCorrelation
from trimtab.forecasts.ledoit_wolf import LedoitWolf, Target

PEER = "TRIMTAB_PEER_OPTIMALPORTFOLIOS"
LOOP, SHELF = 10.0, 100.0  # times faster than the loop, and than the first call of optimalportfolios, at least
DATES, ASSETS, ROWS, EVERY = 300, 50, 252, 21
SPAN, FIRST = 252, 1260  # of the peer's weights, and the row from which it answers
HOURS_2 = np.timedelta64(7200, "s")

pytestmark = pytest.mark.usefixtures("pinned")


def market(names: tuple[str, ...], dates: Array, closes: Array) -> Market:
    """Total-return indices in memory."""
    assets = tuple(Asset(name, name) for name in names)
    about = {name: About(name, name, Kind.TOTAL_RETURN, "generated") for name in names}
    held = {name: History(about[name], dates, {CLOSE: closes[:, a]}) for a, name in enumerate(names)}
    return assemble(assets, held)


@pytest.fixture(scope="module")
def shares() -> Market:
    """50 assets with one factor in common."""
    random = np.random.default_rng(7)
    count = ROWS + DATES * EVERY
    steps = 0.01 * random.standard_normal((count, ASSETS)) + 0.008 * random.standard_normal((count, 1))
    dates = np.busday_offset("2000-01-03", np.arange(count)).astype("datetime64[D]")
    return market(tuple(f"A{a:02d}" for a in range(ASSETS)), dates, 100.0 * np.exp(np.cumsum(steps, axis=0)))


def forecast(forecaster: Any, held: Market, rows: Array) -> Forecast:
    """From a fresh view, so that its windows are made anew."""
    view = look(held, rows, cut_off=HOURS_2, since=held.sessions[0])
    nothing = np.full((len(rows), len(held.assets)), np.nan)
    return forecaster(view, Scores(held.assets, nothing), Regime(("all",), np.ones((len(rows), 1))))  # type: ignore[no-any-return]


def by_pandas(rows: pd.DataFrame) -> Array:
    return rows.ewm(alpha=0.06).cov(bias=True).iloc[-ASSETS:].to_numpy()


def by_sklearn(rows: pd.DataFrame) -> Array:
    rows.cov()
    return ledoit_wolf(rows.to_numpy())[0]  # type: ignore[no-any-return]


def by_pypfopt(target: str) -> Callable[[pd.DataFrame], Array]:
    def asked(rows: pd.DataFrame) -> Array:
        return CovarianceShrinkage(rows, returns_data=True, frequency=1).ledoit_wolf(target).to_numpy()  # type: ignore[no-any-return]

    return asked


LOOPS = [  # what, ours, theirs for one date, and of how many dates their time is taken and scaled up
    ("EWMA, pandas ewm().cov()", Ewma(centred=True), by_pandas, 3),
    ("Ledoit-Wolf identity, pandas cov() and scikit-learn", LedoitWolf(target=Target.IDENTITY), by_sklearn, 60),
    ("Ledoit-Wolf constant correlation, PyPortfolioOpt", LedoitWolf(), by_pypfopt("constant_correlation"), 30),
    ("Ledoit-Wolf single factor, PyPortfolioOpt", LedoitWolf(target=Target.SINGLE_FACTOR), by_pypfopt("single_factor"), 30),
]


@pytest.mark.parametrize(("what", "ours", "theirs", "dates"), LOOPS, ids=[one[0] for one in LOOPS])
def test_a_tenth_of_a_loop(what: str, ours: Any, theirs: Any, dates: int, shares: Market, table: Table):
    rows = np.arange(DATES) * EVERY + ROWS
    returns = pd.DataFrame(shares.fields[TOTAL_RETURN]).pct_change()
    windows = [returns.iloc[row - ROWS + 1 : row + 1] for row in rows[-dates:]]
    with no_plugins():
        loop = seconds(lambda: [theirs(window) for window in windows], 1) * DATES / dates
        want = theirs(windows[-1])
    mine = seconds(lambda: forecast(ours, shares, rows), 5)
    np.testing.assert_allclose(forecast(ours, shares, rows).covariance[-1], 252.0 * want, rtol=1e-7, atol=1e-10)
    table.add(f"covariances, {DATES} dates x {ASSETS} assets: {what}, loop over ours", f"{loop / mine:.0f}", f"{LOOP:.0f}")
    table.add("  CPU seconds: ours, loop", f"{mine:.4f}, {loop:.2f}")
    assert loop / mine > LOOP


@pytest.fixture
def optimalportfolios(prices: Prices, tmp_path: Path) -> Iterator[Peer]:
    """The peer in an environment of its own, on the same prices."""
    python = os.environ.get(PEER)
    if not python:
        pytest.skip(f"{PEER} names no Python with optimalportfolios; `make bench` makes one")
    file = tmp_path / "prices.npz"
    np.savez(file, dates=prices.dates, names=np.array(prices.names), closes=prices.closes)
    command = [python, str(Path(__file__).with_name("peer_optimalportfolios.py")), str(file)]
    surroundings = os.environ | {"PYTHONPATH": ""}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=surroundings) as process:
        yield Peer(process)
        assert process.stdin is not None
        process.stdin.close()


def test_a_hundredth_of_optimalportfolios(optimalportfolios: Peer, prices: Prices, table: Table):
    first, *later = (optimalportfolios() for _ in range(4))
    held = market(prices.names, prices.dates, prices.closes)
    rows = np.searchsorted(held.sessions, np.array(first["dates"], dtype="datetime64[D]"))
    decay = 1.0 - 2.0 / (SPAN + 1.0)
    long, short = Ewma(sessions(FIRST - 1), decay=decay), Ewma(sessions(ROWS), decay=decay)
    mine, brief = (seconds(lambda one=one: forecast(one, held, rows), 7) for one in (long, short))
    warm = median(answer["cpu"] for answer in later)
    table.add(
        f"EWMA covariances, {len(rows)} month-ends x 12 assets, optimalportfolios {first['version']} over ours, first call",
        f"{first['cpu'] / mine:.0f}",
        f"{SHELF:.0f}",
    )
    table.add("  later calls, when numba has compiled", f"{warm / mine:.1f}")
    table.add(f"  later calls, ours on {ROWS} rows instead of {FIRST - 1}", f"{warm / brief:.1f}")
    table.add(
        "  CPU seconds: ours, ours on fewer rows, first, later", f"{mine:.4f}, {brief:.4f}, {first['cpu']:.1f}, {warm:.3f}"
    )
    found = np.sqrt(np.diag(forecast(long, held, rows).covariance[-1]))
    assert len(rows) == 241
    np.testing.assert_allclose(found, np.sqrt(np.diag(first["last"])), rtol=0.05)  # theirs: log returns, mean taken off
    assert first["cpu"] / mine > SHELF


def test_garch(prices: Prices, table: Table):
    held = market(prices.names, prices.dates, prices.closes)
    rows = np.linspace(1260, len(held.sessions) - 1, DATES).astype(int)
    spent = seconds(lambda: forecast(GarchCorrelation(), held, rows), 1)
    table.add(f"GARCH(1,1) refitted to 1260 days at each of {DATES} dates x 12 assets, CPU seconds", f"{spent:.1f}")
    assert np.isfinite(forecast(GarchCorrelation(), held, rows[-2:]).covariance).all()
