"""Least squares with standard errors that allow for unequal variances and for residuals correlated in time.

Coefficients are those of ordinary (or weighted) least squares with an intercept. Their covariance is that of Newey and West
(1987, "A simple, positive semi-definite, heteroskedasticity and autocorrelation consistent covariance matrix"): Bartlett
weights 1 - l / (L + 1) on the products of scores l periods apart. The default L is floor(4 (T / 100)^(2/9)) (Newey and West
1994). p is two-sided and normal, which is right for many observations; it is what statsmodels states for `cov_type="HAC"`.

The work is done in an orthonormal basis of the regressors, where the covariance is the sum of products itself: no product of
regressors is inverted, so that correlated ones lose no digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.errors import ParameterError
from trimtab.numerics.normal import normal_cdf
from trimtab.numerics.regression import COLLINEAR, TIE


class Unfit(IntEnum):
    """Why a regression has no answer. EXACT has coefficients, but its errors are 0 and t and p are NaN."""

    FINE = 0
    UNKNOWN = 1
    SHORT = 2
    FLAT = 3
    COLLINEAR = 4
    EXACT = 5

    @property
    def says(self) -> str:
        """The reason in words; empty where there is an answer."""
        return _WORDS[self]


_WORDS = {
    Unfit.FINE: "",
    Unfit.UNKNOWN: "some numbers are unknown",
    Unfit.SHORT: "there are too few observations for so many regressors",
    Unfit.FLAT: "the numbers to explain do not vary",
    Unfit.COLLINEAR: "a regressor does not vary, or follows from the others",
    Unfit.EXACT: "the regressors explain everything: there is no error to measure",
}


@dataclass(frozen=True, slots=True, eq=False)
class HacFit:
    """A regression with Newey-West errors, over any leading axes.

    `coefficients`, `errors`, `t` and `p` are (..., 1 + K), the intercept's first; `share` (R squared) and `spread` (standard
    deviation of the residuals, T - K - 1 degrees of freedom) are (...); `residuals` (..., T). `fault` (...) holds an `Unfit`.
    """

    coefficients: Array
    errors: Array
    t: Array
    p: Array
    share: Array
    spread: Array
    residuals: Array
    fault: Index
    lag: int

    @property
    def intercept(self) -> Array:
        """(...)."""
        return np.asarray(self.coefficients[..., 0])

    @property
    def slopes(self) -> Array:
        """(..., K)."""
        return np.asarray(self.coefficients[..., 1:])


def default_lag(count: int) -> int:
    """floor(4 (count / 100)^(2/9)): 4 for 100 observations, 5 for 300, 10 for 6300."""
    return int(4.0 * (count / 100.0) ** (2.0 / 9.0) + TIE)


def newey_west(y: Array, x: Array, *, lag: int | None = None, corrected: bool = False, weights: Array | None = None) -> HacFit:
    """Regress y (..., T) on x (..., T, K) and an intercept; K may be 0, which leaves the mean and its error.

    `lag` 0 gives the errors of White (1980). `corrected` multiplies the covariance by T / (T - K - 1), which statsmodels calls
    `use_correction` in `cov_kwds`. `weights` (..., T), at least 0, count observations more or less (weighted least squares).
    NaN with a reason in `fault`. Raises ParameterError where lengths differ, or for a negative lag or weight.
    """
    y, x, mass = _aligned(y, x, weights)
    count, k = x.shape[-2:]
    lag = default_lag(count) if lag is None else lag
    if lag < 0:
        raise ParameterError(f"a lag of {lag} is negative", field="lag", remedy="Give 0 or more periods.")
    free = (mass > 0.0).sum(-1) - k - 1
    known = np.asarray(np.isfinite(y).all(-1) & np.isfinite(x).all((-2, -1)) & np.isfinite(mass).all(-1))
    if count < k + 2:
        return _without(y.shape[:-1], count, k, np.where(known, Unfit.SHORT, Unfit.UNKNOWN).astype(np.intp), lag)
    usable = known & (free >= 1)
    basis, fault = _basis(x, np.where(usable[..., None], mass, 1.0), usable)
    y, x = np.where(usable[..., None], y, 0.0), np.where(usable[..., None, None], x, 0.0)
    fault = np.where(_still(y, basis.root) & (fault == Unfit.FINE), Unfit.FLAT, fault)
    fault = np.where(usable, fault, np.where(known, Unfit.SHORT, Unfit.UNKNOWN))
    return _fitted(y, x, basis, fault, (lag, free, corrected))


def long_run_variance(deviations: Array, lag: int) -> Array:
    """(...) variance of a sum over its length, of values (..., T) about 0, with Bartlett weights up to `lag`."""
    count = deviations.shape[-1]
    return np.asarray(_meat(deviations[..., None], lag)[..., 0, 0] / count) if count else np.full(deviations.shape[:-1], np.nan)


class _Basis(NamedTuple):
    """Orthonormal columns (..., T, 1 + K), roots of weights (..., T), and what leads from its coefficients to the user's."""

    columns: Array
    root: Array
    back: Array


def _aligned(y: Array, x: Array, weights: Array | None) -> tuple[Array, Array, Array]:
    """y, x and weights on the same leading axes; the weights sum to their number."""
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    mass = np.ones(y.shape[-1:]) if weights is None else np.asarray(weights, dtype=float)
    if x.ndim < 2 or not y.shape[-1] == x.shape[-2] == mass.shape[-1]:
        what = f"y has shape {y.shape}, x {x.shape} and weights {mass.shape}: their dates differ in number"
        raise ParameterError(what, remedy="Cut all to the dates they share; x is (dates, regressors).")
    if (mass < 0.0).any():
        raise ParameterError("a weight is negative", field="weights", remedy="Weights count observations: give 0 or more.")
    lead = np.broadcast_shapes(y.shape[:-1], x.shape[:-2], mass.shape[:-1])
    total = mass.sum(-1, keepdims=True)
    mass = mass * (mass.shape[-1] / np.where(total > 0.0, total, 1.0))
    wide = (np.broadcast_to(part, (*lead, *part.shape[-own:])) for part, own in ((y, 1), (x, 2), (mass, 1)))
    return next(wide), next(wide), next(wide)


