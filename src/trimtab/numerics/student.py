"""Student's t distribution (Gosset 1908), without SciPy.

The tail is half a regularised incomplete beta function, I_x(f / 2, 1 / 2) / 2 with x = f / (f + t^2), by its continued fraction
in the form of Lentz (1976), on the side where that converges fast (DLMF 8.17.22). The quantile comes from the tail by Newton's
method, kept inside a bracket.
"""

from __future__ import annotations

import math

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError

_LGAMMA = np.vectorize(math.lgamma, otypes=[float])
_TINY, _CLOSE = 1e-300, 1e-15
_NEAR = 1e-9  # a step of Newton's method as short as this leaves an error of about its square
_TERMS = 500  # of the fraction; it is at rest after about 60 for any freedom
_STEPS = 100  # of Newton's method; a bisection alone would need 60


def student_tail(t: Array | float, freedom: Array | float) -> Array:
    """Probability that Student's t with `freedom` degrees (above 0) lies above `t`; both broadcast. NaN stays NaN.

    Relatively right to about 1e-10 in the upper tail. Raises ParameterError for a freedom that is not above 0.
    """
    t, f = np.broadcast_arrays(np.asarray(t, dtype=float), _checked(freedom))
    with np.errstate(invalid="ignore", over="ignore"):
        square = t * t
        x = np.where(np.isinf(square), 0.0, f / (f + square))
        rest = np.where(np.isinf(square), 1.0, square / (f + square))
        half = 0.5 * _beta(x, rest, f / 2.0)
    return np.asarray(np.where(t < 0.0, 1.0 - half, half))


def student_cdf(t: Array | float, freedom: Array | float) -> Array:
    """Probability that Student's t with `freedom` degrees lies at or below `t`; see `student_tail`."""
    return student_tail(-np.asarray(t, dtype=float), freedom)


def student_beyond(probability: Array | float, freedom: Array | float) -> Array:
    """The t that is exceeded with `probability`, in (0, 1); NaN outside. Both broadcast.

    For t up to 1e150. Errors as in `student_tail`.
    """
    p, f = np.broadcast_arrays(np.asarray(probability, dtype=float), _checked(freedom))
    known = (p > 0.0) & (p < 1.0)
    small = np.where(known, np.minimum(p, 1.0 - p), 0.5)
    found = _upper(small, f)
    return np.where(known, np.where(p > 0.5, -found, found), np.nan)


def _checked(freedom: Array | float) -> Array:
    f = np.asarray(freedom, dtype=float)
    if not ((f > 0.0) & np.isfinite(f)).all():
        raise ParameterError(f"{freedom} degrees of freedom", field="freedom", remedy="Give numbers above 0: T - 1 for a mean.")
    return f


@np.errstate(over="ignore", divide="ignore", invalid="ignore")  # far out no tail is left: no step, and the half is taken
def _upper(p: Array, f: Array) -> Array:
    """The t at or above 0 exceeded with p, at most 1/2: Newton's steps on the logarithm of the tail, in asinh(t), or halves."""
    low, high = np.zeros(p.shape), np.ones(p.shape)
    while (short := student_tail(np.sinh(high), f) > p).any():
        low, high = np.where(short, high, low), np.where(short, 2.0 * high, high)
    u = 0.5 * (low + high)
    scale = _LGAMMA((f + 1.0) / 2.0) - _LGAMMA(f / 2.0) - 0.5 * np.log(f * math.pi)
    for _ in range(_STEPS):
        t = np.sinh(u)
        tail = student_tail(t, f)
        low, high = np.where(tail > p, u, low), np.where(tail > p, high, u)
        slope = np.exp(scale - (f + 1.0) / 2.0 * np.log1p(t * t / f)) * np.cosh(u)
        newton = u + np.log(tail / p) * tail / slope
        after = np.where((newton >= low) & (newton <= high), newton, 0.5 * (low + high))
        last = np.abs(after - u) <= _NEAR * (1.0 + u)
        u = after
        if last.all():
            break
    return np.where(p == 0.5, 0.0, np.sinh(u))


def _beta(x: Array, rest: Array, a: Array) -> Array:
    """I_x(a, 1/2), where `rest` is 1 - x without rounding."""
    b = 0.5
    constant = _LGAMMA(a + b) - _LGAMMA(a) - math.lgamma(b)
    far = x < (a + 1.0) / (a + b + 2.0)
    with np.errstate(divide="ignore"):
        front = np.exp(constant + a * np.log(x) + b * np.log(rest))  # 0 where x or rest is
    one, other = np.where(far, a, b), np.where(far, b, a)
    part = front * _fraction(np.where(far, x, rest), one, other) / one
    return np.asarray(np.where(far, part, 1.0 - part))


def _fraction(x: Array, a: Array, b: Array) -> Array:
    """The continued fraction of the incomplete beta function."""
    c = np.ones(x.shape)
    d = 1.0 / _apart(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _TERMS):  # each term rests on the one before
        even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        for step in (even, odd):
            d = 1.0 / _apart(1.0 + step * d)
            c = _apart(1.0 + step / c)
            value = value * (c * d)
        if not (np.abs(c * d - 1.0) > _CLOSE).any():
            break
    return value


def _apart(value: Array) -> Array:
    """Kept away from zero."""
    return np.where(np.abs(value) < _TINY, _TINY, value)
