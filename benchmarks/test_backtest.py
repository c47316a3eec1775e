"""The exact backtest of 12 assets over 25 years: how long it takes, beside bt and the plain reference, and what it says."""

from __future__ import annotations

import gc
import time
from statistics import median

import pytest

from benchmarks import reference, work
from benchmarks.conftest import Peer, Table
from benchmarks.prices import Prices
from trimtab.desk.backtest import backtest

RATIO = 15  # bt's CPU time over ours, at least
PAIRS = 9
RATE = work.BPS / 10_000


def timed(call) -> tuple[float, float]:
    """CPU seconds and answer of one call; what others left behind is cleared away first."""
    gc.collect()
    begun = time.process_time()
    answer = call()
    return time.process_time() - begun, answer


@pytest.mark.usefixtures("pinned")
def test_exact_backtest(benchmark, prices: Prices):
    """Aims, loop, ledger and marks; the market stands ready."""
    held = work.policy(prices.names)
    market = work.market(held, prices)
    result = benchmark.pedantic(backtest, (held, market), rounds=PAIRS, warmup_rounds=2)
    assert result.account.residual == 0


@pytest.mark.usefixtures("pinned")
def test_exact_backtest_and_market(benchmark, prices: Prices, table: Table):
    """The same, with the histories aligned into a market."""
    held = work.policy(prices.names)
    benchmark.pedantic(lambda: backtest(held, work.market(held, prices)), rounds=PAIRS, warmup_rounds=2)
    if benchmark.stats:
        table.add("exact backtest with the market assembled, seconds", f"{benchmark.stats.stats.median:.3f}")


@pytest.mark.usefixtures("pinned")
def test_plain_reference(benchmark, prices: Prices, table: Table):
    """No ledger, no decisions, no record: the floor."""
    benchmark.pedantic(lambda: reference.wealth(prices, rate=RATE, capital=work.CAPITAL), rounds=PAIRS, warmup_rounds=2)
    if benchmark.stats:
        table.add("plain reference loop, seconds", f"{benchmark.stats.stats.median:.3f}")


def test_wealth_is_that_of_the_reference(prices: Prices, table: Table):
    held = work.policy(prices.names)
    result = backtest(held, work.market(held, prices))
    path = reference.wealth(prices, rate=RATE, capital=work.CAPITAL)[-len(result.wealth) :]
    off = float(abs(result.wealth / path - 1.0).max())
    table.add("wealth against the plain reference, worst day, relative", f"{off:.1e}", "1e-9")
    assert off <= 1e-9


def test_a_fifteenth_of_bt(bt: Peer, prices: Prices, table: Table):
    held = work.policy(prices.names)
    market = work.market(held, prices)
    ours, theirs, final, peer = [], [], 0.0, {}
    backtest(held, market), bt()  # warm
    for _ in range(PAIRS):  # in turns, so that both see the same machine
        seconds, result = timed(lambda: backtest(held, market))
        peer = bt()
        ours.append(seconds)
        theirs.append(peer["cpu"])
        final = float(result.wealth[-1])
    ratio, apart = median(theirs) / median(ours), abs(final / peer["final"] - 1.0)
    table.add("exact backtest, CPU seconds", f"{median(ours):.3f} ({min(ours):.3f} to {max(ours):.3f})")
    table.add(f"bt {peer['version']}, CPU seconds", f"{median(theirs):.3f} ({min(theirs):.3f} to {max(theirs):.3f})")
    table.add("bt over Trimtab, ratio of medians", f"{ratio:.1f}", f"at least {RATIO}")
    table.add("final wealth against bt, relative", f"{apart:.1e}", "1e-3")
    assert apart <= 1e-3
    assert ratio >= RATIO, f"bt takes {ratio:.1f} times our CPU time, wanted {RATIO}"
