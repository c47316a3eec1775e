"""What the allocators that minimise risk share: which assets are meant, which covariances will do, and the last check.

Weights are at least 0, at most a cap, and sum to 1. An optimum is accepted where no portfolio within these limits lies
below it in the direction of the gradient: for a convex problem that proves it (Frank and Wolfe 1956).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from trimtab.construction.meant import meant
from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import ParameterError
from trimtab.core.values import Asset
from trimtab.numerics.covariance import correlation_of, diagonal
from trimtab.numerics.soundness import Fault, equilibrated, faults

SINGULAR = 1e-12  # the smallest eigenvalue of a correlation matrix of which the least variance is one portfolio alone
_PROVEN = 1e-8  # of the variance: by so much a better portfolio might lie below
_FULL = 1e-12

_WHY = {
    Fault.UNKNOWN: "the covariance is not known",
    Fault.UNVARYING: "one of the assets has not varied",
    Fault.LOPSIDED: "the covariance is not symmetric",
    Fault.INDEFINITE: "the covariance is not positive definite",
}


def chosen(universe: Sequence[Asset], only: Sequence[str], at_most: float, count: int) -> Mask:
    """Which of `count` assets are meant (A,). ParameterError where a name is unknown, or the cap leaves no portfolio."""
    mask = meant(universe, only) if universe else np.ones(count, dtype=bool)
    if only and not universe:
        remedy = "Give universe; a policy file fills it in."
        raise ParameterError("the names in only mean nothing without a universe", field="universe", remedy=remedy)
    number = int(mask.sum())
    if number * at_most < 1.0 - _FULL:
        what = f"{number} assets of at most {100.0 * at_most:g} % each do not make a whole portfolio"
        raise ParameterError(what, field="at_most", remedy=f"Give at least {1.0 / max(number, 1):.4g}, or more assets.")
    return np.asarray(mask)


def date_by_date(covariance: Array, mask: Mask, best: Callable[[Array], Array | None]) -> Array:
    """Weights (D, A) by `best` of the covariances (N, N) of what `mask` means; NaN where one will not do, or none is found."""
    covariances = np.ascontiguousarray(covariance[:, mask][:, :, mask])
    weights = np.full(covariance.shape[:2], np.nan)
    for d in np.flatnonzero(fault_of(covariances) == Fault.NONE):  # each date has an active set of its own
        found = best(covariances[d])
        if found is not None:
            weights[d] = 0.0
            weights[d, mask] = found
    return weights


def fault_of(covariances: Array) -> Array:
    """The first `Fault` (D,) of covariances (D, N, N); nearly singular ones count as not positive definite."""
    if not len(covariances):
        return np.zeros(0, dtype=int)
    found = faults(equilibrated(covariances)[0])
    sound = found == Fault.NONE
    if sound.any():
        least = np.linalg.eigvalsh(correlation_of(np.ascontiguousarray(covariances[sound])))[:, 0]
        found[np.flatnonzero(sound)[~(least > SINGULAR)]] = Fault.INDEFINITE
    return found


def reason(covariance: Array) -> str:
    """Why a covariance (N, N) will not do, in words; empty where it will."""
    fault = Fault(int(fault_of(covariance[None])[0]))
    return _WHY.get(fault, "")


def parts(covariance: Array) -> tuple[Array, Array]:
    """Deviations (N,) and correlations (N, N) of one covariance."""
    return np.sqrt(diagonal(covariance)), np.ascontiguousarray(correlation_of(covariance[None])[0])


def proven(slopes: Array, weights: Array, at_most: float, scale: float) -> bool:
    """Whether no portfolio under the cap lies lower than weights (N,) along slopes (N,), by more than rounding of `scale`."""
    order = np.argsort(slopes, kind="stable")
    before = at_most * np.arange(len(slopes))
    lowest = float(slopes[order] @ np.clip(1.0 - before, 0.0, at_most))
    return float(slopes @ weights) - lowest <= _PROVEN * scale
