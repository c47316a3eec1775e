"""Least squares of many windows at once (Gauss), each the same to the bit whether it is asked for alone or among others.

Regressors are centred and scaled to length 1, so that the normal equations are those of their correlation matrix. It is
one matrix for all assets of a date: np.linalg.solve inverts the stack, everything else is a sum in a fixed order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Mask

TIE = 1e-12  # what varies by no more than this has not varied: rounding of numbers about 1, such as growth factors
COLLINEAR = 1e-8  # the smallest eigenvalue of a correlation matrix that can be inverted without losing the answer


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Slopes and their t-statistics (..., k, A) of ordinary least squares with an intercept; `spread` (..., A) is theirs.

    `spread`: standard deviation of the residuals, n - k - 1 degrees of freedom.
    """

    slopes: Array
    t: Array
    spread: Array


def least_squares(y: Array, x: Array) -> Fit:
    """Regress each column of y (..., n, A) on x (..., n, k) and an intercept; y and x are pure numbers such as returns.

    NaN for a column with any unknown row or that does not vary, and for all columns where x has an unknown row, does not
    vary, is collinear, or leaves no degree of freedom. A residual below 1e-12 of the size of y counts as 1e-12 of it: a
    perfect fit has a large t, not an infinite one.
    """
    n, k = x.shape[-2:]
    free = n - k - 1
    if free < 1:
        empty = np.full((*x.shape[:-2], k, y.shape[-1]), np.nan)
        return Fit(empty, empty, empty[..., 0, :])
    y, squares = _centred(_rows_first(y))
    y = np.where(np.isfinite(squares), y, np.nan)
    x, lengths = _centred(_rows_first(x))
    x = x / np.sqrt(lengths)
    inverse = _inverted(_products(x, x))
    slopes = _through(inverse, _products(x, y))
    left = _squared(y, x, slopes)
    spread = np.sqrt(np.maximum(left, np.square(TIE) * squares) / free)
    deviation = np.sqrt(np.diagonal(inverse, axis1=-2, axis2=-1))[..., None]
    return Fit(slopes / np.sqrt(lengths)[..., None], slopes / (deviation * spread[..., None, :]), spread)


@dataclass(frozen=True, slots=True, eq=False)
class Robust:
    """Ordinary least squares with an intercept, and standard errors that allow for unequal variances (HC1).

    `intercept`, `share` (R squared) and `spread` are (..., A), `slopes` (..., k, A); `errors` (..., 1 + k, A) has the
    intercept's first.
    """

    intercept: Array
    slopes: Array
    errors: Array
    share: Array
    spread: Array


def robust_least_squares(y: Array, x: Array) -> Robust:
    """As `least_squares`, with the intercept, R squared, and errors of White (1980) times n / (n - k - 1).

    The correction (HC1) is that of MacKinnon and White (1985). NaN where `least_squares` is.
    """
    plain = least_squares(y, x)
    n, k = x.shape[-2:]
    free = n - k - 1
    if free < 1:
        empty = np.full((*x.shape[:-2], k + 1, y.shape[-1]), np.nan)
        return Robust(empty[..., 0, :], plain.slopes, empty, plain.spread, plain.spread)
    rows, squares = _centred(_rows_first(y))
    factors, lengths = _centred(_rows_first(x))
    factors, centre = factors / np.sqrt(lengths), _mean(_rows_first(x)) / np.sqrt(lengths)
    slopes = plain.slopes * np.sqrt(lengths)[..., None]
    meat = _meat(rows, factors, centre, slopes)
    scale = np.concatenate([np.ones_like(lengths[..., :1]), np.sqrt(lengths)], axis=-1)[..., None]
    intercept = _mean(_rows_first(y)) - _dot(centre, slopes)
    share = 1.0 - np.square(plain.spread) * free / squares
    return Robust(intercept, plain.slopes, np.sqrt(meat * (n / free)) / scale, share, plain.spread)


