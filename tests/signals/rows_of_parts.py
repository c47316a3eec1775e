"""Parts made from plain arrays, and combiners run over them as the desk does."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.signals.laws import walked
from trimtab.core.arrays import Array
from trimtab.core.values import Asset, Parts, Regime


def parts_of(values: Array) -> Parts:
    """Parts (K, ..., A) with the signals s0, s1, ... and the assets A0, A1, ..."""
    assets = tuple(Asset(f"A{a}") for a in range(values.shape[-1]))
    return Parts(assets, tuple(f"s{k}" for k in range(len(values))), values)


def regime(days: int) -> Regime:
    """One state on each of `days` dates."""
    return Regime(("all",), np.ones((days, 1)))


def weather(seed: int, days: int) -> Regime:
    """Two states, calm and stressed, with probabilities that change from date to date, and some dates unknown."""
    stressed = np.array([np.random.default_rng([seed, d]).choice([0.0, 1.0, 0.3, np.nan]) for d in range(days)])
    return Regime(("calm", "stressed"), np.stack([1.0 - stressed, stressed], axis=-1).reshape(days, 2))


def combined(combiner: Any, values: Array, states: Regime | None = None) -> Array:
    """Scores (D, ..., A) of parts (K, D, ..., A), walked as the desk does: parts first, then the answer."""
    rows = np.moveaxis(values, 1, 0)
    if combiner.prepares is not None:
        rows = walked(combiner.prepares, rows)
    scores = combiner(parts_of(np.moveaxis(rows, 0, 1)), regime(values.shape[1]) if states is None else states).values
    return walked(combiner, scores)


def random_parts(seed: int, shape: tuple[int, ...]) -> Array:
    """Sides (odd seeds) or numbers (even ones), with gaps."""
    rng = np.random.default_rng(seed)
    values = rng.choice([1.0, -1.0, 0.0, np.nan], shape) if seed % 2 else rng.standard_normal(shape)
    return np.where(rng.random(shape) < 0.15, np.nan, values)
