"""Sweeps of 1,000 and 10,000 variants: how many a second on one core, beside vectorbt and a plain loop, in what memory."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from benchmarks import sweep_work
from benchmarks.conftest import ROOT, Peer, Table
from benchmarks.machine import bytes_read, multiply_adds
from benchmarks.prices import Prices
from benchmarks.stopwatch import seconds
from trimtab.data.market import Market
from trimtab.desk.crew import Crew
from trimtab.desk.shipping import ship
from trimtab.desk.sweep_columns import Work
from trimtab.desk.variants import Variants
from trimtab.desk.workers import spread
from trimtab.numerics.lanes_running import Engine

PEER = "TRIMTAB_PEER_VECTORBT"
SPEED = {Engine.NUMBA: 25_000, Engine.NUMPY: 6_000}  # variants a second, signals included
LIMITED = {Engine.NUMBA: 5_000, Engine.NUMPY: 1_200}  # with class caps and a budget of turnover
RATIO, MEMORY, SINGLE, FIRST, SHARE = 500, 512, 0.004, 3.0, 0.9
ENGINES = pytest.mark.parametrize("engine", list(SPEED), ids=[engine.value for engine in SPEED])
SAMPLE, TURNS = 40, 7
ROUNDS = {1000: 20, 10_000: 5}  # the best of them: neighbours of a shared machine only ever slow it down

Ready = tuple[Variants, Market]
Numbers = np.ndarray[tuple[int], np.dtype[np.intp]]


@pytest.fixture(scope="module", params=[1000, 10_000])
def ready(request: pytest.FixtureRequest, prices: Prices) -> tuple[int, Ready]:
    """Policies that are read, and a market in memory."""
    return request.param, sweep_work.variants(sweep_work.policy(prices), request.param)


@pytest.fixture
def vectorbt(prices: Prices, tmp_path: Path) -> Iterator[Peer]:
    """The peer in an environment of its own, on the same prices."""
    python = os.environ.get(PEER)
    if not python:
        pytest.skip(f"{PEER} names no Python with vectorbt; `make bench` makes one")
    file = tmp_path / "prices.npz"
    np.savez(file, dates=prices.dates, names=np.array(prices.names), closes=prices.closes)
    command = [python, str(Path(__file__).with_name("peer_vectorbt.py")), str(file)]
    surroundings = os.environ | {"PYTHONPATH": ""}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=surroundings) as process:
        yield Peer(process)
        assert process.stdin is not None
        process.stdin.close()


def asked(peer: Peer, rules: list[sweep_work.Rule]) -> dict[str, object]:
    """One chunk of variants."""
    assert peer.process.stdin is not None
    peer.process.stdin.write(json.dumps(rules))
    return peer()


@ENGINES
@pytest.mark.usefixtures("pinned")
def test_variants_a_second(ready: tuple[int, Ready], engine: Engine, prices: Prices, table: Table):
    count, work = ready
    rate = count / seconds(lambda: sweep_work.run(work, engine), ROUNDS[count], best=True)
    table.add(
        f"sweep of {count:,} variants, {engine.value}: variants a second, best of {ROUNDS[count]} rounds",
        f"{rate:,.0f}",
        f"at least {SPEED[engine]:,}",
    )
    some = np.linspace(0, count - 1, SAMPLE).astype(np.intp)
    ends = sweep_work.run(work, engine).figures["end_value"][some]
    rules = sweep_work.rules(count)
    wanted = np.array([sweep_work.reference(prices, rules[k]) for k in some])
    off = float(np.abs(ends / wanted - 1.0).max())
    table.add(f"  final wealth against the plain loop, {SAMPLE} of them, relative", f"{off:.1e}", "1e-9")
    assert off <= 1e-9
    assert rate >= SPEED[engine]


@ENGINES
@pytest.mark.usefixtures("pinned")
def test_with_class_caps_and_a_turnover_budget(engine: Engine, prices: Prices, table: Table):
    work = sweep_work.variants(sweep_work.policy(prices, limits=True), 1000)
    rate = 1000 / seconds(lambda: sweep_work.run(work, engine), 3)
    what = f"  with class caps and a turnover budget, {engine.value}: variants a second"
    table.add(what, f"{rate:,.0f}", f"at least {LIMITED[engine]:,}")
    assert rate >= LIMITED[engine]


@pytest.mark.usefixtures("pinned")
def test_beside_vectorbt(vectorbt: Peer, prices: Prices, table: Table):
    """Chunks of 100, which is what it does best; 100 variants stand for its rate, spread over the grid."""
    work, rules = sweep_work.variants(sweep_work.policy(prices), 1000), sweep_work.rules(1000)
    some = np.linspace(0, 999, 100).astype(np.intp)
    asked(vectorbt, rules[:2])  # compiles
    ours = 1000 / seconds(lambda: sweep_work.run(work, Engine.NUMBA), 3)
    found = asked(vectorbt, [rules[k] for k in some])
    theirs = len(some) / float(found["cpu"])  # type: ignore[arg-type]
    ends = sweep_work.run(work, Engine.NUMBA, some).figures["end_value"]
    off = float(np.abs(ends / np.array(found["finals"]) - 1.0).max())
    table.add(f"  vectorbt {found['version']}, chunks of 100: variants a second", f"{theirs:,.1f}")
    table.add("  ours over vectorbt, variants a second", f"{ours / theirs:,.0f}", f"at least {RATIO}")
    table.add("  final wealth against vectorbt, 100 of them, relative", f"{off:.1e}", "1e-3")
    assert off <= 1e-3
    one = rules[140:141]
    single = median(float(asked(vectorbt, one)["cpu"]) for _ in range(5))  # type: ignore[arg-type]
    table.add("one backtest by vectorbt, warm, milliseconds", f"{1e3 * single:.1f}")
    assert ours / theirs >= RATIO


@ENGINES
@pytest.mark.usefixtures("pinned")
def test_one_backtest(engine: Engine, prices: Prices, table: Table):
    work = sweep_work.variants(sweep_work.policy(prices), 1000)
    spent = seconds(lambda: sweep_work.run(work, engine, np.array([140])), 5, times=5)
    bound = f"{1e3 * SINGLE:g}" if engine is Engine.NUMBA else ""  # array calls are there for many lanes at a time
    table.add(f"one backtest by the float twin, {engine.value}, milliseconds", f"{1e3 * spent:.2f}", bound)
    assert spent < SINGLE or engine is Engine.NUMPY


def fresh(*words: str) -> subprocess.Popen[str]:
    """A process of its own."""
    surroundings = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "benchmarks.sweep_work", *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=surroundings)


def answer(process: subprocess.Popen[str]) -> dict[str, float]:
    out, _ = process.communicate("\n")
    assert process.returncode == 0
    return json.loads(out.splitlines()[-1])  # type: ignore[no-any-return]


@ENGINES
def test_memory_of_ten_thousand(engine: Engine, table: Table):
    """The whole job: cut, run, counted as trials, written, read back."""
    peak = answer(fresh("memory", engine.value))["peak_mib"]
    table.add(f"peak memory of a sweep of 10,000 variants, {engine.value}, MiB", f"{peak:.0f}", f"{MEMORY}")
    assert peak < MEMORY


def test_first_call_of_a_fresh_process(table: Table):
    """Import, prices, policies and 1,000 variants, by whatever engine it chooses."""
    begun = time.perf_counter()
    answer(fresh("first"))
    spent = time.perf_counter() - begun
    table.add("first 1,000 variants of a fresh process, imports included, seconds", f"{spent:.2f}", f"{FIRST:g}")
    assert spent < FIRST


def test_two_processes(prices: Prices, table: Table, tmp_path: Path):
    """Against two copies of one process that never wait, in turns; the first answers, while workers start, are left out."""
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one core")
    part, shares = sweep_work.one_part(sweep_work.policy(prices)), []
    for turn in range(TURNS):
        folder = tmp_path / str(turn)
        folder.mkdir()
        shares.append(spread_rate(*part, folder) / rate_of_two_copies())
    share, turns = median(shares), ", ".join(f"{share:.2f}" for share in shares)
    table.add(f"two workers over two copies that never wait, median of {turns}", f"{share:.2f}", f"at least {SHARE}")
    assert share >= SHARE


def rate_of_two_copies() -> float:
    """Variants a second of two processes, each of which does one part of a sweep again and again."""
    copies = [fresh("copy", "numba") for _ in range(2)]
    for copy in copies:
        assert copy.stdout is not None
        copy.stdout.readline()
    for copy in copies:
        assert copy.stdin is not None
        copy.stdin.write("\n")
        copy.stdin.flush()
    return sum(answer(copy)["rate"] for copy in copies)


def spread_rate(work: Ready, some: Numbers, folder: Path, parts: int = 40) -> float:
    """Variants a second of two workers that do one part of a sweep again and again."""
    variants, market = work
    told = Work.of(variants, Engine.NUMBA)
    work_of = [(told.text, told.grid, some)] * parts
    doing = spread(sweep_work.bare, work_of, crew=Crew(workers=2), shared=ship(market, folder))
    ends = []
    for done in doing:
        assert done.value == len(some), done.gap
        ends.append(time.perf_counter())
    skip = 8
    return len(some) * (len(ends) - skip) / (ends[-1] - ends[skip - 1])


@pytest.mark.usefixtures("pinned")
def test_how_cost_grows(prices: Prices, table: Table):
    """Exponents of the cost between the half and the whole; 1 is linear."""
    whole = sweep_work.variants(sweep_work.policy(prices), 10_000)

    def spent(work: Ready, numbers: np.ndarray | None = None) -> float:
        return seconds(lambda: sweep_work.run(work, Engine.NUMBA, numbers), 3)

    order = np.random.default_rng(1).permutation(10_000)
    full, half = spent(whole), spent(whole, order[:5000])
    table.add("cost by variants, exponent", f"{math.log2(full / half):.2f}")
    for what, fewer in (
        ("dates", sweep_work.cut(prices, dates=len(prices.dates) // 2)),
        ("assets", sweep_work.cut(prices, assets=6)),
    ):
        held = sweep_work.policy(fewer)
        less = (Variants.of(held, sweep_work.grid(10_000)), sweep_work.market(held, fewer))
        table.add(f"cost by {what}, exponent", f"{math.log2(full / spent(less)):.2f}")


@pytest.mark.usefixtures("pinned")
def test_how_far_from_the_machine(prices: Prices, table: Table):
    """A lane values A assets a session and sums up its return: A + 12 multiply-adds, of closes that stay in the cache."""
    work = sweep_work.variants(sweep_work.policy(prices), 10_000)
    spent = seconds(lambda: sweep_work.run(work, Engine.NUMBA), 3)
    sessions, assets = len(prices.dates) - sweep_work.WARM, len(prices.names)
    done = 10_000 * sessions * (assets + 12) / spent
    most = multiply_adds()
    table.add("multiply-adds a second, of the most that one core does", f"{done:.2e} of {most:.2e}, {100 * done / most:.0f} %")
    bundles = 10_000 / 128
    read = bundles * sessions * assets * 8 / spent
    memory = bytes_read()
    table.add("bytes a second, of the most that memory gives", f"{read:.2e} of {memory:.2e}, {100 * read / memory:.1f} %")
    assert 0.0 < done < most
