"""Returns-based style analysis (Sharpe 1992, "Asset allocation: management style and performance measurement").

Which mix of indices, long only and fully invested, moved most like the record? Weights w >= 0 that sum to 1 and minimise the
variance of r - sum of w_i S_i. As the weights sum to 1 that difference is sum of w_i (r - S_i), so the variance is a pure
quadratic form w'Cw, solved exactly (`numerics.active_set`). The mix is the style; the mean difference is selection.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.attribution.factors import PLAIN, Factors, Fitting
from trimtab.core.arrays import Array, Index
from trimtab.core.errors import ParameterError
from trimtab.numerics.active_set import Box, optimum
from trimtab.numerics.newey_west import Unfit
from trimtab.numerics.regression import TIE

_ALIKE = 1e-11  # variance along a mix of styles, relative to that of a style, below which the mix is no different from another


@dataclass(frozen=True, slots=True, eq=False)
class StyleAnalysis:
    """The style of one record. Rates are per year.

    `weights` (N,) at least 0 that sum to 1. `share` is 1 - var(r - w'S) / var(r), the style R squared, below 0 where no mix
    moves like the record. `selection` is the mean of r - w'S, `tracking` its volatility (ddof 1). By period: `path` (T, N)
    and `rest` (T,) add up to the return. `fault` says why there is no answer.
    """

    names: tuple[str, ...]
    weights: Array
    share: float
    selection: float
    tracking: float
    path: Array
    rest: Array
    fault: Unfit


@dataclass(frozen=True, slots=True, eq=False)
class RollingStyles:
    """The style of the window that ends at each period: `weights` (T, N), `share` (T,); NaN before the first full window.

    `selection` (T,) is the return of a period less that of the mix of the window BEFORE it, as Sharpe measures it: the
    benchmark was known before the period began. It is a rate per period, which adds up over time.
    """

    names: tuple[str, ...]
    weights: Array
    share: Array
    selection: Array
    fault: Index


def style_analysis(returns: Array, styles: Factors, *, per_year: float, fitting: Fitting = PLAIN) -> StyleAnalysis:
    """The style of returns (T,) in terms of indices (T, N), both total returns; of `fitting` only the half-life counts.

    NaN with a reason where a number is unknown, where T < N + 1, where the record does not vary, or where two mixes of the
    indices are the same. Raises ParameterError where lengths differ.
    """
    returns, rows = _aligned(returns, styles)
    weights, share, fault = _style(returns, rows, fitting.weights(len(returns)))
    path = weights * rows
    rest = returns - path.sum(-1)
    mass = _mass(len(returns), fitting.weights(len(returns)))
    selection = float(mass @ rest)
    away = float(mass @ np.square(rest - selection)) * len(rest) / max(len(rest) - 1, 1)
    if fault is not Unfit.FINE:
        selection = away = np.nan
    return StyleAnalysis(styles.names, weights, share, selection * per_year, float(np.sqrt(away * per_year)), path, rest, fault)


def rolling_styles(returns: Array, styles: Factors, window: int, *, fitting: Fitting = PLAIN) -> RollingStyles:
    """The style of each `window` periods of returns (T,); see `RollingStyles` and `style_analysis`."""
    returns, rows = _aligned(returns, styles)
    count, many = rows.shape
    if window < many + 1:
        what = f"a window of {window} is too short for {many} styles"
        raise ParameterError(what, field="window", remedy=f"Give at least {many + 1} periods; Sharpe takes 60 months.")
    weights, share = np.full((count, many), np.nan), np.full(count, np.nan)
    fault = np.full(count, Unfit.SHORT, dtype=np.intp)
    for t in range(window - 1, count):  # each window is a programme of its own
        part = slice(t - window + 1, t + 1)
        weights[t], share[t], fault[t] = _style(returns[part], rows[part], fitting.weights(window))
    selection = np.full(count, np.nan)
    selection[1:] = returns[1:] - (weights[:-1] * rows[1:]).sum(-1)
    return RollingStyles(styles.names, weights, share, selection, fault)


def _aligned(returns: Array, styles: Factors) -> tuple[Array, Array]:
    returns, rows = np.asarray(returns, dtype=float), np.asarray(styles.returns, dtype=float)
    if returns.shape != rows.shape[:1]:
        what = f"returns of shape {returns.shape} stand against {len(rows)} of the styles"
        raise ParameterError(what, remedy="Give one record, cut to the dates of the styles.")
    return returns, rows


def _mass(count: int, weights: Array | None) -> Array:
    return np.full(count, 1.0 / max(count, 1)) if weights is None else weights


def _style(returns: Array, rows: Array, weights: Array | None) -> tuple[Array, float, Unfit]:
    """Weights (N,), style R squared and fault of one window."""
    count, many = rows.shape
    none = np.full(many, np.nan)
    if not (np.isfinite(returns).all() and np.isfinite(rows).all()):
        return none, np.nan, Unfit.UNKNOWN
    if count < many + 1 or not many:
        return none, np.nan, Unfit.SHORT
    mass = _mass(count, weights)
    away = returns - mass @ returns
    whole = float(mass @ np.square(away))
    if whole <= np.square(TIE * np.abs(returns).max()):
        return none, np.nan, Unfit.FLAT
    root = np.sqrt(mass)[:, None]
    apart = root * (rows - mass @ rows)
    if _alike(apart):
        return none, np.nan, Unfit.COLLINEAR
    mixed = root * away[:, None] - apart
    scale = float(np.square(apart).sum(0).max(initial=0.0)) + whole
    ones = np.ones(many)
    found = optimum(Box(mixed.T @ mixed / scale, ones[None] / np.sqrt(many), ones[:1] / np.sqrt(many), 0.0 * ones, ones))
    if found is None:
        return none, np.nan, Unfit.COLLINEAR
    point = found.point / found.point.sum()
    return point, 1.0 - float(np.square(mixed @ point).sum()) / whole, Unfit.FINE


def _alike(apart: Array) -> bool:
    """Whether moving money between styles can leave the mix as it is, of centred returns (T, N)."""
    many = apart.shape[1]
    if many < 2:
        return False
    swaps = np.linalg.qr(np.column_stack([np.ones(many), np.eye(many)[:, 1:]]))[0][:, 1:]
    least = np.linalg.svd(apart @ swaps, compute_uv=False)[-1]
    return bool(np.square(least) <= _ALIKE * np.square(apart).sum(0).max())
