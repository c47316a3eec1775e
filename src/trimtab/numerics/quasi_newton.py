"""A small quasi-Newton search (BFGS; Nocedal and Wright 2006, chapter 6) for smooth functions of a few numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trimtab.core.arrays import Array

Slope = Callable[[Array], tuple[float, Array]]  # a point (n,) in, value and gradient (n,) out

_ENOUGH, _SHORTEST, _FLAT, _RESTARTS = 1e-4, 1e-8, 1e-13, 3


def minimise(slope: Slope, start: Array, *, tolerance: float, most: int = 200) -> tuple[Array, float, float]:
    """A local minimum near `start` (n,), its value, and the largest slope left there.

    The search ends when that is below `tolerance`, after `most` steps, or where it can make no more progress. The value
    never rises by more than its own rounding.
    """
    x = start
    value, gradient = slope(x)
    inverse = np.eye(len(x))
    fresh, restarts = True, 0
    for _ in range(most):
        if not np.abs(gradient).max() > tolerance:
            break
        moved = _line(slope, x, (value, gradient), -inverse @ gradient)
        if moved is None:
            restarts += 1
            if fresh or restarts > _RESTARTS:
                break
            inverse, fresh = np.eye(len(x)), True
            continue
        step, change = moved[0] - x, moved[2] - gradient
        inverse, fresh = _updated(inverse, step, change, first=fresh), False
        x, value, gradient = moved
    return x, value, float(np.abs(gradient).max())


def _line(slope: Slope, x: Array, here: tuple[float, Array], direction: Array) -> tuple[Array, float, Array] | None:
    """The first point along `direction` that is low enough, halving the step; None where there is none.

    Where values are too close to be told apart, a smaller gradient counts.
    """
    value, gradient = here
    along = float(gradient @ direction)
    size = min(1.0, 2.0 / max(float(np.abs(direction).max()), 1e-300))
    while along < 0.0 and size > _SHORTEST:
        point = x + size * direction
        found, there = slope(point)
        if np.isfinite(found) and np.isfinite(there).all():
            close = abs(found - value) <= _FLAT * abs(value)
            if found <= value + _ENOUGH * size * along or (close and np.abs(there).max() < np.abs(gradient).max()):
                return point, found, there
            if close and size < 0.1:
                return None  # shorter steps would not show in the value either
        size *= 0.5
    return None


def _updated(inverse: Array, step: Array, change: Array, *, first: bool) -> Array:
    """The inverse curvature with one more step in it; as it was where the step shows none."""
    curve = float(step @ change)
    if not curve > 1e-12 * float(np.linalg.norm(step) * np.linalg.norm(change)):
        return inverse
    if first:
        inverse = np.eye(len(step)) * (curve / float(change @ change))
    left = np.eye(len(step)) - np.outer(step, change) / curve
    return np.asarray(left @ inverse @ left.T + np.outer(step, step) / curve)
