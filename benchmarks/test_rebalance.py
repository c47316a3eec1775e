"""Orders: five hundred accounts of twelve assets, each with lots of its own, read, decided, judged and proposed."""

from __future__ import annotations

import json
import shutil
from itertools import count
from pathlib import Path

import pytest

from benchmarks import rebalance_work, work
from benchmarks.conftest import Table
from benchmarks.prices import Prices
from benchmarks.stopwatch import seconds
from trimtab.desk.load import policy_from

ACCOUNTS = 500
BOUND = 5.0  # CPU seconds


@pytest.mark.usefixtures("pinned")
def test_a_rebalance_of_five_hundred_accounts(prices: Prices, table: Table, tmp_path: Path):
    policy = policy_from(rebalance_work.policy_values(json.loads(work.policy(prices.names).identity.source)))
    market = work.market(policy, prices)
    address = rebalance_work.stored(tmp_path, prices.names, ACCOUNTS, 9)
    when, copies = market.sessions[-1].astype("datetime64[s]"), count()

    def once() -> int:
        fresh = shutil.copy(address, tmp_path / f"{next(copies)}.db")  # a proposal that stands would be answered at once
        made = rebalance_work.rebalanced(str(fresh), policy, market, when)
        assert len(made) == ACCOUNTS
        return sum(len(one.orders) for one in made)

    assert once() > 10 * ACCOUNTS
    taken = seconds(once, 3)
    table.add(
        f"{ACCOUNTS} accounts x {len(prices.names)} assets rebalanced and proposed, CPU seconds", f"{taken:.2f}", f"{BOUND:g}"
    )
    assert taken < BOUND
