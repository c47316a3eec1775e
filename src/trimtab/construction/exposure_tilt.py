"""Exposure tilt: a stated active exposure to a factor, with the least tracking error (METHODS 3.1).

The scores are exposures: betas of each asset or sleeve on a factor, by rolling regression (`factor_exposure` with `show:
beta`). Among all active weights with sum 0 that bring b'a to the target, the one with the smallest a'Sa is taken
(Grinold and Kahn 2000, "Active Portfolio Management", the characteristic portfolio); long-only bounds are met exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trimtab.construction.active import require_benchmark, risk, room, told
from trimtab.core.arrays import Array, require_shape
from trimtab.core.errors import ParameterError
from trimtab.core.terms import Fraction, check_ranges
from trimtab.core.values import Asset, Forecast, Regime, Scores, Today
from trimtab.numerics.least_risk import Bounds, least_risk

SHORT = 1e-6  # of the target: what is missing by less has been reached


@dataclass(frozen=True, slots=True)
class ExposureTilt:
    """Benchmark weight plus the active weights of least risk whose exposure is `target`. Shape (D, A).

    `target` is in the unit of the scores: 0.1 lifts the portfolio's beta on the factor 0.1 above the benchmark's. No
    weight falls below 0 or moves by more than `tilt`, and `tracking_error` (per year; 0 for none) is never exceeded: a
    target that cannot be reached so is approached as far as possible, and the sentence says so. Assets without a finite
    exposure keep their benchmark weight.

    NaN in all weights of a date on which a covariance of an asset with an exposure is unknown, or they are not positive
    definite. The benchmark where all exposures are the same.
    """

    target: float = 0.10
    tracking_error: Fraction = 0.0
    tilt: Fraction = 1.0
    benchmark: tuple[float, ...] = ()
    universe: tuple[Asset, ...] = ()
    reads_covariance: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_ranges(self)
        require_benchmark(self.benchmark, self.universe)
        if not np.isfinite(self.target):
            remedy = "Give the active exposure in the unit of the scores, such as 0.1."
            raise ParameterError(f"target is {self.target}", field="target", remedy=remedy)

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A)."""
        benchmark = np.array(self.benchmark, dtype=float)
        require_shape("the benchmark of an exposure tilt", benchmark, scores.values.shape[-1:])
        return benchmark + self._active(scores.values, forecast.covariance)

    @property
    def words(self) -> str:
        """Where the weights come from."""
        budget = f", within a tracking error of {100.0 * self.tracking_error:g} % a year" if self.tracking_error else ""
        most = f", each by up to {100.0 * self.tilt:g} %" if self.tilt < 1.0 else ""
        return (
            f"the benchmark, tilted to an active exposure of {self.target:+g} in the scores "
            f"with the least tracking error, long only{most}{budget}"
        )

    def sentence(self, today: Today, asset: int) -> str:
        """The tilt, the exposure, and how far the whole came."""
        exposures, covariance = today.scores.values, today.forecast.covariance
        benchmark = float(self.benchmark[asset])
        if not np.isfinite(exposures[asset]):
            return f"{told(benchmark, 0.0)}: its exposure is unknown"
        active = self._active(exposures[None], covariance[None])
        if np.isnan(active).any():
            return "unknown: the covariances of the assets with an exposure are, or are not positive definite"
        reached = float((np.where(np.isfinite(exposures), exposures, 0.0) * active[0]).sum())
        off = float(risk(active, covariance[None])[0])
        return f"{told(benchmark, active[0, asset])} at an exposure of {exposures[asset]:+.2f}; {self._far(reached, off)}"

    def _active(self, exposures: Array, covariance: Array) -> Array:
        """(D, A)."""
        low, high = room(np.array(self.benchmark, dtype=float), self.tilt)
        return least_risk(exposures, covariance, self.target, Bounds(low, high, self.tracking_error or np.inf))

    def _far(self, reached: float, off: float) -> str:
        """How far the active exposure came, and why no farther."""
        whole, taken = f"active exposure {reached:+.3g}", f"{100.0 * off:.1f} % a year"
        if abs(self.target) - abs(reached) <= SHORT * abs(self.target):
            return f"{whole} with the least tracking error, {taken}"
        short = f"{whole} of the {self.target:+g} wanted"
        if self.tracking_error > 0.0 and off >= self.tracking_error * (1.0 - SHORT):
            return f"{short}: the most at a tracking error of {taken}"
        bounds = "long-only weights" if self.tilt >= 1.0 else f"long-only weights and tilts of {100.0 * self.tilt:g} %"
        return f"{short}: the most that {bounds} allow, tracking error {taken}"
