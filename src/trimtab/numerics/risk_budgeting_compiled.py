"""Risk budgets compiled (numba, the extra `fast`): coordinate sweeps, then Newton's method. See `risk_budgeting_newton`.

A sweep minimises over one weight after the other, y_i <- (-a_i + sqrt(a_i^2 + 4 C_ii b_i)) / (2 C_ii), a_i = sum of C_ij y_j
over the others (Griveau-Billion, Richard and Roncalli 2013). It costs as much as one product with the covariance, and a few
bring the gaps to a thousandth of a budget wherever assets do not hedge each other well. Newton's equations are then solved by
conjugate gradients, as far as the step is worth: their matrix has nearly all eigenvalues between 1 and 2 times a budget, so
that a step costs a handful of products and none of the N^3 of a factorisation. (Truncated conjugate gradients descend like
the whole step; Nocedal and Wright 2006, chapter 7.)

This module imports numba: `risk_budgeting` imports it where numba is installed, and not before it is needed.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.compiling import compiler
from trimtab.numerics.risk_budgeting_newton import DONE, WHOLE, newton
from trimtab.numerics.soundness import LOPSIDED, ROUNDING

SMALL = 64  # assets, up to which one call does everything: numpy's own calls would cost more than their work

# What is imported above is compiled in, and what numba keeps is renewed when THIS file changes: change both together.
# Sums may be added in the order that the processor likes best; NaN and infinity keep their meaning.
_SUMS = {"reassoc", "contract", "nsz"}
_SWEEPS, _NEAR = 12, 1e-3  # coordinate sweeps, at most, and the gap beside a budget at which Newton's method takes over
_MOST = 60  # Newton steps, and
_TURNS = 40  # steps of conjugate gradients for one of them: what needs more is left to factorisation, which is faster then


def compiled(scaled: Array, budgets: Array) -> Array:
    """The same as `newton`: y (D, N); rows that conjugate gradients do not finish are given to it."""
    found, done = np.empty(budgets.shape), np.empty(len(budgets), dtype=np.bool_)
    _rows(scaled, budgets, found, done)
    if not done.all():
        rest = ~done
        found[rest] = newton(scaled[rest], budgets[rest], found[rest])
    return found


def quick(covariances: Array, budgets: Array) -> Array:
    """Weights (D, N) of covariances (D, N, N) as they are, for few assets; NaN for every row that needs a closer look."""
    weights = np.empty(budgets.shape)
    _quick(covariances, budgets, ROUNDING * budgets.shape[-1], weights)
    return weights


_compile = compiler(_SUMS)


@_compile
def _product(matrix, vector, out):  # type: ignore[no-untyped-def]
    """Fill out = matrix @ vector."""
    count = len(vector)
    for i in range(count):
        total = 0.0
        for j in range(count):
            total += matrix[i, j] * vector[j]
        out[i] = total


@_compile
def _gaps(matrix, budgets, y, work, gaps):  # type: ignore[no-untyped-def]
    """Bring y to y'Cy = 1 and fill gaps = b - y * (Cy); the largest relative gap, NaN where y has no risk left."""
    _product(matrix, y, work)
    variance = 0.0
    for i in range(len(y)):
        variance += y[i] * work[i]
    if not 0.0 < variance < np.inf:
        return np.nan
    scale, worst = 1.0 / np.sqrt(variance), 0.0
    for i in range(len(y)):
        gaps[i] = budgets[i] - y[i] * work[i] / variance
        y[i] *= scale
        worst = max(worst, abs(gaps[i]) / budgets[i])
    return worst


@_compile
def _advance(space, size, step):  # type: ignore[no-untyped-def]
    """One step of conjugate gradients; the new size of the rest."""
    rest, moves, way, _, out, diagonal = space
    after = 0.0
    for i in range(len(moves)):
        moves[i] += step * way[i]
        rest[i] -= step * out[i]
        after += rest[i] * rest[i] / diagonal[i]
    for i in range(len(moves)):
        way[i] = rest[i] / diagonal[i] + after / size * way[i]
    return after


@_compile
def _moves(matrix, budgets, y, space, tolerance):  # type: ignore[no-untyped-def]
    """Solve (M + B) moves = rest by conjugate gradients, to a relative `tolerance`, preconditioned by the diagonal.

    `space` (6, N) holds the rest, which is used up, the moves, and room for work. Whether that was reached.
    """
    rest, moves, way, turned, out, diagonal = space
    count, size = len(y), 0.0
    for i in range(count):
        diagonal[i] = matrix[i, i] * y[i] * y[i] + budgets[i]
        moves[i] = 0.0
        way[i] = rest[i] / diagonal[i]
        size += rest[i] * way[i]
    target = tolerance * tolerance * size
    for _ in range(_TURNS):
        for i in range(count):
            turned[i] = y[i] * way[i]
        _product(matrix, turned, out)
        along = 0.0
        for i in range(count):
            out[i] = y[i] * out[i] + budgets[i] * way[i]
            along += way[i] * out[i]
        if not along > 0.0:
            return not size > 0.0
        size = _advance(space, size, size / along)
        if not size > target:
            return True
    return False


