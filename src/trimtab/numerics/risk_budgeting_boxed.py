"""Risk budgets within bounds on the weights (Richard and Roncalli 2019, "Constrained Risk Budgeting Portfolios").

Minimise sigma(x) - lambda sum b_i ln x_i over the box low <= x <= high, with the lambda at which sum x = 1. With mu = lambda
sigma the same x minimise 1/2 x'Sx - mu sum b_i ln x_i: for one mu that is solved by Newton's method on the weights that are
free (those at a bound that they press against are not), projected onto the box and damped by halving; mu is the root of an
increasing function, found by Newton's method on ln mu within brackets.

At the answer RC_i = lambda b_i for weights inside their bounds, at most that at `high`, at least that at `low`: with bounds
that bind, shares of risk are NOT the budgets. Where even mu -> 0 (the least variance in the box) leaves the weights above 1 in
sum, no lambda exists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.numerics.covariance import diagonal
from trimtab.numerics.risk_budgeting import TOLERANCE, risk_budgets, shared
from trimtab.numerics.risk_budgeting_newton import DONE, WHOLE, solved
from trimtab.numerics.soundness import Fault, equilibrated, faults

_LEVELS, _STEPS = 100, 80  # values of mu, and steps for each; ten and three are usual
_FURTHEST = 4.0  # change of ln mu at a time
_SUM = 1e-13  # of weights beside 1
_ONLY = 1e-12  # bounds whose sum is so near to 1 are the only portfolio
_NOISE = 1e-15  # of the variance that there would be without hedging: what rounding may do to that which is left


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """D problems in scaled weights y = w / factors: scaled (D, N, N), the others (D, N)."""

    scaled: Array
    factors: Array
    budgets: Array
    low: Array
    high: Array

    def __getitem__(self, some: Mask) -> _Problem:
        return _Problem(*(getattr(self, name)[some] for name in self.__slots__))


def boxed_risk_budgets(covariance: Array, budgets: Array, low: Array | float, high: Array | float) -> Array:
    """Weights (..., N) that sum to 1 within low <= w <= high, of covariances (..., N, N) and budgets (N,) or (..., N).

    Bounds are (N,) or (..., N). The conditions above hold to 1e-10 in shares of risk. NaN where the bounds leave no portfolio,
    where no lambda exists, and where a covariance cannot be worked with or a budget is not above 0.
    """
    covariance = np.ascontiguousarray(covariance, dtype=float)
    lead, count = covariance.shape[:-2], covariance.shape[-1]
    if not covariance.size:
        return np.empty((*lead, count))
    with np.errstate(all="ignore"):  # what is not known ends as NaN, and every answer is checked
        shares, sound = shared(budgets, (*lead, count))
        scaled, factors = equilibrated(covariance.reshape(-1, count, count))
        bounds = (np.broadcast_to(bound, (*lead, count)).reshape(-1, count) / factors for bound in (low, high))
        problem = _Problem(scaled, factors, shares, *bounds)
        sound = sound & (faults(scaled) == Fault.NONE) & _feasible(problem)
        weights = np.full(shares.shape, np.nan)
        if sound.any():
            weights[sound] = _found(problem[sound])
    return weights.reshape(*lead, count)


def _feasible(problem: _Problem) -> Mask:
    """Whether the bounds leave a portfolio, with something in every asset (D,)."""
    low, high = problem.low * problem.factors, problem.high * problem.factors
    fits = (low >= 0.0).all(-1) & (low <= high).all(-1) & (high > 0.0).all(-1)
    return np.asarray(fits & (low.sum(-1) <= 1.0 + _ONLY) & (high.sum(-1) >= 1.0 - _ONLY))


def _found(problem: _Problem) -> Array:
    """Weights (D, N), checked; a box with one portfolio in it has that one."""
    low, high = problem.low * problem.factors, problem.high * problem.factors
    only_low, only_high = (np.abs(bound.sum(-1, keepdims=True) - 1.0) <= _ONLY for bound in (low, high))
    y, mu = _rooted(problem)
    weights = y * problem.factors
    good = _kept(problem, y, mu) & (np.abs(np.add.reduce(weights, -1, keepdims=True) - 1.0) < TOLERANCE)
    found = np.where(only_low, low, np.where(only_high, high, np.where(good, weights, np.nan)))
    for d in np.flatnonzero(np.isnan(found).any(axis=-1)):  # few are so near to singular that only exact sums tell
        free = risk_budgets(problem.scaled[d], problem.budgets[d]) * problem.factors[d]
        free /= np.add.reduce(free)
        found[d] = free if ((free >= low[d]) & (free <= high[d])).all() else np.nan
    return found


def _rooted(problem: _Problem) -> tuple[Array, Array]:
    """Scaled weights (D, N) that sum to 1 as weights, and mu (D, 1)."""
    y = np.sqrt(problem.budgets / diagonal(problem.scaled))
    y = np.clip(y / np.add.reduce(y * problem.factors, -1, keepdims=True), problem.low, problem.high)
    mu = np.add.reduce(y * _slope(problem, y), -1, keepdims=True)
    found, levels = y.copy(), mu.copy()
    left, least, most = np.arange(len(y)), np.zeros_like(mu), np.full_like(mu, np.inf)
    for _ in range(_LEVELS):  # each level needs the one before
        y = _minimum(problem, y, mu)
        found[left], levels[left] = y, mu
        over = np.add.reduce(y * problem.factors, -1, keepdims=True) - 1.0
        least, most = np.where(over < 0.0, mu, least), np.where(over > 0.0, mu, most)
        after = _next(problem, y, mu, over)
        inside = (after > least) & (after < most)
        after = np.where(inside, after, np.where(most < np.inf, np.sqrt(np.maximum(least, 1e-9 * most) * most), 2.0 * mu))
        going = ((np.abs(over) > _SUM) & (after != mu) & (mu > 1e-250))[:, 0]
        if not going.any():
            break
        left, y, mu, least, most = left[going], y[going], after[going], least[going], most[going]
        problem = problem if going.all() else problem[going]
    return found, levels


def _slope(problem: _Problem, y: Array) -> Array:
    return np.asarray((problem.scaled @ y[..., None])[..., 0])


def _pressed(problem: _Problem, y: Array, excess: Array) -> Mask:
    """Which weights (D, N) stand at a bound that they press against; `excess` is the slope of the objective."""
    return np.asarray(((y <= problem.low) & (excess >= 0.0)) | ((y >= problem.high) & (excess <= 0.0)))


def _relative(problem: _Problem, y: Array, mu: Array, pressed: Mask, sides: Array) -> Array:
    """Newton's equations in relative steps of the free weights: (M + mu B) d = sides; 0 for the others."""
    free = ~pressed
    matrix = problem.scaled * np.where(free, y, 0.0)[:, :, None]
    matrix *= np.where(free, y, 0.0)[:, None, :]
    matrix.reshape(len(y), -1)[:, :: y.shape[-1] + 1] += np.where(free, mu * problem.budgets, 1.0)
    return solved(matrix, np.where(free, sides, 0.0))


