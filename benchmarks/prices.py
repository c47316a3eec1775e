"""Generated daily closes for the benchmarks: 12 assets over 25 years, the same for every side, seeded.

Trending geometric Brownian motion with two regimes (a long calm and a short stress, Markov), shocks from three shared
factors and one of each asset's own, Student t with 5 degrees of freedom. NOT market data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FIRST, LAST = "1999-01-04", "2023-12-29"
SEED = 19990104

# Per asset: yearly drift in calm, yearly volatility in calm, and how much of both the stress regime reverses or scales.
ASSETS = {
    "LARGE": (0.10, 0.14, 1.0),
    "SMALL": (0.11, 0.19, 1.0),
    "ABROAD": (0.09, 0.16, 1.0),
    "EMERGING": (0.11, 0.21, 1.0),
    "PROPERTY": (0.09, 0.18, 0.9),
    "RAW": (0.06, 0.20, 0.8),
    "CREDIT": (0.06, 0.08, 0.6),
    "LINKERS": (0.04, 0.06, 0.2),
    "LONG": (0.05, 0.11, -0.2),
    "MEDIUM": (0.04, 0.06, -0.1),
    "SHORT": (0.03, 0.02, 0.0),
    "METAL": (0.05, 0.15, 0.1),
}
LEAVE_CALM, LEAVE_STRESS = 1 / 800, 1 / 180  # a day
STRESS_DRIFT, STRESS_VOLATILITY = -0.30, 2.0  # a year, for an asset of exposure 1; times the calm volatility


@dataclass(frozen=True, slots=True)
class Prices:
    """Dates (T,) and closes (T, A) of the named assets."""

    dates: npt.NDArray[np.datetime64]
    names: tuple[str, ...]
    closes: npt.NDArray[np.float64]


def generated(seed: int = SEED) -> Prices:
    """The benchmark's prices: every weekday from FIRST to LAST, each asset starting near 100."""
    random = np.random.default_rng(seed)
    dates = weekdays()
    drift, volatility, exposure = (np.array(column) for column in zip(*ASSETS.values(), strict=True))
    stress = regime(random.random(len(dates)))[:, None]
    yearly = np.where(stress, drift + exposure * (STRESS_DRIFT - drift), drift)
    scale = volatility * np.where(stress, 1.0 + np.abs(exposure) * (STRESS_VOLATILITY - 1.0), 1.0)
    shocks = shared(random, len(dates), exposure)
    steps = (yearly - 0.5 * scale**2) / 252.0 + scale / np.sqrt(252.0) * shocks
    return Prices(dates, tuple(ASSETS), 100.0 * np.exp(np.cumsum(steps, axis=0)))


def weekdays() -> npt.NDArray[np.datetime64]:
    """Monday to Friday, both ends included."""
    days = np.arange(np.datetime64(FIRST), np.datetime64(LAST) + 1)
    return days[np.is_busday(days)]


def regime(chance: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Whether each day (T,) lies in stress, of uniform draws (T,)."""
    stressed, state = np.zeros(len(chance), dtype=bool), False
    for day, drawn in enumerate(chance.tolist()):  # each state depends on the one before
        state = drawn >= LEAVE_STRESS if state else drawn < LEAVE_CALM
        stressed[day] = state
    return stressed


def shared(random: np.random.Generator, days: int, exposure: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Shocks (T, A) of unit variance: a common factor by `exposure`, two others, and the asset's own."""
    count = len(exposure)
    loadings = np.column_stack([0.8 * exposure, random.uniform(-0.4, 0.4, (count, 2)), np.full(count, 0.5)])
    loadings /= np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    draws = random.standard_t(5, (days, 3 + count)) / np.sqrt(5.0 / 3.0)
    return draws[:, :3] @ loadings[:, :3].T + draws[:, 3:] * loadings[:, 3]
