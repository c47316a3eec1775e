"""The work in plain numpy, written to be read: what both sides must arrive at.

At each month-end close an asset above the mean of its last ten month-end closes gets 1/A of the wealth, the others
nothing; the rest is cash, which earns nothing. Costs are paid inside the targets: the value V after trading solves
V = wealth - rate * sum|target * V - held|. Units are fractional, money is not rounded.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmarks.prices import Prices

Array = npt.NDArray[np.float64]

MONTHS = 10


def wealth(prices: Prices, *, rate: float, capital: float) -> Array:
    """Wealth (T,) at each close, in currency; `rate` is the cost of what is traded, one way."""
    targets = signals(prices)
    held, cash = np.zeros(len(prices.names)), capital
    path = np.empty(len(prices.dates))
    for row, close in enumerate(prices.closes):
        if row:
            held = held * (close / prices.closes[row - 1])
        if row in targets:
            before = cash + held.sum()
            after = value_after(targets[row], held, before, rate)
            held, cash = targets[row] * after, after * (1.0 - targets[row].sum())
        path[row] = cash + held.sum()
    return path


def value_after(target: Array, held: Array, before: float, rate: float) -> float:
    """The wealth left when going from `held` (A,) to `target` (A,) has paid for itself."""
    after = before
    for _ in range(100):  # each turn is off by at most `rate` times the one before
        after, last = before - rate * float(np.abs(target * after - held).sum()), after
        if after == last:
            break
    return after


def signals(prices: Prices) -> dict[int, Array]:
    """Target weights (A,) by row, at each month-end that has ten month-ends to look at."""
    month = prices.dates.astype("datetime64[M]")
    ends = np.flatnonzero(np.append(month[1:] != month[:-1], True))
    closes = prices.closes[ends]
    share = 1.0 / len(prices.names)
    return {
        int(ends[k]): np.where(closes[k] > closes[k - MONTHS + 1 : k + 1].mean(axis=0), share, 0.0)
        for k in range(MONTHS - 1, len(ends))
    }
