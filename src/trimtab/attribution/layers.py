"""From the benchmark to what was held, one portfolio at a time: what each step of the way brought (METHODS 7.4).

A layer is a portfolio at the beginning of each of N periods, held through it. The first is the benchmark; each next one has
one more thing in it: a signal, the regime, the limits. What a step brought in a period is its change of weights times what
each asset made beyond the benchmark, the allocation effect of Brinson and Fachler (1985), so that steps add up to the
difference of the last portfolio from the benchmark to the last digit, and a tilt into what did as well as the benchmark
brought nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, frozen, require_shape


@dataclass(frozen=True, slots=True, eq=False)
class Periods:
    """What A assets and cash made in N periods: `growth` (N, A) and `cash` (N,), simple returns; the `benchmark` weights.

    These are (A,) where they are the same at the beginning of each period, else (N, A). Weights leave cash what they leave
    of 1. Cash stands last wherever it has a column.
    """

    growth: Array
    cash: Array
    benchmark: Array

    def __post_init__(self) -> None:
        require_shape("cash of periods", self.cash, self.growth.shape[:1])
        one = self.benchmark.ndim < self.growth.ndim
        require_shape("benchmark of periods", self.benchmark, self.growth.shape[1:] if one else self.growth.shape)
        for name in ("growth", "cash", "benchmark"):
            object.__setattr__(self, name, frozen(np.array(getattr(self, name), dtype=float)))

    @property
    def all_growth(self) -> Array:
        """(N, A + 1) returns of the assets and of cash."""
        return np.concatenate([self.growth, self.cash[:, None]], axis=1)

    @property
    def benchmark_returns(self) -> Array:
        """(N,) of the benchmark, at its weights at the beginning of each period without cost."""
        return np.asarray((whole(self.benchmark) * self.all_growth).sum(axis=-1))

    @property
    def beyond(self) -> Array:
        """(N, A + 1) what each asset, and cash, made beyond the benchmark."""
        return self.all_growth - self.benchmark_returns[:, None]


def whole(weights: Array) -> Array:
    """Weights (..., A) with cash behind them (..., A + 1): what they leave of 1."""
    return np.concatenate([weights, 1.0 - weights.sum(axis=-1, keepdims=True)], axis=-1)


def drifted(weights: Array, growth: Array, cash: Array) -> Array:
    """Portfolios (..., N, A) after assets have made `growth` (N, A) and cash `cash` (N,), nothing traded.

    What lost everything has no weights any more: it stands as it stood.
    """
    after = weights * (1.0 + growth)
    worth = after.sum(axis=-1) + (1.0 - weights.sum(axis=-1)) * (1.0 + cash)
    lives = (worth > 0.0)[..., None]
    return np.asarray(np.where(lives, after / np.where(lives, worth[..., None], 1.0), weights))


def moved(before: Array, after: Array, periods: Periods) -> Array:
    """(..., N, A + 1) what going from the portfolios `before` to `after`, each (..., N, A), brought in each period."""
    return (whole(after) - whole(before)) * periods.beyond


def returns_of(weights: Array, periods: Periods) -> Array:
    """(..., N) returns of portfolios (..., N, A) held through each period."""
    return np.asarray((whole(weights) * periods.all_growth).sum(axis=-1))


@dataclass(frozen=True, slots=True, eq=False)
class Waits:
    """What happened between each decision and its fill: `growth` and `price` (N, A), `cash` (N,), simple returns.

    `growth` has dividends in, `price` is what a unit cost more at the fill than at the decision. What was `held` (N, A)
    waited until then; where nothing was `filled` (N,) nothing waited either.
    """

    held: Array
    growth: Array
    price: Array
    cash: Array
    filled: Array


def waited(target: Array, waits: Waits, periods: Periods) -> Array:
    """(N, A + 1) what waiting for the fills brought: units for the target, bought and sold at what they cost by then.

    Against the target (N, A) held from the decision on; above zero where buys had become cheaper, or sales dearer.
    """
    way = np.where(waits.filled[:, None], target - waits.held, 0.0)
    paid = way * (1.0 + waits.price)
    left = np.where(waits.growth > -1.0, 1.0 + waits.growth, np.inf)  # what is lost by then makes nothing after it
    assets = paid * ((1.0 + periods.growth) / left - np.where(np.isinf(left), 0.0, 1.0)) - way * periods.growth
    later = (1.0 + periods.cash) / (1.0 + waits.cash) - 1.0
    cash = way.sum(axis=1) * periods.cash - paid.sum(axis=1) * later
    return np.concatenate([assets, cash[:, None]], axis=1)