def _meat(rows: Array, factors: Array, centre: Array, slopes: Array) -> Array:
    """(..., 1 + k, A) sum of the squares of each row's residual times its pull on the intercept and on each slope.

    Of centred y (n, ..., A) on centred and scaled x (n, ..., k), whose mean was `centre` (..., k).
    """
    inverse = _inverted(_products(factors, factors))
    total = np.zeros((*slopes.shape[:-2], slopes.shape[-2] + 1, slopes.shape[-1]))
    for row, one in zip(rows, factors, strict=True):
        pull = _through(inverse, one[..., None])
        level = 1.0 / len(rows) - _dot(centre, pull)
        left = row - _dot(one, slopes)
        total = total + np.square(np.concatenate([level[..., None, :], pull], axis=-2) * left[..., None, :])
    return total


def _dot(one: Array, columns: Array) -> Array:
    """(..., m) sums over k of (..., k) times (..., k, m), one term after the other."""
    total = np.zeros((*columns.shape[:-2], columns.shape[-1]))
    for j in range(one.shape[-1]):
        total = total + one[..., j, None] * columns[..., j, :]
    return total


def _mean(rows: Array) -> Array:
    """Mean (..., m) of rows (n, ..., m), added first to last."""
    total = np.zeros(rows.shape[1:])
    for row in rows:
        total = total + row
    return total / len(rows)


def _rows_first(rows: Array) -> Array:
    """(n, ..., m) of (..., n, m), so that the sums below run through memory in order."""
    return np.ascontiguousarray(np.moveaxis(rows, -2, 0))


def _centred(rows: Array) -> tuple[Array, Array]:
    """Rows (n, ..., m) less their mean, and their sum of squares (..., m), NaN where they have not varied."""
    total = np.zeros(rows.shape[1:])
    for row in rows:  # over the rows alone, here and below: the order is fixed, every other axis is vectorised
        total = total + row
    mean = total / len(rows)
    rows = rows - mean
    squares = np.zeros_like(total)
    for row in rows:
        squares = squares + np.square(row)
    rounding = len(rows) * np.square(TIE * np.maximum(1.0, np.abs(mean)))
    return rows, np.where(squares > rounding, squares, np.nan)


def _products(x: Array, y: Array) -> Array:
    """(..., k, m) sums over the rows of the products of x (n, ..., k) and y (n, ..., m)."""
    total = np.zeros((*x.shape[1:], y.shape[-1]))
    for left, right in zip(x, y, strict=True):
        total = total + left[..., :, None] * right[..., None, :]
    return total


def _inverted(matrices: Array) -> Array:
    """(..., k, k) inverses of correlation matrices; NaN where they are unknown or cannot be inverted."""
    unit = np.broadcast_to(np.eye(matrices.shape[-1]), matrices.shape)
    known = np.asarray(np.isfinite(matrices).all(axis=(-2, -1)))
    tame = np.where(known[..., None, None], matrices, unit)
    good: Mask = np.asarray(known & (np.linalg.eigvalsh(tame)[..., 0] > COLLINEAR))[..., None, None]
    return np.where(good, np.linalg.solve(np.where(good, tame, unit), unit), np.nan)


def _through(inverse: Array, products: Array) -> Array:
    """(..., k, A) the inverse times the products, one term after the other."""
    total = np.zeros_like(products)
    for j in range(inverse.shape[-1]):
        total = total + inverse[..., :, j, None] * products[..., None, j, :]
    return total


def _squared(y: Array, x: Array, slopes: Array) -> Array:
    """(..., A) sum of squared residuals of centred y (n, ..., A) on scaled x (n, ..., k)."""
    total = np.zeros(y.shape[1:])
    for row, factors in zip(y, x, strict=True):
        fitted = np.zeros_like(total)
        for j in range(factors.shape[-1]):
            fitted = fitted + factors[..., j, None] * slopes[..., j, :]
        total = total + np.square(row - fitted)
    return total
