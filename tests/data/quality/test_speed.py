"""500 assets over 25 years are inspected in seconds."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest

from tests.data.quality.making import changing, named, weekdays
from trimtab.core.terms import CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME
from trimtab.data.history import History
from trimtab.data.quality.inspection import inspect


def universe(assets: int, days: int) -> list[History]:
    rng = np.random.default_rng(0)
    dates, market = weekdays(days, "1999-01-04"), 0.006 * rng.standard_t(4, days)
    made = []
    for asset in range(assets):
        close = 50.0 * np.exp(np.cumsum(market + 0.009 * rng.standard_t(4, days)))
        first = close * np.exp(0.003 * rng.standard_normal(days))
        cash = np.zeros(days)
        cash[20 + asset % 40 :: 63] = 0.004 * close[19 + asset % 40 : -1 : 63]
        fields = {OPEN: first, HIGH: np.maximum(first, close) * 1.004, LOW: np.minimum(first, close) * 0.996, CLOSE: close}
        fields |= {VOLUME: np.full(days, 1e6), DIVIDEND: cash, SPLIT: np.full(days, np.nan)}
        made.append(named(f"S{asset}", dates, fields))
    return made


@pytest.mark.soak
def test_500_assets_of_25_years_take_seconds() -> None:
    histories = universe(500, 6300)
    start = perf_counter()
    said = inspect(histories)
    assert perf_counter() - start < 30.0  # measured: 4 s on one of two shared cores
    assert not changing(said)


def test_20_assets_of_25_years() -> None:
    assert not changing(inspect(universe(20, 6300)))
