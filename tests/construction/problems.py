"""Random problems over all limits together, each with an aim, a book and rules; some cannot be solved, and say so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from tests.construction.reference import book_of
from trimtab.construction.exposure import MinCash, NetExposure
from trimtab.construction.holding import MinHolding
from trimtab.construction.limits import LongOnly, MaxLeverage, MaxTilt, MaxWeight, MinWeight, Of
from trimtab.construction.liquidity import MaxParticipation
from trimtab.construction.restricted import Locked, Restricted
from trimtab.construction.tracking_error import TrackingError
from trimtab.construction.turnover import MaxTurnover
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import Limit
from trimtab.core.rules import Rule, Rules
from trimtab.core.terms import sessions
from trimtab.core.trades import Book, Purchases
from trimtab.core.values import Asset, Dealing


@dataclass(frozen=True)
class Problem:
    """What `admit` and a reacher are asked on one date."""

    aim: Array
    book: Book
    rules: Rules

    @property
    def covariance(self) -> Array:
        found = self.book.covariance
        assert found is not None
        return found


def problem(rng: np.random.Generator) -> Problem:
    """Two to thirty assets. Rules that contradict each other outright are refused when they are made: others are drawn."""
    while True:
        count = int(rng.integers(2, 31))
        universe = tuple(Asset(f"A{i}", asset_class=f"C{rng.integers(0, 4)}") for i in range(count))
        limits = drawn(rng, universe)
        try:
            rules = Rules(tuple(Rule(limit) for limit in limits), count)
        except ParameterError:
            continue
        aim = rng.dirichlet(np.ones(count)) * rng.choice([0.6, 1.0, 1.3]) + rng.normal(0.0, rng.choice([0.0, 0.1]), count)
        return Problem(aim, book(rng, count), rules)


def book(rng: np.random.Generator, count: int) -> Book:
    """Holdings in bounds or out of them, volumes of which some are unknown, purchases, past turnover, a covariance."""
    funded = bool(rng.random() < 0.9)
    held = rng.dirichlet(np.full(count + 1, rng.choice([0.3, 1.0, 5.0])))[:-1] * rng.choice([0.9, 1.0, 1.1], p=[0.3, 0.6, 0.1])
    if not funded:
        held = np.zeros(count) if rng.random() < 0.7 else held
    fills = {"2024-04-30": float(rng.choice([0.0, 0.05, 0.3]))}
    adv = np.where(rng.random(count) < 0.1, np.nan, 10.0 ** rng.uniform(0.0, 3.0, count))
    past = np.array(["2024-05-20", "2024-02-01"], dtype="datetime64[D]")
    units = np.where(rng.random((2, count)) < 0.3, 100.0 * held * rng.uniform(0.0, 1.2, (2, count)), 0.0)
    still = rng.random(count) < 0.2 if rng.random() < 0.1 else None
    return replace(
        book_of(held, fills=fills, funded=funded),
        dealing=Dealing(adv, np.full(count, 0.01)),
        bought=Purchases(past, units),
        covariance=covariance(rng, count),
        still=still,
        money=Decimal(0),
    )


def covariance(rng: np.random.Generator, count: int) -> Array:
    """Factors and, most times, something of each asset's own; singular otherwise."""
    loads = rng.normal(0.0, 0.1, (count, int(rng.integers(1, 4))))
    own = rng.uniform(0.02, 0.3, count) ** 2 if rng.random() < 0.8 else np.zeros(count)
    return np.asarray(loads @ loads.T + np.diag(own))


def drawn(rng: np.random.Generator, universe: tuple[Asset, ...]) -> list[Limit]:
    """Some of all limits, tight or loose."""
    count = len(universe)
    benchmark = tuple(rng.dirichlet(np.ones(count)) * rng.choice([0.95, 1.0]))
    classes = sorted({asset.asset_class for asset in universe})

    def some(most: int = 6) -> tuple[str, ...]:
        names = [asset.id for asset in universe]
        return tuple(str(n) for n in rng.choice(names, min(int(rng.integers(1, most)), count), replace=False))

    group = tuple(dict.fromkeys((str(rng.choice(classes)), *some())))
    every = [
        LongOnly(universe),
        MaxWeight(float(rng.uniform(1.0 / count, 0.6)), universe=universe),
        MaxWeight(float(rng.uniform(0.3, 0.8)), Of.CLASS, universe=universe),
        MaxWeight(float(rng.uniform(0.1, 0.7)), Of.GROUP, group, universe),
        MaxWeight(float(rng.uniform(0.1, 0.7)), Of.GROUP, some(), universe),
        MinWeight(float(rng.uniform(0.0, 0.3)), Of.GROUP, some(), universe),
        MinWeight(float(rng.uniform(0.0, 0.5 / count)), universe=universe),
        MaxTilt(float(rng.uniform(0.02, 0.2)), benchmark=benchmark, universe=universe),
        MaxTilt(float(rng.uniform(0.02, 0.2)), Of.CLASS, benchmark, universe),
        TrackingError(float(rng.choice([0.0, 0.01, 0.03, 0.1])), (), benchmark, universe),
        TrackingError(float(rng.uniform(0.005, 0.03)), group, benchmark, universe),
        MaxLeverage(float(rng.choice([1.0, 1.3])), universe),
        NetExposure(float(rng.choice([0.0, 0.5, 0.9])), float(rng.choice([0.95, 1.0, 1.5])), universe),
        MinCash(float(rng.uniform(0.0, 0.1)), universe),
        MaxTurnover(float(rng.choice([0.05, 0.2])), universe=universe),
        MaxTurnover(float(rng.choice([0.02, 0.1])), universe=universe, only=group),
        MaxParticipation(float(rng.choice([0.1, 0.2])), float(rng.choice([1, 5])), {"A0": 20.0}, universe),
        MinHolding(sessions(30), universe),
        Restricted(some(4), universe),
        Locked(some(4), universe),
    ]
    chosen = rng.random(len(every)) < rng.choice([0.15, 0.3, 0.5])
    return [limit for limit, taken in zip(every, chosen, strict=True) if taken]
