"""What the tests of leverage share: levers, known worlds, a walk through the memory and the same in plain Python."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.construction.reference import universe
from trimtab.construction.volatility_target import Deleverage, VolatilityTarget
from trimtab.core.arrays import Array
from trimtab.core.values import Forecast, Regime, Scores

NAN = float("nan")
CALM = ("calm", "crisis")


@dataclass(frozen=True, slots=True)
class Given:
    """An allocator that holds the scores."""

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        return np.array(scores.values)


def target_of(target: float = 0.10, most: float = 1.5, **more) -> VolatilityTarget:
    return VolatilityTarget(Given(), target, most, **more)


def known(weights: Array, covariance: Array, crisis: Array | None = None) -> tuple[Scores, Regime, Forecast]:
    chance = np.zeros(len(weights)) if crisis is None else np.asarray(crisis, dtype=float)
    regime = Regime(CALM, np.stack([1.0 - chance, chance], axis=-1))
    return Scores(universe(weights.shape[-1]), weights), regime, Forecast(np.full(weights.shape, NAN), covariance)


def of_volatility(values: list[float], crisis: Array | None = None) -> tuple[Scores, Regime, Forecast]:
    """One asset, wholly held, of so much volatility at each date."""
    volatility = np.array(values, dtype=float)
    return known(np.ones((len(values), 1)), (volatility**2)[:, None, None], crisis)


def walk(lever: VolatilityTarget, rows: Array) -> Array:
    """Rows (D, ..., F) through the memory, one by one."""
    out, state = np.empty_like(rows), lever.start(rows[0])
    for d, row in enumerate(rows):
        state, out[d] = lever.advance(state, row)
    return out


def rows_of(lever: VolatilityTarget, case: tuple[Scores, Regime, Forecast]) -> Array:
    return lever.factors(lever.of(*case), *case[1:])


def factors(lever: VolatilityTarget, case: tuple[Scores, Regime, Forecast]) -> list[float]:
    return [float(k) for k in walk(lever, rows_of(lever, case))[:, 0]]


def plain_walk(lever: VolatilityTarget, rows: Array) -> Array:
    """The same for one element, in plain Python."""
    held, found = None, []
    for wanted, acts, _ in rows.tolist():
        if wanted != wanted:
            found.append(NAN)
            continue
        k = wanted
        if held is not None and lever.step > 0.0:
            k = max(held - lever.step, min(held + lever.step, wanted))
        held = min(k, lever.deleverage.to) if acts else k
        found.append(held)
    return np.array(found)


LEVERS = [
    target_of(),
    target_of(step=0.25),
    target_of(step=0.1, deleverage=Deleverage(above=0.2, to=0.8)),
    target_of(most=2.0, step=0.3, deleverage=Deleverage(above=0.3, states=("crisis",), to=0.0)),
    target_of(deleverage=Deleverage(states=("crisis",))),
]


def random_rows(seed: int, lever: VolatilityTarget, dates: int = 25, stack: int = 3) -> Array:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(stack):
        volatility = np.exp(rng.normal(np.log(0.12), 0.6, dates))
        volatility[rng.random(dates) < 0.15] = NAN
        found.append(rows_of(lever, of_volatility(volatility.tolist(), rng.random(dates))))
    return np.stack(found, axis=1)
