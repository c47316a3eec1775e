"""Signals and regimes of many dates: how long they take from a fresh view, and that a second run costs nothing."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import pytest

from benchmarks.conftest import Table
from trimtab.core.arrays import Array, Dates, Index
from trimtab.core.terms import CLOSE, TOTAL_RETURN, Span, months, sessions
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.data.view import MarketView, look
from trimtab.desk import gallery
from trimtab.desk.asking import heard, heard_all, told
from trimtab.desk.dates import view_at
from trimtab.desk.policy import Policy
from trimtab.regimes.markov import MarkovSwitching
from trimtab.signals.momentum import Momentum
from trimtab.signals.trend import Trend

MONTHLY, DAILY, AGAIN = 0.050, 1.0, 0.05  # CPU seconds of a policy, CPU seconds of 500 assets, share of the first run
DATES, WARM_UP = 300, 132  # month-ends, and those before them on which the longest window rests
ASSETS, DAYS, BEFORE = 500, 2520, 280  # BEFORE: more than twelve months and 200 sessions
ROUNDS = 9
HOURS_2 = np.timedelta64(7200, "s")

pytestmark = pytest.mark.usefixtures("pinned")


def month_ends(count: int) -> Dates:
    """The last weekday of `count` months from 1980 on."""
    following = np.datetime64("1980-02", "M") + np.arange(count)
    return np.busday_offset(following.astype("datetime64[D]"), -1, roll="forward")


def weekdays(count: int) -> Dates:
    """Consecutive ones."""
    return np.busday_offset("2000-01-03", np.arange(count)).astype("datetime64[D]")


def indices(seed: int, shape: tuple[int, int], volatility: float) -> Array:
    """Total-return indices with one factor in common, calm and nervous by turns."""
    random = np.random.default_rng(seed)
    nervous = np.where(np.sin(np.arange(shape[0]) / 9.0) > 0.5, 2.0, 1.0)[:, None]
    steps = random.standard_normal(shape) + random.standard_normal((shape[0], 1))
    return np.asarray(100.0 * np.exp(np.cumsum(volatility * nervous * steps, axis=0)))


def history(name: str, dates: Dates, values: Array) -> History:
    """One total-return index."""
    return History(About(name, name, Kind.TOTAL_RETURN, "generated"), dates, {CLOSE: values})


def market_of(names: tuple[str, ...], dates: Dates, values: Array) -> Market:
    """Assets in memory."""
    held = {name: history(name, dates, values[:, a]) for a, name in enumerate(names)}
    return assemble(tuple(Asset(name, name) for name in names), held)


def cpu(work: Callable[[], Any]) -> float:
    """CPU seconds of one call; what others left behind is cleared away first."""
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def spent(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Median CPU seconds; one round goes before."""
    return median([cpu(work) for _ in range(rounds + 1)][1:])


@pytest.fixture(scope="module")
def rotation() -> tuple[Policy, Market, Index]:
    """The richest sample policy on generated month-ends, and the rows it decides on."""
    policy, dates = gallery.named("industry-rotation"), month_ends(DATES + WARM_UP)
    values = indices(3, (len(dates), len(policy.universe)), 0.02)
    held = {asset.series: history(asset.series, dates, values[:, a]) for a, asset in enumerate(policy.universe)}
    bills = history("bills", dates, 1.003 ** np.arange(len(dates)))
    market = assemble(policy.universe, held | {"bills": bills}, series=policy.series)
    return policy, market, np.arange(WARM_UP, len(dates))


def test_all_signals_of_a_policy(rotation: tuple[Policy, Market, Index], table: Table):
    policy, market, rows = rotation
    view = view_at(policy, market, rows)
    assert np.isfinite(heard_all(policy.signals, view).values).all()
    assert (told(policy.regime, view).probabilities.sum(axis=0) > 20.0).all()  # it has been either way

    def asked() -> None:
        fresh = view_at(policy, market, rows)  # its windows are made anew
        heard_all(policy.signals, fresh)
        told(policy.regime, fresh)

    seconds = spent(asked)
    kinds = len(policy.signals)
    table.add(
        f"{kinds} signals and the regime of industry-rotation, {DATES} month-ends x {len(policy.universe)} assets, CPU ms",
        f"{1000.0 * seconds:.1f}",
        f"{1000.0 * MONTHLY:.0f}",
    )
    for name, signal in policy.signals.items():
        alone = spent(lambda signal=signal: heard(signal, view_at(policy, market, rows)))  # type: ignore[misc]
        table.add(f"  of that: {name}, from a view of its own", f"{1000.0 * alone:.1f}")
    alone = spent(lambda: told(policy.regime, view_at(policy, market, rows)))
    table.add("  of that: regime, from a view of its own", f"{1000.0 * alone:.1f}")
    assert seconds < MONTHLY


@pytest.fixture(scope="module")
def shares() -> Market:
    """500 assets on consecutive weekdays."""
    dates = weekdays(BEFORE + DAYS)
    return market_of(tuple(f"A{a:03d}" for a in range(ASSETS)), dates, indices(5, (len(dates), ASSETS), 0.01))


def from_all_days(held: Market) -> MarketView:
    """A fresh view from each of the last sessions."""
    return look(held, np.arange(BEFORE, BEFORE + DAYS), cut_off=HOURS_2, since=held.sessions[0])


def test_two_signals_at_every_day(shares: Market, table: Table):
    momentum, average = Momentum(months(12)), Trend(sessions(200))
    view = from_all_days(shares)
    found = [heard(signal, view) for signal in (momentum, average)]
    index = shares.fields[TOTAL_RETURN]
    assert set(np.unique(found[0])) <= {-1.0, 0.0, 1.0}
    want = np.sign(index[BEFORE:] - [index[row - 199 : row + 1].mean(axis=0) for row in range(BEFORE, BEFORE + DAYS)])
    np.testing.assert_array_equal(found[1], want)

    def asked() -> None:
        fresh = from_all_days(shares)
        heard(momentum, fresh)
        heard(average, fresh)

    seconds = spent(asked, 5)
    table.add(
        f"12-month momentum and 200-day average, {ASSETS} assets at each of {DAYS} days, CPU seconds",
        f"{seconds:.2f}",
        f"{DAILY:g}",
    )
    each = [spent(lambda one=one: heard(one, from_all_days(shares)), 3) for one in (momentum, average)]  # type: ignore[misc]
    table.add("  each from a view of its own: momentum, average", f"{each[0]:.2f}, {each[1]:.2f}")
    assert seconds < DAILY


@pytest.mark.parametrize(("states", "seed"), [(2, 101), (3, 102)])
def test_refits_are_remembered(states: int, seed: int, table: Table):
    window, refit = months(240), Span(12)
    model = MarkovSwitching(benchmark=(1.0,), window=window, refit=refit, states=states)
    before = window.count + refit.count
    dates = month_ends(before + DATES)
    held = market_of(("A",), dates, indices(seed, (len(dates), 1), 0.03))  # nobody has seen these numbers before
    rows = np.arange(before, before + DATES)

    def asked() -> Array:
        return model(look(held, rows, cut_off=HOURS_2, since=held.sessions[0])).probabilities

    first = cpu(asked)
    second = spent(asked, 5)
    fits = 1 + DATES // refit.count
    table.add(
        f"Markov switching, {states} states, {DATES} months with about {fits} refits: second run over the first",
        f"{second / first:.4f}",
        f"{AGAIN}",
    )
    table.add("  CPU seconds: first, second", f"{first:.2f}, {second:.4f}")
    assert np.isfinite(asked()).all()
    assert second / first < AGAIN
