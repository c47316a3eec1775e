"""Active weights around a benchmark: how far they may go, what risk they take, and how they are told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.values import Asset

DUST = 1e-12  # weights closer than this are the same


def require_benchmark(benchmark: Sequence[float], universe: Sequence[Asset]) -> None:
    """Raise ParameterError where there is not one weight for each asset."""
    if universe and benchmark and len(universe) != len(benchmark):
        what = f"the benchmark has {len(benchmark)} weights for {len(universe)} assets"
        raise ParameterError(what, field="benchmark", remedy="Give one weight for each asset of the universe.")


def room(benchmark: Array, tilt: float) -> tuple[Array, Array]:
    """Least and most active weight (A,): at most `tilt` away, never below 0, nor lower where the benchmark is below it."""
    return np.maximum(-tilt, np.minimum(-benchmark, 0.0)) + 0.0, np.full(len(benchmark), float(tilt))


def risk(active: Array, covariance: Array) -> Array:
    """Tracking error (D,) per year of active weights (D, A): sqrt(a'Sa); what is not active needs no covariance.

    NaN where a covariance is needed and unknown, or where it takes the active weights for riskless.
    """
    moved = active != 0.0
    needed = moved[:, :, None] & moved[:, None, :]
    own = np.ascontiguousarray(np.where(needed, covariance, 0.0))
    row = np.ascontiguousarray(active)[:, None, :]
    variance = (row @ own @ np.ascontiguousarray(active)[:, :, None])[:, 0, 0]
    size = (row * row).sum(-1)[:, 0] * np.abs(np.diagonal(own, axis1=-2, axis2=-1)).max(-1, initial=0.0)
    known = np.isfinite(variance) & (variance > DUST * size)
    found = np.sqrt(np.where(known, variance, 0.0))
    return np.where(known | ~moved.any(-1), found, np.nan)


def told(benchmark: float, active: float) -> str:
    """A weight as the benchmark's and what is added to it."""
    if abs(active) <= DUST:
        return f"{100.0 * benchmark:.1f} %, as in the benchmark"
    return f"{100.0 * (benchmark + active):.1f} %: {100.0 * benchmark:.1f} % in the benchmark, {100.0 * active:+.1f} %"
