"""The exact backtest of 12 assets over 25 years: how long it takes, beside bt and the plain reference, and what it says."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from decimal import Decimal
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import reference, work
from benchmarks.conftest import Peer, Table
from benchmarks.prices import Prices
from trimtab.desk.backtest import backtest
from trimtab.desk.result import Result

TENTH, AIM = 10, 15  # bt's CPU time over ours, at least: with every order through the gate, and what is aimed at (missed)
PAIRS = 9
RATE = work.BPS / 10_000


def timed(call: Callable[[], Result]) -> tuple[float, Result]:
    """CPU seconds and answer of one call; what others left behind is cleared away first."""
    gc.collect()
    begun = time.process_time()
    answer = call()
    return time.process_time() - begun, answer


@pytest.mark.usefixtures("pinned")
def test_exact_backtest(benchmark: BenchmarkFixture, prices: Prices):
    """Aims, loop, ledger and marks; the market stands ready."""
    held = work.policy(prices.names)
    market = work.market(held, prices)
    result = benchmark.pedantic(backtest, (held, market), rounds=PAIRS, warmup_rounds=2)
    assert abs(result.account.residual) < Decimal("1e-18")  # nothing is rounded here, so digit 34 of a sum is left over


@pytest.mark.usefixtures("pinned")
def test_exact_backtest_and_market(benchmark: BenchmarkFixture, prices: Prices, table: Table):
    """The same, with the histories aligned into a market."""
    held = work.policy(prices.names)
    benchmark.pedantic(lambda: backtest(held, work.market(held, prices)), rounds=PAIRS, warmup_rounds=2)
    if benchmark.stats:
        table.add("exact backtest with the market assembled, seconds", f"{benchmark.stats.stats.median:.3f}")


@pytest.mark.usefixtures("pinned")
def test_plain_reference(benchmark: BenchmarkFixture, prices: Prices, table: Table):
    """No ledger, no decisions, no record: the floor."""
    benchmark.pedantic(lambda: reference.wealth(prices, rate=RATE, capital=work.CAPITAL), rounds=PAIRS, warmup_rounds=2)
    if benchmark.stats:
        table.add("plain reference loop, seconds", f"{benchmark.stats.stats.median:.3f}")


def test_wealth_is_that_of_the_reference(prices: Prices, table: Table):
    held = work.policy(prices.names)
    result = backtest(held, work.market(held, prices))
    path = reference.wealth(prices, rate=RATE, capital=work.CAPITAL)[-len(result.wealth) :]
    off = float(abs(result.wealth[1:] / path[1:] - 1.0).max())  # the first value of ours is the capital before it trades
    table.add("wealth against the plain reference, worst day, relative", f"{off:.1e}", "1e-9")
    assert off <= 1e-9


@pytest.mark.usefixtures("pinned")
def test_a_tenth_of_bt_or_less(bt: Peer, prices: Prices, table: Table):
    held = work.policy(prices.names)
    market = work.market(held, prices)
    ours, theirs, finals = [], [], []
    backtest(held, market), bt()  # warm
    for _ in range(PAIRS):  # in turns, so that both see the same machine; ours is so short that it gets three
        runs = [timed(lambda: backtest(held, market)) for _ in range(3)]
        peer = bt()
        ours.append(median(seconds for seconds, _ in runs))
        theirs.append(peer["cpu"])
        finals.append((float(runs[0][1].wealth[-1]), peer["final"]))
    ratio, apart = median(theirs) / median(ours), max(abs(mine / its - 1.0) for mine, its in finals)
    table.add("exact backtest, CPU seconds", spread(ours))
    table.add(f"bt {peer['version']}, CPU seconds", spread(theirs))
    table.add("bt over Trimtab, ratio of medians", f"{ratio:.1f}", f"at least {TENTH}, aim {AIM}")
    table.add("final wealth against bt, relative", f"{apart:.1e}", "1e-3")
    assert apart <= 1e-3
    assert ratio >= TENTH, f"bt takes {ratio:.1f} times our CPU time, wanted {TENTH}"
    assert ratio >= AIM, f"bt takes {ratio:.1f} times our CPU time: at least {TENTH}, but not {AIM}"


def spread(seconds: list[float]) -> str:
    """Median, least and most."""
    return f"{median(seconds):.3f} ({min(seconds):.3f} to {max(seconds):.3f})"