def _still(values: Array, root: Array) -> Mask:
    """Whether weighted values (..., T) vary by no more than rounding."""
    total = np.square(root).sum(-1)
    mean = (np.square(root) * values).sum(-1) / total
    away = np.square(root * (values - mean[..., None])).sum(-1)
    size = np.where(root > 0.0, np.abs(values), 0.0).max(-1, initial=0.0)
    return np.asarray(away <= total * np.square(TIE * size))


def _basis(x: Array, mass: Array, usable: Mask) -> tuple[_Basis, Index]:
    """The basis of [1, x], weighted, and which rows are collinear; those, and unusable ones, get any basis."""
    count, k = x.shape[-2:]
    root, total = np.sqrt(mass), mass.sum(-1)
    x = np.where(usable[..., None, None], x, np.eye(count, k))
    mean = (mass[..., None] * x).sum(-2) / total[..., None]
    apart = x - mean[..., None, :]
    shift = (mass[..., None] * apart).sum(-2) / total[..., None]  # of a mean far above the spread, rounding left this
    mean, away = mean + shift, root[..., None] * (apart - shift[..., None, :])
    length = np.sqrt(np.square(away).sum(-2))
    moves = ~_still(np.swapaxes(x, -1, -2), root[..., None, :])
    scale = np.where(moves, length, 1.0)
    columns, upper = np.linalg.qr(away / scale[..., None, :]) if k else (away, np.empty((*x.shape[:-2], 0, 0)))
    least = np.linalg.svd(upper, compute_uv=False).min(-1, initial=1.0) if k else np.ones(x.shape[:-2])
    good = np.asarray(moves.all(-1) & (np.square(least) > COLLINEAR))
    inner = np.linalg.solve(np.where(good[..., None, None], upper, np.eye(k)), np.eye(k)) / scale[..., :, None]
    back = np.zeros((*x.shape[:-2], k + 1, k + 1))
    back[..., 0, 0] = 1.0 / np.sqrt(total)
    back[..., 0, 1:] = -(mean[..., None, :] @ inner)[..., 0, :]
    back[..., 1:, 1:] = inner
    every = np.concatenate([(root / np.sqrt(total)[..., None])[..., None], columns], axis=-1)
    return _Basis(every, root, back), np.where(good, Unfit.FINE, Unfit.COLLINEAR).astype(np.intp)


def _fitted(y: Array, x: Array, basis: _Basis, fault: Index, terms: tuple[int, Array, bool]) -> HacFit:
    """Coefficients and errors out of the basis; NaN where there is a fault."""
    lag, free, corrected = terms
    weighted = basis.root * y
    inner = np.einsum("...tk,...t->...k", basis.columns, weighted)
    left = weighted - np.einsum("...tk,...k->...t", basis.columns, inner)
    squares, around = np.square(left).sum(-1), np.square(weighted - inner[..., :1] * basis.columns[..., 0]).sum(-1)
    exact = squares <= np.square(TIE) * np.square(weighted).sum(-1)
    fault = np.where((fault == Unfit.FINE) & exact, Unfit.EXACT, fault).astype(np.intp)
    lost = (fault != Unfit.FINE) & (fault != Unfit.EXACT)
    degrees = np.maximum(free, 1)
    scale = (degrees + basis.columns.shape[-1]) / degrees if corrected else np.ones(fault.shape)
    covariance = basis.back @ _meat(basis.columns * left[..., None], lag) @ np.swapaxes(basis.back, -1, -2)
    variances = np.maximum(np.diagonal(covariance, axis1=-2, axis2=-1), 0.0) * scale[..., None]
    errors = np.where(lost[..., None], np.nan, np.where((fault == Unfit.EXACT)[..., None], 0.0, np.sqrt(variances)))
    coefficients = np.where(lost[..., None], np.nan, np.einsum("...jk,...k->...j", basis.back, inner))
    t = coefficients / np.where(errors > 0.0, errors, np.nan)
    explained = coefficients[..., :1] + np.einsum("...tk,...k->...t", x, coefficients[..., 1:])
    share = 1.0 - squares / np.where(lost, np.nan, around)
    spread = np.where(lost, np.nan, np.sqrt(squares / degrees))
    return HacFit(coefficients, errors, t, 2.0 * normal_cdf(-np.abs(t)), share, spread, y - explained, fault, lag)


def _meat(scores: Array, lag: int) -> Array:
    """(..., k, k) sum of the products of scores (..., T, k), up to `lag` periods apart, with Bartlett weights."""
    total = np.swapaxes(scores, -1, -2) @ scores
    for apart in range(1, min(lag, scores.shape[-2] - 1) + 1):
        product = np.swapaxes(scores[..., apart:, :], -1, -2) @ scores[..., :-apart, :]
        total = total + (1.0 - apart / (lag + 1.0)) * (product + np.swapaxes(product, -1, -2))
    return np.asarray(total)


def _without(lead: tuple[int, ...], count: int, k: int, fault: Index, lag: int) -> HacFit:
    """No answer anywhere."""
    wide, one = np.full((*lead, k + 1), np.nan), np.full(lead, np.nan)
    return HacFit(wide, wide, wide, wide, one, one, np.full((*lead, count), np.nan), fault, lag)
