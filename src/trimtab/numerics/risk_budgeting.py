"""Risk budgeting: long-only weights whose shares of risk are given (Bruder and Roncalli 2012, "Managing Risk Exposures using
the Risk Budgeting Approach"; equal shares: Maillard, Roncalli and Teiletche 2010).

w_i (S w)_i / w'Sw = b_i with b > 0, sum b = 1: equal budgets are equal risk contributions. The weights are those of the
minimum of 1/2 y'Sy - sum b_i ln y_i (Spinu 2013), which is unique wherever no long-only portfolio is without risk: of every
positive definite covariance, and of singular ones whose riskless portfolios are all long and short.

Two engines find it, plain numpy and (extra `fast`) compiled; they agree to 1e-12 in weights. Neither is trusted: shares of
risk are worked out again from the weights as they are handed out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import InvariantError
from trimtab.numerics.covariance import diagonal
from trimtab.numerics.risk_budgeting_newton import exact_gaps, newton, refined
from trimtab.numerics.soundness import Fault, equilibrated, faults

TOLERANCE = 1e-10  # of shares of risk
_CLEAR = 2e-11  # below it, rounding hides nothing that matters
_PASSES = 12  # at the last digits of a covariance that rounding hides

Solver = Callable[[Array, Array], Array]
Engine = Any  # the module of what has been compiled


def risk_budgets(covariance: Array, budgets: Array, *, compiled: bool | None = None) -> Array:
    """Weights (..., N) that sum to 1, of covariances (..., N, N) and budgets (N,) or (..., N), in any unit: shares count.

    Shares of risk are within 1e-10 of the budgets. A row is NaN where `refusal` has something to say on it. `compiled`: with
    numba, or without; None: with it where it is installed.
    """
    covariance = np.ascontiguousarray(covariance, dtype=float)
    lead, count = covariance.shape[:-2], covariance.shape[-1]
    if covariance.ndim < 2 or covariance.shape[-2] != count or np.shape(budgets)[-1:] != (count,):
        raise InvariantError(f"budgets of shape {np.shape(budgets)} do not fit a covariance of shape {covariance.shape}")
    if not covariance.size:
        return np.empty((*lead, count))
    with np.errstate(all="ignore"):  # what is not known ends as NaN, and every answer is checked
        shares, meant = shared(budgets, (*lead, count))
        return _answers(covariance.reshape(-1, count, count), shares, meant, _engine(compiled)).reshape(*lead, count)


def refusal(covariance: Array, budgets: Array | None = None, *, names: Sequence[str] = ()) -> str:
    """Why there are no weights for one covariance (N, N), in words; empty where there are. `names` (N,) of the assets."""
    covariance = np.asarray(covariance, dtype=float)
    count = covariance.shape[-1]
    named = tuple(names) or tuple(f"asset {i}" for i in range(count))
    budgets = np.full(count, 1.0 / max(count, 1)) if budgets is None else np.asarray(budgets, dtype=float)
    if not (budgets > 0.0).all() or not np.isfinite(budgets).all():
        return "a budget is not above 0"
    if count == 0:
        return "no asset takes part"
    scaled, _ = equilibrated(covariance[None])
    fault = Fault(faults(scaled)[0])
    if fault is not Fault.NONE:
        return _said(fault, covariance, scaled[0], named)
    if np.isnan(risk_budgets(covariance, budgets)).any():
        return "held long only, the assets hedge each other so well that rounding hides the risk that is left"
    return ""


def shared(budgets: Array, shape: tuple[int, ...]) -> tuple[Array, Mask]:
    """Budgets (D, N) as shares of their sum, one row for each of `shape` (..., N), and whether all are above 0 (D,)."""
    rows = np.asarray(budgets, dtype=float)
    if rows.ndim > 1:
        rows = np.broadcast_to(rows, shape).reshape(-1, shape[-1])
    meant = np.logical_and.reduce((rows > 0.0) & (rows < np.inf), -1)
    shares = np.empty((math.prod(shape[:-1]), shape[-1]))
    shares[...] = rows / np.add.reduce(rows, -1, keepdims=True)
    return shares, meant | np.zeros(len(shares), dtype=bool)


def _said(fault: Fault, covariance: Array, scaled: Array, names: Sequence[str]) -> str:
    variances = diagonal(covariance)
    if fault is Fault.UNKNOWN:
        unknown = np.asarray(~np.isfinite(variances))
        if unknown.any():
            return f"the covariance of {_listed(names, unknown)} is unknown"
        return f"the covariance between {_listed(names, _gappy(covariance))} is unknown"
    if fault is Fault.UNVARYING:
        return f"{_listed(names, np.asarray(variances <= 0.0))} has no variance"
    if fault is Fault.LOPSIDED:
        return "the covariance is not symmetric"
    lowest = np.linalg.eigvalsh(scaled)[0]
    return f"the covariance is not positive semidefinite: beside variances of about 1 an eigenvalue is {lowest:.2g}"


def _gappy(covariance: Array) -> Mask:
    return np.asarray(~np.isfinite(covariance).all(axis=-1))


def _listed(names: Sequence[str], meant: Mask) -> str:
    return ", ".join(name for name, one in zip(names, meant, strict=True) if one)


@cache
def _engine(compiled: bool | None) -> Engine | None:
    """What has been compiled, if it is wanted and numba is installed."""
    if compiled is False:
        return None
    if find_spec("numba") is not None:
        return import_module("trimtab.numerics.risk_budgeting_compiled")
    if compiled:
        raise InvariantError("numba is not installed", remedy="Install trimtab[fast], or leave the choice open.")
    return None


def _answers(covariances: Array, budgets: Array, meant: Mask, engine: Engine | None) -> Array:
    """Weights (D, N): in one compiled call where that suffices, else step by step."""
    if engine is None or budgets.shape[-1] > engine.SMALL:
        return _checked(covariances, budgets, meant, newton if engine is None else engine.compiled)
    weights: Array = engine.quick(covariances, budgets)
    rest = ~(meant & (_gap(covariances, budgets, weights) < _CLEAR))
    if rest.any():
        weights[rest] = _checked(covariances[rest], budgets[rest], meant[rest], newton)
    return weights


def _checked(covariances: Array, budgets: Array, meant: Mask, solve: Solver) -> Array:
    """Weights (D, N); NaN where anything is wrong."""
    scaled, factors = equilibrated(covariances)
    sound = (faults(scaled) == Fault.NONE) & meant
    if sound.all():
        return _weights(scaled, factors, budgets, solve)
    weights = np.full(budgets.shape, np.nan)
    if sound.any():
        weights[sound] = _weights(scaled[sound], factors[sound], budgets[sound], solve)
    return weights


def _weights(scaled: Array, factors: Array, budgets: Array, solve: Solver) -> Array:
    """Weights (D, N) of sound equilibrated covariances (D, N, N), checked; NaN where they miss the budgets."""
    weights = solve(scaled, budgets) * factors
    weights /= np.add.reduce(weights, -1, keepdims=True)
    near = _gap(scaled, budgets, weights / factors) < _CLEAR
    for d in () if near.all() else np.flatnonzero(~near):  # one by one: few covariances are so near to singular
        weights[d] = _polished(scaled[d], factors[d], budgets[d], weights[d])
    return weights


def _gap(scaled: Array, budgets: Array, y: Array) -> Array:
    """The largest distance (D,) of shares of risk from the budgets; NaN where unknown."""
    parts = y * (scaled @ y[..., None])[..., 0]
    variance = np.add.reduce(parts, -1, keepdims=True)
    return np.asarray(np.maximum.reduce(np.abs(parts / variance - budgets), -1))


def _polished(scaled: Array, factors: Array, budgets: Array, weights: Array) -> Array:
    """Weights (N,) near those given whose exact shares of risk meet the budgets; NaN where there are none.

    Of several the ones are taken whose shares look best in plain sums too, which here round as much as they tell.
    """
    best, least = np.full_like(weights, np.nan), np.inf
    for _ in range(_PASSES):  # each starts from the one before
        y = weights / factors
        exact = np.abs(exact_gaps(scaled, budgets, y)).max() if np.isfinite(y).all() else np.inf
        if not exact < 1.0:
            break
        plain = _gap(scaled[None], budgets[None], y[None])[0]
        if exact < TOLERANCE and plain < least:
            best, least = weights, plain
        if max(exact, plain) < 0.5 * TOLERANCE:
            break
        weights = refined(scaled, budgets, y) * factors
        weights = weights / np.add.reduce(weights)
    return best
