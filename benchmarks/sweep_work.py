"""A sweep as the benchmarks do it: 12 assets over 25 years of days, 1,000 or 10,000 variants, each a rule of four numbers.

A variant (months, skip, every, day): at the close of session `day` (from 0) of every `every`-th month, what stood above the
mean of its last 21 x months closes, all as of `skip` sessions ago, gets a twelfth of the portfolio, the rest is cash at zero;
10 basis points one way, fractional units. The first decision is the same for all.

`python -m benchmarks.sweep_work WHAT [ENGINE]` does it in a process of its own and prints JSON: `memory`, `first`, or `copy`.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.prices import Prices, generated
from benchmarks.reference import value_after
from benchmarks.work import market, peak_memory
from trimtab.data.market import Market
from trimtab.desk.crew import Crew
from trimtab.desk.grid import Grid
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.sweep import sweep
from trimtab.desk.sweep_columns import variants_of
from trimtab.desk.sweep_cutting import cut as cut_up
from trimtab.desk.sweeping import carry_out_sweep, plan
from trimtab.desk.swept import Swept
from trimtab.desk.variants import Variants
from trimtab.numerics.lanes_running import Engine

RATE, CAPITAL, WARM = 0.001, 1_000_000.0, 22 * 21 + 21
EVERY = {1: "month-end", 2: "two-month-end", 3: "quarter-end", 6: "half-year-end", 12: "year-end"}
SKIPS = {1000: (0, 5), 10_000: (0, 5, 10, 15, 21)}
DAYS = {1000: (0, 4, 8, 12, 16), 10_000: tuple(range(20))}
LIMITS = [
    {"use": "max_weight", "of": "class", "at_most": 0.4},
    {"use": "max_turnover", "at_most": 0.2, "per": "quarter"},
]

Rule = tuple[int, int, int, int]


def rules(count: int) -> list[Rule]:
    """Every variant as four numbers, in the order of the grid."""
    return list(product(range(3, 23), SKIPS[count], EVERY, DAYS[count]))


def grid(count: int) -> Grid:
    """The same as axes of a policy; the day after a period's end is the first session of the next."""
    return Grid.parse(
        [
            "signals.average.window=63D..462D:21",
            f"signals.average.skip={','.join(f'{skip}D' for skip in SKIPS[count])}",
            f"schedule.decide={','.join(EVERY.values())}",
            f"schedule.offset={','.join(str(day + 1) for day in DAYS[count])}",
        ]
    )


def policy(prices: Prices, *, limits: bool = False, start: int = WARM) -> Policy:
    """The rule as a policy; with `limits` three classes of at most 40 % and a budget of turnover."""
    names = prices.names
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "swept",
        "since": str(prices.dates[0]),
        "start": str(prices.dates[start]),
        "capital": f"{CAPITAL:.0f} USD",
        "universe": {name: {"class": ("equity", "bonds", "other")[k % 3]} for k, name in enumerate(names)},
        "benchmark": dict.fromkeys(names, 1.0 / len(names)),
        "signals": {"average": {"use": "trend", "window": "63D"}},
        "combine": {"use": "vote"},
        "allocator": {"use": "timing"},
        "costs": {"use": "linear", "bps": 10},
        "schedule": {"decide": "month-end", "trade": "same_close"},
        "execution": {"rounding": "none", "digits": 10},
    }
    return policy_from(values | ({"rules": LIMITS} if limits else {}))


def variants(held: Policy, count: int) -> tuple[Variants, Market]:
    """All variants and the market in memory."""
    return Variants.of(held, grid(count)), market(held, generated())


def reference(prices: Prices, rule: Rule) -> float:
    """Final wealth of one variant, written to be read: costs are paid inside the targets."""
    months, skip, every, day = rule
    month = prices.dates.astype("datetime64[M]").astype(int)
    begins = np.flatnonzero(np.append(True, month[1:] != month[:-1]))
    within = np.arange(len(month)) - np.repeat(begins, np.diff(np.append(begins, len(month))))
    rows = np.flatnonzero((within == day) & (month % every == 0))
    held, cash, last = np.zeros(len(prices.names)), CAPITAL, WARM
    for row in rows[rows >= WARM].tolist():
        held = held * (prices.closes[row] / prices.closes[last])
        window = prices.closes[row - skip - 21 * months + 1 : row - skip + 1]
        target = np.where(prices.closes[row - skip] > window.mean(axis=0), 1.0 / len(held), 0.0)
        after = value_after(target, held, cash + held.sum(), RATE)
        held, cash, last = target * after, after * (1.0 - target.sum()), row
    return float(cash + (held * (prices.closes[-1] / prices.closes[last])).sum())


def cut(prices: Prices, *, dates: int | None = None, assets: int | None = None) -> Prices:
    """Fewer dates, or other numbers of assets (copies of the same), for the growth of the cost."""
    columns = np.resize(np.arange(len(prices.names)), assets or len(prices.names))
    names = tuple(f"{prices.names[column]}{place}" for place, column in enumerate(columns.tolist()))
    return Prices(prices.dates[:dates], names, prices.closes[:dates, columns])


def run(ready: tuple[Variants, Market], engine: Engine, numbers: npt.NDArray[np.intp] | None = None) -> Swept:
    """The sweep itself."""
    return sweep(*ready, numbers, engine=engine)


def one_part(held: Policy) -> tuple[tuple[Variants, Market], npt.NDArray[np.intp]]:
    """The variants of the first part into which a job cuts the sweep of 10,000."""
    ready = variants(held, 10_000)
    return ready, cut_up(ready[0], held, ready[1])[0][0]


def bare(market: Market, part: tuple[str, str, npt.NDArray[np.intp]]) -> int:
    """The sweep of a part in a worker, without its columns: what a copy of the process does too."""
    text, axes, numbers = part
    return len(run((variants_of(text, axes, ""), market), Engine.NUMBA, numbers).numbers)


def main(what: str, engine: Engine) -> dict[str, Any]:
    """What a process of its own is asked for."""
    prices = generated()
    held = policy(prices)
    if what == "memory":
        with tempfile.TemporaryDirectory() as folder:
            done = carry_out_sweep(plan(held, grid(10_000), Path(folder), market=market(held, prices), engine=engine), Crew())
            return {"peak_mib": peak_memory(), "variants": len(done)}
    ready = variants(held, 1000)
    if what == "first":
        return {"variants": len(run(ready, engine).numbers)}
    ready, some = one_part(held)
    run(ready, engine, some)  # warm
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    begun = time.perf_counter()
    for _ in range(16):
        run(ready, engine, some)
    return {"rate": 16 * len(some) / (time.perf_counter() - begun)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], Engine(sys.argv[2] if len(sys.argv) > 2 else "auto"))) + "\n")
