"""The work as Trimtab does it: the policy, the market in memory, and the exact backtest.

`python -m benchmarks.work` does it once and prints its peak memory in MiB and the final wealth, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from benchmarks.prices import Prices, generated
from trimtab.core.terms import CLOSE
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result

BPS = 10
CAPITAL = 1_000_000


def policy(names: tuple[str, ...]) -> Policy:
    """Ten-month average, an equal weight or cash, month-end, same close, 10 bp one way, money unrounded."""
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "benchmark",
        "since": "1999-01-01",
        "capital": f"{CAPITAL} USD",
        "universe": {name: {} for name in names},
        "benchmark": {name: 1.0 / len(names) for name in names},
        "signals": {"average": {"use": "trend", "window": "10M"}},
        "combine": {"use": "vote"},
        "allocator": {"use": "timing"},
        "costs": {"use": "linear", "bps": BPS},
        "schedule": {"decide": "month-end", "trade": "same_close"},
        "execution": {"rounding": "none", "digits": 10},
    }
    return policy_from(values)


def market(held: Policy, prices: Prices) -> Market:
    """The prices as a market in memory."""
    histories = {
        name: History(About(name, name, Kind.TOTAL_RETURN, "generated"), prices.dates, {CLOSE: prices.closes[:, column]})
        for column, name in enumerate(prices.names)
    }
    return assemble(held.universe, histories)


def done() -> Result:
    """All of it, from the prices on."""
    prices = generated()
    held = policy(prices.names)
    return backtest(held, market(held, prices))


def peak_memory() -> float:
    """Peak memory of this process in MiB.

    Linux counts the parent into `ru_maxrss` until the program is loaded; /proc tells this program's own peak.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    final = float(done().wealth[-1])
    sys.stdout.write(json.dumps({"peak_mib": peak_memory(), "final": final}) + "\n")
