"""A forecaster of means holds one of covariances within: what it reads, what it is called, and what its matrices can bear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import ParameterError
from trimtab.core.roles import Forecaster, View
from trimtab.core.terms import Reads
from trimtab.core.values import Forecast, Regime, Scores
from trimtab.numerics.covariance import correlation_of

SINGULAR = 1e-10  # a correlation matrix with a smaller eigenvalue cannot be told from a singular one


class Within:
    """What forecasters of means share: `covariance`, its words and needs. There is nothing to implement."""

    __slots__ = ()

    covariance: Forecaster

    @property
    def members(self) -> tuple[Forecaster, ...]:
        """The forecaster of the covariance."""
        return (self.covariance,)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that the covariance reads, and the one whose returns are taken off."""
        names = (*getattr(self.covariance, "needs", ()), getattr(self, "excess_of", ""))
        return tuple(name for name in names if name)

    @property
    def reads(self) -> dict[str, Reads]:
        """What the series are taken for."""
        name = getattr(self, "excess_of", "")
        return {name: Reads.INDEX} if name else {}

    @property
    def covariance_words(self) -> str:
        """The covariance in words."""
        return f"covariance: {getattr(self.covariance, 'words', type(self.covariance).__name__)}"


def asked_alone(forecaster: Forecaster, view: View) -> Forecast:
    """What a forecaster says without scores or a regime, for its sentence."""
    unknown = np.full((len(view.days), len(view.assets)), np.nan)
    return forecaster(view, Scores(view.assets, unknown), Regime(("all",), np.ones((len(view.days), 1))))


def percent(value: float) -> str:
    """A signed percentage of a fraction."""
    return f"{100.0 * value:+.1f} %"


def weights_of(benchmark: Sequence[float], view: View) -> Array:
    """Benchmark weights (A,). Raises ParameterError where there is not one for each asset."""
    if len(benchmark) != len(view.assets):
        what = f"benchmark has {len(benchmark)} weights for {len(view.assets)} assets"
        raise ParameterError(what, field="benchmark", remedy="A policy hands its own in; in Python give one for each asset.")
    return np.array(benchmark, dtype=float)


def varying(covariance: Array) -> Mask:
    """(..., A) whether an asset's variance is known and above 0."""
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    return np.asarray(np.isfinite(variance) & (variance > 0.0))


def filled(covariance: Array, known: Mask) -> Array:
    """The covariance (..., A, A) with each asset that is not `known` (..., A) as one of variance 1 that nothing moves with.

    Solved against 0 for those, it gives the answer of the known assets alone.
    """
    both = known[..., :, None] & known[..., None, :]
    return np.where(both, covariance, np.eye(known.shape[-1]))


def regular(covariance: Array) -> Mask:
    """(...) whether a covariance (..., A, A) is known throughout and positive definite, whatever the units of its assets."""
    correlation = correlation_of(covariance)
    known = np.asarray(np.isfinite(correlation).all(axis=(-2, -1)))
    safe = np.where(known[..., None, None], correlation, np.eye(covariance.shape[-1]))
    return np.asarray(known & (np.linalg.eigvalsh(safe)[..., 0] > SINGULAR))
