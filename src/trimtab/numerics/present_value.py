"""All rates at which dated amounts are worth nothing: roots of sum c exp(-x t) in x, the logarithm of growth a year.

With P(x) the sum over amounts above zero and N(x) over those below, both without sign, a root is one of
`h = log P - log N`. Both logarithms fall, and are convex: their slopes are minus the mean times of the amounts, weighted by
present value (the duration of Macaulay 1938), and these fall as well. So the values of h and of its slope on an interval lie
between numbers known at its ends, and halving finds every root (Moore 1966, "Interval Analysis"): an interval drops out
where h cannot vanish, and is done with where h is monotone. Near a root h is almost straight, and Newton takes few steps.
Sums of exponentials are scaled by the largest term: nothing overflows, for any rate and any number of years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.returns import over

NARROW = 1e-9  # an interval that is still undecided at half this width is one on which h touches zero, or almost
ONE = 1e-6  # roots nearer to each other than this are one
STEPS = 200  # more than halving needs
NOTHING = 1e-12  # of h, the logarithm of a ratio of two sums: what rounding leaves of zero


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """Amounts of one sign, without it (n,), and their years (n,)."""

    logs: Array
    years: Array

    def at(self, x: Array) -> tuple[Array, Array]:
        """Logarithm of the present value, and the mean time weighted by it; both of the shape (K,) of x."""
        exponents = self.logs - x[:, None] * self.years
        top = exponents.max(-1)
        terms = np.exp(exponents - top[:, None])
        total = terms.sum(-1)
        return top + np.log(total), terms @ self.years / total


@dataclass(frozen=True, slots=True, eq=False)
class _Balance:
    """h and what bounds it."""

    above: _Side
    below: _Side

    def at(self, x: Array) -> tuple[Array, Array]:
        """Values (K,) and slopes (K,) of h."""
        (p, time_p), (n, time_n) = self.above.at(x), self.below.at(x)
        return p - n, time_n - time_p

    def slopes(self, a: Array, b: Array) -> tuple[Array, Array]:
        """Bounds (K,) of the slope of h from a to b."""
        (p_a, p_b), (n_a, n_b) = ((side.at(a)[1], side.at(b)[1]) for side in (self.above, self.below))
        return n_b - p_a, n_a - p_b


def zero_rates(amounts: Array, years: Array, low: float, high: float) -> Array:
    """Every x in [low, high], rising, with sum amounts exp(-x years) = 0. `amounts` and `years` (n,), both signs present.

    Roots nearer to each other than 1e-6, or between which h is zero but for rounding, are told as one: a root of many.
    """
    up = amounts > 0.0
    balance = _Balance(*(_Side(np.log(np.abs(amounts[side])), years[side]) for side in (up, ~up)))
    ordered = up[np.argsort(years, kind="stable")]
    if np.count_nonzero(ordered[1:] != ordered[:-1]) == 1:  # one change of sign: h is monotone from end to end
        return _crossings(balance, np.array([low]), np.array([high]))
    (a, b), (flat_a, flat_b) = _brackets(balance, low, high)
    middle = (flat_a + flat_b) / 2.0
    touching = middle[np.abs(balance.at(middle)[0]) <= 2.0 * NOTHING] if len(middle) else middle
    roots = np.sort(np.concatenate([_crossings(balance, a, b), _crossings(balance, flat_a, flat_b), touching]))
    return _apart(balance, roots) if len(roots) else roots


def _apart(balance: _Balance, roots: Array) -> Array:
    """Rising roots, with the middle of those that cannot be told from each other."""
    between = np.abs(balance.at((roots[1:] + roots[:-1]) / 2.0)[0])
    new = (np.diff(roots) > ONE) & (between > 10.0 * NOTHING)
    first, last = roots[np.append(True, new)], roots[np.append(new, True)]
    return np.asarray((first + last) / 2.0)


def _brackets(balance: _Balance, low: float, high: float) -> tuple[Array, Array]:
    """Intervals (2, K) on which h is monotone, and those (2, J) on which it stays zero but for rounding; neighbours joined."""
    steep: list[Array] = []
    flat: list[Array] = []
    a, b = np.array([low]), np.array([high])
    while len(a):
        least, most = balance.slopes(a, b)
        middle, half = (a + b) / 2.0, (b - a) / 2.0
        reach = np.maximum(np.abs(least), np.abs(most)) * half + NOTHING
        possible = np.abs(balance.at(middle)[0]) <= reach
        monotone = possible & ((least > 0.0) | (most < 0.0))
        still = possible & ~monotone & ((half < NARROW) | (reach <= 2.0 * NOTHING))
        steep.append(np.stack([a[monotone], b[monotone]]))
        flat.append(np.stack([a[still], b[still]]))
        split = possible & ~monotone & ~still
        a, b = np.concatenate([a[split], middle[split]]), np.concatenate([middle[split], b[split]])
    return np.concatenate(steep, axis=1), _joined(np.concatenate(flat, axis=1))


def _joined(pairs: Array) -> Array:
    """Intervals (2, K) in rising order, with those that touch each other as one."""
    a, b = pairs[:, np.argsort(pairs[0])]
    if not len(a):
        return pairs
    gap = a[1:] > b[:-1]
    return np.stack([a[np.append(True, gap)], b[np.append(gap, True)]])


def _crossings(balance: _Balance, a: Array, b: Array) -> Array:
    """The roots in those intervals a, b (K,) at whose ends h differs in sign: Newton's steps, halving where one leaves."""
    if not len(a):
        return a
    left, right = balance.at(a)[0], balance.at(b)[0]
    crossing = (left < 0.0) != (right < 0.0)
    a, b, below = a[crossing], b[crossing], left[crossing] < 0.0
    x = (a + b) / 2.0
    for _ in range(STEPS if len(x) else 0):
        h, slope = balance.at(x)
        before = (h < 0.0) == below
        a, b = np.where(before, x, a), np.where(before, b, x)
        new = x - over(h, slope)
        new = np.where((new >= a) & (new <= b), new, (a + b) / 2.0)
        still = np.abs(new - x) <= 4e-16 * (1.0 + np.abs(x))
        x = new
        if still.all():
            break
    return x
