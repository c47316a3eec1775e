"""What the tests of convex programmes share: random covariances and regions, forecasts, costs, and cvxpy's answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import cvxpy as cp
import numpy as np

from tests.construction.reference import aims_of
from trimtab.core.arrays import Array
from trimtab.core.region import Group, Region, RiskBound
from trimtab.core.trades import Power
from trimtab.core.values import Dealing, Forecast, Today


def covariance_of(rng: np.random.Generator, count: int, *, spread: float = 0.5) -> Array:
    """A covariance (A, A) per year whose volatilities lie up to `spread` powers of ten below about 30 %."""
    rows = rng.normal(size=(3 * count + 3, count)) + rng.normal(size=(3 * count + 3, 1))
    rows *= 0.2 * 10.0 ** rng.uniform(-spread, 0.0, count)
    return np.asarray(rows.T @ rows / len(rows))


def region_of(rng: np.random.Generator, count: int) -> Region:
    """Long only, some caps, groups that may overlap, with or without cash."""
    high = np.where(rng.random(count) < 0.5, rng.uniform(0.2, 0.8, count), np.inf)
    groups = tuple(Group(rng.random(count) < 0.5, -np.inf, float(rng.uniform(0.3, 0.9))) for _ in range(rng.integers(0, 4)))
    return Region(np.zeros(count), high, 0.0, float(rng.choice([0.0, 0.3, np.inf])), groups)


def kept(weights: Any, region: Region, bounds: Sequence[RiskBound] = (), covariance: Array | None = None) -> list[Any]:
    """The limits as cvxpy says them, from the words of the region."""
    cash = 1.0 - cp.sum(weights)
    found = [weights[i] >= low for i, low in enumerate(region.low) if low > -np.inf]
    found += [weights[i] <= high for i, high in enumerate(region.high) if high < np.inf]
    found += [cash >= region.low_cash] if region.low_cash > -np.inf else []
    found += [cash <= region.high_cash] if region.high_cash < np.inf else []
    for group in region.groups:
        total = cp.sum(weights[np.flatnonzero(group.members)]) if group.members.any() else 0.0 * weights[0]
        found += [total <= group.cap] if group.cap < np.inf else []
        found += [total >= group.floor] if group.floor > -np.inf else []
    for bound in bounds:
        assert covariance is not None
        active = cp.multiply(bound.members.astype(float), weights - bound.centre)
        values, vectors = np.linalg.eigh(covariance)
        found.append(cp.norm(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T @ active) <= bound.most)
    return found


def today_of(mean: Array, covariance: Array) -> Today:
    """One date with a forecast (A,), (A, A)."""
    aims = aims_of(np.full((1, len(mean)), 1.0 / len(mean)))
    return replace(aims, forecast=Forecast(mean[None], covariance[None])).row(0)


@dataclass(frozen=True, slots=True)
class Charges:
    """A cost model with the convex voice alone."""

    powers: tuple[Power, ...] = ()

    def charge(self, notional: Array, dealing: Dealing | None = None) -> Array:
        raise NotImplementedError

    def ticket(self, notional: Decimal, asset: int = 0, dealing: Dealing | None = None) -> Decimal:
        raise NotImplementedError

    def curve(self, count: int, dealing: Dealing | None = None) -> tuple[Power, ...]:
        return self.powers
