"""Risk budgets by Newton's method, for many covariances at once (Spinu 2013, "An Algorithm for Computing Risk Parity Weights").

Minimise 1/2 y'Cy - sum b_i ln y_i over y > 0; at the minimum y_i (Cy)_i = b_i. In relative steps d, y <- y (1 + t d), Newton's
equations are (M + B) d = b - m with M_ij = y_i C_ij y_j, m its row sums and B = diag(b): positive definite whatever C, and well
conditioned wherever C is nearly singular in directions that long-only portfolios do not take. y is brought to y'Cy = sum b = 1
before each step, which is the minimum along its own ray.

The step t = 1 / (1 + a), a the largest relative fall -d_i, always descends: along it the curvature is at most
d'Md + d'Bd / (1 - a t)^2. A whole step leaves exactly |y_i (Cy)_i - b_i| = b_i d_i^2, hence the whole step where a < 1/2, and
when to stop.
"""

from __future__ import annotations

import math

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.covariance import diagonal

WHOLE = 0.5  # no weight falls by this share or more: the whole step is near enough to the minimum
DONE = 1e-16  # what the next step would still find, in shares of risk
_MOST = 200  # steps; ten are usual
_SPLIT = 134217729.0  # 2^27 + 1: halves a float's digits (Dekker 1971)


def start(scaled: Array, budgets: Array) -> Array:
    """Where both engines begin (D, N): the minimum for assets that do not covary."""
    return np.asarray(np.sqrt(budgets / diagonal(scaled)))


def newton(scaled: Array, budgets: Array, begun: Array | None = None) -> Array:
    """The minimum y (D, N) for equilibrated covariances (D, N, N) and budgets (D, N) of sum 1; NaN where it is out of reach.

    `begun` (D, N): where to go on from. Rows never meet: each stops when it is done itself.
    """
    found = start(scaled, budgets) if begun is None else begun.copy()
    left, here = np.arange(len(found)), found
    with np.errstate(all="ignore"):
        for _ in range(_MOST):  # each step needs the one before
            here, going = _step(scaled, budgets, here)
            found[left] = here
            if not going.all():
                left, here, scaled, budgets = left[going], here[going], scaled[going], budgets[going]
            if not left.size:
                break
    return found


def _step(scaled: Array, budgets: Array, y: Array) -> tuple[Array, Array]:
    """The next y (D, N), and whether there is more to do (D,)."""
    parts = y * (scaled @ y[..., None])[..., 0]
    variance = np.add.reduce(parts, -1, keepdims=True)
    y = y / np.sqrt(variance)  # NaN where rounding has eaten the variance up
    moves = _moves(scaled, budgets, y, budgets - parts / variance)
    fall = -np.minimum.reduce(moves, -1, keepdims=True)
    y = y * (1.0 + np.where(fall < WHOLE, 1.0, 1.0 / (1.0 + fall)) * moves)
    return y, np.maximum.reduce(budgets * moves * moves, -1) > DONE  # False where NaN


def _moves(scaled: Array, budgets: Array, y: Array, gaps: Array) -> Array:
    """Relative steps (D, N) that would close the gaps (D, N); NaN where y is."""
    curvature = scaled * y[:, :, None]
    curvature *= y[:, None, :]
    curvature.reshape(len(y), -1)[:, :: y.shape[-1] + 1] += budgets
    return solved(curvature, gaps)


def solved(matrices: Array, sides: Array) -> Array:
    """X (D, N) with matrices (D, N, N) @ x = sides (D, N); NaN where a matrix is singular."""
    try:
        return np.asarray(np.linalg.solve(matrices, sides[..., None])[..., 0])
    except np.linalg.LinAlgError:
        if len(matrices) == 1:
            return np.full(sides.shape, np.nan)
        # numpy says of a stack only that one failed: each is asked alone, which is rare
        return np.concatenate([solved(matrices[d : d + 1], sides[d : d + 1]) for d in range(len(matrices))])


def exact_gaps(scaled: Array, budgets: Array, y: Array) -> Array:
    """What the shares of risk of y (N,) lack of the budgets (N,), as if products and sums were not rounded. One matrix."""
    product = scaled * y
    (a, b), (c, d) = _halves(scaled), _halves(y)
    lost = ((a * c - product) + a * d + b * c) + b * d  # what rounding took off each product (Dekker 1971)
    rows = np.concatenate((product, lost), axis=-1).tolist()
    parts = y * np.array([math.fsum(row) for row in rows])  # floats one by one: numpy has no exact sum
    return np.asarray(budgets - parts / math.fsum(parts))


def refined(scaled: Array, budgets: Array, y: Array) -> Array:
    """The next y (N,) by a whole step out of exact gaps, for one matrix whose rounding hides the last digits."""
    with np.errstate(all="ignore"):
        y = y / np.sqrt(y @ (scaled @ y))
        moves = _moves(scaled[None], budgets[None], y[None], exact_gaps(scaled, budgets, y)[None])[0]
        return np.asarray(y * (1.0 + moves))


def _halves(values: Array) -> tuple[Array, Array]:
    high = _SPLIT * values
    high = high - (high - values)
    return high, values - high
