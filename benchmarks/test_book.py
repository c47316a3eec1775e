"""The book of record: fills booked in memory, a book of many lots asked before a rebalance, a backtest with taxes."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks import book_work, work
from benchmarks.conftest import Table
from benchmarks.prices import Prices
from benchmarks.stopwatch import seconds
from trimtab.core.money import exact
from trimtab.core.taxes import LotMethod
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from

FILLS, ASSETS, LOTS = 100_000, 50, 10_000
TIMES = 3.0  # a backtest with taxes over one without, at most
TAX = {"use": "us_federal", "short": 0.408, "long": 0.238, "ordinary": 0.408, "qualified": 0.238}


@pytest.mark.usefixtures("pinned")
@pytest.mark.parametrize("method", [LotMethod.FIFO, LotMethod.HIFO], ids=lambda method: method.value)
def test_a_hundred_thousand_fills(method: LotMethod, table: Table):
    made = book_work.fills(FILLS, ASSETS, 6)
    with exact():
        taken = seconds(lambda: book_work.booked(made, ASSETS, method), 3, warm=False)
    table.add(f"100,000 fills booked with lots, {method.value}, CPU seconds", f"{taken:.2f}", "2")
    assert taken < 2.0


@pytest.mark.usefixtures("pinned")
def test_ten_thousand_lots(table: Table, tmp_path: Path):
    with exact():
        ledger = book_work.of_lots(LOTS, 12, 7)
        taken = seconds(lambda: book_work.rebalance(ledger, 12), 5)
        address = book_work.stored(tmp_path, ledger, 12)
        read = seconds(lambda: book_work.read_back(address, 12), 5)
        assert book_work.rebalance(book_work.read_back(address, 12), 12) == book_work.rebalance(ledger, 12)
    table.add("the same book opened from disk, read and folded before that, CPU seconds", f"{read:.3f}")
    table.add("10,000 lots: lots, gains, least-tax selection for 12 sales, CPU seconds", f"{taken:.3f}", "0.2")
    assert taken < 0.2


@pytest.mark.usefixtures("pinned")
def test_a_backtest_with_taxes(prices: Prices, table: Table):
    plain = work.policy(prices.names)
    market = work.market(plain, prices)
    without = seconds(lambda: backtest(plain, market), 7)
    for method in ("fifo", "hifo", "min_tax"):
        values: dict[str, Any] = json.loads(plain.identity.source)
        values |= {"tax": TAX, "execution": {**values["execution"], "lots": method}}
        ratio = seconds(partial(backtest, policy_from(values), market), 7) / without
        table.add(f"exact backtest with taxes over without, lots by {method}", f"{ratio:.2f}", f"at most {TIMES:g}")
        assert ratio <= TIMES