@_compile
def _apply(y, budgets, moves):  # type: ignore[no-untyped-def]
    """Y <- y (1 + t moves); what the next step would still find."""
    fall, left = 0.0, 0.0
    for i in range(len(y)):
        fall = max(fall, -moves[i])
        left = max(left, budgets[i] * moves[i] * moves[i])
    step = 1.0 if fall < WHOLE else 1.0 / (1.0 + fall)
    for i in range(len(y)):
        y[i] *= 1.0 + step * moves[i]
    return left


@_compile
def _sweep(matrix, budgets, y, slope):  # type: ignore[no-untyped-def]
    """Minimise over each weight in turn, keeping slope = C y; the largest gap beside a budget that was met on the way."""
    worst = 0.0
    for i in range(len(y)):
        own = matrix[i, i]
        worst = max(worst, abs(y[i] * slope[i] - budgets[i]) / budgets[i])
        others = slope[i] - own * y[i]
        after = (np.sqrt(others * others + 4.0 * own * budgets[i]) - others) / (2.0 * own)
        change = after - y[i]
        for j in range(len(y)):
            slope[j] += matrix[i, j] * change
        y[i] = after
    return worst


@_compile
def _swept(matrix, budgets, y, slope):  # type: ignore[no-untyped-def]
    """Fill y by sweeps, from the minimum for assets that do not covary, while they at least halve the gaps."""
    for i in range(len(y)):
        y[i] = np.sqrt(budgets[i] / matrix[i, i])
    _product(matrix, y, slope)
    variance = 0.0
    for i in range(len(y)):
        variance += y[i] * slope[i]
    if not variance > 0.0:
        return
    scale, last = 1.0 / np.sqrt(variance), np.inf
    for i in range(len(y)):
        y[i] *= scale
        slope[i] *= scale
    for k in range(_SWEEPS):
        worst = _sweep(matrix, budgets, y, slope)
        if worst < _NEAR or (k > 1 and worst > 0.5 * last):
            return
        last = worst


@_compile
def _solve(matrix, budgets, y, space):  # type: ignore[no-untyped-def]
    """Fill y with the minimum; whether it was reached. `space` (6, N) is for work."""
    _swept(matrix, budgets, y, space[4])
    for _ in range(_MOST):
        worst = _gaps(matrix, budgets, y, space[4], space[0])
        if not worst < np.inf:
            return False
        tolerance = max(min(0.1, 0.1 * worst), 1e-14 / max(worst, 1e-14))
        if not _moves(matrix, budgets, y, space, min(tolerance, 0.1)):
            return False
        if not _apply(y, budgets, space[1]) > DONE:
            return True
    return False


@_compile
def _rows(scaled, budgets, found, done):  # type: ignore[no-untyped-def]
    """Every row by itself; `done` says which have arrived."""
    space = np.empty((6, found.shape[1]))
    for d in range(len(found)):
        done[d] = _solve(scaled[d], budgets[d], found[d], space)


@_compile
def _equilibrate(matrix, scaled, factors):  # type: ignore[no-untyped-def]
    """Fill the covariance in units, powers of two, in which variances are near 1; whether it is known and symmetric."""
    total, worst = 0.0, 0.0
    for i in range(len(factors)):
        if not 0.0 < matrix[i, i] < np.inf:
            return False
        factors[i] = 2.0 ** -np.floor(0.5 * np.log2(matrix[i, i]))
    for i in range(len(factors)):
        for j in range(i + 1):
            scaled[i, j] = matrix[i, j] * factors[i] * factors[j]
            scaled[j, i] = matrix[j, i] * factors[i] * factors[j]
            worst = max(worst, abs(scaled[i, j] - scaled[j, i]))
            total += abs(scaled[i, j])
    return total < np.inf and worst < LOPSIDED


@_compile
def _definite(scaled, lift, lower):  # type: ignore[no-untyped-def]
    """Whether a covariance is positive definite, by Cholesky; `lower` (N, N) is for work."""
    for i in range(len(scaled)):
        for j in range(i + 1):
            rest = scaled[i, j]
            for k in range(j):
                rest -= lower[i, k] * lower[j, k]
            if i > j:
                lower[i, j] = rest / lower[j, j]
            elif rest + lift > 0.0:
                lower[i, i] = np.sqrt(rest + lift)
            else:
                return False
    return True


@_compile
def _quick(covariances, budgets, lift, weights):  # type: ignore[no-untyped-def]
    """Every row by itself: checked, solved, and scaled to sum 1."""
    count = weights.shape[1]
    scaled, lower = np.empty((count, count)), np.empty((count, count))
    factors, space = np.empty(count), np.empty((6, count))
    for d in range(len(weights)):
        fine = _equilibrate(covariances[d], scaled, factors) and _definite(scaled, lift, lower)
        fine = fine and _solve(scaled, budgets[d], weights[d], space)
        total = 0.0
        for i in range(count):
            weights[d, i] = weights[d, i] * factors[i] if fine else np.nan
            total += weights[d, i]
        for i in range(count):
            weights[d, i] /= total
