"""Linking coefficients of Carino (1999), Menchero (2000) and GRAP (1997), exact where their formulas are 0 / 0.

Where r_t = b_t, or R = B, the textbook quotients have limits; close to them they lose all their digits. Here each is
written without the subtraction that loses them: through log1p and expm1, or as a sum of products.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.returns import finite

NO_SPREAD = 1e-15  # a difference of two returns below this is rounding
TOO_LARGE = np.errstate(over="ignore", invalid="ignore", divide="ignore")  # wealth that overflows ends as NaN


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """What effects of T periods are multiplied by.

    `whole` is that of the whole time (Carino's k, Menchero's M; GRAP has none: 1), `period` (T,) those of the periods
    (k_t, a_t, g_t), and `factors` (T,) what both make of an effect: k_t / k, M + a_t, g_t.
    """

    whole: float
    period: Array
    factors: Array


@TOO_LARGE
def carino(returns: Array, benchmark: Array) -> Coefficients:
    """Log coefficients k = (ln(1 + R) - ln(1 + B)) / (R - B), and the same of each period: factors are k_t / k.

    Limits: 1 / (1 + r_t) where r_t = b_t, 1 / (1 + R) where R = B. Raises ParameterError where a return is -100 %.
    """
    r, b = periods(returns, benchmark)
    for name, values in (("portfolio", r), ("benchmark", b)):
        if (values == -1.0).any():
            what = f"the {name} lost everything in period {int(np.argmax(values == -1.0))}, and -100 % has no log"
            raise ParameterError(what, field="returns", remedy="Link by GRAP, Frongello or Menchero, or end before.")
    relative = (r - b) / (1.0 + b)
    logs = np.where(relative > -0.5, np.log1p(relative), np.log1p(r) - np.log1p(b))  # near -1 the quotient is rounded
    k_t = _over(logs, relative) / (1.0 + b)
    gap = logs.sum()  # ln(1 + R) - ln(1 + B), kept where R - B would cancel
    k = float(_over(gap, np.expm1(gap)) / np.prod(1.0 + b))
    return Coefficients(k, k_t, finite(k_t / k))


@TOO_LARGE
def menchero(returns: Array, benchmark: Array) -> Coefficients:
    """M = ((R - B) / n) / ((1 + R)^(1/n) - (1 + B)^(1/n)) and a_t, which is proportional to r_t - b_t.

    M is computed as the mean of the n products x^j y^(n-1-j) that the quotient stands for, so R = B is no special case.
    Where all r_t = b_t there is nothing to correct: a_t = 0. That point is no limit: which corrections a tiny spread
    gets depends on the periods it lies in, however tiny it is.
    """
    r, b = periods(returns, benchmark)
    n = len(r)
    steps = np.arange(n)
    x, y = (np.prod(1.0 + values) ** (1.0 / n) for values in (r, b))
    M = float(np.mean(x**steps * y ** steps[::-1]))
    spread = r - b
    a_t = np.zeros(n)
    if not np.abs(spread).max() <= NO_SPREAD:  # an unknown one goes on, too
        a_t = spread * ((spread * (_invested(r, b) - M)).sum() / (spread**2).sum())
    return Coefficients(M, a_t, finite(M + a_t))


@TOO_LARGE
def grap(returns: Array, benchmark: Array) -> Coefficients:
    """g_t: growth of the portfolio before period t, times that of the benchmark after it."""
    g_t = finite(_invested(*periods(returns, benchmark)))
    return Coefficients(1.0, g_t, g_t)


def periods(returns: Array, benchmark: Array) -> tuple[Array, Array]:
    """Both as floats (T,). Raises ParameterError where they are empty, differ in length, or cannot compound."""
    r, b = np.asarray(returns, dtype=float), np.asarray(benchmark, dtype=float)
    if r.ndim != 1 or r.shape != b.shape or not len(r):
        what = f"returns of shape {r.shape} stand against those of the benchmark of shape {b.shape}"
        raise ParameterError(what, field="returns", remedy="Give both one return for each period, and at least one.")
    for name, values in (("portfolio", r), ("benchmark", b)):
        wrong = (values < -1.0) | np.isinf(values)
        if wrong.any():
            row = int(np.argmax(wrong))
            what = f"the {name} returned {values[row]:g} in period {row}, which does not compound"
            raise ParameterError(what, field="returns", remedy="Returns are fractions, from -1 up; NaN where unknown.")
    return r, b


def _invested(r: Array, b: Array) -> Array:
    """Growth of the portfolio before each period times growth of the benchmark after it, (T,)."""
    before = np.cumprod(np.concatenate([[1.0], 1.0 + r[:-1]]))
    after = np.cumprod(np.concatenate([[1.0], 1.0 + b[:0:-1]]))[::-1]
    return before * after


def _over(top: Array, bottom: Array) -> Array:
    """Quotient of two quantities that become the same near zero: 1 where both are 0."""
    return np.divide(top, bottom, out=np.ones_like(np.asarray(bottom)), where=np.asarray(bottom) != 0.0)
