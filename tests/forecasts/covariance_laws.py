"""What the laws ask of a forecaster of covariances, and rows without and with everything that can go wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.signals.array_view import ArrayView, panel, random_panel
from trimtab.core.arrays import Array
from trimtab.core.values import Forecast, Regime, Scores


def asked(forecaster: Any, view: Any) -> Forecast:
    """The forecast; covariances look at neither scores nor a regime."""
    nothing = np.full((len(view.days), len(view.assets)), np.nan)
    return forecaster(view, Scores(view.assets, nothing), Regime(("all",), np.ones((len(view.days), 1))))  # type: ignore[no-any-return]


def covariances(forecaster: Any) -> Callable[[Any], Array]:
    """A view in, (D, A, A) out, with what was repaired, if anything can be, in one more row."""

    def ask(view: Any) -> Array:
        found = asked(forecaster, view)
        if found.repaired is None:
            return found.covariance
        more = np.broadcast_to(found.repaired[:, None, None], (*found.covariance.shape[:1], 1, found.covariance.shape[2]))
        return np.concatenate([found.covariance, more], axis=1)

    return ask


def views(seed: int, rows: int, layout: str, *, gaps: bool = False, spread: int = 12) -> ArrayView:
    """A daily panel of one to six correlated assets, decisions at even steps, long enough for `rows`."""
    rng = np.random.default_rng(seed)
    count, assets = rows + 30, int(rng.integers(1, 7))
    made = random_panel(seed, count, assets, daily=True, gaps=0.03 if gaps else float(rng.choice([0.0, 0.01])))
    step = max(1, count // spread)
    return dataclasses.replace(made.at(*range(int(rng.integers(step)), count, step)), layout=layout)


def awkward(seed: int, rows: int) -> ArrayView:
    """Six assets at the last three rows: sound, sound, constant, growing evenly, with a gap, never known."""
    view = random_panel(seed, rows + 10, 6, daily=True)
    values = np.array(next(iter(view.fields.values())))
    values[:, 2] = 50.0
    values[:, 3] = 1.0001 ** np.arange(len(values))
    values[-5, 4] = np.nan
    values[:, 5] = np.nan
    made = panel(values, daily=True)
    return made.at(*range(len(values) - 3, len(values)))