def _minimum(problem: _Problem, y: Array, mu: Array) -> Array:
    """The minimum (D, N) in the box for each mu (D, 1), from y on."""
    damping, value = np.ones_like(mu), _value(problem, y, mu)
    going = np.ones_like(mu, dtype=bool)
    for _ in range(_STEPS):  # each step needs the one before; rows that are done stay as they are
        excess = y * _slope(problem, y) - mu * problem.budgets
        moves = _relative(problem, y, mu, _pressed(problem, y, excess), -excess)
        fall = -np.minimum.reduce(moves, -1, keepdims=True)
        step = damping * np.where(fall < WHOLE, 1.0, 1.0 / (1.0 + fall))
        trial = np.clip(y * (1.0 + step * moves), problem.low, problem.high)
        after = _value(problem, trial, mu)
        better = after <= value + 1e-14 * np.abs(value) + _NOISE * _riskiest(problem, y)
        last = (
            better & (np.maximum.reduce(problem.budgets * (trial / y - 1.0) ** 2, -1, keepdims=True) <= DONE) & (damping == 1.0)
        )
        taken = going & better
        y, value = np.where(taken, trial, y), np.where(taken, after, value)
        damping = np.where(better, 1.0, 0.5 * damping)
        going = going & ~last & (damping > 1e-9)
        if not going.any():
            break
    return y


def _value(problem: _Problem, y: Array, mu: Array) -> Array:
    """The objective (D, 1)."""
    parts = 0.5 * y * _slope(problem, y) - mu * problem.budgets * np.log(y)
    return np.asarray(np.add.reduce(parts, -1, keepdims=True))


def _riskiest(problem: _Problem, y: Array) -> Array:
    """The variance (D, 1) were all correlations 1."""
    return np.asarray(np.add.reduce(y * np.sqrt(diagonal(problem.scaled)), -1, keepdims=True) ** 2)


def _next(problem: _Problem, y: Array, mu: Array, over: Array) -> Array:
    """Newton's next mu (D, 1): free weights grow by y d with (M + mu B) d = mu b, for each unit of ln mu."""
    excess = y * _slope(problem, y) - mu * problem.budgets
    grows = _relative(problem, y, mu, _pressed(problem, y, excess), mu * problem.budgets)
    slope = np.add.reduce(y * problem.factors * grows, -1, keepdims=True)
    move = np.where(slope > 0.0, -over / slope, -np.sign(over) * _FURTHEST)
    return np.asarray(mu * np.exp(np.clip(move, -_FURTHEST, _FURTHEST)))


def _kept(problem: _Problem, y: Array, mu: Array) -> Mask:
    """Whether the conditions of a minimum hold (D, 1), in shares of risk."""
    parts = y * _slope(problem, y)
    excess = (parts - mu * problem.budgets) / np.add.reduce(parts, -1, keepdims=True)
    wrong = np.where(_pressed(problem, y, excess), 0.0, np.abs(excess))
    inside = (y >= problem.low) & (y <= problem.high)
    return np.asarray((np.maximum.reduce(wrong, -1, keepdims=True) < TOLERANCE) & inside.all(-1, keepdims=True))
